"""Reads questions that were pasted together, one a line: without bullets, each once, with the day it was asked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from coach.candidate_text import one_line
from llm_modes.language.repetition import normalised
from plans.interview_day import day_said

MOST_LINES = 30

# What stands before a question in a list: "-", "•", "3.", "(3)", "Q:", "Q3:", "Question 3:"; one after another.
_MARK = re.compile(
    r"(?:[-*+–—>]+(?:\s+|$)|[•·▪●○◦‣]\s*|\(?\d{1,3}[.):]\)?(?:\s+|$)|\d{1,3}[、．]\s*"
    r"|(?:Q|Question)\s?\d{0,3}\s?[.):]\s*)",
    re.I,
)
MOST_MARKS = 4
# "(was asked for real on 8 December)", "– asked yesterday" at the end of a line. Words of the question itself, as "What
# would you do if you were asked today?", have no such sign before them, or a question mark behind them.
_ENDING = re.compile(
    r"(?P<question>.*?(?:[?.!。？…]\s?|[(\[,;–—-]\s?|\s(?=(?:was\s)?asked\sfor\sreal\b)))[(\[–—-]?\s?"
    r"(?:was\s)?asked(?:\sfor\sreal)?,?\s(?P<when>[^()\[\]?]{3,40}?)[)\].]*\s*",
    re.I,
)
# Behind "asked": a day of the calendar or of the week. Others ("in nine days") are counted from the day they are said.
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_A_DAY = re.compile(
    rf"(?:[\s.,-]|\b(?:the|of|last|{_MONTHS}|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|\d+(?:st|nd|rd|th)?)\b)+"
)
# A day that is said without its year is looked for from so many days before: none, a week, a month, a year, leap years.
_BACK = (0, 7, 28, 31, 366, 1461, 2922)


@dataclass(frozen=True, kw_only=True)
class PastedLine:
    """A question as it was pasted, and what is known of it.

    `asked_on`: the day it was asked for real. `topic_id`: the topic that the coach thinks it trains. `known_id`: the
    candidate's question that it is already. `times`: how many lines said the same.
    """

    question: str
    asked_on: date | None = None
    topic_id: int | None = None
    kind: str = ""
    looks_for: list[str] = field(default_factory=list)
    known_id: int | None = None
    times: int = 1

    def as_json(self) -> dict[str, Any]:
        """As it is stored and exported."""
        return {**vars(self), "asked_on": self.asked_on.isoformat() if self.asked_on else None}

    def __post_init__(self) -> None:
        stored: Any = self.asked_on
        if isinstance(stored, str):  # as JSON has it
            object.__setattr__(self, "asked_on", date.fromisoformat(stored))


def read(text: str, *, today: date, asked_on: date | None = None) -> list[PastedLine]:
    """Each line that has words, as a question. `asked_on`: the day for those that name none themselves."""
    found = [_line(line, today, asked_on) for line in text.splitlines()]
    return [line for line in found if normalised(line.question)]


def _line(text: str, today: date, asked_on: date | None) -> PastedLine:
    question = one_line(text)
    for _mark in range(MOST_MARKS):
        question = _MARK.sub("", question, count=1) if _MARK.match(question) else question
    said = _ENDING.fullmatch(question)
    if said and (day := last_day_said(said["when"], today)):
        return PastedLine(question=said["question"].rstrip(" ([,;–—-"), asked_on=day)
    return PastedLine(question=question, asked_on=asked_on)


def last_day_said(phrase: str, today: date) -> date | None:
    """The last such day that is not after `today`: "8 December", "last Thursday", "yesterday"; None if it is none."""
    said = one_line(phrase).lower().removeprefix("on ")
    if said in ("today", "yesterday"):
        return today - timedelta(days=said == "yesterday")
    if not _A_DAY.fullmatch(said):
        return None
    days = (day_said(said.replace("last ", ""), today - timedelta(days=back)) for back in _BACK)
    return next((day for day in days if day and day <= today), None)


def once_each(lines: Iterable[PastedLine]) -> list[PastedLine]:
    """The lines without those that say the same as an earlier one; of their days the latest."""
    once: dict[str, PastedLine] = {}
    for line in lines:
        key = normalised(line.question)
        if first := once.get(key):
            day = max(filter(None, (first.asked_on, line.asked_on)), default=None)
            once[key] = replace(first, asked_on=day, times=first.times + 1)
        else:
            once[key] = line
    return list(once.values())
