"""Whether a question says again what another one has asked."""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from llm_modes.language.folding import folded, is_mark

# Measured on the offline bank: different questions on one topic stay below 85, rewordings lie above 90.
SAME = 90
# Signs that ask another question, besides those of mathematics and money: "C#", "50%", "A* search", "n^2".
_TELLING = "#%&@*^°"
_SIGNS = re.compile(r"[^\W\d_]?[+#]+|[=<>|*^]+")
_NUMBER = re.compile(r"\d+")


def normalised(question: str) -> str:
    """What a question says: folded, without punctuation, single spaces. The signs of "C++" and "C#" stay."""
    text = folded(question).lstrip("#*-•> ")
    return " ".join("".join(sign if _says_something(sign) else " " for sign in text).split())


def _says_something(sign: str) -> bool:
    return sign.isalnum() or sign in _TELLING or is_mark(sign) or unicodedata.category(sign) in ("Sm", "Sc")


class Known:
    """Questions that were asked, by the thousand: each is read once, and then compared with many."""

    def __init__(self, questions: Iterable[str]) -> None:
        self._said = [normalised(question) for question in questions]

    def add(self, question: str) -> None:
        """One more that is known from now on."""
        self._said.append(normalised(question))

    def has(self, question: str) -> bool:
        """True when the question equals one of these, or nearly so.

        Not where signs differ, as in C++ and C#, or numbers, where both have some.
        """
        asked = normalised(question)
        near = process.extract(asked, self._said, scorer=fuzz.token_sort_ratio, score_cutoff=SAME, limit=None)
        return any(_asks_about_the_same(asked, one) for one, _score, _place in near)


def repeats(question: str, known: Iterable[str]) -> bool:
    """True when the question equals one of the known ones, or nearly so (see Known)."""
    return Known(known).has(question)


def _asks_about_the_same(one: str, other: str) -> bool:
    signs, numbers = ([sorted(kind.findall(text)) for text in (one, other)] for kind in (_SIGNS, _NUMBER))
    return signs[0] == signs[1] and (numbers[0] == numbers[1] or not all(numbers))
