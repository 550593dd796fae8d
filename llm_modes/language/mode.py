"""A mode: what the LLM is told to do at one point of the journey, and the shape its reply must have."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent.parent

_inputs: ContextVar[Any] = ContextVar("inputs")


class Inputs(BaseModel):
    """What a mode is asked about. `variables` words it for the prompt: one entry per $variable of user.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def variables(self) -> Mapping[str, str]:
        """The values of user.md's $variables, already safe to stand between its tags."""
        raise TypeError(f"{type(self).__name__} has to say its variables")


class Reply(BaseModel):
    """What a mode answers. Checks that need the inputs read them with `inputs_of_call`."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema as it is sent: no titles, defaults and references, which are paid for with every call."""
        schema = super().model_json_schema(*args, **kwargs)
        return _compact(schema, schema.pop("$defs", {}))


def _compact(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_compact(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _compact(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    # A property may be named "title": its value is a schema, not a string.
    return {
        key: _compact(value, definitions)
        for key, value in schema.items()
        if not ((key == "title" and isinstance(value, str)) or key == "default")
    }


@contextmanager
def checking_against(inputs: Inputs) -> Iterator[None]:
    """Replies validated within this block are checked against these inputs.

    A context variable, because Instructor's own `context` would also run the candidate's words through Jinja.
    """
    token = _inputs.set(inputs)
    try:
        yield
    finally:
        _inputs.reset(token)


def inputs_of_call() -> Any:
    """The inputs of the call whose reply is being validated, or None outside of a call."""
    return _inputs.get(None)


def data(text: object) -> str:
    """A candidate's words as data between tags: they cannot close the tag they stand in, nor open another."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip() or "(nothing)"


def inline(text: object) -> str:
    """The same on one line: data that cannot begin a new entry of the list it stands in."""
    return data(" ".join(str(text).split()))


def lines(items: Iterable[str]) -> str:
    """A list for a prompt, one item a line, or "(none)"."""
    return "\n".join(f"- {inline(item)}" for item in items) or "(none)"


@dataclass(frozen=True)
class Mode:
    """One folder of llm_modes/: `schema.py` (inputs and reply), `system.md` (rules), `user.md` (the inputs' place)."""

    name: str
    inputs: type[Inputs]
    reply: type[Reply]
    max_output_tokens: int
    # Tokens of the rules and the schema, paid for with every call; a test keeps them there.
    fixed_budget: int
    # Tokens of the whole prompt, rules and schema included, with inputs of the size that the specification gives.
    input_budget: int
    # Fields of the reply that may be shown while it is still being written, unchecked.
    shown_live: tuple[str, ...] = ()

    @cached_property
    def system(self) -> str:
        """The rules: byte-identical from call to call, so that a provider can cache them."""
        return (FOLDER / self.name / "system.md").read_text(encoding="utf-8").strip()

    @cached_property
    def user(self) -> Template:
        """The inputs' place in the prompt."""
        return Template((FOLDER / self.name / "user.md").read_text(encoding="utf-8").strip())

    @cached_property
    def prompt_digest(self) -> str:
        """Names this wording of the prompt (16 hex digits): stored with every mark and in the ledger."""
        schema = str(self.reply.model_json_schema())
        return sha256("\0".join((self.system, self.user.template, schema)).encode()).hexdigest()[:16]

    def messages(self, inputs: Inputs) -> list[dict[str, str]]:
        """The prompt for these inputs. Raises ValueError when variables are missing or left over."""
        values = dict(inputs.variables())
        wanted = set(self.user.get_identifiers())
        if wanted != set(values):
            raise ValueError(f"{self.name}: user.md and variables() differ in {sorted(wanted ^ set(values))}")
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.user.substitute(values)},
        ]
