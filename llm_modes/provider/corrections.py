"""What a model is told of a reply that breaks its schema: which field, and what it has to keep to.

Nothing of the reply is quoted, and nothing of a candidate: the model has both before it, and a text that holds neither
can do no harm wherever it ends up. Pydantic's own text quotes each wrong value, and costs three times the tokens.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from llm_modes.language.mode import Reply
from llm_modes.language.sent_schema import Schema

AGAIN = "That reply cannot be used. Write the whole JSON object again, with this corrected:"
NO_JSON = "That reply is not a JSON object. Write the whole JSON object again, and nothing else."
# Without that reply: it is long, and a small model would go on with it.
SHORTER = "A first reply was cut off at its limit. Write the whole JSON object, with shorter texts."
# One mistake is often made in each item of a list.
MOST_LINES = 12

_WORDS = re.compile(r"max (\d+) words")


def correction(error: ValidationError, reply: type[Reply]) -> str:
    """A message to the model whose reply raised this error. `reply`: the mode's, whose schema the model was sent."""
    errors = error.errors(include_url=False, include_context=True, include_input=False)
    if any(one["type"] == "json_invalid" for one in errors):
        return NO_JSON
    schema = reply.model_json_schema()
    lines = list(dict.fromkeys(_line(one, schema) for one in errors))
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} more like these"]
    return "\n".join([AGAIN, *(f"- {line}" for line in lines)])


def _line(error: ErrorDetails, schema: Schema) -> str:
    where, field = _found(error["loc"], schema)
    said = _said(error, field)
    return f"{where}: {said}" if where else said


def _found(location: tuple[int | str, ...], schema: Schema) -> tuple[str, Schema]:
    """The path of a field as it is written, and its schema; both as far as the schema knows them."""
    where, field = "", schema
    for step in location:
        field = _without_null(field)
        if isinstance(step, int) and "items" in field:
            where, field = f"{where}[{step}]", field["items"]
        elif step in field.get("properties", {}):
            where, field = f"{where}.{step}" if where else str(step), field["properties"][step]
    return where, field


def _without_null(field: Schema) -> Schema:
    options: list[Schema] = field.get("anyOf", [])
    return next((option for option in options if option.get("type") != "null"), field)


def _said(error: ErrorDetails, field: Schema) -> str:
    """What is wrong. Errors of our own validators say it themselves."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error", "not valid"))
    if kind == "missing":
        return f"missing; {_expected(field)}"
    if kind in ("too_long", "too_short"):
        return _length(kind, context)
    return _expected(field)


def _length(kind: str, context: Mapping[str, Any]) -> str:
    is_short = kind == "too_short"
    bound = context["min_length"] if is_short else context["max_length"]
    found = context.get("actual_length")
    has = "" if found is None else f"; this has {found}"
    return f"at {'least' if is_short else 'most'} {bound} {'item' if bound == 1 else 'items'}, please{has}"


def _expected(field: Schema) -> str:
    """What may stand in a field, in words."""
    only = _without_null(field)
    names = {
        "integer": f"a whole number{_range(only)}",
        "string": f"a text{_most(only)}",
        "array": f"a list of {only.get('minItems', 0)} to {only.get('maxItems', 'many')} items",
        "object": f"an object with {', '.join(only.get('properties', {}))}",
    }
    said = (
        f"one of {', '.join(only['enum'])}" if "enum" in only else names.get(only.get("type", ""), "as in the schema")
    )
    return f"{said}, or null" if only is not field else said


def _range(number: Schema) -> str:
    return f" from {number['minimum']} to {number['maximum']}" if {"minimum", "maximum"} <= number.keys() else ""


def _most(text: Schema) -> str:
    if words := _WORDS.search(text.get("description", "")):
        return f" of at most {words.group(1)} words"
    return f" of at most {text['maxLength']} characters" if "maxLength" in text else ""
