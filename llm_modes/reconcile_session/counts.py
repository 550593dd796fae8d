"""What code counted over all sessions of a topic, as ReconcileSession is told it: numbers and days, no judgement."""

from collections.abc import Iterator

from pydantic import BaseModel

from llm_modes.language.mode import inline
from llm_modes.language.tokens import clip, first_within

# All lines together; and what the last focus may take of it.
TOKENS, FOCUS_TOKENS = 100, 20
# How many answers are "lately", and below how many a thing that was missing once is worth a word.
LAST, FEW = 10, 5
# Missing so often, and in such a share of the answers, it was a habit: to have lost it is worth telling.
HABIT, HABIT_SHARE = 3, 0.25


_HARDER = {1: " (harder questions)", -1: " (easier questions)", 0: ""}


class CraftCount(BaseModel):
    """One part of the craft (its name there) in the feedback on the topic's answers, oldest first."""

    craft: str
    missing: int  # answers whose feedback found it missing
    until: int  # answers up to the last of them
    recent: int  # how many of the last ten answers lack it
    praised: int  # how many of the last ten have it, by their feedback
    first: str  # the day on which it was missing first; "" for never
    since: str  # since that day it was missing no more; "" while it still is
    is_good: bool  # for so long that one may believe it
    is_back: bool  # missing again after it had been good
    is_open: bool  # some last try lacked it: second tries of the same session did not always put it right
    questions: list[str]  # the last ones whose answers lacked it and that may be named, the latest first


class Practised(BaseModel):
    """A question, with the mark of its last answer, 1 to 10."""

    question: str
    score: int


class Counts(BaseModel):
    """The course of a topic over all its sessions; drills, voided questions and answers without a mark left out."""

    sessions: int = 0
    answers: int = 0
    read: int = 0  # answers whose feedback tells what was missing: the others say nothing about the craft
    silent: int = 0  # of those others, the ones in which hardly a sentence stood
    since: str = ""  # the day of the first answer
    first_mean: float = 0.0  # of the first sessions, three at most and half of them; before the fourth of all
    last_mean: float = 0.0  # the same of the last
    harder: int = 0  # 1 where the last questions were harder than the first, -1 where they were easier
    good_since: str = ""  # marks of 7 and more on average, session after session, since this day
    best: Practised | None = None
    weakest: Practised | None = None  # of the last session, if it was poor
    crafts: list[CraftCount] = []  # what is missing lately first
    focus: list[str] = []  # what was to be practised until now

    @property
    def still_missing(self) -> list[CraftCount]:
        """What recent answers lack, the most frequent first. What was missing once in many is chance."""
        lately = [one for one in self.crafts if one.recent and one.is_open and not one.is_good]
        return [one for one in lately if one.recent > 1 or self.read <= FEW]

    @property
    def mended(self) -> list[CraftCount]:
        """What was missing often and is no more, the most frequent first."""
        habits = [one for one in self.crafts if one.missing >= max(HABIT, HABIT_SHARE * one.until)]
        return sorted((one for one in habits if one.is_good), key=lambda one: -one.missing)

    @property
    def good(self) -> list[CraftCount]:
        """What the feedback finds again and again, and was not missing for long or ever; the most praised first."""
        mended = self.mended
        if self.read <= LAST:
            return []
        good = [one for one in self.crafts if one.is_good and one.praised >= HABIT and one not in mended]
        return sorted(good, key=lambda one: -one.praised)

    def lines(self) -> str:
        """For the prompt: at most 100 tokens, the course first, then what is missing, then what was mended."""
        return "\n".join(first_within([inline(line) for line in self._lines()], TOKENS)) or "(none)"

    def _lines(self) -> Iterator[str]:
        if not self.answers:
            return
        means = f"mean mark first {self.first_mean:g}, now {self.last_mean:g}"
        yield f"{self.answers} answers in {self.sessions} sessions since {self.since}; {means}{_HARDER[self.harder]}"
        for one in self.still_missing[:2]:
            lately = f", {one.recent} of the last 10" if self.read > LAST else ""
            yield f"{one.craft}: missing in {one.missing} of {self.read}{lately}{', again' * one.is_back}"
        for one in self.mended[:2]:
            yield f"{one.craft}: missing in {one.missing} of the first {one.until}, good since {one.since}"
        for one in self.good[:1]:
            yield f"{one.craft}: good since {one.since}"
        for focus in self.focus[:1]:
            yield f"focus until now: {clip(focus, FOCUS_TOKENS)}"
