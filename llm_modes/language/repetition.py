"""Whether two questions ask the same thing."""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from llm_modes.language.folding import folded, is_mark

# Percent. In the offline bank, different questions on one topic are less than 85 alike, reworded ones more than 90.
SAME = 90
# Signs that make another question of it, as those of mathematics and money do: "C#", "50%", "A* search", "n^2".
_TELLING = "#%&@*^°"
_SIGNS = re.compile(r"[^\W\d_]?[+#]+|[=<>|*^]+")
# From here on characters are rare, and there are a million of them.
_RARE = 0x10000
_NUMBER = re.compile(r"\d+")


def normalised(question: str) -> str:
    """The question for comparing: folded, without punctuation, with single spaces. The signs of "C++" and "C#" stay."""
    text = folded(question).lstrip("#*-•> ")
    return " ".join(text.translate(_said).split())


def _says_something(sign: str) -> bool:
    return sign.isalnum() or sign in _TELLING or is_mark(sign) or unicodedata.category(sign) in ("Sm", "Sc")


class _Said(dict[int, int]):
    """For str.translate: a sign that says something stays, another one is a space. It is kept for the usual scripts."""

    def __missing__(self, code: int) -> int:
        said = code if _says_something(chr(code)) else ord(" ")
        if code < _RARE:
            self[code] = said
        return said


_said = _Said()


class Known:
    """Thousands of questions that were asked. Each is normalised once and then compared with many."""

    def __init__(self, questions: Iterable[str]) -> None:
        self._said = [normalised(question) for question in questions]

    def add(self, question: str) -> None:
        """Add a question that is known from now on."""
        self._said.append(normalised(question))

    def has(self, question: str) -> bool:
        """Whether the question is the same as one of these, or nearly.

        Questions differ if their signs differ (C++ and C#), or their numbers, if both have numbers.
        """
        asked = normalised(question)
        near = process.extract(asked, self._said, scorer=fuzz.token_sort_ratio, score_cutoff=SAME, limit=None)
        return any(_asks_about_the_same(asked, one) for one, _score, _place in near)


def repeats(question: str, known: Iterable[str]) -> bool:
    """Whether the question is the same as a known one, or nearly: see Known.has."""
    return Known(known).has(question)


def _asks_about_the_same(one: str, other: str) -> bool:
    signs, numbers = ([sorted(kind.findall(text)) for text in (one, other)] for kind in (_SIGNS, _NUMBER))
    return signs[0] == signs[1] and (numbers[0] == numbers[1] or not all(numbers))
