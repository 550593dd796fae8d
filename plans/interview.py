"""The interview that a plan prepares for: its day as the candidate says it, in their zone, and how far away it is."""

from datetime import date, timedelta

from django.utils.formats import date_format

from coach import zone_names
from coach.counted import counted
from coach.models import User
from coach.time_zone import zone_of
from plans.interview_day import day_said

# Nobody prepares for a day that is farther away: it is a slip.
MOST_DAYS_AHEAD = 2 * 365 + 1
OVER = "{day} is over. Please give the day of an interview that is still to come."
FAR = "{day} is more than two years ahead. Please check the year."


def day_meant(user: User, phrase: str, today: date) -> date | None:
    """The day that the candidate means, who says this on their local day `today`; None if they leave it open."""
    return day_said(phrase, today, month_first=_writes_month_first(user))


def _writes_month_first(user: User) -> bool:
    """Whether 3/12 is 12 March: in the United States it is."""
    zone = zone_of(user).key
    return any(place.zone == zone and place.country == "United States" for place in zone_names.places())


def why_not(day: date, today: date) -> str:
    """Why this is no day for an interview, in a sentence; "" if it is one: from today on, within two years."""
    if day < today:
        return OVER.format(day=in_words(day))
    return FAR.format(day=in_words(day)) if day > today + timedelta(days=MOST_DAYS_AHEAD) else ""


def in_words(day: date) -> str:
    """ "Thursday 10 December 2026"."""
    return date_format(day, "l j F Y")


def how_far(day: date, today: date) -> str:
    """ "today", "tomorrow", "10 days from now", "yesterday", "3 days ago"."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"{counted(days, 'day')} from now" if days > 0 else f"{counted(-days, 'day')} ago")
