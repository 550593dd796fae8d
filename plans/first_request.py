"""Starts the daily review at the candidate's first request of a day. A login starts it too, but lasts for weeks."""

from collections.abc import Callable
from datetime import date

from django.http import HttpRequest, HttpResponse

from coach.models import User
from coach.time_zone import local_day
from plans import daily_review

# By candidate (id): the last day on which this process looked. Each process looks once a day.
_looked_at: dict[int, date] = {}
MOST_REMEMBERED = 10_000


class FirstRequestMiddleware:
    """Looks for a missing review once a day and candidate, with one query. Other requests cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and _begins(request.user):
            try:
                if daily_review.is_missing(request.user):
                    daily_review.start_for(request.user)
            except BaseException:
                _looked_at.pop(request.user.pk, None)  # the next request looks; another thread may have cleared all
                raise
        return self.get_response(request)


def _begins(user: User) -> bool:
    """Whether this is the candidate's first request today in this process. A login today counts as one."""
    today = local_day(user)
    day = _looked_at.get(user.pk) or (user.last_login and local_day(user, user.last_login))
    if day and day >= today:
        return False
    if len(_looked_at) >= MOST_REMEMBERED:
        _looked_at.clear()
    _looked_at[user.pk] = today
    return True
