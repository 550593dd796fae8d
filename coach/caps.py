"""How many rows a candidate may make: far more than anybody needs, and far fewer than would fill a disk.

Each cap is a setting; 0 means no cap. A daily cap counts from the candidate's midnight, or from the moment when an
admin reset their day.
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
    """The candidate has made as many rows as they may. Nothing was stored. `message` tells the candidate.

    `wait`: seconds until the candidate may make another row; None if waiting does not help.
    """

    def __init__(self, message: str, wait: int | None) -> None:
        self.message, self.wait = message, wait
        super().__init__("a cap is reached")

    @property
    def status(self) -> int:
        """The HTTP status: 429 if waiting helps, 409 if not."""
        return 409 if self.wait is None else 429


@dataclass(frozen=True)
class Cap:
    """One cap. `setting`: its setting's name. `sentence`: for the candidate, with "{most}". `name`: for the admin."""

    setting: str
    sentence: str
    name: str

    @property
    def most(self) -> int:
        """The most rows; 0 for no cap."""
        return getattr(settings, self.setting)

    def count(self, rows: QuerySet[Any]) -> int:
        """How many of these rows there are. It counts no further than the cap, or 10,000 without one."""
        return rows[: self.most or 10_000].count()

    def require(self, rows: QuerySet[Any], *, more: int = 1) -> None:
        """Raise CapReached if `more` of these rows would pass the cap."""
        if self.most and self.count(rows) + more > self.most:
            raise CapReached(self.sentence.format(most=self.most), None)


@dataclass(frozen=True)
class DailyCap(Cap):
    """A cap on the rows of a day. `at`: the field with the time at which a row was made."""

    at: str = "created_at"

    def count_today(self, rows: QuerySet[Any], user: User) -> int:
        """How many of these rows were made in the candidate's day. It reads no further back than the cap."""
        newest = rows.order_by(f"-{self.at}").values_list(self.at, flat=True)[: self.most or 10_000]
        since = counted_since(user)
        return sum(at >= since for at in newest)

    def require_today(self, rows: QuerySet[Any], user: User) -> None:
        """Raise CapReached if the candidate has made as many of these rows today as the cap allows."""
        if self.most and self.count_today(rows, user) >= self.most:
            raise CapReached(self.sentence.format(most=self.most), _seconds_left(user))


def counted_since(candidate: User) -> datetime:
    """When the counted day of the candidate began: at their local midnight, or later if an admin reset it."""
    midnight = day_start(candidate, local_day(candidate))
    return max(midnight, candidate.budget_reset_at) if candidate.budget_reset_at else midnight


def _seconds_left(candidate: User) -> int:
    """Seconds until the candidate's next midnight, at least 1."""
    tomorrow = day_start(candidate, local_day(candidate) + timedelta(days=1))
    return max(1, round((tomorrow - timezone.now()).total_seconds()))
