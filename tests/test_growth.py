"""What a page costs does not grow with what there is: as many queries for many of everything as for a few."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coach.encryption import sealed
from coach.models import User
from plans.models import ChatMessage
from study.models import Question, QuestionAttempt, Story
from tests.admin.test_nothing_written_is_shown import a_whole_history
from tests.browser.one_history import a_history
from tests.factories import make_user
from tests.growing import DO_NOT_GROW, GROWS, Growing, known_models
from tests.security.routes import Route, configured, table, url_of

# So many copies of each row, at first and then: with none a page may lack what it shows of several. `make growth`
# takes thousands, and those pages too that Django's admin makes in one way for every model.
A_FEW = 2
MANY, ALL = int(os.environ.get("COACH_GROWTH") or 60), "COACH_GROWTH" in os.environ
TOKEN = "figures-for-whoever-watches"


def test_every_kind_of_row_is_known_to_grow_or_not_to():
    assert set(GROWS) | DO_NOT_GROW == known_models()


@pytest.mark.django_db
def test_no_page_asks_the_database_more_often_when_there_are_many_of_everything(settings):
    settings.METRICS_TOKEN = TOKEN
    opened = list(addresses())
    growing = Growing()
    growing.to(A_FEW)
    few = [asked(*one) for one in opened]
    growing.to(MANY)
    many = [asked(*one) for one in opened]
    places = zip(opened, few, many, strict=True)
    assert {url: repeated(later) for (_, url), first, later in places if len(later) > len(first)} == {}


def addresses() -> Iterator[tuple[Client, str]]:
    """Each route that can be opened, with whoever opens it: three candidates, and an admin."""
    history, boss = a_history("Zanzibar"), signed_in(make_user("boss", is_staff=True, is_superuser=True))
    a_whole_history()
    damage(Story, "notes")
    damage(Question, "serves")
    damage(QuestionAttempt, "feedback")
    # The second one has no plan yet, and so little to show.
    candidates = [(signed_in(owner), rows) for owner, rows in history.rows.items()][:: None if ALL else 2]
    Question.objects.update(rests_until=timezone.now() + timedelta(days=9))
    known = {route.path: route for route in table()}
    routes = [known[path] for path in dict.fromkeys(configured())]
    for route in [route for route in routes if "GET" in route.methods and is_shown(route)]:
        if route.is_admin:
            yield boss, url_of(route, 0, an_id(route))
            continue
        for visitor, rows in candidates:
            for pk in rows.get(route.own, []) if route.own else [0]:
                yield visitor, url_of(route, pk)
            if "public" in route.door or route.door == "token":
                break  # it looks the same to all


def damage(model: type, name: str) -> None:
    """Make a value of two rows unreadable."""
    for row in model.objects.all()[:2]:
        elsewhere = sealed(ChatMessage(user_id=row.user_id), text="in another column")["text"]
        model.objects.filter(pk=row.pk).update(**{name: elsewhere})


def is_shown(route: Route) -> bool:
    """Whether somebody may open it. Most rows are only looked at in the admin."""
    only_looked_at = route.door in ("read-only", "deletable", "accounts")
    alike = route.is_admin and route.admin_page in ("history", "forward")
    never = route.door == "staff 403" or (only_looked_at and route.admin_page in ("add", "delete"))
    return not never and (ALL or not alike)


def signed_in(user: User) -> Client:
    client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    client.force_login(user)
    return client


def an_id(route: Route) -> object:
    """The id of some row that this page of the admin shows."""
    model = re.match(r"/admin/(\w+)/(\w+)/", route.path)
    return apps.get_model(*model.groups())._default_manager.first().pk if model and "<" in route.path else 1


def asked(visitor: Client, url: str) -> list[str]:
    """The statements that the database gets when this page is opened."""
    with CaptureQueriesContext(connection) as captured:
        assert visitor.get(url).status_code < 400, url
    return [query["sql"] for query in captured]


def repeated(statements: list[str]) -> list[tuple[str, int]]:
    """The beginnings of those that came most often, for whoever has to find out why."""
    return Counter(statement[:200] for statement in statements).most_common(3)
