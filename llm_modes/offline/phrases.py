"""Phrases of the offline coach's data as one pattern: plain words, small, with a few wildcards.

"*" is the rest of a word, "_" any one word, "#" a number. A word in capitals is any word of the list with that name,
but for those that have a minus sign there.
"""

import re
from collections.abc import Iterable, Mapping


def pattern(phrases: Iterable[str], lists: Mapping[str, str]) -> re.Pattern[str]:
    """Finds any of the phrases among the words of a text (llm_modes.language.text.words), joined by single spaces."""
    said = "|".join(" ".join(_word(word, lists) for word in phrase.split()) for phrase in phrases)
    return re.compile(rf"(?<![\w'-])(?:{said})(?![\w'-])")


def _word(word: str, lists: Mapping[str, str]) -> str:
    if word.lower() in lists and word.isupper():
        listed = lists[word.lower()].split()
        but = "|".join(one[1:] for one in listed if one[0] == "-")
        return rf"(?!(?:{but or '(?!)'})\b)(?:{'|'.join(_word(one, {}) for one in listed if one[0] != '-')})"
    if word in ("_", "#"):
        return r"\S+" if word == "_" else r"\d\w*(?: \d+)*"
    return re.escape(word).replace(r"\*", r"\w*")
