"""The interpreter of evaluate_answer/rubric.toml: from an answer to a mark from 1 to 10.

Each check gives a share from 0 to 1 of its points. A kind of question has its own, ten and a bit together, so that an
answer need not be perfect in everything to get a 10; penalties take away from that. The bands that they were set by:
1-2 nothing but generalities, 3-4 vague, 5-6 a real example but thin, 7-8 specific with a gap or two, 9-10 complete.
"""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any, NamedTuple

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.evaluate_answer.honesty import highest_score
from llm_modes.language.text import on_one_line, stems
from llm_modes.offline.about import CHANCE, Closeness, Subject, kind_of
from llm_modes.offline.reading import HOLLOW, Reading, found, has_figure

_HOLLOW, _SWEEPING, _PRECISE = (RUBRIC[name] for name in ("hollow", "sweeping", "precise"))
SWEEPING, PRECISE = (frozenset(row["words"].split()) for row in (_SWEEPING, _PRECISE))
_SPECIAL = {name: stems(words) for name, words in RUBRIC["special"].items()}
# Real sentences have some 0.4 to 0.6 of small words, and terse technical ones still a quarter.
LEAST_SMALL_WORDS, LEAST_VARIETY, FRAGMENT_WORDS, NOTHING_SAID = 0.12, 0.25, 4.5, 5


class Check(NamedTuple):
    """A check on an answer: its row, the points it earned, whether they are enough, else what doing better earns."""

    row: dict[str, Any]
    earned: float
    is_well_done: bool
    lost: float


