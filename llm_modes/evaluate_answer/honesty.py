"""What a mark may rest on, whatever the LLM says."""

import re

from llm_modes.evaluate_answer.not_knowing import says_nothing_known
from llm_modes.language.folding import UNSPACED, Folded, is_mark
from llm_modes.language.words import count_words

# Short answers are over-marked by LLMs: below this many words the score is capped.
FEW_WORDS = 15
FEW_WORDS_CAP = 3
NO_ANSWER_CAP = 1

# Around a quote: marks, dots, brackets, bullets.
_MARKS_AROUND = " …\"'"
# Signs that say something of the word or number in front of them.
_SAYS_SOMETHING = "+#%‰°²³^&@*"
# Where a name ("C++") or a number ("1.5") goes on.
_GOES_ON = re.compile(r"(?<=[^\W\d_])[+#]|(?<=\+)\+|(?<=\d)[.,]\d|(?<=\d[.,])\d")
_RUN_TOGETHER = re.compile(f"[{UNSPACED}\u1100-\u11ff]")


def own_words(quote: str, answer: Folded) -> str:
    """The passage of the answer that the quote repeats, as the candidate typed it; "" when it is not there.

    Marks around the quote and "…" at its ends go. Only whole words count where words stand apart: "art" was not said
    by whoever said "start".
    """
    text = Folded(quote).text
    for core in (text, text.strip(_MARKS_AROUND), _without_signs_around(text)):
        first = answer.text.find(core) if any(map(str.isalnum, core)) else -1
        while first >= 0:
            if _may_end(answer.text, first) and _may_end(answer.text, first + len(core)):
                start, end = answer.span(first, first + len(core))
                return answer.original[start:end]
            first = answer.text.find(core, first + 1)
    return ""


def _may_end(text: str, at: int) -> bool:
    """Whether a word may begin or end at this place of a folded text."""
    if not 0 < at < len(text):
        return True
    if is_mark(text[at]) or _GOES_ON.match(text, at):
        return False
    return not (_is_written(text[at - 1]) and _is_written(text[at]))


def _without_signs_around(text: str) -> str:
    """The quote without the brackets, dots, bullets and quotation marks of any script around it."""
    places = [place for place, sign in enumerate(text) if sign.isalnum() or is_mark(sign)]
    if not places:
        return ""
    end = places[-1] + 1
    while end < len(text) and text[end] in _SAYS_SOMETHING:
        end += 1
    return text[places[0] : end]


def _is_written(letter: str) -> bool:
    """Part of a word, in a script that sets words apart."""
    return (letter.isalnum() or letter == "_" or is_mark(letter)) and not _RUN_TOGETHER.match(letter)


def highest_score(answer: str) -> int:
    """The best mark this answer can get: NO_ANSWER_CAP if it says nothing, FEW_WORDS_CAP if it is short, else 10."""
    if says_nothing_known(answer):
        return NO_ANSWER_CAP
    return FEW_WORDS_CAP if count_words(answer) < FEW_WORDS else 10
