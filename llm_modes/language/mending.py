"""What mending a reply stands on: counting the mends, marks for the fields, and names as models vary them.

shapes.py mends a reply by the shape of its model, provider/replies.py reads its text; docs/replies.md has the table.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from coach.candidate_text import clean_text


@dataclass(frozen=True)
class Overwritten:
    """Of a field that code overwrites: whatever stands there, `instead` goes in where it is not valid.

    `where`: the name and the value of another field of the same object, if code overwrites only there.
    """

    instead: Any
    where: tuple[str, str] | None = None


@dataclass(frozen=True)
class EveryOne:
    """Of a list in which every item counts: none is dropped or cut off, because the others have to fit it."""


@dataclass(frozen=True)
class MaySayNone:
    """Of a text for which "none" is an answer, and not a word for null."""


@dataclass(frozen=True)
class Exactly:
    """Of a number that names something, as a place in a list: what is not whole is not rounded."""


# --- counting --------------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """How many deviations were mended."""

    number: int = 0


_count: ContextVar[Count | None] = ContextVar("mends", default=None)


@contextmanager
def counting() -> Iterator[Count]:
    """What is mended within this block is counted in what it gives."""
    count = Count()
    token = _count.set(count)
    try:
        yield count
    finally:
        _count.reset(token)


def note() -> None:
    """Count one deviation that was mended."""
    if count := _count.get():
        count.number += 1


# --- names and nothing -----------------------------------------------------------------------------------------------

_NOTHING = frozenset({"", "none", "null", "n/a", "undefined", "…", "...", "-", "–", "—"})
_SEPARATORS = re.compile(r"[\s_-]+")


def plain(name: str) -> str:
    """A name of a field or a choice without its case, spaces, hyphens and underscores: how models vary it."""
    return _SEPARATORS.sub("", name).casefold()


def is_nothing(value: object) -> bool:
    """Whether the value is null, a word or a sign for it, or a text in which nothing is to be seen."""
    return value is None or (isinstance(value, str) and clean_text(value).casefold() in _NOTHING)
