"""An answer that says "I do not know" and nothing else, in one of the languages of not_knowing.txt or in several.

In other languages the mark is the coach's alone.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llm_modes.language.folding import UNSPACED, folded, spoken

# Who says more than this says something.
MOST_LETTERS = 200
EVERYWHERE = "sorry ok okay um uh hm hmm mhm er eh"
_HANGUL = "\u1100-\u11ff\uac00-\ud7a3"
_WRITTEN_TOGETHER = re.compile(f"[{UNSPACED}{_HANGUL}]")
# Where one script ends and another language may begin.
_OTHER_SCRIPT = re.compile(f"(?<=[{UNSPACED}{_HANGUL}])\\s*(?=[a-z])|(?<=[a-z])\\s*(?=[{UNSPACED}{_HANGUL}])")
# Spellings of one letter in Arabic, Persian and Urdu.
_SPELLINGS = str.maketrans("ٱىةہھ", "ايههه")
# Accents, hamzas, and the dot of Hindi loanwords: written by some and not by others.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0653-\u0655\u093c]")


@dataclass(frozen=True)
class _Language:
    cores: tuple[str, ...]
    around: tuple[str, ...]
    together: bool

    def says_so(self, text: str) -> bool | None:
        """Whether the text has one of this language's phrases; None when it says anything else, too."""
        text = text.replace(" ", "") if self.together else self._bare(text)
        found = False
        while text:
            core = self._first(self.cores, text)
            found = found or bool(core)
            said = core or self._first(self.around, text)
            if not said:
                return None
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
    """True for an answer that only says, in languages of the list, that its writer does not know.

    Not for one that quotes it: "I tell them: “I do not know”".
    """
    if sum(map(str.isalnum, answer)) > MOST_LETTERS:
        return False
    lines = [folded(line).strip('" ') for line in answer.splitlines()]
    if any('"' in line for line in lines):
        return False
    return _say_so([" ".join(lines)]) or _say_so([part for line in lines for part in _parts(line)])


def _say_so(parts: list[str]) -> bool:
    """Whether each part is in one language, and has nothing in it but what says so or may stand around that."""
    said = False
    for text in map(_plain, parts):
        if not text or text.isdecimal():
            continue
        found = {language.says_so(text) for language in _languages()} - {None}
        if not found:
            return False
        said = said or True in found
    return said


def _parts(line: str) -> list[str]:
    """What stands between punctuation, and between letters of Latin and of scripts that put no spaces."""
    signs = "".join("\n" if unicodedata.category(sign).startswith("P") and sign not in "'/" else sign for sign in line)
    return _OTHER_SCRIPT.sub("\n", signs).split("\n")


def _plain(said: str) -> str:
    """Letters, digits and spaces of a folded text, without what some write and others leave out."""
    apart = _LEFT_OUT.sub("", unicodedata.normalize("NFD", said))
    return spoken(unicodedata.normalize("NFC", apart).translate(_SPELLINGS))


@cache
def _languages() -> tuple[_Language, ...]:
    lines = (Path(__file__).parent / "not_knowing.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_read(line.partition(":")[2]) for line in lines if line and not line.startswith("#"))


def _read(line: str) -> _Language:
    said, _bar, around = line.partition("|")
    together = bool(_WRITTEN_TOGETHER.search(said))
    beside = {_plain(folded(word)) for word in f"{around} {EVERYWHERE}".split()}
    language = _Language((), tuple(sorted(beside, key=len, reverse=True)), together)
    cores = (_plain(folded(core)) for core in said.split(","))
    cores = (core.replace(" ", "") if together else language._bare(core) for core in cores)
    return _Language(tuple(sorted(set(cores), key=len, reverse=True)), language.around, together)
