"""The candidate's own clock. Times are stored in UTC, but shown, and days counted, in the candidate's zone."""

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
    """The candidate's zone; UTC if the stored name is not a zone's. Old names count as today's names.

    Release 0.1 stored old names, too, as browsers report them.
    """
    return ZoneInfo(zone_names.canonical(user.time_zone) or zone_names.UTC)


def local_day(user: "User", at: datetime | None = None) -> date:
    """The candidate's calendar day at this moment (default: now)."""
    return (at or timezone.now()).astimezone(zone_of(user)).date()


def day_start(user: "User", day: date) -> datetime:
    """The moment at which this day begins in the candidate's zone."""
    return start_of_day(day, zone_of(user))


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which this day begins in a zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


class CandidateTimeZoneMiddleware:
    """Answers each request in the zone of the candidate who is logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(zone_of(request.user)):
                return self.get_response(request)
        return self.get_response(request)
