"""What code counted over all sessions of a topic, for the prompt of reconcile_session: numbers and days, no opinion."""

from collections.abc import Iterator

from pydantic import BaseModel

from llm_modes.language.mode import inline
from llm_modes.language.tokens import clip, first_within

# Tokens for all lines together, and for the last focus in them.
TOKENS, FOCUS_TOKENS = 100, 20
# How many answers count as recent; and up to how many answers a craft that was missing once is told.
LAST, FEW = 10, 5
# A craft that was missing this often, and in this part of the answers, was a habit. That it ended is told.
HABIT, HABIT_SHARE = 3, 0.25


_HARDER = {1: " (harder questions)", -1: " (easier questions)", 0: ""}


class CraftCount(BaseModel):
    """One craft of answering (evaluate_answer/craft.py) in the feedback on the topic's answers."""

    craft: str
    missing: int  # answers whose feedback found it missing
    until: int  # how many answers there were when it was last missing
    recent: int  # how many of the last LAST answers lack it
    praised: int  # how many of the last LAST have it, by their feedback
    first: str  # the day on which it was first missing; "" for never
    since: str  # the day since which it is not missing; "" if it still is
    is_good: bool  # it has been there long enough to be sure
    is_back: bool  # it is missing again after it was good
    is_open: bool  # at least one last try in a session lacked it
    questions: list[str]  # the last ones whose answers lacked it and that may be named, the latest first


class Practised(BaseModel):
    """A question and the mark of its last answer, 1 to 10."""

    question: str
    score: int


class Counts(BaseModel):
    """A topic over all its sessions. Drills, voided questions and answers without a mark do not count."""

    sessions: int = 0
    answers: int = 0
    read: int = 0  # answers whose feedback tells what was missing
    silent: int = 0  # answers with hardly a sentence, which are not among those
    since: str = ""  # the day of the first answer
    first_mean: float = 0.0  # mean mark of the first sessions, 1 to 10: of three at most, and of half of all at most
    last_mean: float = 0.0  # the same for the last sessions; with fewer than four sessions both are the mean of all
    harder: int = 0  # 1 if the last questions were harder than the first, -1 if they were easier
    good_since: str = ""  # the day since which the sessions' means are good (study/history.py); "" if they are not
    best: Practised | None = None  # the best of the questions' last marks, if it is good
    weakest: Practised | None = None  # the lowest mark of the last session, if it is poor
    crafts: list[CraftCount] = []  # those missing most often lately first
    focus: list[str] = []  # what the candidate had to practise until now

    @property
    def still_missing(self) -> list[CraftCount]:
        """What recent answers lack, the most frequent first. What is missing once in many answers is chance."""
        lately = [one for one in self.crafts if one.recent and one.is_open and not one.is_good]
        return [one for one in lately if one.recent > 1 or self.read <= FEW]

    @property
    def mended(self) -> list[CraftCount]:
        """What was often missing and no longer is, the most frequent first."""
        habits = [one for one in self.crafts if one.missing >= max(HABIT, HABIT_SHARE * one.until)]
        return sorted((one for one in habits if one.is_good), key=lambda one: -one.missing)

    @property
    def good(self) -> list[CraftCount]:
        """What the feedback praises again and again and what was never a habit to leave out; the most praised first."""
        mended = self.mended
        if self.read <= LAST:
            return []
        good = [one for one in self.crafts if one.is_good and one.praised >= HABIT and one not in mended]
        return sorted(good, key=lambda one: -one.praised)

    def lines(self) -> str:
        """The lines for the prompt, TOKENS at most: the marks first, then what is missing, then what was mended."""
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
