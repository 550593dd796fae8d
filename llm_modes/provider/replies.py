"""Reading the text of a reply, whole or as far as it has come. The mode's schema.py says what it has to keep to.

The answer is the object that has the fields of the mode: the last one of those, since models write examples and drafts
first. docs/replies.md says what is read and what is not.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import jiter
from pydantic import BaseModel, ValidationError

from llm_modes.language import mending
from llm_modes.language.mending import plain
from llm_modes.language.mode import Mode
from llm_modes.language.shapes import Many, Parts, Shape, shape_of
from llm_modes.language.words import clipping
from llm_modes.provider.objects import (
    LONGEST,
    Found,
    behind_thoughts,
    end_of,
    found_in,
    is_cut_off,
    object_at,
    starts,
    without_thoughts,
)
from llm_modes.provider.repairing import repaired

# No name of a field is longer.
_LONGEST_NAME = 80
# Where an answer stands within another object: how deep, and among how many values it is looked for.
_DEEPEST, _MOST_VALUES = 4, 2000
# Such an object has no quotation mark that is not escaped.
_ESCAPED = re.compile(r"\A[^{\"]*+\{(?:\s|\\n)*+\\\"(?:[^\\\"]|\\.)*+\Z", re.DOTALL)
# In a growing reply at most so many braces are tried.
_MOST_STARTS = 5


# --- whole -----------------------------------------------------------------------------------------------------------


def json_of(content: str, mode: Mode | None = None) -> str:
    """The JSON object of a reply in this mode; without one, what the model said without its thoughts.

    It may stand behind or before thoughts, in a fence, in prose, in another object; and be not quite JSON.
    """
    whole = _parsed(content)
    if isinstance(whole, dict) and (mode is None or _fits(whole, mode)):
        return content
    said = whole if isinstance(whole, str) else _unescaped(content)
    found = _found(said, mode)
    answer = (_answer(found, mode) or _answer_without_its_name(found, said, mode)) if mode else _largest(found)
    if answer is not None:
        if answer != content.strip():
            mending.note()
        return answer
    return content if isinstance(whole, dict) else _most_like_an_answer(found, mode) or without_thoughts(said)


def _unescaped(content: str) -> str:
    """A reply whose every quotation mark has a backslash, as within a string, without them."""
    if not _ESCAPED.search(content):
        return content
    inner = content[content.index("{") : content.rfind("}") + 1].replace("\n", "\\n")
    unescaped = _parsed(f'"{inner}"')
    return unescaped if unescaped and isinstance(unescaped, str) else content


def is_whole(content: str) -> bool:
    """Whether nothing of the reply's JSON is missing, read strictly: what has broken off is not repaired."""
    found = _found(content, None)
    return bool(found) and all(one.value is not None for one in found)


def clipped(mode: Mode, content: str) -> Any | None:
    """The reply with its texts clipped, when word limits are all that is wrong with it; else None."""
    try:
        with clipping():
            return mode.reply.model_validate_json(content)
    except ValidationError:
        return None


def _found(content: str, mode: Mode | None) -> list[Found]:
    """What looks like an object behind the last thought; if nothing there can be the answer, in the whole text."""
    start = behind_thoughts(content)
    found = found_in(content, start)
    if start and not (any(_can_be_answer(one, mode) for one in found) if mode else found):
        return found_in(content) or _first_of_all(content)
    return found


def _first_of_all(content: str) -> list[Found]:
    """The object with which the text begins: that is no thought, though a thought may end behind it."""
    text = content.strip()
    read = object_at(text, 0) if text.startswith("{") else None
    return [Found(text[: read[1]], read[0])] if read else []


def _can_be_answer(found: Found, mode: Mode) -> bool:
    return found.value is None or _fits(found.value, mode)


def _answer(found: list[Found], mode: Mode) -> str | None:
    """The last object with the mode's fields, as JSON; if there is none, the last one within another object."""
    worth_repairing = [*_last(found, ends=True), *_last(found, ends=False)]
    read = [(one, _values(one, mode)) for one in reversed(found) if one.value is not None or one in worth_repairing]
    for one, values in read:
        for value in reversed(values):
            if _fits(value, mode):
                return _as_json(one, value)
    for one, values in read:
        for outer in reversed(values):
            if inner := [value for value in _within(outer) if _fits(value, mode)]:
                return _as_json(one, inner[-1])
    return None


