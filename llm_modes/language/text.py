"""Reading and cutting plain text: cleaning, words, sentences, word stems, and limits in words."""

import re
from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap
from typing import TypeVar
from zlib import crc32

from llm_modes.language.words import clip_words

Option = TypeVar("Option")

# Characters. No form takes a longer text, unless a setting allows it. What is beyond is not read, so that hostile
# input stays cheap.
LONGEST = 20_000
LONGEST_SENTENCE = 1_000

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SPACES = re.compile(r"[^\S\n]+")
# No sentence ends behind these at all, before a figure, or before a small letter.
_SHORTENED = {
    "": "Dr dr Mr mr Mrs mrs Ms Prof prof St vs e.g E.g i.e approx incl cf",
    r"\d": "No no Nos nos Fig fig",
    "[a-z]": "a.m p.m etc Inc Ltd Co U.S U.K dept Dept min max hrs",
}
_WHOLE = "".join(
    rf"(?!(?<=\b{re.escape(one)}\.) {before})" for before, many in _SHORTENED.items() for one in many.split()
)
_SENTENCE_END = re.compile(rf"(?<=[.!?…]){_WHOLE}[\"')\]]* | ?\n+ ?|; |(?<=[。！？])")
# "1.", "2)", "(b)", "3 -" at the beginning of a line; and "1." or "1)" wherever it stands.
_ITEM = re.compile(
    r"^[^\S\n]*(?:[-*–][^\S\n]*)?(?:(?:\(?\d{1,2}[.):]|\(?[a-h]\))(?:\s+|$)|\d{1,2}\s?[-–—]\s+(?=[^\W\d]))", re.M
)
_LISTED = re.compile(r"(?:^|(?<=\s)(?<!\b[Nn]o\.\s))\(?(?:(\d{1,2})[.)]|([a-h])\))\s+(?=[^\W\d])", re.M)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_JOINTS = frozenset("and but so because then which when after since first second third finally also if i we".split())

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing done down during each ever few for from further get gets getting give go going got
    had has have having he her here him his how i if i'd i'll i'm i've in into is it it's its just let like lot made
    make many may me might more most much must my myself no nor not now of off on once one only or other our out over
    own per please really same say see she should so some something such take tell than that that's the their them
    then there these they thing things this those through time to too under until up upon us use used using very was
    way we well were what when where which while who why will with would you your""".split()
)


def clean(text: object) -> str:
    """The text without control characters and stray surrogates, cut at LONGEST characters; line breaks stay."""
    return _UNPRINTABLE.sub(" ", str(text or "")[:LONGEST])


def on_one_line(text: object) -> str:
    """The cleaned text on one line, with single spaces."""
    return " ".join(clean(text).split())


def clip(text: object, words: int) -> str:
    """The text on one line with at most `words` words, and "…" when something was cut.

    Also cuts what has no spaces to cut at: on average a word may have 16 characters.
    """
    # A sentence that ends with something cut has its mark already.
    whole = on_one_line(text).replace("….", "…")
    line = clip_words(whole, words)
    room = words * 16
    if line != whole or len(line) > room:
        return line.removesuffix("…")[: room - 1].rstrip(" ,;:–-") + "…"
    return line


def sentences(text: object) -> list[str]:
    """The sentences, lines and points of the text, each on one line, without the numbers of a list and empty ones.

    What is longer than any sentence is cut: the rules that read one look at it more than once.
    """
    said = _without_numbers(clean(text).replace("•", "\n"))
    lines = (" ".join(piece.split()) for piece in _SENTENCE_END.split(_SPACES.sub(" ", said)))
    pieces = (piece.strip("-*– ") for line in lines for piece in _cut(line))
    return [piece for piece in pieces if _WORD.search(piece)]


def _without_numbers(text: str) -> str:
    """The text without the numbers of its lists; those within a line are known by their order."""
    listed = list[re.Match[str]]()
    for found in _LISTED.finditer(text):
        is_next = (found[1] or found[2]) in (str(len(listed) + 1), "abcdefgh"[len(listed) % 8])
        if is_next and (listed or text[: found.start()].rstrip(" ")[-1:] in "\n.:;!?"):
            listed.append(found)
    for found in listed[::-1] if len(listed) > 1 else ():
        text = f"{text[: found.start()]}\n{text[found.end() :]}"
    return _ITEM.sub("", text)


def _cut(line: str) -> list[str]:
    return [line] if len(line) <= LONGEST_SENTENCE else wrap(line, LONGEST_SENTENCE, break_on_hyphens=False)


def breaths(sentence: str, most: int = 40, least: int = 14) -> list[str]:
    """A sentence that is far too long, as dictation without punctuation gives it, cut before joints; others whole."""
    parts = sentence.split()
    if len(parts) <= most:
        return [sentence]
    pieces: list[list[str]] = [[]]
    for part in parts:
        if len(pieces[-1]) >= most or (len(pieces[-1]) >= least and part.lower() in _JOINTS):
            pieces.append([])
        pieces[-1].append(part)
    return [" ".join(piece) for piece in pieces]


def words(text: object) -> list[str]:
    """The words in lower case, without punctuation; typographic apostrophes become plain ones."""
    return [word.replace("’", "'") for word in _WORD.findall(clean(text).lower())]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A crude stem, the same for "calculate" and "calculations". Only good for comparing words."""
    if word.endswith("'s"):
        word = word[:-2]
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ment", "ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "sl":
                word = word[:-1]
            break
    return word.rstrip("e")[:7] or word


def stems(text: object) -> set[str]:
    """The stems of the words that carry meaning; short abbreviations ("AI", "UX") count too."""
    found = set()
    for word in words(text):
        if word in STOP_WORDS:
            continue
        found.add(stem(word))
        if "-" in word:
            found.update(stem(part) for part in word.split("-") if part and part not in STOP_WORDS)
    return found


def normal(text: object) -> str:
    """A form in which two texts are equal when they differ by case, punctuation and space only."""
    return " ".join(words(text))


def is_copied(sentence: str, source: str) -> bool:
    """True for a sentence that is copied from the source, or made of little but its words; short ones never are."""
    form, said = normal(sentence), stems(sentence)
    is_made_of_it = len(said) >= 4 and len(said & stems(source)) >= 0.85 * len(said)
    return is_made_of_it or (len(form.split()) >= 4 and form in normal(source))


def lower_first(text: str) -> str:
    """The text with a small first letter, unless its first word is an abbreviation, a name or "I"."""
    first = text.split(" ", 1)[0]
    if first in ("I", "I'm", "I've", "I'd") or any(letter.isupper() for letter in first[1:]):
        return text
    return text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(items: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def number_from(*keys: object) -> int:
    """A number that depends on the keys only: the same in every process (unlike `hash`)."""
    return crc32("\0".join(map(str, keys)).encode("utf-8", "replace"))


def pick(options: Sequence[Option], *keys: object) -> Option:
    """One of the options, chosen by the keys: replies vary, and yet the same inputs give the same reply."""
    return options[number_from(*keys) % len(options)]
