"""The interpreter of evaluate_answer/rubric.toml: from an answer to a mark from 1 to 10.

Each check gives a share from 0 to 1 of its points. A kind of question has its own points, ten and a bit together, so
that an answer need not be perfect in everything to get a 10; penalties take away from that. The bands that the points
were set by: 1-2 nothing but generalities, 3-4 vague, 5-6 a real example but thin, 7-8 specific with a gap or two, 9-10
complete.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.evaluate_answer.honesty import highest_score
from llm_modes.language.text import stems
from llm_modes.offline.bank import BankQuestion, BankTopic, bank_of, banks, find_question, general, own_topic, role_bank
from llm_modes.offline.question_kinds import is_spoken, kind_of
from llm_modes.offline.reading import HOLLOW, Reading, found, has_figure

_ABOUT, _PENALTIES, _CARE = RUBRIC["about"], RUBRIC["penalties"], stems(RUBRIC["care"]["words"])
_OPENER, CHANCE, _OUTSIDE = (frozenset(stems(_ABOUT[name])) for name in ("opener", "chance", "elsewhere"))
_HOLLOW = RUBRIC["hollow"]
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
    is_unknown_trade: bool


def subject_of(question: str, topic_name: str = "", role: str = "") -> Subject:
    """As the bank knows it, else by the topic's name and the role; where there is neither, by all trades together."""
    topic, entry = find_question(question) or (own_topic(topic_name, "", role) if topic_name else None, None)
    bank = bank_of(topic) if topic and topic not in general().topics else role_bank(role) if role else general()
    described = f"{topic.name} {' '.join(topic.tags)} {topic.description}" if topic else topic_name
    looks_for = " ".join(entry.looks_for) if entry else ""
    asked, field = (frozenset(stems(text) - _OPENER) for text in (question, f"{described} {looks_for}"))
    trades = [bank] if bank is not general() else banks().values()
    trade = general().vocabulary.union(*(one.vocabulary for one in trades)) - _OPENER
    is_unknown_trade = bool(role) and role_bank(role) is general()
    return Subject(question, topic, entry, asked, field - asked, trade - field - asked, is_unknown_trade)


class Check(NamedTuple):
    """A check on an answer: its row, the points it earned, their share of all (0 to 1), and those it lacks."""

    row: dict[str, Any]
    earned: float
    share: float
    lost: float


