"""The minutes that are left of today: what the candidate has, without what they have practised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import Subquery, Sum

from coach.composed import composed_once
from coach.counted import whole_minutes
from coach.models import User
from coach.time_zone import local_day
from plans.models import PracticeDay


@dataclass(frozen=True)
class UnderWay:
    """A running session: the id of its topic, and its planned minutes. Its turn was taken when it started."""

    topic: int
    minutes: int


@dataclass(frozen=True)
class TodaysMinutes:
    """The `most` minutes that the candidate has today (None: as planned), and what practice has `spent` of them."""

    most: int | None
    spent: int

    @classmethod
    def of(cls, user: User, under_way: UnderWay | None = None) -> Self:
        """As stored; the session under way counts as spent. One query."""
        today = local_day(user)
        ((day, minutes, seconds),) = _todays(user.pk, today) or [(None, None, None)]
        spent = whole_minutes(seconds or 0) + (under_way.minutes if under_way else 0)
        return cls(minutes if day == today else None, spent)

    @classmethod
    def known(cls, brief: Any, seconds: Mapping[date, int], today: date, under_way: UnderWay | None = None) -> Self:
        """The same of what was read. `brief`: a row with its `short_day`; `seconds` of practice by day."""
        spent = whole_minutes(seconds.get(today, 0)) + (under_way.minutes if under_way else 0)
        return cls(brief.short_day_minutes if brief.short_day == today else None, spent)

    def left_of(self, minutes: int) -> int:
        """What is left today where a day has so many minutes; 0 or less if nothing is."""
        return min(minutes, minutes if self.most is None else self.most) - self.spent


@composed_once
def _todays(user: int, today: date) -> Any:
    """The day that was shortened, its minutes, and the seconds practised today."""
    done = PracticeDay.objects.filter(topic__user=user, local_day=today).values("topic__user")
    seconds = Subquery(done.annotate(all=Sum("seconds")).values("all"))
    return User.objects.filter(pk=user).values_list("plan_brief__short_day", "plan_brief__short_day_minutes", seconds)