class Marking:
    """An answer against the rubric: `checks`, `verdict` and `score`.

    `seconds_allowed` sets how much of an answer can be expected. `verdict`: "" for an answer that can be marked, else
    no answer | unreadable | elsewhere | other words.
    """

    def __init__(self, reading: Reading, subject: Subject, seconds_allowed: int) -> None:
        self.reading, self.subject, self.seconds_allowed = reading, subject, seconds_allowed
        self.kind, self.count = kind_of(subject.question), len(reading.words)
        spoken = self.kind == "situational" and bool(found("spoken", on_one_line(subject.question)))
        # What one would do is marked like a case, what one would say like a talk.
        self.way = "case" if self.kind == "situational" and not spoken else self.kind
        least, most = RUBRIC["target_words"]
        self.target = min(max(seconds_allowed * RUBRIC["words_per_second"], least), most) * (0.6 if spoken else 1)
        # Words that would fit any answer, unless the question is about them; then those that sweep, pin down, are own.
        own = reading.stems - subject.asked
        self.hollow_share = len(own & HOLLOW) / max(len(own), _HOLLOW["least"])
        self.sweeping = [one for one in reading.words if one in SWEEPING]
        precise = sum(one in PRECISE or one[0].isdecimal() for one in reading.words)
        precise_share = precise / max(self.count, _PRECISE["least"])
        self.precise_share = max(0, min(1, (precise_share - _PRECISE["from"]) / _PRECISE["full"]))
        own_words = stems(" ".join(one for one in reading.sentences if one not in reading.general)) - HOLLOW
        expected = max(min(RUBRIC["own_words"], 0.55 * self.target), RUBRIC["own_share"] * self.count)
        self.own_share = min(1, len(own_words) / expected)
        self.hedges = reading.wordings("hedges")
        self.about = Closeness(reading, subject, self.kind)
        self.checks = list(self._checked())
        self.verdict = self._verdict()
        self.score = self._score()

    def _checked(self) -> Iterator[Check]:
        """The checks that apply to this kind of question, each row with what differs for it."""
        asks = ". ".join((self.subject.question, *(self.subject.entry.looks_for if self.subject.entry else ())))
        asked = stems(asks)
        ways = [self.way, *(name for name, special in _SPECIAL.items() if special & asked)]
        for plain in (row for row in RUBRIC["checks"] if self.way in row["points"]):
            row = {**plain, **{key: it for way in ways for key, it in plain.get("for", {}).get(way, {}).items()}}
            share = max(0.0, min(1.0, _COUNTS[row["count"]](self, row["name"]) / row.get("enough", 1)))
            # Not every question of a kind asks for all that its answers can show.
            is_asked = "asked_for" not in row or bool(found(f"{row['name']} asked for", asks))
            is_well_done = share >= row.get("well_done", RUBRIC["well_done"])
            points = row["points"].get(self.way, plain["points"][self.way])
            yield Check(row, points * share, is_well_done, points * (1 - share) * (is_asked and not is_well_done))

    def _verdict(self) -> str:
        reading, first = self.reading, self.reading.words[:200]
        if highest_score(reading.answer) == 1 or (self.count < RUBRIC["helped_words"] and self._says_nothing()):
            return "no answer"
        # Notes have few small words, and steps.
        is_heap = self.count >= 8 and reading.small_words < LEAST_SMALL_WORDS and not reading.steps
        if is_heap or self.count < NOTHING_SAID or len(set(first)) < LEAST_VARIETY * len(first):
            return "unreadable"
        return self.about.verdict

    def _says_nothing(self) -> bool:
        """Whether a few words speak of nerves, or of having nothing to say, and of hardly anything else."""
        cued = {*self.reading.having("nervous"), *self.reading.having("unknown")}
        return bool(cued) and cued.issuperset(self.reading.steps) and len(self.about.taken) < 2

    def _score(self) -> int:
        """The mark. Someone who did answer gets more than someone who did not."""
        shares = ((_HOLLOW, self.hollow_share), (_SWEEPING, len(self.sweeping) / max(self.count, _SWEEPING["least"])))
        left = prod(max(0.0, 1 - row["weight"] * max(0.0, share - row["from"])) for row, share in shares)
        points = 1 + RUBRIC["scale"] * sum(check.earned for check in self.checks) * left
        points -= min(2.4, RUBRIC["penalties"]["blame"] * len(self.reading.blame))
        return max(1, min(max(round(points), 2), highest_score(self.reading.answer), *self._highest()))

    def _highest(self) -> Iterator[int]:
        """The best mark that is still honest: nothing done is vague, no occasion and no figure is hardly an example."""
        highest = {"no answer": 1, "unreadable": 1, "elsewhere": 4, "other words": 7 - self.about.is_story, "": 10}
        yield 2 if self.about.has_nothing else highest[self.verdict]
        if self.count < RUBRIC["brief_words"]:
            yield 3 if self.count < RUBRIC["few_words"] else 6
        if self.count < FRAGMENT_WORDS * len(self.reading.sentences):
            yield 4
        if self.kind == "behavioural" and not self.reading.steps:
            yield 4 if self.reading.having("situation") else 3


def _outcome(reading: Reading) -> float:
    """A figure near the end of a story tells how it ended, in whatever words."""
    told, said = reading.having("outcome"), reading.sentences
    measured = [one for one in said if has_figure(one) and (one in told or one in said[-(len(said) // 3 or 1) :])]
    return 0.5 * len(measured) + 0.25 * len(told)


def _relevance(said: set[str], subject: Subject) -> float:
    """Words of the question, and for half as much of its topic; a question may have no word that could be missed."""
    common = len(said & subject.asked) + 0.5 * len(said & subject.field)
    return common / min(len(subject.asked), 5) if subject.asked - CHANCE else 0.7


# How much of what a check looks for is there, by its `count`; the cues go by the check's name.
_COUNTS: dict[str, Callable[[Marking, str], float]] = {
    "wordings": lambda one, name: len(one.reading.wordings(name)),
    "sentences": lambda one, name: len(set(one.reading.having(name)) - set(one.reading.general)),
    "own_steps": lambda one, _: one.reading.step_count,
    "figures": lambda one, _: 1.5 * len(one.reading.figures),
    "length": lambda one, _: 0.6 if one.count > RUBRIC["too_long"] else (one.count - 15) / (one.target - 15),
    "outcome": lambda one, _: _outcome(one.reading),
    "specifics": lambda one, _: (1 - _PRECISE["part"]) * one.own_share + _PRECISE["part"] * one.precise_share,
    "relevance": lambda one, _: _relevance(one.reading.stems, one.subject),
}
