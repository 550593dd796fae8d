"""An answer that says "I do not know" and nothing else, in the languages of not_knowing.txt.

In other languages the mark is the coach's alone.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llm_modes.folding import UNSPACED, folded, is_mark

# Who says more than this says something.
MOST_CHARACTERS = 200
EVERYWHERE = "sorry ok okay um uh hm hmm mhm er eh"
_HANGUL = "\u1100-\u11ff\uac00-\ud7a3"
_WRITTEN_TOGETHER = re.compile(f"[{UNSPACED}{_HANGUL}]")
# Spellings of one letter: with or without the dot in Turkish, the hamza in Arabic, the hook in Persian.
_SPELLINGS = str.maketrans("ıأإآٱىیکةہھ", "iااااييكههه")
# Accents, Hebrew points and Arabic vowels, and the dot of Hindi loanwords: written by some and not by others.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u0655\u0670\u093c]")


@dataclass(frozen=True)
class _Language:
    cores: tuple[str, ...]
    around: tuple[str, ...]
    together: bool

    def has_only(self, text: str) -> bool:
        """True when the text is made of this language's phrases and of what may stand around them."""
        text = text.replace(" ", "") if self.together else self._bare(text)
        found = False
        while text:
            core = self._first(self.cores, text)
            found = found or bool(core)
            said = core or self._first(self.around, text)
            if not said:
                return False
            text = text[len(said) :].lstrip()
        return found

    def _bare(self, text: str) -> str:
        words = [word for word in text.split() if word not in self.around]
        return " ".join(word for place, word in enumerate(words) if word not in words[place - 1 : place])

    def _first(self, phrases: tuple[str, ...], text: str) -> str:
        """The longest of the phrases that the text begins with, as whole words where words are apart."""
        whole = text if self.together else f"{text} "
        return next((one for one in phrases if whole.startswith(one if self.together else f"{one} ")), "")


def says_nothing_known(answer: str) -> bool:
    """True for an answer that only says, in a language of the list, that its writer does not know."""
    if len(answer) > MOST_CHARACTERS:
        return False
    text = _plain(answer)
    return bool(text) and any(language.has_only(text) for language in _languages())


def _plain(text: str) -> str:
    """Letters, digits and spaces, without what some write and others leave out."""
    apart = _LEFT_OUT.sub("", unicodedata.normalize("NFD", folded(text)))
    text = unicodedata.normalize("NFC", apart).translate(_SPELLINGS)
    return " ".join("".join(letter if letter.isalnum() or is_mark(letter) else " " for letter in text).split())


@cache
def _languages() -> tuple[_Language, ...]:
    lines = (Path(__file__).parent / "not_knowing.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_read(line.partition(":")[2]) for line in lines if line and not line.startswith("#"))


def _read(line: str) -> _Language:
    said, _bar, around = line.partition("|")
    together = bool(_WRITTEN_TOGETHER.search(said))
    beside = {_plain(word) for word in f"{around} {EVERYWHERE}".split()}
    language = _Language((), tuple(sorted(beside, key=len, reverse=True)), together)
    cores = (_plain(core) for core in said.split(","))
    cores = (core.replace(" ", "") if together else language._bare(core) for core in cores)
    return _Language(tuple(sorted(set(cores), key=len, reverse=True)), language.around, together)
