"""Strings with a limit, for the reply models: `name: Annotated[str, Words(3)]`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from coach.candidate_text import clean_text, one_line

# A text without white space is one word however long it is; no language needs more than this for a word.
CHARACTERS_PER_WORD = 40

# Set while a reply that broke nothing but word limits is read a last time.
_clipping: ContextVar[bool] = ContextVar("clipping", default=False)


@contextmanager
def clipping() -> Iterator[None]:
    """Within this block texts over their limit are clipped at a word boundary instead of refused."""
    token = _clipping.set(True)
    try:
        yield
    finally:
        _clipping.reset(token)


def clip_words(text: str, limit: int) -> str:
    """The first `limit` words of the text, its line breaks kept, with "…" when something was cut."""
    if len(text.split()) <= limit:
        return text
    kept = re.match(rf"\s*(?:\S+\s+){{{limit - 1}}}\S+", text)
    return (kept.group() if kept else "") + "…"


def _filled(items: Any) -> Any:
    if not isinstance(items, list):
        return items
    return [item for item in items if not isinstance(item, str) or item.strip()]


# For lists that may be empty: some models say "nothing" with an empty string.
WithoutBlanks = BeforeValidator(_filled)


class _Limit:
    """A check of a string that is read from a reply."""

    def check(self, text: str) -> str:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


@dataclass(frozen=True)
class Words(_Limit):
    """Not empty, at most `limit` words, without control characters."""

    limit: int

    def check(self, text: str) -> str:
        """The cleaned text. Raises ValueError when it breaks the limit and nobody is clipping."""
        text = clean_text(text)
        words = len(text.split())
        if not words:
            raise ValueError("must not be empty")
        if words > self.limit:
            if not _clipping.get():
                raise ValueError(f"at most {self.limit} words, please; this has {words}")
            text = clip_words(text, self.limit)
        if len(text) > self.limit * CHARACTERS_PER_WORD:
            raise ValueError(f"at most {self.limit} words of a usual length, please; this is {len(text)} characters")
        return text

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "description": f"max {self.limit} words"}


@dataclass(frozen=True)
class Line(_Limit):
    """One line, not empty, at most `limit` characters, without control characters."""

    limit: int

    def check(self, text: str) -> str:
        """The cleaned line. Raises ValueError when it is empty or too long."""
        text = one_line(text)
        if not 0 < len(text) <= self.limit:
            raise ValueError(f"1 to {self.limit} characters, please; this has {len(text)}")
        return text
