"""How long an answer may take: what its question says, else what its topic is about, else by difficulty.

The clock, the page after handing in, the coach's advice and the prompts all read it from the attempt.
"""

import re

from study.models import Question

# A spoken answer runs to two or three minutes, typing takes longer.
SECONDS_BY_DIFFICULTY = {"easy": 180, "medium": 240, "hard": 300}
# Less is a figure of speech; more is what the question is about ("you have ten minutes with each family").
LEAST, MOST = 30, 300
# A topic speaks of all its questions: of its length only where that is one for an answer.
LEAST_OF_TOPIC = 60

_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "thirty": 30, "forty-five": 45}
_NUMBERS |= {"sixty": 60, "ninety": 90}
_LENGTH = rf"\b(?P<number>\d{{1,3}}|{'|'.join(_NUMBERS)})[ -](?P<unit>minute|min|second|sec)s?\b"
_SAID = re.compile(
    r"\b(?:tell|told|say|explain|describe|present|pitch|summari[sz]e|convince|persuade|sell|introduce|give|answer|walk"
    r"|take|defend|sketch|talk|speak|argue|teach|brief|report|name|outline|sort)(?:s|ed|ing)?\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(rf"\b(?:in|within|under|at most|no more than|less than|up to)\s+{_LENGTH}", re.IGNORECASE)
_TO_ITSELF = re.compile(
    rf"^\W*(?:you have |take |use |keep it (?:to|under) )?(?:about |only |just |at most )?{_LENGTH}"
    r"(?=\W*$| to (?:answer|tell|explain|convince|make|speak)\b| alone\b)",
    re.IGNORECASE,
)
_OF_A_KIND = re.compile(
    rf"{_LENGTH} (?:elevator )?(?:answer|pitch|version|story|summary|introduction|speech|presentation|explanation|talk"
    r"|overview|account)\b",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;:])\s+")


def seconds_allowed(question: Question) -> int:
    """Seconds that an answer to the question may take."""
    topic = question.topic
    return (
        _said_in(question.text, least=LEAST)
        or _said_in(topic.expected_outcome, least=LEAST_OF_TOPIC)
        or _said_in(topic.description, least=LEAST_OF_TOPIC)
        or SECONDS_BY_DIFFICULTY[question.difficulty]
    )


def _said_in(text: str, *, least: int) -> int | None:
    """The length for an answer that the text names, in seconds; None where it names none that could be one."""
    for sentence in _SENTENCE_ENDS.split(str(text or "")):
        found = _TO_ITSELF.search(sentence) or _OF_A_KIND.search(sentence)
        if not found and _SAID.search(sentence):
            found = _WITHIN.search(sentence)
        if found:
            number = found["number"].lower()
            each = 60 if found["unit"].lower().startswith("min") else 1
            seconds = each * (_NUMBERS.get(number) or int(number))
            if least <= seconds <= MOST:
                return seconds
    return None
