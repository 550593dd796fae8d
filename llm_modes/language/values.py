"""Single values of a reply (a text, a choice, a whole number), and mending what is harmless about them."""

import math
import re
from dataclasses import dataclass
from typing import Any

from coach.candidate_text import clean_text
from llm_modes.language.mending import is_nothing, note, plain

# A value as it is after mending, and whether it can be valid.
Mended = tuple[Any, bool]

# What models put around a word or a number.
_MARKS = " \t\n.!*`\"'“”"
# "7", "7.5", "7,5", "7/10", "8 out of 10", "7 von 10", "score: 7", "45 min", "45 min/day".
_NUMBER = re.compile(
    r"(?:([a-z]{3,}):? )?(\d{1,9})(?:[.,](\d{1,2}))?(?: ?(?:/|out of|of|von|sur|de|su|van|av|из) ?(\d{1,4})(?:[.,]0)?)?"
    r"(?: ?([a-z]{3,}))?( ?/ ?day| per day| a day| each day| daily)?"
)
# How models say yes and no.
_SAID = dict.fromkeys(("true", "yes", "1", "shown"), True) | dict.fromkeys(
    ("false", "no", "0", "notshown", "none", "null"), False
)
# How models say in a word or two that nobody has said so far; as plain() writes it.
_UNTOLD = frozenset(
    {"unknown", "notspecified", "unspecified", "notknown", "notyetknown", "notprovided", "notmentioned"}
)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a value should be; this one takes anything."""

    optional: bool = False

    def mend(self, value: Any) -> Mended:
        """The value, mended where that is harmless, and whether it can be valid."""
        if self.optional and self.stands_for_null(value):
            if value is not None:
                note()
            return None, True
        return self.mend_value(value)

    def stands_for_null(self, value: Any) -> bool:
        # Prompts say "unknown" for what nobody has told yet, and models say it back.
        return is_nothing(value) or (isinstance(value, str) and plain(value[:40]).strip(".") in _UNTOLD)

    def mend_value(self, value: Any) -> Mended:
        return value, True


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """A string that says something."""

    may_say_none: bool = False

    def stands_for_null(self, value: Any) -> bool:
        if isinstance(value, str) and self.may_say_none and plain(value) == "none":
            return False
        return super().stands_for_null(value)

    def mend_value(self, value: Any) -> Mended:
        if isinstance(value, dict) and len(value) == 1:
            [inner] = value.values()
            if isinstance(inner, str):
                note()
                value = inner
        return value, isinstance(value, str) and bool(clean_text(value))


@dataclass(frozen=True, kw_only=True)
class Choice(Shape):
    """One of some words."""

    words: tuple[str, ...]

    def mend_value(self, value: Any) -> Mended:
        if value in self.words:
            return value, True
        if isinstance(value, str):
            said = plain(value.strip(_MARKS))
            for word in self.words:
                if plain(word) == said:
                    note()
                    return word, True
        if "none" in self.words and is_nothing(value):
            note()
            return "none", True
        return value, False


@dataclass(frozen=True, kw_only=True)
class Truth(Shape):
    """Yes or no. Null is no."""

    def mend_value(self, value: Any) -> Mended:
        if isinstance(value, bool):
            return value, True
        if isinstance(value, dict):
            told = [part for part in value.values() if isinstance(part, bool)]
            value = told[0] if len(told) == 1 else value
        said = None if isinstance(value, dict | list) else _SAID.get(plain(str(value)[:20]).strip(_MARKS))
        if said is None:
            return value, False
        note()
        return said, True


@dataclass(frozen=True, kw_only=True)
class Whole(Shape):
    """A whole number. `units`: the words of the field's name. `exactly`: it names something, and is not rounded."""

    least: float = -math.inf
    most: float = math.inf
    units: tuple[str, ...] = ()
    exactly: bool = False

    def mend_value(self, value: Any) -> Mended:
        if isinstance(value, bool):
            # Python takes true for 1.
            return str(value).lower(), False
        number = self._read(value) if isinstance(value, str) else value
        if not isinstance(number, int | float) or not self._is_meant(number):
            return value, False
        if not isinstance(value, int):
            note()
        return math.floor(number), True

    def _is_meant(self, number: float) -> bool:
        if not self.least <= number <= self.most:
            return False
        # An int may be too long for what is asked of a float here.
        return isinstance(number, int) or number.is_integer() or (math.isfinite(number) and not self.exactly)

    def _read(self, said: str) -> float | None:
        found = _NUMBER.fullmatch(" ".join(said[:40].casefold().strip(_MARKS + "#()").split()))
        if found is None:
            return None
        name, whole, part, out_of, unit, a_day = found.groups()
        if out_of and int(out_of) != self.most:
            return None
        if name and name not in self.units:
            return None
        if unit and not any(one.startswith(unit.removesuffix("s")) for one in (*self.units, "point")):
            return None
        if a_day and "daily" not in self.units:
            return None
        return float(f"{whole}.{part}") if part else int(whole)
