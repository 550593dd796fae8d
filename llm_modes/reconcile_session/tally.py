"""Counts what recurs in the feedback on a topic's answers: answer by answer, in a state of bounded size.

So weeks of answers need not be read again: the state keeps their numbers and days, and nothing of their words.
"""

from collections.abc import Collection, Sequence
from datetime import date

from pydantic import BaseModel

from llm_modes.evaluate_answer.craft import CRAFTS, RUBRIC, craft_in
from llm_modes.language.foreign import looks_foreign
from llm_modes.reconcile_session.counts import LAST, CraftCount

# A streak without a lack shows a change if, at the old rate, EXPECTED lacks were due in it: by chance that is 1 in 100.
LEAST_STREAK, EXPECTED, LONGEST_STREAK = 8, 4.5, 25
MOST_QUESTIONS = 3
# How our own feedback begins on an answer that it could not read: it says nothing about the crafts.
_SILENT = tuple(RUBRIC["help"]["silent"])
_UNREAD = (*RUBRIC["help"]["foreign"], *_SILENT)
# Praise of a craft is found by the same words as its lack. For these crafts the words are too common in praise.
_NOT_PRAISED = {"blame", "hedging", "length", "relevance", "brevity"}
_ORDER = {craft.name: place for place, craft in enumerate(CRAFTS)}


class CraftState(BaseModel):
    """One craft of answering so far. The fields mean the same as in CraftCount."""

    missing: int = 0
    until: int = 0
    clean: int = 0  # how many last tries had it since the last that lacked it
    first: str = ""
    since: str = ""
    is_good: bool = False
    was_good: bool = False
    questions: list[int] = []  # the last ones whose answers lacked it, the latest first

    def lacks(self, day: str, answers: int, *, question: int | None) -> None:
        """Note that answer number `answers` lacks it. `question` is None if a later try in the session replaced it."""
        self.missing, self.until, self.first = self.missing + 1, answers, self.first or day
        if question is not None:
            self.was_good = self.was_good or (self.is_good and self.missing > 1)
            self.clean, self.since, self.is_good = 0, "", False
            others = [one for one in self.questions if one != question]
            self.questions = [question, *others][:MOST_QUESTIONS]

    def has(self, day: str) -> None:
        """Note that a last try does not lack it."""
        self.clean, self.since = self.clean + 1, self.since or day
        rate = self.missing / self.until if self.until else 1.0
        needed = max(LEAST_STREAK, min(LONGEST_STREAK, EXPECTED / rate))
        self.is_good = self.is_good or self.clean >= needed


class Tally(BaseModel):
    """The state. `recent` and `praise`: the names of the crafts that each of the last LAST answers lacked, and had."""

    answers: int = 0
    silent: int = 0  # further answers, in which there was nothing to read
    recent: list[list[str]] = []
    praise: list[list[str]] = []
    crafts: dict[str, CraftState] = {}

    def add(
        self, day: date, missing: Collection[str], praised: Collection[str], *, question: int, last_try: bool = True
    ) -> None:
        """Add the next answer. If it is not the `last_try` in its session, it counts, but a later one decides."""
        said = day.isoformat()
        self.answers += 1
        self.recent = [*self.recent, sorted(missing)][-LAST:]
        self.praise = [*self.praise, sorted(praised)][-LAST:]
        for name in {*missing, *praised}:
            self.crafts.setdefault(name, CraftState())
        for name, one in self.crafts.items():
            if name in missing:
                one.lacks(said, self.answers, question=question if last_try else None)
            elif last_try:
                one.has(said)

    def counts(self, questions: dict[int, str], today: date) -> list[CraftCount]:
        """All crafts that came up, those missing most lately first. `questions`: texts by id that may be named."""
        # A stored tally may know crafts of another release.
        found = [self._count(name, one, questions, today) for name, one in self.crafts.items() if name in _ORDER]
        return sorted(found, key=lambda one: (-one.recent, -one.missing, _ORDER[one.craft]))

    def _count(self, name: str, one: CraftState, questions: dict[int, str], today: date) -> CraftCount:
        return CraftCount(
            craft=name,
            missing=one.missing,
            until=one.until,
            recent=sum(name in names for names in self.recent),
            praised=sum(name in names for names in self.praise),
            first=day_said(one.first, today),
            since=day_said(one.since, today),
            is_good=one.is_good,
            is_back=one.was_good and not one.is_good,
            is_open=bool(one.questions),
            questions=[questions[pk] for pk in one.questions if questions.get(pk)],
        )


def crafts_missing(remarks: Sequence[str]) -> set[str] | None:
    """The crafts that these remarks on an answer ask for; None if the answer or the remarks could not be read."""
    if any(remark.startswith(_UNREAD) for remark in remarks) or looks_foreign(" ".join(remarks)):
        return None
    return {craft.name for remark in remarks if (craft := craft_in(remark))}


def said_nothing(remarks: Sequence[str]) -> bool:
    """Whether these remarks are on an answer with hardly a sentence."""
    return any(remark.startswith(_SILENT) for remark in remarks)


def crafts_praised(remarks: Sequence[str]) -> set[str]:
    """The crafts that these remarks on an answer praise."""
    return {craft.name for remark in remarks if (craft := craft_in(remark))} - _NOT_PRAISED


def day_said(day: str, today: date) -> str:
    """ "12 November" for an ISO day, with the year if it is not this year's; "" for ""."""
    if not day:
        return ""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B}" + (f" {found.year}" if found.year != today.year else "")
