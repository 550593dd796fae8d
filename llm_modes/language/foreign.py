"""Telling what the rules cannot read: a text that is not English, or that is code."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from llm_modes.language.text import STOP_WORDS, clean, words

# Of a text so many characters and words are looked at.
MOST_CHARACTERS, MOST_WORDS = 4000, 400
# In fewer words, or letters, nothing can be told.
LEAST_WORDS, LEAST_LETTERS = 4, 6
# Foreign words that it takes: so many, and so many for each English one and of all words.
LEAST_FOREIGN, FOR_EACH_ENGLISH, OF_ALL = 2, 2, 0.12
# Code has signs of so many kinds, so many for each letter, and few words that only English prose has.
KINDS_OF_SIGNS, SIGNS_OF_LETTERS, PROSE_OF_CODE = 3, 0.06, 0.1
# Or this part of its lines are a program's, two at least; or so many of its words are a query's.
LINES_OF_CODE, WORDS_OF_QUERY = 0.75, 3

_LATIN = re.compile(r"[a-zA-ZÀ-ɏḀ-ỿ]")
_ACCENTED = re.compile(r"\b[a-zà-ɏḁ-ỿ]*[à-ɏḁ-ỿ]\w*")
# French and Italian: "l'équipe", "j'ai", "dell'ospedale".
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu|(?:d|n|s)?[aeu]ll|un)'[a-z]{2}")
# Of brackets only those that nobody sets behind a space, as prose does. Some signs stand in formulas of prose, too.
_CODE_SIGN = re.compile(r"</|[{}\[\];=<>_$\\]|(?<=\w)\(|(?<=\))[:.]")
_ONLY_IN_CODE = frozenset(("</", *"{}_$\\("))
# A whole line of a program: a block, a statement, an assignment, a call. Of queries the words in capitals tell.
_CODE_LINE = re.compile(
    r"(?:def|class|for|while|if|elif|else|try|except|with)\b.*:|(?:return|import|from \w+ import|throw|raise)\b.*"
    r"|.*(?:[{}]|\) *;|=.*;)|[\w.]+(?:\[.*\])? *[-+*/]?= *\S.*|[\w.]+\(.*\)|@\w+.*|pass|break|continue"
)
_QUERY = re.compile(r"\b(?:SELECT|FROM|WHERE|JOIN|GROUP BY|ORDER BY|HAVING|INSERT INTO|VALUES|UPDATE|SET|DELETE)\b")
_OF_PROGRAMS = frozenset(
    "a and as at by do for from i if in is it let make not of on or then this to use when where with".split()
)
# Letters that are no letter with an accent.
_PLAIN = str.maketrans("łıøđæœ", "liodao")


class _Known(NamedTuple):
    foreign: frozenset[str]
    names: frozenset[str]
    both: frozenset[str]
    english: frozenset[str]


def looks_foreign(text: str) -> bool:
    """True for a text that is mostly in another language or script, or code.

    False for English, also with foreign names and sentences in it; for gibberish; and for texts of a few words.
    """
    text = unicodedata.normalize("NFKC", clean(text)[:MOST_CHARACTERS])
    letters = [sign for sign in text if sign.isalpha()]
    if len(letters) >= LEAST_LETTERS and len(_LATIN.findall(text)) < 0.6 * len(letters):
        return True
    found = words(text)[:MOST_WORDS]
    return len(found) >= LEAST_WORDS and (_is_foreign(text, found) or _is_code(text, found, len(letters)))


def _is_foreign(text: str, found: list[str]) -> bool:
    known = _known()
    accented = set(_ACCENTED.findall(text))
    plain = [word if word.isascii() else _unaccented(word) for word in found]
    foreign = sum(one in known.foreign or bool(_ELIDED.match(one)) for one in plain)
    # A word with an accent may be one that English has taken over: "sautéed", "résumé".
    loans = sum(word in accented and one not in known.foreign for one, word in zip(plain, found, strict=True))
    english = sum(one in known.english for one in plain)
    # Where nothing is English for certain, a German "die" or "war" is half a word of German.
    half = sum(one in known.names or (one in known.both and not english) for one in plain) / 2
    return foreign > 0 and foreign + loans / 2 + half >= max(
        LEAST_FOREIGN, FOR_EACH_ENGLISH * english, OF_ALL * len(found)
    )


def _is_code(text: str, found: list[str], letters: int) -> bool:
    signs = _CODE_SIGN.findall(text)
    prose = sum(word in STOP_WORDS and word not in _OF_PROGRAMS for word in found)
    many = len(set(signs)) >= KINDS_OF_SIGNS and len(signs) >= SIGNS_OF_LETTERS * letters
    by_signs = many and not _ONLY_IN_CODE.isdisjoint(signs)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    by_lines = len(lines) > 1 and sum(map(bool, map(_CODE_LINE.fullmatch, lines))) >= LINES_OF_CODE * len(lines)
    by_words = len(_QUERY.findall(text)) >= WORDS_OF_QUERY
    return (by_signs or by_lines or by_words) and prose <= PROSE_OF_CODE * len(found)


def _unaccented(word: str) -> str:
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(_PLAIN)


@cache
def _known() -> _Known:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    both = {_unaccented(word) for word in data["both"].split()}
    names = frozenset(data["names"].split())
    listed = {_unaccented(word) for line in data["words"].values() for word in line.split()}
    foreign = {word for word in listed - names - both - STOP_WORDS if len(word) > 1}
    english = (STOP_WORDS | set(data["english"].split())) - both
    return _Known(frozenset(foreign - english), names, frozenset(both - STOP_WORDS), english)
