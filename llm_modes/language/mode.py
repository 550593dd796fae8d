"""A mode: what the LLM is told to do at one point of the journey, and the shape its reply must have."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import import_module, resources
from string import Template
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pydantic import BaseModel, ConfigDict, Field, model_validator

from coach.languages import english_name, is_foreign
from llm_modes.language.sent_schema import compact
from llm_modes.language.shapes import mended
from llm_modes.stages import Stage

_inputs: ContextVar[Any] = ContextVar("inputs")


class BrokenMode(ImproperlyConfigured):
    """A folder that is not yet a mode. Its text says what is lacking, and is shown to whoever started the program."""


class Inputs(BaseModel):
    """What a mode is asked about. `variables` words it for the prompt: one entry per $variable of user.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(default="", description='of the interview: a BCP 47 tag, "" for English')

    def variables(self) -> Mapping[str, str]:
        """The values of user.md's $variables, already safe to stand between its tags."""
        raise TypeError(f"{type(self).__name__} has to say its variables")


class Reply(BaseModel):
    """What a mode answers. Checks that need the inputs read them with `inputs_of_call`."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def mend_what_is_harmless(cls, reply: Any) -> Any:
        """What is harmless about it is mended; the rest is for the other checks."""
        return mended(cls, reply)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema as it is sent; a copy, in which the caller may change what it likes."""
        if args or kwargs:
            return compact(super().model_json_schema(*args, **kwargs))
        return json.loads(cls._schema())

    @classmethod
    @cache
    def _schema(cls) -> str:
        return json.dumps(compact(super().model_json_schema()))

    @classmethod
    def left_by(cls, inputs: Any, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema without choices that these inputs rule out, which a server with a grammar then keeps from a model.

        What is asked often has two or three such schemas at most: a provider caches what a prompt begins with.
        """
        return schema

    @classmethod
    def left_by_reply(cls, inputs: Any, reply: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema to ask with again, after this reply (JSON), in which more than words was wrong.

        What has been wrong may be told as the only choice, where it can be computed: a server with a grammar keeps a
        model to that. Whatever comes back is checked all the same.
        """
        return schema


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
class Example:
    """The smallest sensible inputs of a mode, and a valid reply to them."""

    inputs: Inputs
    reply: dict[str, Any]


@dataclass(frozen=True)
class Mode:
    """One folder of llm_modes/, whose name is the mode's (docs/architecture.md lists what stands in it)."""

    package: str
    inputs: type[Inputs]
    reply: type[Reply]
    # Where on the journey it may be asked, in the journey's order.
    stages: tuple[Stage, ...]
    # How long it usually takes, until the ledger knows better: seconds, from and to.
    usual_seconds: tuple[int, int]
    max_output_tokens: int
    # Tokens of the rules and the schema, paid for with every call; a test keeps them there.
    fixed_budget: int
    # Tokens of the whole prompt, rules and schema included, with inputs of the size that the specification gives.
    input_budget: int
    # Fields of the reply that may be shown while it is still being written, unchecked.
    shown_live: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder's, as settings, the ledger and the REST facade know it."""
        return self.package.rpartition(".")[2]

    @cached_property
    def system(self) -> str:
        """The rules: byte-identical from call to call, so that a provider can cache them."""
        return self._text("system.md")

    @cached_property
    def user(self) -> Template:
        """The text of user.md, with its $variables."""
        return Template(self._text("user.md"))

    @cached_property
    def prompt_digest(self) -> str:
        """Names this wording of the prompt (16 hex digits): stored with every mark and in the ledger."""
        schema = str(self.reply.model_json_schema())
        return sha256("\0".join((self.system, self.user.template, schema)).encode()).hexdigest()[:16]

    @property
    def example(self) -> Example:
        """What `check_llm` tries a provider with, and what the test server answers. Raises BrokenMode."""
        example = self._of("example", "EXAMPLE")
        if not isinstance(example, Example):
            raise BrokenMode(f"{self.package.replace('.', '/')}/example.py: EXAMPLE is no Example(inputs, reply)")
        return example

    def answer_offline(self, inputs: Inputs) -> dict[str, Any]:
        """What the folder's rules answer without a model. Loaded only then: they need the question bank."""
        answer: dict[str, Any] = self._of("offline", "answer")(inputs.model_dump())
        return answer

    def _of(self, file: str, name: str) -> Any:
        """What a file of the folder calls by this name. Raises BrokenMode."""
        found = getattr(import_module(f"{self.package}.{file}"), name, None)
        if found is None:
            raise BrokenMode(f"{self.package.replace('.', '/')}/{file}.py has no {name}")
        return found

    def _text(self, file: str) -> str:
        return (resources.files(self.package) / file).read_text(encoding="utf-8").strip()

    def messages(self, inputs: Inputs) -> list[dict[str, str]]:
        """The prompt for these inputs. Raises BrokenMode when variables are missing or left over."""
        values = dict(inputs.variables())
        wanted = set(self.user.get_identifiers())
        if wanted != set(values):
            raise BrokenMode(f"{self.name}: user.md and variables() differ in {sorted(wanted ^ set(values))}")
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.user.substitute(values) + _written_in(inputs.language)},
        ]


def _written_in(language: str) -> str:
    """The prompt's last line, for another language than English. In English it costs no token."""
    if not is_foreign(language):
        return ""
    return f"\n\nWrite in {inline(english_name(language))} ({inline(language)}); quotes stay as said."