class Marking:
    """An answer against the rubric: `checks`, `verdict` and `score`.

    `seconds_allowed` sets how much of an answer can be expected. `verdict`: "" for an answer that can be marked, else
    no answer | unreadable | elsewhere | other words.
    """

    def __init__(self, reading: Reading, subject: Subject, seconds_allowed: int) -> None:
        self.reading, self.subject, self.seconds_allowed = reading, subject, seconds_allowed
        self.kind, self.count = kind_of(subject.question), len(reading.words)
        spoken = self.kind == "situational" and is_spoken(subject.question)
        # What one would do is marked like a case, what one would say like a talk.
        self.way = "case" if self.kind == "situational" and not spoken else self.kind
        least, most = RUBRIC["target_words"]
        self.target = min(max(seconds_allowed * RUBRIC["words_per_second"], least), most) * (0.6 if spoken else 1)
        # A brief answer needs fewer of everything; that it is brief costs it points of its own.
        self.brevity = min(1.0, max(0.7, self.count / self.target))
        self.general_share = len(reading.general) / (len(reading.sentences) or 1)
        # Words that would fit any answer to any question, unless this one asks about them.
        own = reading.stems - subject.asked
        self.hollow_share = len(own & HOLLOW) / max(len(own), _HOLLOW["least"])
        self.own_words = stems(" ".join(one for one in reading.sentences if one not in reading.general)) - HOLLOW
        self.hedges = reading.wordings("hedges")
        # How much it is about the question, and whether it speaks of life outside work more than of that.
        self.weights = {part: self._weight(part) for part in _ABOUT["weights"]}
        self.closeness = sum(self.weights.values())
        self.outside = outside = len(reading.stems & _OUTSIDE - subject.asked - subject.field - subject.trade)
        least_outside = max(_ABOUT["outside"], _ABOUT["outside_share"] * len(reading.stems))
        # A chef or a florist speaks at work of what others speak of at home.
        least_outside *= _ABOUT["unknown_trade"] if subject.is_unknown_trade else 1
        is_asked = subject.is_unknown_trade and len(reading.stems & subject.asked) >= 2
        self.is_outside = outside >= least_outside + _ABOUT["against"] * self.closeness and not is_asked
        self.is_story = bool(subject.entry) and self.way == "behavioural"
        self.checks = list(self._checked())
        self.verdict = self._verdict()
        self.score = self._score()

    def _weight(self, part: str) -> float:
        """The words of a part of the subject that come up; those that any text may have count for little."""
        common = self.reading.stems & getattr(self.subject, part)
        by_chance: float = _ABOUT["by_chance"] * len(common & CHANCE)
        return _ABOUT["weights"][part] * (len(common - CHANCE) + by_chance)

    def _checked(self) -> Iterator[Check]:
        """The checks that apply to this kind of question, each row with what differs for it."""
        entry = self.subject.entry
        asks = ". ".join((self.subject.question, *(entry.looks_for if entry else ())))
        ways = [self.way, "care"] if _CARE & (self.subject.asked | self.subject.field) else [self.way]
        for plain in (row for row in RUBRIC["checks"] if self.way in row["points"]):
            row = {**plain, **{key: it for way in ways for key, it in plain.get("for", {}).get(way, {}).items()}}
            enough = row.get("enough", 1) * (1 if row.get("fixed") else self.brevity)
            share = max(0.0, min(1.0, _COUNTS[row["count"]](self, row["name"]) / enough))
            # Not every question of a kind asks for all that its answers can show.
            is_asked = "asked_for" not in row or found(f"{row['name']} asked for", asks)
            points = row["points"][self.way]
            yield Check(row, points * share, share, points * (1 - share) if is_asked else 0.0)

    def _verdict(self) -> str:
        reading, subject, first = self.reading, self.subject, self.reading.words[:200]
        if highest_score(reading.answer) == 1 or (self.count < RUBRIC["helped_words"] and self._says_nothing()):
            return "no answer"
        few_small = self.count >= 8 and reading.small_words < LEAST_SMALL_WORDS
        if self.count < NOTHING_SAID or len(set(first)) < LEAST_VARIETY * len(first) or few_small:
            return "unreadable"
        # What is told in words of the question or its topic, or of the trade for a third. A long text needs some.
        own, (short, long) = self.weights["asked"] + self.weights["field"], _ABOUT["long"]
        needed = _ABOUT["explained"].get(self.way, 0) * min(1.0, max(0.0, (self.count - short) / (long - short)))
        whole = " ".join(reading.words)
        # "distrust" takes up "trust".
        within = {one for one in subject.asked if len(one) >= 5 and one in whole}
        takes_up = bool(within - CHANCE if subject.asked - CHANCE else within)
        is_far = self.closeness == 0 or (subject.entry and own + self.weights["trade"] / 3 < needed)
        least_own, least_trade = _ABOUT["long_story"]
        unclear = subject.is_unknown_trade and len(reading.stems & subject.asked) >= 1 + bool(subject.asked - CHANCE)
        unclear = unclear or (self.kind == "motivation" and bool(reading.having("fit strong")))
        is_far = is_far or (
            not unclear and self.count >= 40 and own < least_own and self.weights["trade"] < least_trade and self.outside >= max(2, _ABOUT["outside_share"] * len(reading.stems))
        )
        if self.is_outside or (is_far and not takes_up):
            return "elsewhere"
        # What any story may have by chance is no sign that it is the one that was asked for.
        asked = reading.stems & subject.asked | within
        takes_up = takes_up or bool(asked - CHANCE if self.is_story else len(asked) > bool(subject.entry))
        takes_up = takes_up or own >= _ABOUT["weights"]["field"] * (1 + self.is_story)
        takes_up = takes_up or (self.kind == "motivation" and bool(reading.having("fit strong")))
        # A question of two words may well be answered without them.
        asks = subject.entry or (len(subject.asked) > 2 and subject.asked - CHANCE)
        return "other words" if asks and self.count >= _ABOUT["told"] and not takes_up else ""

    def _says_nothing(self) -> bool:
        """Whether a few words speak of nerves, or of having nothing to say, and of hardly anything else."""
        cued = {*self.reading.having("nervous"), *self.reading.having("unknown")}
        return bool(cued) and cued.issuperset(self.reading.steps) and len(self.reading.stems & self.subject.asked) < 2

    def _score(self) -> int:
        """The mark. Someone who did answer gets more than someone who did not."""
        hollow = _HOLLOW["weight"] * max(0.0, self.hollow_share - _HOLLOW["from"])
        points = 1 + RUBRIC["scale"] * sum(check.earned for check in self.checks) * max(0.0, 1 - hollow)
        points -= min(1.0, _PENALTIES["hedging"] * max(0, len(self.hedges) - 1))
        points -= min(1.2, _PENALTIES["blame"] * len(self.reading.having("blame")))
        # A brief, dense explanation has few of the words by which these rules know a good one.
        plain = not self.reading.general and len(self.hedges) < 2 and self.count >= 25 and self.hollow_share < 0.2
        least = 4 if plain and self.way in ("technical", "case") else 2
        return max(1, min(max(round(points), least), highest_score(self.reading.answer), *self._highest()))

    def _highest(self) -> Iterator[int]:
        """The best mark that is still honest: nothing done is vague, no occasion and no figure is hardly an example."""
        reading, situated = self.reading, bool(self.reading.having("situation"))
        yield {"no answer": 1, "unreadable": 1, "elsewhere": 4}.get(self.verdict, 10)
        if self.verdict == "other words":
            yield 6 if self.is_story else 7
        if self.is_outside and self.closeness < _ABOUT["nothing"]:
            yield 2
        if self.count < RUBRIC["brief_words"]:
            yield 3 if self.count < RUBRIC["few_words"] else 6
        if self.count < FRAGMENT_WORDS * len(reading.sentences):
            yield 4
        if self.kind == "behavioural" and not reading.steps:
            yield 4 if situated else 3
        if self.general_share >= RUBRIC["mostly_general"]:
            yield 4
        is_concrete = situated or reading.figures or reading.particulars or len(self.own_words) >= RUBRIC["telling_words"]
        if self.kind == "behavioural" and not is_concrete:
            yield 4


