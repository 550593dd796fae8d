"""From what there is in an answer to a mark from 1 to 10.

Each check gives a share from 0 to 1 of its points. A kind of question has its own points, ten and a bit together, so
that an answer need not be perfect in everything to get a 10; penalties take away from that. The bands that the weights
were set by: 1-2 nothing but generalities, 3-4 vague, 5-6 a real example but thin, 7-8 specific with a gap or two, 9-10
complete.
"""

from collections.abc import Set
from dataclasses import dataclass

from llm_modes.evaluate_answer.honesty import highest_score
from llm_modes.language.text import stems
from llm_modes.offline.bank import BankTopic, find_question
from llm_modes.offline.question_kinds import kind_of
from llm_modes.offline.reading import Reading, question_stems
from llm_modes.offline.verdicts import highest_for, verdict_on

# Points per check; the names are those of the remarks.
POINTS: dict[str, dict[str, float]] = {
    "behavioural": {
        "length": 1.2,
        "situation": 1.0,
        "own part": 2.2,
        "numbers": 1.6,
        "outcome": 1.6,
        "reflection": 0.9,
        "structure": 0.8,
        "specifics": 0.9,
    },
    "personal": {
        "length": 1.4,
        "stations": 1.6,
        "own part": 1.2,
        "numbers": 1.2,
        "fit": 2.2,
        "structure": 0.8,
        "specifics": 1.8,
    },
    "knowledge": {
        "length": 1.4,
        "relevance": 1.1,
        "reasons": 1.7,
        "example": 1.5,
        "trade-offs": 1.8,
        "structure": 0.8,
        "specifics": 1.4,
        "numbers": 0.7,
    },
    "case": {
        "length": 1.4,
        "relevance": 1.0,
        "reasons": 1.6,
        "check": 1.5,
        "trade-offs": 1.5,
        "structure": 1.2,
        "specifics": 1.2,
        "numbers": 0.9,
    },
    "role-play": {
        "length": 1.0,
        "speech": 2.4,
        "offer": 2.2,
        "relevance": 1.2,
        "reasons": 1.0,
        "check": 1.2,
        "specifics": 1.2,
    },
}

# Only an answer with hardly a gap reaches the 10.
SCALE = 0.9

# People type some 40 words a minute and speak some 130; a good answer lies in between and leaves time to think.
WORDS_PER_SECOND = 0.6
SHORTEST_TARGET, LONGEST_TARGET = 40, 190
TOO_LONG = 600
PLAIN_STATEMENT_WORDS = 25
# Fewer words than this make no sentence that could tell an outcome.
WHOLE_SENTENCE = 6


@dataclass
class Scored:
    """A mark with what it is made of: shares from 0 to 1 by check, `topic` the bank's when the question is known.

    verdict: "" | empty | no answer | gibberish | foreign | off the question.
    """

    score: int
    kind: str
    shares: dict[str, float]
    verdict: str
    target_words: int
    topic: BankTopic | None

    def lost(self, check: str) -> float:
        """The points that a check has cost."""
        return POINTS[self.kind].get(check, 0.0) * (1 - self.shares.get(check, 0.0))


def score(reading: Reading, seconds_allowed: int, anchor_text: str = "") -> Scored:
    """The mark for an answer as read; `seconds_allowed` sets how much of an answer can be expected."""
    kind = kind_of(reading.question)
    found = find_question(reading.question)
    topic = found[0] if found else None
    target = round(min(max(seconds_allowed * WORDS_PER_SECOND, SHORTEST_TARGET), LONGEST_TARGET))
    if kind == "role-play":
        target = round(target * 0.6)
    shares = _shares(reading, kind, topic, target, anchor_text)
    verdict = verdict_on(reading, kind, field_of(topic))
    points = 1 + SCALE * sum(weight * shares[check] for check, weight in POINTS[kind].items())
    points -= _penalty(reading, kind)
    mark = max(round(points), _least(reading, kind))
    mark = min(mark, highest_for(verdict, reading, kind), highest_score(reading.answer))
    return Scored(max(1, mark), kind, shares, verdict, target, topic)


