"""The candidate's own clock: times are stored in UTC, shown and counted in the candidate's zone."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from coach import zone_names

if TYPE_CHECKING:
    from coach.models import User


def zone_of(user: "User") -> ZoneInfo:
    """The candidate's zone; UTC where the stored name is none, of which the candidate is told.

    Release 0.1 stored what the browser said, old names too: they count as the names of today.
    """
    return ZoneInfo(zone_names.canonical(user.time_zone) or zone_names.UTC)


def local_day(user: "User", at: datetime | None = None) -> date:
    """The candidate's calendar day at the given moment (now, unless given)."""
    return (at or timezone.now()).astimezone(zone_of(user)).date()


def day_start(user: "User", day: date) -> datetime:
    """The moment at which this day began where the candidate is."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(user))


class CandidateTimeZoneMiddleware:
    """Renders every page in the zone of whoever is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(zone_of(request.user)):
                return self.get_response(request)
        return self.get_response(request)
