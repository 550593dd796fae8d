"""The way to the interview: how many of the candidate's days are left, and what may still be scheduled in them.

Pure but for `Countdown.of`: the agenda, the due dates of questions and the pages all read this one answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from coach.models import User
from coach.time_zone import local_day, start_of_day, zone_of
from plans.models import PlanBrief, PlanTopic

# So many days before the interview hold rehearsal and redos only.
LAST_DAYS = 2

Phase = Literal["none", "far", "last_days", "today", "over"]


@dataclass(frozen=True)
class Countdown:
    """The interview as seen from one local day. `interview_on`: None if the candidate has not told the day."""

    today: date
    interview_on: date | None
    zone: ZoneInfo

    @classmethod
    def to(cls, user: User, interview_on: date | None) -> Self:
        """From today to this day."""
        return cls(local_day(user), interview_on, zone_of(user))

    @classmethod
    def of(cls, user: User) -> Self:
        """From today to the day in the brief. One query."""
        return cls.to(user, PlanBrief.objects.filter(user=user).values_list("interview_on", flat=True).first())

    @classmethod
    def seen(cls, user: User, topics: Sequence[PlanTopic]) -> Self:
        """The same without a query. `topics`: read with `with_interview()`; without topics there is no interview."""
        return cls.to(user, topics[0].interview_on if topics else None)

    @property
    def days_left(self) -> int | None:
        """Days from today to the interview: 0 on its day, below 0 after it; None without a date."""
        return None if self.interview_on is None else (self.interview_on - self.today).days

    @property
    def phase(self) -> Phase:
        """How near the interview is."""
        left = self.days_left
        if left is None:
            return "none"
        if left <= 0:
            return "over" if left < 0 else "today"
        return "last_days" if left <= LAST_DAYS else "far"

    @property
    def is_last_days(self) -> bool:
        """Whether today is one of the last days before the interview."""
        return self.phase == "last_days"

    @property
    def is_for_rehearsal(self) -> bool:
        """Whether questions that the candidate knows come before new ones: in the last days, and on the day itself."""
        return self.phase in ("last_days", "today")

    @property
    def last_days_begin(self) -> datetime | None:
        """The moment, in UTC, at which the last days before the interview begin; None unless it is still to come."""
        return self._start(LAST_DAYS)

    @property
    def last_moment(self) -> datetime | None:
        """The last moment, in UTC, before the day of the interview; None unless that is still to come.

        What is due must be due by then.
        """
        start = self._start(0)
        return start - timedelta(microseconds=1) if start else None

    def _start(self, days_before: int) -> datetime | None:
        if self.interview_on is None or self.today >= self.interview_on:
            return None
        # In UTC, because within one zone Python subtracts wall clocks, which change twice a year.
        return start_of_day(self.interview_on - timedelta(days=days_before), self.zone).astimezone(UTC)

    def is_in_last_days(self, day: date) -> bool:
        """Whether this day is one of the last days before the interview."""
        return self.interview_on is not None and 0 < (self.interview_on - day).days <= LAST_DAYS

    def may_hold(self, day: date) -> bool:
        """Whether a session may be planned on this day, today or later: before the interview, or after it is over."""
        return self.interview_on is None or self.phase == "over" or day < self.interview_on

    @property
    def day_said(self) -> str:
        """The day of the interview, as pages say it: with its year if that is another one; "" without a date."""
        if self.interview_on is None:
            return ""
        return date_format(self.interview_on, "l, j F" if self.interview_on.year == self.today.year else "l, j F Y")

    @property
    def when(self) -> str:
        """When it is, in the words of a sentence: "today", "in 8 days", "on Monday, 1 December"; "" without a date."""
        left = self.days_left
        if left is None:
            return ""
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(left)
        return near or (f"in {left:,} days" if left > 0 else f"on {self.day_said}")

    @property
    def said(self) -> str:
        """How far away the interview is, in a few words: "8 days left", "Interview tomorrow"; "" without a date."""
        left = self.days_left
        if left is None or left > 1:
            return f"{left:,} days left" if left else ""
        return f"Your interview {'was' if left < 0 else 'is'} {self.when}"
