"""Words, counted in any script, and strings with a limit: `name: Annotated[str, Words(3)]`.

Where a script puts spaces between words, what stands between them is a word, as anyone counts: "don't", "well-known",
"CI/CD", a German compound, a Korean word with its particle. Chinese, Japanese, Thai, Lao, Khmer and Burmese have no
spaces: there ICU finds the words by its dictionaries (UAX #29 alone would give one word a character, or a sentence).
What nobody sees changes no count, and what stands between words is not a space everywhere: Tibetan and Ethiopic have
marks of their own, and some write arrows.
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
from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from coach.candidate_text import clean_text, one_line
from llm_modes.language.folding import CHINESE_OR_JAPANESE, KANA, UNSPACED

# Where words stand apart, what has no space in it is one word however long it is; no language needs more than this.
CHARACTERS_PER_WORD = 40
IDEOGRAPHS_PER_WORD, KANA_PER_WORD = 1.6, 2.5
LENIENCE = 1.5

# No Korean word with its particles is longer; what is was typed without spaces, and so many syllables of it are a word.
LONGEST_IN_HANGUL, SYLLABLES_PER_WORD = 12, 3

_LETTER = re.compile(r"[^\W_]")
_KANA = re.compile(f"[{KANA}]")
# Between words, with or without a space. A comma between digits is part of a number.
_PAUSES = (
    ',;!?…—–|=()\\[\\]{}<>"“”„«»‹›。，、；：！？（）「」『』【】《》〈〉・،؛؟۔।॥։'
    "\u0f0b-\u0f14\u1360-\u1368\u2022\u2190-\u2bff"
)
# Unseen among letters: what joins and shapes them, or says where a line may break.
_UNSEEN = "\u00ad\u034f\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
_SHOWN = re.compile(f"[^{_UNSEEN}]")
_RUN = re.compile(
    rf"(?P<together>[{UNSPACED}][{UNSPACED}{_UNSEEN}]*)|(?P<apart>(?:[^\s{UNSPACED}{_PAUSES}]|(?<=\d),(?=\d))+)"
)
_SYLLABLE = re.compile("[\u1100-\u115e\uac00-\ud7a3]")
_SYLLABLES = re.compile(rf"(?:.[^\u1100-\u115e\uac00-\ud7a3]*){{1,{SYLLABLES_PER_WORD}}}", re.DOTALL)

# Set while a reply that broke nothing but word limits is read a last time.
_clipping: ContextVar[bool] = ContextVar("clipping", default=False)


@contextmanager
def clipping() -> Iterator[None]:
    """Within this block texts over their limit are clipped at a word boundary instead of refused."""
    token = _clipping.set(True)
    try:
        yield
    finally:
        _clipping.reset(token)


def is_clipping() -> bool:
    """Whether a reply is read for the last time, and taken as far as it can be."""
    return _clipping.get()


def words(text: str) -> list[str]:
    """The words of a text, as they stand in it."""
    return [text[start:end] for start, end in _spans(text)]


def count_words(text: str, *, leniently: bool = False) -> int:
    """How many words a text has, for saying how much somebody said.

    ICU splits what its dictionary does not know into characters. So Chinese and Japanese have no more words than their
    characters make up: one for each 1.6 ideographs (what ICU finds in plain prose, measured on answers of ours, and the
    rate of translators from English, 1,500 to 1,700 characters for 1,000 words) and for each 2.5 kana (their rate for
    Japanese). `leniently` is for limits: half as many characters more make a word, as in names "分布式" is one.
    """
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
    """Where the words of a text begin and end."""
    for run in _RUN.finditer(text):
        said, place = run.group(), run.start()
        if not _LETTER.search(said):
            continue
        if run.lastgroup == "together":
            yield from ((place + start, place + end) for start, end in _by_dictionary(said))
        elif len(_SYLLABLE.findall(said)) > LONGEST_IN_HANGUL:
            yield from ((place + some.start(), place + some.end()) for some in _SYLLABLES.finditer(said))
        else:
            yield run.span()


def _by_dictionary(run: str) -> Iterator[tuple[int, int]]:
    """The words that ICU finds. It would end one at every letter that something unseen follows."""
    if len(run) == 1:  # as it stands in lists, by the thousand: no need to open a dictionary
        yield 0, 1
        return
    shown = list(_SHOWN.finditer(run))
    end = 0
    for word in WordBreaker("".join(letter.group() for letter in shown), "root"):
        start, end = end, end + len(word)
        if _LETTER.search(word):
            yield shown[start].start(), shown[end - 1].end()


def clip_words(text: str, limit: int) -> str:
    """The first `limit` words of the text, its line breaks kept, with "…" when something was cut."""
    if count_words(text, leniently=True) <= limit:
        return text
    _start, end = next(islice(_spans(text), limit - 1, None))
    return text[:end] + "…"


def _filled(items: Any) -> Any:
    if not isinstance(items, list):
        return items
    return [item for item in items if not isinstance(item, str) or clean_text(item)]


# For lists that may be empty: some models say "nothing" with an empty string.
WithoutBlanks = BeforeValidator(_filled)


class _Limit:
    """A check of a string that is read from a reply."""

    def check(self, text: str) -> str:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


@dataclass(frozen=True)
class Words(_Limit):
    """Not empty, at most `limit` words, without control characters."""

    limit: int

    def check(self, text: str) -> str:
        """The cleaned text. Raises ValueError when it breaks the limit and nobody is clipping."""
        text = clean_text(text)
        if not text:
            raise ValueError("must not be empty")
        count = count_words(text, leniently=True)
        if count > self.limit:
            if not _clipping.get():
                raise ValueError(f"at most {self.limit} words, please; this has {count}")
            text = clip_words(text, self.limit)
        if len(text) > self.limit * CHARACTERS_PER_WORD:
            raise ValueError(f"at most {self.limit} words of a usual length, please; this is {len(text)} characters")
        return text

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "description": f"max {self.limit} words"}


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
