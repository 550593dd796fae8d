"""Telling what the rules cannot read: a text that is not English, or that is code."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from llm_modes.language.source_code import is_source_code
from llm_modes.language.text import STOP_WORDS, clean, words

# Of a text so many characters and words are looked at.
MOST_CHARACTERS, MOST_WORDS = 4000, 400
# In fewer words, or letters, nothing can be told.
LEAST_WORDS, LEAST_LETTERS = 4, 3
# Foreign words that it takes: so many, and so many for each English one and of all words.
LEAST_FOREIGN, FOR_EACH_ENGLISH, OF_ALL = 2, 2, 0.12

_LATIN = re.compile(r"[a-zA-ZÀ-ɏḀ-ỿ]")
_ACCENTED = re.compile(r"\b[a-zà-ɏḁ-ỿ]*[à-ɏḁ-ỿ]\w*")
# French and Italian: "l'équipe", "j'ai", "dell'ospedale".
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu|(?:d|n|s)?[aeu]ll|un)'[a-z]{2}")
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
    return len(found) >= LEAST_WORDS and (_is_foreign(text, found) or is_source_code(text))


def _is_foreign(text: str, found: list[str]) -> bool:
    known = _known()
    accented = set(_ACCENTED.findall(text))
    plain = [word if word.isascii() else unaccented(word) for word in found]
    foreign = sum(one in known.foreign or bool(_ELIDED.match(one)) for one in plain)
    # A word with an accent may be one that English has taken over: "sautéed", "résumé".
    loans = sum(word in accented and one not in known.foreign for one, word in zip(plain, found, strict=True))
    english = sum(one in known.english for one in plain)
    # Where nothing is English for certain, a German "die" or "war" is half a word of German.
    half = sum(one in known.names or (one in known.both and not english) for one in plain) / 2
    return foreign > 0 and foreign + loans / 2 + half >= max(
        LEAST_FOREIGN, FOR_EACH_ENGLISH * english, OF_ALL * len(found)
    )


def unaccented(word: str) -> str:
    """The word in small letters without accents: "ł" is "l"."""
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(_PLAIN)


@cache
def _known() -> _Known:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    both = {unaccented(word) for word in data["both"].split()}
    names = frozenset(data["names"].split())
    listed = {unaccented(word) for line in data["words"].values() for word in line.split()}
    foreign = {word for word in listed - names - both - STOP_WORDS if len(word) > 1}
    english = (STOP_WORDS | set(data["english"].split())) - both
    return _Known(frozenset(foreign - english), names, frozenset(both - STOP_WORDS), english)