def _answer_without_its_name(found: list[Found], said: str, mode: Mode) -> str | None:
    """The items of a reply that is a list, written without the object around it: as a list, or a line for each."""
    [name, *others] = _required(mode)
    part = next(part for field, part in shape_of(mode.reply).parts.items() if plain(field) == name)
    if others or not isinstance(part.shape, Many) or not isinstance(part.shape.item, Parts):
        return None
    required = {plain(field) for field, inner in part.shape.item.parts.items() if inner.required}
    items = [one for one in found if one.value is not None and required <= _named(one.value)]
    # A list without an end may lack some.
    is_whole = len(items) == len(found) and said.count("[") == said.count("]")
    return json.dumps({name: [one.value for one in items]}) if items and is_whole else None


def _last(found: list[Found], *, ends: bool) -> list[Found]:
    """The last one of those that are not quite JSON; of those without an end the first, because it holds the others."""
    broken = [one for one in found if one.value is None and one.ends == ends and len(one.text) <= LONGEST]
    return broken[-1:] if ends else broken[:1]


def _values(found: Found, mode: Mode) -> list[dict[str, Any]]:
    """The object that was found, repaired if need be. A repair that makes up fields has misread the text."""
    if found.value is not None:
        return [found.value]
    value = None if is_cut_off(found.text) else repaired(found.text)
    values = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    names = _names(mode.reply)
    return [one for one in values if all(plain(name) in names for part in (one, *_within(one)) for name in part)]


def _as_json(found: Found, value: dict[str, Any]) -> str:
    if value is found.value and _parsed(found.text) is not None:
        return found.text
    # Pairs of surrogates become one character again; half a pair, which could not be sent back, is lost.
    return json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _most_like_an_answer(found: list[Found], mode: Mode | None) -> str:
    """The first of those objects that have most of the mode's fields: for errors that help the model."""
    if mode is None or not found:
        return ""
    required = _required(mode)
    return max(found, key=lambda one: _how_many(required, plain(one.text))).text


def _how_many(names: set[str], text: str) -> int:
    return sum(name in text for name in names)


def _largest(found: list[Found]) -> str | None:
    whole = [one for one in reversed(found) if one.value is not None]
    largest = max(whole, key=lambda one: len(one.text), default=None)
    return None if largest is None else _as_json(largest, largest.value or {})


# --- by the mode's fields --------------------------------------------------------------------------------------------


def _fits(value: dict[str, Any], mode: Mode) -> bool:
    return _required(mode) <= _named(value)


def _required(mode: Mode) -> set[str]:
    return {plain(name) for name, field in mode.reply.model_fields.items() if field.is_required()}


def _named(value: dict[str, Any]) -> set[str]:
    return {plain(name) for name in value if len(name) <= _LONGEST_NAME}


def _names(model: type[BaseModel]) -> set[str]:
    """The names of all fields of a reply, also of those within its fields."""
    return set(_names_in(shape_of(model)))


def _names_in(shape: Shape) -> Iterator[str]:
    if isinstance(shape, Many):
        yield from _names_in(shape.item)
    if isinstance(shape, Parts):
        for name, part in shape.parts.items():
            yield plain(name)
            yield from _names_in(part.shape)


def _within(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects within this one, in lists and in strings that are JSON too."""
    return [part for part in islice(_walk(value, _DEEPEST), _MOST_VALUES) if isinstance(part, dict)]


def _walk(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = [_parsed(value)]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts if depth else ():
        yield part
        yield from _walk(part, depth - 1)


def _parsed(content: str) -> Any:
    try:
        return jiter.from_json(content.encode())
    except ValueError:
        return None


# --- growing ---------------------------------------------------------------------------------------------------------


def so_far(content: str) -> dict[str, Any] | None:
    """The readable part of a reply that is still being written; None if nothing can be read yet."""
    part, end = None, 0
    for start in islice(starts(content, behind_thoughts(content)), _MOST_STARTS):
        if start < end:
            continue
        if whole := object_at(content, start):
            part, end = whole
        elif (growing := _partly_parsed(content[start:])) is not None:
            return growing
        elif (end := end_of(content, start) or 0) == 0:
            return part
    return part


def _partly_parsed(text: str) -> dict[str, Any] | None:
    for readable in (text, text.replace("\n", " ").replace("\t", " ")):
        try:
            part = jiter.from_json(readable.encode(), partial_mode="trailing-strings")
        except ValueError:
            continue
        return part if isinstance(part, dict) else None
    return None
