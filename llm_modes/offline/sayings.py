"""What the offline coach says and hears: the file offline.toml beside the offline.py of a mode.

Its phrases are plain words with a few wildcards: "*" is the rest of a word, and alone up to five words; "_" any one
word, or the beginning of one; "#" a number. A word in capitals is any word of the list with that name, but for those
that have a minus sign there.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from llm_modes.language.text import normal, sentences


@cache
def sayings(mode: str) -> dict[str, Any]:
    """The data of a mode's offline coach, by the name of its folder: sentences with {places}, lists and tables."""
    return tomllib.loads((resources.files(f"llm_modes.{mode}") / "offline.toml").read_text(encoding="utf-8"))


def pattern(phrases: Iterable[str], lists: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """Finds any of the phrases, the longest first, in a text with single spaces whose apostrophes are all '."""
    any_of_them = "|".join(_phrase(one, lists or {}) for one in sorted(phrases, key=len, reverse=True))
    return re.compile(any_of_them or "(?!)", re.I)


def fits(text: str, row: Mapping[str, Any]) -> bool:
    """Whether a phrase of the row is `heard` in a sentence, but for what `but` has, or is `alone` the whole text."""
    but, heard, alone = (of_chat(*row.get(how, ())) for how in ("but", "heard", "alone"))
    said = [normal(but.sub(" ", normal(one.replace("-", " ")))) for one in sentences(text)]
    return any(map(heard.search, said)) or bool(alone.fullmatch(" ".join(said)))


@cache
def of_chat(*phrases: str) -> re.Pattern[str]:
    """The pattern of phrases of the chat's data, built once."""
    return pattern(phrases, sayings("plan_chat")["words"]["lists"])


def _phrase(said: str, lists: Mapping[str, str]) -> str:
    before, after = (sign.isalnum() or sign in "*_#" for sign in (said[0], said[-1]))
    return r"(?<!\w)" * before + r"\s".join(_word(word, lists) for word in said.split()) + r"(?!\w)" * after


def _word(word: str, lists: Mapping[str, str]) -> str:
    if word.isupper() and word.lower() in lists:
        listed = lists[word.lower()].split()
        but = "|".join(one[1:] for one in listed if one[0] == "-")
        return rf"(?!(?:{but or '(?!)'})\b)(?:{'|'.join(_word(one, lists) for one in listed if one[0] != '-')})"
    if word == "#":
        return "|".join([r"(?:\d[\w.,:]*(?:\s\d+)*", *lists.get("number", "").split()]) + ")"
    if word == "*":
        return r"\S+(?:\s\S+){0,4}?"
    return r"[\w'-]+" * word.startswith("_") + re.escape(word.removeprefix("_")).replace(r"\*", r"\w*")
