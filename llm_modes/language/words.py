"""Counts words in any script, and gives strings a limit: `name: Annotated[str, Words(3)]`.

In scripts with spaces, a word is what stands between two spaces: "don't", "well-known", "CI/CD", a German compound, a
Korean word with its particle. Chinese, Japanese, Thai, Lao, Khmer and Burmese have no spaces: there ICU finds the words
in its dictionaries (UAX #29 alone would make every character a word, or the whole sentence). Invisible characters do
not change the count. Some scripts separate words with other marks than spaces, as Tibetan and Ethiopic do; some people
write arrows.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any

from icu4py.breakers import WordBreaker
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from coach.candidate_text import clean_text, one_line
from llm_modes.language.folding import CHINESE_OR_JAPANESE, KANA, UNSPACED
from llm_modes.language.mending import note
from llm_modes.language.sent_schema import MOST_NESTED

# A text without spaces counts as one word, however long it is. No language needs more characters for a word.
CHARACTERS_PER_WORD = 40
IDEOGRAPHS_PER_WORD, KANA_PER_WORD = 1.6, 2.5
LENIENCE = 1.5
# See most_characters().
LONG_WORD, LONG_TEXT = 60, 11

# In syllables: the longest Korean word with its particles; and the words into which a longer run is cut, since it was
# typed without spaces.
LONGEST_IN_HANGUL, SYLLABLES_PER_WORD = 12, 3

_LETTER = re.compile(r"[^\W_]")
_KANA = re.compile(f"[{KANA}]")
# These separate words, with or without a space. A comma between digits belongs to a number.
_PAUSES = (
    ',;!?…—–|=()\\[\\]{}<>"“”„«»‹›。，、；：！？（）「」『』【】《》〈〉・،؛؟۔।॥։'
    "\u0f0b-\u0f14\u1360-\u1368\u2022\u2190-\u2bff"
)
# Invisible characters: they join and shape letters, or tell where a line may break.
_UNSEEN = "\u00ad\u034f\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
_SHOWN = re.compile(f"[^{_UNSEEN}]")
# The same as _RUN for a text in ASCII, several times as fast.
_ASCII_RUN = re.compile(rf"[^\s{_PAUSES}]+(?:(?<=\d),(?=\d)[^\s{_PAUSES}]+)*")
_RUN = re.compile(
    rf"(?P<together>[{UNSPACED}][{UNSPACED}{_UNSEEN}]*)|(?P<apart>(?:[^\s{UNSPACED}{_PAUSES}]|(?<=\d),(?=\d))+)"
)
_SYLLABLE = re.compile("[\u1100-\u115e\uac00-\ud7a3]")
_SYLLABLES = re.compile(rf"(?:.[^\u1100-\u115e\uac00-\ud7a3]*){{1,{SYLLABLES_PER_WORD}}}", re.DOTALL)

# True while an invalid reply is read a last time: then what is too long is cut, not refused.
_clipping: ContextVar[bool] = ContextVar("clipping", default=False)


@contextmanager
def clipping() -> Iterator[None]:
    """Within this block a text over its limit is cut at the end of a word, not refused."""
    token = _clipping.set(True)
    try:
        yield
    finally:
        _clipping.reset(token)


def is_clipping() -> bool:
    """Whether a reply is being read for the last time: as much of it as possible is accepted."""
    return _clipping.get()


def words(text: str) -> list[str]:
    """The words of a text, in order and unchanged."""
    return [text[start:end] for start, end in _spans(text)]


def count_words(text: str, *, leniently: bool = False) -> int:
    """How many words a text has, 0 or more.

    ICU splits words that its dictionary does not know into characters. So Chinese and Japanese get at most one word for
    each 1.6 ideographs and each 2.5 kana. 1.6 is what ICU finds in plain prose (measured on our answers) and the rate
    of translators from English: 1,500 to 1,700 characters for 1,000 words. 2.5 is their rate for Japanese.
    `leniently` is for limits: LENIENCE times as many characters make a word, because a name such as "分布式" is one.
    """
    if text.isascii():
        return sum(1 for said in _ASCII_RUN.findall(text) if said.isalnum() or _LETTER.search(said))
    spaced, found, ideographs, kana = 0, 0, 0, 0
    for word in words(text):
        if not CHINESE_OR_JAPANESE.match(word):
            spaced += 1
            continue
        found += 1
        in_kana = len(_KANA.findall(word))
        ideographs, kana = ideographs + len(_SHOWN.findall(word)) - in_kana, kana + in_kana
    most = (ideographs / IDEOGRAPHS_PER_WORD + kana / KANA_PER_WORD) / (LENIENCE if leniently else 1)
    return spaced + min(found, math.ceil(most))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each word of a text begins and ends."""
    for run in _RUN.finditer(text):
        said = run.group()
        if not (said.isalnum() or _LETTER.search(said)):
            continue
        if run.lastgroup == "together":
            yield from ((run.start() + start, run.start() + end) for start, end in _by_dictionary(said))
        elif not said.isascii() and len(_SYLLABLE.findall(said)) > LONGEST_IN_HANGUL:
            yield from ((run.start() + some.start(), run.start() + some.end()) for some in _SYLLABLES.finditer(said))
        else:
            yield run.span()


