"""How many rows a candidate may make: far more than anybody needs, and far less than fills a disk.

Each cap is a setting, and 0 lifts it. What counts by the day counts since the candidate's midnight, or since an admin
reset their day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from coach.models import User
from coach.time_zone import day_start, local_day


class CapReached(Exception):
    """The candidate has made as many rows as they may. `message` says so in their words; nothing was stored.

    `wait` are the seconds until there is room again, where time makes it; else None.
    """

    def __init__(self, message: str, wait: int | None) -> None:
        self.message, self.wait = message, wait
        super().__init__("a cap is reached")

    @property
    def status(self) -> int:
        """The HTTP status that says so: too many for now, or in the present state."""
        return 409 if self.wait is None else 429


@dataclass(frozen=True)
class Cap:
    """One cap: the setting that holds it, what the candidate is told ("{most}" is the number), and what it counts."""

    setting: str
    sentence: str
    name: str

    @property
    def most(self) -> int:
        """The number of rows; 0 for no cap."""
        return getattr(settings, self.setting)

    def count(self, rows: QuerySet[Any]) -> int:
        """How many of these rows there are, counted no further than the cap (or 10,000)."""
        return rows[: self.most or 10_000].count()

    def require(self, rows: QuerySet[Any], *, more: int = 1) -> None:
        """Raise CapReached when so many more of these rows would pass the cap."""
        if self.most and self.count(rows) + more > self.most:
            raise CapReached(self.sentence.format(most=self.most), None)


@dataclass(frozen=True)
class DailyCap(Cap):
    """A cap on the rows of a day. `at` is the field that says when one was made: the newest row has the latest."""

    at: str = "created_at"

    def count_today(self, rows: QuerySet[Any], user: User) -> int:
        """How many of these rows were made in the candidate's day; reads no further back than the cap."""
        newest = rows.order_by(f"-{self.at}").values_list(self.at, flat=True)[: self.most or 10_000]
        since = counted_since(user)
        return sum(at >= since for at in newest)

    def require_today(self, rows: QuerySet[Any], user: User) -> None:
        """Raise CapReached when the candidate has made as many of these rows today as they may."""
        if self.most and self.count_today(rows, user) >= self.most:
            raise CapReached(self.sentence.format(most=self.most), _seconds_left(user))


def counted_since(candidate: User) -> datetime:
    """From when on the candidate's day is counted: their local midnight, or when an admin reset it after that."""
    midnight = day_start(candidate, local_day(candidate))
    return max(midnight, candidate.budget_reset_at) if candidate.budget_reset_at else midnight


def _seconds_left(candidate: User) -> int:
    """Until the candidate's next midnight."""
    tomorrow = day_start(candidate, local_day(candidate) + timedelta(days=1))
    return max(1, round((tomorrow - timezone.now()).total_seconds()))
