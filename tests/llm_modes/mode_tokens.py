"""Tokens of a mode's rules and schema, and of what was added to it for what the candidate prepares for.

An addition is measured by wording the same call a second time without it: what it takes is counted apart.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from llm_modes.language.mode import Inputs, Mode
from llm_modes.language.sent_schema import changed, unbounded
from tests.fake_llm import count_tokens


@dataclass(frozen=True)
class Addition:
    """What was added to a mode: fields of its reply, lines of its rules (how they begin), sections of user.md, inputs.

    A section is one tag with all between. Without the addition an input has its default.
    """

    called: str
    fields: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


PREPARED, LOOKED_FOR, SHOWN = "profile, competencies, format", "kind, looks_for, serves", "shown"
ADDITIONS: dict[str, list[Addition]] = {
    "generate_questions": [
        Addition(PREPARED, rules=("- prepared:",), sections=("prepared",), inputs=("preparation", "interview_format")),
        Addition(LOOKED_FOR, fields=("kind", "looks_for", "serves"), rules=("- looks_for:",)),
    ],
    "evaluate_answer": [Addition(SHOWN, fields=("shown",), rules=("shown:",), inputs=("looks_for",))],
}


def response_format(mode: Mode) -> dict[str, Any]:
    """As Instructor sends it (test_cost.py compares the two)."""
    return _format_of(mode, mode.reply.model_json_schema())


def _format_of(mode: Mode, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": mode.reply.__name__, "schema": schema}}


@cache
def fixed_tokens(mode: Mode) -> int:
    """Tokens of rules and schema."""
    return count_tokens(mode.system) + _json_tokens(response_format(mode))


@cache
def bounds_tokens(mode: Mode) -> int:
    """What the bounds add to the schema, but for the bounds of what was added to it."""
    added = [name for one in ADDITIONS.get(mode.name, []) for name in one.fields]
    schema = _without(mode.reply.model_json_schema(), added)
    return _json_tokens(_format_of(mode, schema)) - _json_tokens(_format_of(mode, unbounded(schema)))


@cache
def added_to_rules(mode: Mode) -> dict[str, int]:
    """What each addition takes of rules and schema, bounds included."""
    return {one.called: _added_to_rules(mode, one) for one in ADDITIONS.get(mode.name, [])}


def _added_to_rules(mode: Mode, addition: Addition) -> int:
    lines = mode.system.splitlines(keepends=True)
    kept = [line for line in lines if not any(map(line.startswith, addition.rules))]
    schema = mode.reply.model_json_schema()
    less = _without(schema, addition.fields)
    assert len(lines) - len(kept) == len(addition.rules) and (less != schema) is bool(addition.fields)
    rules = count_tokens(mode.system) - count_tokens("".join(kept))
    return rules + _json_tokens(_format_of(mode, schema)) - _json_tokens(_format_of(mode, less))


def added_to_inputs(mode: Mode, inputs: Inputs) -> dict[str, int]:
    """What each addition takes of these inputs, its section of user.md included."""
    return {one.called: _added_to_inputs(mode, inputs, one) for one in ADDITIONS.get(mode.name, [])}


def _added_to_inputs(mode: Mode, inputs: Inputs, addition: Addition) -> int:
    fields = type(inputs).model_fields
    nothing = {name: fields[name].get_default(call_default_factory=True) for name in addition.inputs}
    said = mode.messages(inputs)[1]["content"]
    less = mode.messages(inputs.model_copy(update=nothing))[1]["content"]
    for name in addition.sections:
        less, found = re.subn(f"<{name}>[^<]*</{name}>\n?", "", less)
        assert found == 1
    return count_tokens(said) - count_tokens(less)


def _without(schema: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The schema of a reply in which no object has fields of these names."""

    def without(part: dict[str, Any]) -> dict[str, Any]:
        if "properties" not in part:
            return part
        left = {name: field for name, field in part["properties"].items() if name not in names}
        return {**part, "properties": left, "required": list(left)}

    return changed(schema, without)


def _json_tokens(value: dict[str, Any]) -> int:
    return count_tokens(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