def _least(reading: Reading, kind: str) -> int:
    """Someone who did answer gets more than someone who did not, and plain statements more than general ones.

    A brief, dense explanation has few of the words by which these rules know a good one.
    """
    plain = not reading.general and len(reading.hedges) < 2 and len(reading.words) >= PLAIN_STATEMENT_WORDS
    return 4 if plain and kind in ("knowledge", "case") else 2


def _shares(reading: Reading, kind: str, topic: BankTopic | None, target: int, anchor_text: str) -> dict[str, float]:
    count = len(reading.words)
    # A brief answer needs fewer of everything; that it is brief costs it points of its own.
    brevity = min(1.0, max(0.5, count / target))
    about = question_stems(reading.question) | stems(anchor_text)
    field = field_of(topic)

    def share(found: float, enough: float) -> float:
        return min(1.0, found / (enough * brevity))

    return {
        "length": _length_share(count, target),
        "situation": min(1.0, 0.5 * len(reading.having("situation")) + 0.08 * reading.particulars),
        "stations": min(1.0, reading.distinct("stations") / 4),
        "fit": min(1.0, 0.55 * len([one for one in reading.having("fit") if one not in reading.general])),
        "own part": share(reading.step_count, 5 if kind == "behavioural" else 3),
        "numbers": share(reading.figure_count, 5 if kind == "behavioural" else 3 if kind == "personal" else 4),
        "outcome": _outcome_share(reading),
        "reflection": min(1.0, 0.65 * len(reading.having("reflection"))),
        "structure": share(reading.distinct("structure"), 4),
        "specifics": _specifics_share(reading, field, brevity),
        "relevance": _relevance_share(reading, about, field),
        "reasons": share(len(reading.having("reasons")), 4),
        "example": min(1.0, 0.35 * len(reading.having("example")) + 0.35 * bool(reading.own_experience)),
        "trade-offs": share(reading.distinct("trade-offs"), 3),
        "check": share(reading.distinct("check"), 3),
        "speech": min(1.0, reading.distinct("speech") / 3 + 0.15 * reading.text.count("?")),
        "offer": share(reading.distinct("offer"), 3),
    }


def field_of(topic: BankTopic | None) -> Set[str]:
    """The words of a topic's field, as stems."""
    return topic.tag_stems | topic.name_stems if topic else set()


def _length_share(count: int, target: int) -> float:
    if count > TOO_LONG:
        return 0.6
    return min(1.0, max(0.0, (count - 15) / (target - 15)))


def _outcome_share(reading: Reading) -> float:
    outcome = reading.having("outcome")
    # A figure near the end of a story tells how it ended, in whatever words.
    last_third = reading.sentences[-(len(reading.sentences) // 3 or 1) :]
    late = [one for one in last_third if len(one.split()) >= WHOLE_SENTENCE]
    measured = [one for one in reading.figures if one in outcome or one in late]
    return 1.0 if len(measured) >= 2 else 0.8 if measured else min(0.45, 0.25 * len(outcome))


def _relevance_share(reading: Reading, about: Set[str], field: Set[str]) -> float:
    """Words of the question that come up, and for half as much words of the topic's field."""
    mentioned = reading.mentions(about) + 0.5 * reading.mentions(field - about)
    return min(1.0, mentioned / (min(len(about), 5) or 1))


def _specifics_share(reading: Reading, field: Set[str], brevity: float) -> float:
    """Particular things named, against the share of sentences that would be true of anyone."""
    named = reading.particulars + min(reading.figure_count, 6) + reading.mentions(field)
    general = len(reading.general) / (len(reading.sentences) or 1)
    return max(0.0, min(1.0, named / (8 * brevity)) - general)


def _penalty(reading: Reading, kind: str) -> float:
    general = len(reading.general) / (len(reading.sentences) or 1)
    hedging = min(1.0, 0.35 * max(0, len(reading.hedges) - 1))
    # In a case or a role-play general rules are part of the answer; a story has to be one.
    weight = 1.8 if kind in ("behavioural", "personal") else 1.4
    return weight * general + hedging + min(1.2, 0.6 * len(reading.blaming))
