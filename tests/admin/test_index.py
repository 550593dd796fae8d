"""The admin's front door and its first page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule
from django_q.tasks import async_task

from llm_modes.asking.rows import AskState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    boss = factories.make_user("boss", is_staff=True, is_superuser=True)
    client.force_login(boss)
    return boss


def index(client):
    return client.get(reverse("admin:index"))


def test_a_stranger_comes_in_through_the_candidates_login(client):
    assert index(client)["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/coach/user/")["Location"] == "/login/?next=/admin/coach/user/"
    assert client.get("/admin/login/?next=https://example.com/")["Location"] == "/login/?next=/admin/"
    assert client.post("/admin/login/", {"username": "boss", "password": "guess"}).status_code == 302


def test_a_candidate_is_told_that_this_is_not_for_them(client):
    client.force_login(factories.make_user())
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_an_empty_place_says_that_nothing_waits(client, boss):
    page = index(client)
    assert page.context["queue"]["oldest"] is None
    assert "nothing waits" in page.content.decode()
    assert [row["calls"] for row in page.context["ledger"]] == [0, 0, 0]


def test_the_queue_says_how_long_the_oldest_task_waits_and_what_failed(client, boss):
    for number in range(3):
        async_task("study.tasks.reconcile", number)
    first, _second, running = OrmQ.objects.order_by("pk")
    OrmQ.objects.filter(pk=first.pk).update(lock=timezone.now() - timedelta(seconds=90))
    OrmQ.objects.filter(pk=running.pk).update(lock=timezone.now() + timedelta(seconds=590))
    now = timezone.now()
    values = {"name": "x", "func": "study.tasks.reconcile", "started": now, "success": False}
    Failure.objects.create(id="new", stopped=now, **values)
    Failure.objects.create(id="old", stopped=now - timedelta(days=2), **values)
    queue = index(client).context["queue"]
    assert (queue["waiting"], queue["running"], queue["failed_today"]) == (2, 1, 1)
    assert 90 <= queue["oldest"].total_seconds() < 100


def test_a_schedule_that_nobody_looks_at_is_noticed(client, boss):
    Schedule.objects.all().delete()
    Schedule.objects.create(func="study.tasks.sweep", next_run=timezone.now() - timedelta(minutes=10))
    page = index(client)
    assert page.context["queue"]["overdue"] == 1
    assert "is a worker running?" in page.content.decode()


def test_rows_that_wait_or_failed_are_counted(client, boss):
    alice = factories.make_user()
    for state, lease in (("pending", None), ("failed", None), ("asking", timezone.now() - timedelta(seconds=1))):
        factories.make_reconciliation(factories.make_session(alice, ended=True), ask_state=state, ask_lease_until=lease)
    factories.make_review(alice, ask_state=AskState.DONE)
    rows = {row["name"]: (row["waiting"], row["failed"]) for row in index(client).context["queue"]["rows"]}
    assert rows["reconciliations"] == (1, 2)
    assert rows["daily reviews"] == (0, 0)


def test_the_ledger_is_added_up_by_day_week_and_month(client, boss):
    alice = factories.make_user()
    factories.make_call(alice, input_tokens=100, output_tokens=10, milliseconds=2000)
    factories.make_call(alice, outcome="timeout", input_tokens=0, output_tokens=0, milliseconds=4000)
    factories.make_call(alice, input_tokens=1000, output_tokens=5, at=timezone.now() - timedelta(days=3))
    day, week, month = index(client).context["ledger"]
    assert (day["calls"], day["failed"], day["input"], day["output"], day["seconds_each"]) == (2, 1, 100, 10, 3.0)
    assert (week["calls"], week["input"]) == (3, 1100)
    assert month["candidates"] == 1


def test_an_admin_who_may_not_see_queue_and_ledger_does_not(client):
    someone = factories.make_user(is_staff=True)
    someone.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client.force_login(someone)
    page = index(client)
    assert page.status_code == 200
    assert "queue" not in page.context
    assert "ledger" not in page.context


def test_the_first_page_takes_as_many_queries_however_much_there_is(client, boss, django_assert_max_num_queries):
    def queries():
        index(client)
        with django_assert_max_num_queries(30) as context:
            index(client)
        return len(context)

    few = queries()
    alice = factories.make_user()
    for number in range(20):
        factories.make_call(alice)
        async_task("study.tasks.reconcile", number)
    assert queries() == few