def _outcome(reading: Reading) -> float:
    """A figure near the end of a story tells how it ended, in whatever words."""
    said, told = reading.sentences, reading.having("outcome")
    late = [one for one in said[-(len(said) // 3 or 1) :] if len(one.split()) >= 6]
    measured = [one for one in said if (one in told or one in late) and has_figure(one)]
    return 1.0 if len(measured) >= 2 else 0.8 if measured else min(0.45, 0.25 * len(told))


def _specifics(marking: Marking) -> float:
    """Different words of the answer's own, in sentences that would not be true of anyone; the first say little."""
    return len(marking.own_words) / RUBRIC["own_words"]


def _relevance(said: set[str], subject: Subject) -> float:
    """Words of the question, and for half as much of its topic; a question may have no word that could be missed."""
    common = len(said & subject.asked) + 0.5 * len(said & subject.field)
    return common / min(len(subject.asked), 5) if subject.asked - CHANCE else 0.7


# How much of what a check looks for is there, by its `count`; the cues go by the check's name.
_COUNTS: dict[str, Callable[[Marking, str], float]] = {
    "wordings": lambda one, name: len(one.reading.wordings(name)),
    "sentences": lambda one, name: len(set(one.reading.having(name)) - set(one.reading.general)),
    "own_steps": lambda one, _: one.reading.step_count,
    "figures": lambda one, _: one.reading.figure_count,
    "length": lambda one, _: 0.6 if one.count > RUBRIC["too_long"] else (one.count - 15) / (one.target - 15),
    "situation": lambda one, name: 0.5 * len(one.reading.having(name)) + 0.08 * one.reading.particulars,
    "example": lambda one, name: 0.35 * (len(one.reading.having(name)) + bool(one.reading.having("example own"))),
    "outcome": lambda one, _: _outcome(one.reading),
    "specifics": lambda one, _: _specifics(one),
    "relevance": lambda one, _: _relevance(one.reading.stems, one.subject),
}