def _by_dictionary(run: str) -> Iterator[tuple[int, int]]:
    """Where the words of ICU begin and end. It reads the run without invisible characters: they would split words."""
    if len(run) == 1:  # lists have thousands of these; opening the dictionary for each is slow
        yield 0, 1
        return
    shown = list(_SHOWN.finditer(run))
    end = 0
    for word in WordBreaker("".join(letter.group() for letter in shown), "root"):
        start, end = end, end + len(word)
        if _LETTER.search(word):
            yield shown[start].start(), shown[end - 1].end()


def clip_words(text: str, limit: int) -> str:
    """The first `limit` words of the text (1 or more) with their line breaks. "…" marks a cut."""
    if count_words(text, leniently=True) <= limit:
        return text
    _start, end = next(islice(_spans(text), limit - 1, None))
    return text[:end] + "…"


def most_characters(limit: int) -> int:
    """What an honest text of `limit` words has at most, in characters: `maxLength`, which ends a runaway.

    A grammar ends a text there, within a word. So no language may need more. Measured on what Django is translated
    into, sentences in any order: in 94 languages no 3 words took more than 68 characters (Gaelic), no 8 more than 134
    (Norwegian), no 30 more than 379 (Finnish), no 120 more than 1,309 (Malayalam). llama.cpp refuses or forgets bounds
    of 2,000 and more: 176 words are the most that a reply may be asked for.
    """
    return LONG_WORD + LONG_TEXT * limit


class _Limit:
    """A check of a string in a reply."""

    def check(self, text: str) -> str:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


@dataclass(frozen=True)
class Words(_Limit):
    """Not empty, at most `limit` words, without control characters."""

    limit: int

    def check(self, text: str) -> str:
        """The cleaned text, cut within `clipping`. Raises ValueError if it is empty or too long."""
        bound = self.most_characters
        is_ended = len(text) in (most_characters(self.limit), bound, min(bound, MOST_NESTED))
        text = clean_text(text)
        if not text:
            raise ValueError("must not be empty")
        if _clipping.get():
            text = clip_words(text, self.limit)
        elif (count := count_words(text, leniently=True)) > self.limit:
            if not is_ended:
                raise ValueError(f"at most {self.limit} words, please; this has {count}")
            # By a grammar. Asked again, the model would run on as far.
            note()
            text = clip_words(text, self.limit)
        if len(text) > self.limit * CHARACTERS_PER_WORD:
            raise ValueError(f"at most {self.limit} words of a usual length, please; this is {len(text)} characters")
        return text

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        least = {} if self.may_be_empty else {"minLength": 1}
        bounds = {**least, "maxLength": self.most_characters}
        return {**handler(schema), "description": f"max {self.limit} words", **bounds}

    @property
    def may_be_empty(self) -> bool:
        """Whether the schema as it is sent allows an empty text."""
        return False

    @property
    def most_characters(self) -> int:
        """`maxLength` in the schema as it is sent. What is validated is the number of words."""
        return most_characters(self.limit)


@dataclass(frozen=True)
class OneLine(_Limit):
    """One line, not empty, at most `limit` characters, without control characters."""

    limit: int

    def check(self, text: str) -> str:
        """The cleaned line. Raises ValueError when it is empty or too long."""
        text = one_line(text)
        if not 0 < len(text) <= self.limit:
            raise ValueError(f"1 to {self.limit} characters, please; this has {len(text)}")
        return text

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "minLength": 1, "maxLength": self.limit}
