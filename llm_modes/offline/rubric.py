"""The interpreter of evaluate_answer/rubric.toml: from an answer to a mark from 1 to 10.

Each check gives a share from 0 to 1 of its points. A kind of question has its own points, ten and a bit together, so
that an answer need not be perfect in everything to get a 10; penalties take away from that. The bands that the points
were set by: 1-2 nothing but generalities, 3-4 vague, 5-6 a real example but thin, 7-8 specific with a gap or two, 9-10
complete.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.evaluate_answer.honesty import highest_score
from llm_modes.language.text import stems
from llm_modes.offline.bank import BankQuestion, BankTopic, bank_of, banks, find_question, general, own_topic, role_bank
from llm_modes.offline.question_kinds import is_spoken, kind_of
from llm_modes.offline.reading import CUES, Reading, has_figure, is_found, phrases

_OPENER, CHANCE, _ELSEWHERE = (frozenset(stems(RUBRIC["about"][name])) for name in ("opener", "chance", "elsewhere"))
_CARE, _PENALTIES = stems(RUBRIC["care"]["words"]), RUBRIC["penalties"]
PATTERNS = {row["name"]: phrases(row["cues"]) for row in RUBRIC["checks"] if "cues" in row}
STRONG = {row["name"]: phrases(row["strong"]) for row in RUBRIC["checks"] if "strong" in row}
_OWN_WORK = phrases(next(row["own"] for row in RUBRIC["checks"] if "own" in row))
# Real sentences have some 0.4 to 0.6 of small words, and terse technical ones still a quarter.
LEAST_SMALL_WORDS, LEAST_VARIETY, FRAGMENT_WORDS, NOTHING_SAID = 0.12, 0.25, 4.5, 5


class Subject(NamedTuple):
    """What a question is about, as stems: its own words, those of its topic, those of the trade."""

    question: str
    topic: BankTopic | None
    entry: BankQuestion | None
    asked: frozenset[str]
    field: frozenset[str]
    trade: frozenset[str]


def subject_of(question: str, topic_name: str = "", role: str = "") -> Subject:
    """As the bank knows it, else by the topic's name and the role; where there is neither, by all trades together."""
    topic, entry = find_question(question) or (own_topic(topic_name, "", role) if topic_name else None, None)
    bank = bank_of(topic) if topic and topic not in general().topics else role_bank(role) if role else general()
    described = f"{topic.name} {' '.join(topic.tags)} {topic.description}" if topic else topic_name
    looks_for = " ".join(entry.looks_for) if entry else ""
    asked, field = (frozenset(stems(text) - _OPENER) for text in (question, f"{described} {looks_for}"))
    trades = [bank] if bank is not general() else banks().values()
    trade = general().vocabulary.union(*(one.vocabulary for one in trades)) - _OPENER
    return Subject(question, topic, entry, asked, field - asked, trade - field - asked)


class Check(NamedTuple):
    """One check on one answer: its row, the points it can earn, and the share of them that it earned, from 0 to 1."""

    row: dict[str, Any]
    points: float
    share: float

    @property
    def lost(self) -> float:
        return self.points * (1 - self.share)


