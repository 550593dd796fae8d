"""How long an answer may take: by the question's own words, its topic's words, its kind, or its difficulty.

The attempt stores it. The clock, the page of the mark, the coach's advice and the prompts read it from there.
"""

import re

from coach.counted import counted
from llm_modes.offline.bank import find_question
from study import asked_lengths
from study.models import Question

# What is commonly advised for a spoken answer: two to three minutes for a story and for an explanation, about two for
# what one would do, one to two for why one wants to, three to five for a case.
SPOKEN_BY_KIND = {"behavioural": 150, "situational": 120, "technical": 150, "motivation": 90, "case": 240}
# Typing takes longer than speaking, though one types fewer words.
TYPING = 2
LEAST_TYPED, MOST_TYPED = 90, 420
# Of a question whose kind nobody said.
SECONDS_BY_DIFFICULTY = {"easy": 180, "medium": 240, "hard": 300}
# Seconds. Less is a figure of speech. More is part of the story ("you have ten minutes with each family").
LEAST, MOST = 30, 300
# A topic's text is about all its questions, so a shorter time in it is not the time for an answer.
LEAST_OF_TOPIC = 60

_NUMBERS: dict[str, float] = {
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "thirty": 30,
    "forty-five": 45,
}
_NUMBERS |= {"sixty": 60, "ninety": 90, "half a": 0.5, "a couple of": 2}
_NUMBER = rf"(?:\d{{1,3}}(?:\.5)?|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
# "two to three minutes" allows the longer time.
_LENGTH = (
    rf"\b(?:{_NUMBER} ?(?:-|–|to|or) ?)?(?P<number>{_NUMBER})(?P<half> and a half)?"
    r"[ -](?P<unit>minute|min|second|sec)s?\b(?P<a_half> and a half\b)?"
)
_SAID = re.compile(
    r"\b(?:tell|told|say|explain|describe|present|pitch|summari[sz]e|convince|persuade|sell|introduce|give|answer|walk"
    r"|take|defend|sketch|talk|speak|argue|teach|brief|report|name|outline|sort)(?:s|ed|ing)?\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    # "down to under 30 seconds": here something else takes so long, not the answer.
    rf"(?<!\bto )\b(?:in|within|under|at most|no more than|less than|up to)\s+{_LENGTH}",
    re.IGNORECASE,
)
_TO_ITSELF = re.compile(
    r"^\W*(?:you have |take |use |keep it (?:to|under) |in |within )?(?:about |only |just |at most |under |less than )?"
    rf"{_LENGTH}(?=\W*$| alone\b| (?:to|and) (?:answer|tell|explain|convince|make|speak|pitch|present|introduce"
    r"|describe|persuade|sell|talk|summari[sz]e)\b)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(rf"\((?:about |at most |max\.? )?{_LENGTH}\)", re.IGNORECASE)
_OF_A_KIND = re.compile(
    rf"{_LENGTH} (?:elevator )?(?:answer|pitch|version|story|summary|introduction|speech|presentation|explanation|talk"
    r"|overview|account)\b",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;:؟।])\s+|(?<=[。！？；])")


def seconds_allowed(question: Question) -> int:
    """Seconds that an answer to the question may take, LEAST to MOST_TYPED."""
    return _named(question) or _typed(question) or SECONDS_BY_DIFFICULTY[question.difficulty]


def _named(question: Question) -> int | None:
    """The seconds that the words of the question name, or those of its topic."""
    topic = question.topic
    return (
        _said_in(question.text, least=LEAST)
        or _said_in(topic.expected_outcome, least=LEAST_OF_TOPIC)
        or _said_in(topic.description, least=LEAST_OF_TOPIC)
    )


def _typed(question: Question) -> int | None:
    spoken = seconds_spoken(question) if question.kind else None
    return min(MOST_TYPED, max(LEAST_TYPED, TYPING * spoken)) if spoken else None


def seconds_spoken(question: Question) -> int | None:
    """Seconds that a good answer takes when it is spoken, 45 to 300; None for a question without a kind.

    The bank says it of each of its questions, whether its kind is stored or not.
    """
    if found := find_question(question.text):
        return found[1].seconds
    return (_named(question) or SPOKEN_BY_KIND[question.kind]) if question.kind else None


def spoken_length(question: Question) -> str:
    """The same in words, as "2½ minutes" or "45 seconds"; "" where nobody knows."""
    seconds = seconds_spoken(question)
    if not seconds or seconds % 30:
        return f"{seconds} seconds" if seconds else ""
    minutes, half = divmod(seconds, 60)
    return f"{minutes}½ minutes" if half else counted(minutes, "minute")


def _said_in(text: str, *, least: int) -> int | None:
    """The time for an answer that the text names, in seconds, `least` to MOST; None if it names none."""
    for sentence in _SENTENCE_ENDS.split(str(text or "")):
        found = _TO_ITSELF.search(sentence) or _OF_A_KIND.search(sentence) or _IN_BRACKETS.search(sentence)
        if not found and _SAID.search(sentence):
            found = _WITHIN.search(sentence)
        seconds = None if found else asked_lengths.seconds_in(sentence)
        if found:
            number = found["number"].lower()
            each = 60 if found["unit"].lower().startswith("min") else 1
            half = 0.5 if found["half"] or found["a_half"] else 0
            seconds = int(each * ((_NUMBERS.get(number) or float(number)) + half))
        if seconds and least <= seconds <= MOST:
            return seconds
    return None
