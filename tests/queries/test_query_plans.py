"""Each statement of the program finds its rows by an index, and each index of ours finds rows for some statement.

Read are the plans that PostgreSQL makes for every page and form, the REST facade and the tasks, on a small crowd.
`make explain` reads the same on a large one.
"""

from collections.abc import Iterable

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import F
from django.utils import timezone

from coach.management.crowd import candidate, making
from coach.management.crowd.candidate import Order
from coach.models import LoginSession, RecentTries, User
from llm_modes.asking.rows import AskState
from llm_modes.models import StartedCall
from study.models import QuestionAttempt
from tests.factories import PASSWORD
from tests.queries.explained import Plans, named_indexes, plans_of_all
from tests.queries.walk import Walk

COPIES, DAYS, LOGINS = 40, 8, 5


@pytest.fixture
def plans(db) -> Plans:
    usual = a_crowd()
    with plans_of_all(small=True) as plans:
        walk = Walk(usual, PASSWORD, plans.begin)
        walk.all()
    assert walk.refused == []
    return plans


def a_crowd() -> User:
    """One of a crowd, in which everybody has left an answer unfinished some time ago."""
    order = Order(make_password(PASSWORD), timezone.now(), DAYS, seed=1)
    usual = candidate.make(making.NAME.format(2), order, sessions=1, answers=3)
    list(making.copied(usual, COPIES))
    left = QuestionAttempt.objects.order_by("user", "pk").distinct("user")
    unfinished = {"submitted_at": None, "score_rating": None, "marked_at": None, "ask_state": AskState.NONE}
    QuestionAttempt.objects.filter(pk__in=left.values("pk")).update(draft_saved_at=F("started_at"), **unfinished)
    _have_called(User.objects.all())
    making.tidy()
    return usual


def _have_called(users: Iterable[User]) -> None:
    """What a crowd has besides: logins, and for moments only calls that were just answered, and wrong passwords."""
    now = timezone.now()
    logins = [(user, f"{user.pk}x{number}") for user in users for number in range(LOGINS)]
    LoginSession.objects.bulk_create(
        LoginSession(session_key=key, session_data="", expire_date=now, candidate=user) for user, key in logins
    )
    StartedCall.objects.bulk_create(StartedCall(user=user, lease_until=now, ended_at=now) for user in users)
    RecentTries.objects.bulk_create(
        RecentTries(what="sign_in", name_digest=f"{user.pk}", candidate=user, times=[now], ends_at=now)
        for user in users
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE coach_recenttries, django_session, llm_modes_startedcall")


def test_every_statement_finds_its_rows_by_an_index_and_every_index_serves_one(plans):
    assert len(plans.found) > 300
    whole = {f"{plan.step}: {plan.sql[:600]}": read for plan in plans.found.values() if (read := plan.read_whole())}
    assert whole == {}
    used = set().union(*(plan.indexes() for plan in plans.found.values()))
    assert named_indexes().keys() - used == set()
