"""The candidate's own clock: times are stored in UTC, shown and counted in the candidate's zone."""

import zoneinfo
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

if TYPE_CHECKING:
    from coach.models import User

ZONES = frozenset(zoneinfo.available_timezones())


def zone_of(user: "User") -> zoneinfo.ZoneInfo:
    """The candidate's zone, or UTC where none is known."""
    return zoneinfo.ZoneInfo(user.time_zone if user.time_zone in ZONES else settings.TIME_ZONE)


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
