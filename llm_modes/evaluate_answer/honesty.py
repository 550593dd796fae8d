"""What a mark may rest on, whatever the LLM says."""

import re

from llm_modes.evaluate_answer.not_knowing import says_nothing_known
from llm_modes.folding import UNSPACED, Folded, folded, is_mark
from llm_modes.words import count_words

# Short answers are over-marked by LLMs: below this many words the score is capped.
FEW_WORDS = 15
FEW_WORDS_CAP = 3
NO_ANSWER_CAP = 1

# No two of these can match the same words, so an answer that fails at its last word is not tried over and over.
_NO_ANSWER = re.compile(
    r"""^\W*(?:(?:well|sorry|honestly|um+|uh+|hmm+|er+)\W+)*
    (?:i\W+(?:really\W+|honestly\W+|just\W+)*(?:do\s*n.?t|do\s+not|have\s+no|haven.?t\s+(?:a|any)|can.?t|cannot)\W+
       (?:really\W+)?(?:know|idea|clue|answer|think\s+of|remember|say)
      |no\W+(?:idea|clue|answer|comment)|not\W+sure|pass|skip|dunno|idk|n/?a)
    (?:\W+(?:sorry|the\W+answer|anything|about\W+(?:that|this|it)|how\W+to\W+answer
       |what\W+to\W+say|an\W+answer|this|that|it|one|to|of|right\W+now|at\W+all|any|examples?|an?))*\W*$""",
    re.IGNORECASE | re.VERBOSE,
)


# Around a quote: marks, dots, brackets, bullets.
_MARKS_AROUND = " …\"'"
_SIGNS_AROUND = _MARKS_AROUND + ".,;:!?()[]{}<>*_-•"
_RUN_TOGETHER = re.compile(f"[{UNSPACED}\u1100-\u11ff]")


def own_words(quote: str, answer: Folded) -> str:
    """The passage of the answer that the quote repeats, as the candidate typed it; "" when it is not there.

    Marks around the quote and "…" at its ends go. Only whole words count where words stand apart: "art" was not said
    by whoever said "start".
    """
    text = Folded(quote).text
    for core in (text.strip(_MARKS_AROUND), text.strip(_SIGNS_AROUND)):
        first = answer.text.find(core) if core else -1
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
    return not is_mark(text[at]) and not (_is_written(text[at - 1]) and _is_written(text[at]))


def _is_written(letter: str) -> bool:
    """Part of a word, in a script that sets words apart."""
    return (letter.isalnum() or letter == "_" or is_mark(letter)) and not _RUN_TOGETHER.match(letter)


def highest_score(answer: str) -> int:
    """The best mark this answer can get: 1 for a "don't know", 3 below 15 words, else 10."""
    if _NO_ANSWER.match(folded(answer)) or says_nothing_known(answer):
        return NO_ANSWER_CAP
    return FEW_WORDS_CAP if count_words(answer) < FEW_WORDS else 10