@dataclass
class Marking:
    """An answer against the rubric. `seconds_allowed` sets how much of an answer can be expected."""

    reading: Reading
    subject: Subject
    seconds_allowed: int

    def __post_init__(self) -> None:
        self.kind = kind_of(self.subject.question)
        spoken = self.kind == "situational" and is_spoken(self.subject.question)
        # What one would do is marked like a case, what one would say like a talk.
        self.way = "case" if self.kind == "situational" and not spoken else self.kind
        least, most = RUBRIC["target_words"]
        self.target = min(max(self.seconds_allowed * RUBRIC["words_per_second"], least), most) * (0.6 if spoken else 1)
        self.count = len(self.reading.words)
        # A brief answer needs fewer of everything; that it is brief costs it points of its own.
        self.brevity = min(1.0, max(0.5, self.count / self.target))
        self.general_share = len(self.reading.general) / (len(self.reading.sentences) or 1)
        self.hedges = self.reading.wordings("hedges")

    @cached_property
    def checks(self) -> list[Check]:
        """The checks that apply to this kind of question, each row with what differs for it."""
        ways = [self.way, "care"] if _CARE & (self.subject.asked | self.subject.field) else [self.way]
        found = []
        for row in (row for row in RUBRIC["checks"] if self.way in row["points"]):
            special = row.get("for", {})
            row = {**row, **{key: value for way in ways for key, value in special.get(way, {}).items()}}
            enough = row.get("enough", 1) * (1 if row.get("fixed") else self.brevity)
            amount = _COUNTS[row["count"]](self, PATTERNS.get(row["name"]))
            found.append(Check(row, row["points"][self.way], max(0.0, min(1.0, amount / enough))))
        return found

    @cached_property
    def closeness(self) -> float:
        """How much the answer is about the question; words that any text may have count for little."""
        return sum(map(self._weight, ("asked", "field", "trade")))

    def _weight(self, part: str) -> float:
        common, about = self.reading.stems & getattr(self.subject, part), RUBRIC["about"]
        return about["weights"][part] * (len(common - CHANCE) + about["by_chance"] * len(common & CHANCE))

    @cached_property
    def is_of_something_else(self) -> bool:
        """Whether it speaks of life outside work more than of the question."""
        about, subject, said = RUBRIC["about"], self.subject, self.reading.stems
        outside = len(said & _ELSEWHERE - subject.asked - subject.field - subject.trade)
        return outside >= max(about["outside"], about["outside_share"] * len(said)) + about["against"] * self.closeness

    @cached_property
    def verdict(self) -> str:
        """ "" for an answer that can be marked; else no answer | unreadable | elsewhere | other words."""
        first = self.reading.words[:200]
        if highest_score(self.reading.answer) == 1 or (self.is_nervous and self.count < RUBRIC["brief_words"]):
            return "no answer"
        few_small = self.count >= 8 and self.reading.small_words < LEAST_SMALL_WORDS
        if self.count < NOTHING_SAID or len(set(first)) < LEAST_VARIETY * len(first) or few_small:
            return "unreadable"
        if self.closeness == 0 or self.is_of_something_else:
            return "elsewhere"
        about, subject, said = RUBRIC["about"], self.subject, self.reading.stems
        # What is told in the question's own words, or in those of its topic.
        own = self._weight("asked") + self._weight("field")
        short, long = about["long"]
        is_long = min(1.0, max(0.0, (self.count - short) / (long - short)))
        if subject.entry and own < about["explained"].get(self.way, 0) * is_long:
            return "elsewhere"
        within = any(len(one) >= 5 and one in " ".join(self.reading.words) for one in subject.asked)  # "distrust"
        takes_up = own >= about["weights"]["field"] or within or len(said & subject.asked) > bool(subject.entry)
        if self.kind == "motivation":
            takes_up = takes_up or bool(self.reading.having(STRONG["fit"]))
        tells = self.count >= about["told"] and (subject.asked - CHANCE or subject.entry)
        return "other words" if tells and not takes_up else ""

    @cached_property
    def is_nervous(self) -> bool:
        return is_found(CUES["nervous"], self.reading.answer)

    @cached_property
    def score(self) -> int:
        """The mark. Someone who did answer gets more than someone who did not."""
        points = 1 + RUBRIC["scale"] * sum(check.points * check.share for check in self.checks)
        points -= _PENALTIES["general"][self.way] * self.general_share
        points -= min(1.0, _PENALTIES["hedging"] * max(0, len(self.hedges) - 1))
        points -= min(1.2, _PENALTIES["blame"] * len(self.reading.having("blame")))
        # A brief, dense explanation has few of the words by which these rules know a good one.
        plain = not self.reading.general and len(self.hedges) < 2 and self.count >= 25
        least = 4 if plain and self.way in ("technical", "case") else 2
        return max(1, min(max(round(points), least), self._highest(), highest_score(self.reading.answer)))

    def _highest(self) -> int:
        """The best mark that is still honest: nothing done is vague, no occasion and no figure is hardly an example."""
        reading, situated = self.reading, bool(self.reading.having(PATTERNS["situation"]))
        caps = [10, {"no answer": 1, "unreadable": 1, "elsewhere": 4, "other words": 6}.get(self.verdict, 10)]
        if self.is_of_something_else and self.closeness < RUBRIC["about"]["nothing"]:
            caps.append(2)
        if self.count < RUBRIC["brief_words"]:
            caps.append(3 if self.count < RUBRIC["few_words"] else 6)
        if self.count < FRAGMENT_WORDS * len(reading.sentences):
            caps.append(4)
        if self.kind == "behavioural" and not reading.steps:
            caps.append(4 if situated else 3)
        if self.kind == "behavioural" and not (situated or reading.figures or reading.particulars):
            caps.append(4)
        return min(caps)


def _outcome(marking: Marking, pattern: Any) -> float:
    reading = marking.reading
    told = reading.having(pattern)
    # A figure near the end of a story tells how it ended, in whatever words.
    late = [one for one in reading.sentences[-(len(reading.sentences) // 3 or 1) :] if len(one.split()) >= 6]
    measured = [one for one in reading.sentences if (one in told or one in late) and has_figure(one)]
    return 1.0 if len(measured) >= 2 else 0.8 if measured else min(0.45, 0.25 * len(told))


def _specifics(marking: Marking, _pattern: Any) -> float:
    """Particular things named, against the share of sentences that would be true of anyone."""
    reading = marking.reading
    named = reading.particulars + min(reading.figure_count, 6) + len(reading.stems & marking.subject.field)
    return min(1.0, named / (8 * marking.brevity)) - marking.general_share


def _relevance(marking: Marking, _pattern: Any) -> float:
    """Words of the question that come up, and for half as much words of the topic's field."""
    said, subject = marking.reading.stems, marking.subject
    if not subject.asked - CHANCE:
        return 0.7  # a question without a word that could be missed
    return (len(said & subject.asked) + 0.5 * len(said & subject.field)) / (min(len(subject.asked), 5) or 1)


_COUNTS: dict[str, Callable[[Marking, Any], float]] = {
    "wordings": lambda one, pattern: len(one.reading.wordings(pattern)),
    "sentences": lambda one, pattern: len(set(one.reading.having(pattern)) - set(one.reading.general)),
    "own_steps": lambda one, _: one.reading.step_count,
    "figures": lambda one, _: one.reading.figure_count,
    "length": lambda one, _: 0.6 if one.count > RUBRIC["too_long"] else (one.count - 15) / (one.target - 15),
    "situation": lambda one, pattern: 0.5 * len(one.reading.having(pattern)) + 0.08 * one.reading.particulars,
    "example": lambda one, pattern: 0.35 * (len(one.reading.having(pattern)) + bool(one.reading.having(_OWN_WORK))),
    "outcome": _outcome,
    "specifics": _specifics,
    "relevance": _relevance,
}
