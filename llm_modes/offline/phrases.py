"""Phrases of the offline coach's data as one pattern: plain words, with a few wildcards.

"*" is the rest of a word, and alone up to five words; "_" any one word, or the beginning of one; "#" a number. A word
in capitals is any word of the list with that name, but for those that have a minus sign there.
"""

import re
from collections.abc import Iterable, Mapping

NO_LISTS: Mapping[str, str] = {}


def number(lists: Mapping[str, str]) -> str:
    """The pattern of a number: in digits, or one of the words of the list of that name."""
    return "|".join([r"(?:\d[\w.,:]*(?:\s\d+)*", *lists.get("number", "").split()]) + ")"


def pattern(phrases: Iterable[str], lists: Mapping[str, str] = NO_LISTS) -> re.Pattern[str]:
    """Finds any of the phrases, the longest first, in a text with single spaces whose apostrophes are all '."""
    return re.compile("|".join(_phrase(one, lists) for one in sorted(phrases, key=len, reverse=True)), re.I)


def _phrase(said: str, lists: Mapping[str, str]) -> str:
    before, after = (sign.isalnum() or sign in "*_#" for sign in (said[0], said[-1]))
    return r"(?<!\w)" * before + r"\s".join(_word(word, lists) for word in said.split()) + r"(?!\w)" * after


def _word(word: str, lists: Mapping[str, str]) -> str:
    if word.isupper() and word.lower() in lists:
        listed = lists[word.lower()].split()
        but = "|".join(one[1:] for one in listed if one[0] == "-")
        return rf"(?!(?:{but or '(?!)'})\b)(?:{'|'.join(_word(one, lists) for one in listed if one[0] != '-')})"
    if word in ("*", "#"):
        return r"\S+(?:\s\S+){0,4}?" if word == "*" else number(lists)
    return r"[\w'-]+" * word.startswith("_") + re.escape(word.removeprefix("_")).replace(r"\*", r"\w*")
