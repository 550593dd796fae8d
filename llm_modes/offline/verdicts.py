"""What keeps an answer from a good mark, whatever it has: silence, gibberish, another language, another subject."""

from collections.abc import Set

from llm_modes.evaluate_answer.honesty import highest_score
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.words import count_words
from llm_modes.offline.reading import Reading, question_stems

NOTHING_SAID_WORDS = 5
# Words a sentence, on average, below which there are no sentences.
FRAGMENT_WORDS = 4.5
FEW_WORDS, BRIEF_WORDS = 15, 40
# Real sentences have some 0.4 to 0.6 of small words, and terse technical ones still a quarter.
LEAST_SMALL_WORDS, LEAST_VARIETY = 0.12, 0.25


def verdict_on(reading: Reading, kind: str, field: Set[str]) -> str:
    """ "" for an answer that can be marked; else no answer | foreign | empty | gibberish | off the question.

    `field` are the stems of the question's topic.
    """
    if highest_score(reading.answer) == 1:
        return "no answer"
    if looks_foreign(reading.answer):
        return "foreign"
    if len(reading.words) < NOTHING_SAID_WORDS:
        return "empty"
    if _is_gibberish(reading):
        return "gibberish"
    return "off the question" if _is_elsewhere(reading, kind, field) else ""


def _is_gibberish(reading: Reading) -> bool:
    if reading.variety < LEAST_VARIETY:
        return True
    return len(reading.words) >= 8 and reading.function_word_share < LEAST_SMALL_WORDS


def _is_elsewhere(reading: Reading, kind: str, field: Set[str]) -> bool:
    """True when hardly a word of the question or its topic comes up."""
    about = question_stems(reading.question)
    if len(about) < 2:
        return False
    if kind == "personal":
        # Nobody says "yourself" when speaking of themselves.
        return False
    if kind == "behavioural":
        # A story is told in words of its own: only a general answer without a word of the question is elsewhere.
        return not reading.steps and reading.mentions(about | field) == 0
    subject = about & field
    if subject and kind != "role-play":
        # Of "what does an index cost?" the index is the subject: to speak of costs alone is to speak of another one.
        return reading.mentions(subject) == 0 and reading.mentions(field) < 3
    needed = 1 if kind == "role-play" or len(about) < 5 else 2
    return reading.mentions(about) < needed and reading.mentions(field) < 3


def highest_for(verdict: str, reading: Reading, kind: str) -> int:
    """The best mark that is still honest."""
    count = len(reading.words)
    match verdict:
        case "no answer" | "empty" | "gibberish":
            return 1
        case "foreign":
            return 4 if count_words(reading.answer) >= 60 else 3
        case "off the question":
            return 2
    if count < FEW_WORDS:
        return 3
    if kind == "behavioural":
        return _highest_for_story(reading)
    return 4 if _is_in_fragments(reading) else 6 if count < BRIEF_WORDS else 10


def _highest_for_story(reading: Reading) -> int:
    """By the bands: nothing done is vague, no occasion and no figure is hardly an example."""
    if not reading.steps:
        return 4 if reading.having("situation") else 3
    if _is_in_fragments(reading) or not (reading.having("situation") or reading.figures or reading.particulars):
        return 4
    return 6 if len(reading.words) < BRIEF_WORDS or speaks_of_something_else(reading) else 10


def speaks_of_something_else(reading: Reading) -> bool:
    """True for a story with no word of the question in it. It may answer the question all the same."""
    about = question_stems(reading.question)
    return len(about) >= 2 and reading.mentions(about) == 0


def _is_in_fragments(reading: Reading) -> bool:
    """Words strung together that look like an answer, without a sentence among them."""
    return len(reading.words) < FRAGMENT_WORDS * len(reading.sentences)
