"""Naming a question by its text, within a sentence of a few words."""

import re

from llm_modes.language.text import clip, on_one_line
from llm_modes.language.words import count_words

# How many questions begin: what tells one from the others comes after it.
_OPENING = re.compile(
    r"(?:please )?(?:(?:tell me|talk to me) about|describe|give me an example of|walk me through|think of|explain)\s+"
    r"(?:(?:a|an|the|one) (?:[\w-]+ )?(?:time|situation|occasion|moment|case)\b,?\s*"
    r"(?:(?:when|where|in which|that)\s+)?)?",
    re.I,
)


# What a cut does not end with: there the reader waits for the next word.
_LEADS_ON = frozenset(
    "a an the and or but at by for from in of on to with your my our their its is are was were".split()
)
LEAST = 2


def named(question: str, words: int) -> str:
    """The question's own words for between quotation marks: whole, or cut at words with "…" where it was cut."""
    text = on_one_line(question).replace("“", "‘").replace("”", "’").rstrip(".")
    if count_words(text) <= words and len(text) <= 16 * words:
        return text
    opening = _OPENING.match(text)
    return _cut(text, words) if opening is None else f"…{_cut(text[opening.end() :], words)}"


def _cut(text: str, words: int) -> str:
    cut = clip(text, words)
    if cut == text:
        return cut
    said = cut.rstrip("…").rstrip(" .,;:!?–-").split(" ")
    while len(said) > LEAST and said[-1].lower() in _LEADS_ON:
        said.pop()
    return " ".join(said) + "…"
