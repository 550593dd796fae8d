"""A day's review cannot get lost: it is started by the day's first request, and tried again while the day lasts."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from coach.models import User
from coach.time_zone import local_day
from llm_modes.asking.rows import AskState
from llm_modes.asking.trying_again import MOST_TRIES, ask_and_come_back, hand_all_to_worker
from llm_modes.suggest_plan_changes.schema import MODE
from plans import daily_review
from plans.models import DailyReview
from study import tasks
from tests.factories import make_plan, make_progress, make_review, make_user
from tests.plans.test_review import more_design, same_plan
from tests.worker import run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def practised(alice):
    make_progress(make_plan(alice)[0])
    return alice


def minutes_pass(minutes: float) -> None:
    """What is stored is that much older."""
    for field in ("next_try_at", "ask_lease_until"):
        for review in DailyReview.objects.exclude(**{field: None}):
            setattr(review, field, getattr(review, field) - timedelta(minutes=minutes))
            review.save(update_fields=[field])


def days_pass(user: User, days: int = 1) -> None:
    """The candidate's login, and the reviews they had, are that much older."""
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - timedelta(days=days))
    for review in user.daily_reviews.all():
        review.local_day -= timedelta(days=days)
        review.save(update_fields=["local_day"])


def written_by_the_worker_after(minutes, fake_llm):
    """The sweep leaves the review alone before so many minutes are over, and hands it in then."""
    tasks.sweep()
    assert not OrmQ.objects.exists()

    minutes_pass(minutes)
    tasks.sweep()
    fake_llm.reply(same_plan())
    assert run_worker() == 1


# --- tried again while the day lasts ---------------------------------------------------------------------------------


def test_a_review_that_fails_is_tried_again_after_growing_pauses_until_it_is_written(practised, fake_llm):
    daily_review.start_for(practised)
    waits = []
    for _try in range(4):
        fake_llm.fault("wrong_schema")
        fake_llm.fault("wrong_schema")
        assert run_worker() == 1
        review = DailyReview.objects.get()
        assert review.ask_state == AskState.FAILED
        waits.append(round((review.next_try_at - timezone.now()) / timedelta(minutes=1)))
        tasks.sweep()
        assert not OrmQ.objects.exists()
        minutes_pass(waits[-1])
        tasks.sweep()
    assert waits == [1, 2, 4, 8]

    fake_llm.reply(more_design())
    run_worker()
    review.refresh_from_db()
    assert (review.is_answered, review.next_try_at, review.proposal.status) == (True, None, "open")
    minutes_pass(600)
    tasks.sweep()
    assert not OrmQ.objects.exists()


def test_a_review_whose_task_vanished_is_handed_in_again(practised, fake_llm):
    daily_review.start_for(practised)
    OrmQ.objects.all().delete()
    written_by_the_worker_after(1, fake_llm)
    assert DailyReview.objects.get().is_answered


def test_a_review_whose_page_was_closed_before_it_asked_is_written_by_the_worker(client, practised, fake_llm):
    client.post(reverse("plans:review"))
    written_by_the_worker_after(1, fake_llm)
    assert DailyReview.objects.get().is_answered


def test_a_review_whose_worker_died_is_handed_in_again_when_its_lease_has_run_out(practised, fake_llm):
    review = daily_review.start_for(practised)
    OrmQ.objects.all().delete()
    asking = {"ask_state": AskState.ASKING, "ask_attempt": 1, "ask_lease_until": timezone.now() + timedelta(minutes=1)}
    DailyReview.objects.update(**asking)
    written_by_the_worker_after(2, fake_llm)
    review.refresh_from_db()
    assert (review.ask_state, review.ask_attempt) == (AskState.DONE, 2)


def test_a_mistake_of_our_own_waits_as_long_as_any_failure(practised):
    def mistaken(row):
        raise ZeroDivisionError

    review = make_review(practised, ask_attempt=3, next_try_at=timezone.now())
    with pytest.raises(ZeroDivisionError):
        ask_and_come_back(review, candidate=practised, mode=MODE, stage=mistaken, inputs=mistaken, apply=mistaken)
    review.refresh_from_db()
    assert (review.ask_state, review.ask_failure, review.ask_attempt) == (AskState.FAILED, "interrupted", 4)
    assert timedelta(minutes=7) < review.next_try_at - timezone.now() <= timedelta(minutes=8)


@pytest.mark.parametrize(
    "state",
    [
        {"ask_state": AskState.FAILED, "ask_failure": "timeout", "next_try_at": timezone.now()},
        {"ask_state": AskState.ASKING, "ask_lease_until": timezone.now()},
    ],
)
def test_tries_have_an_end(practised, state):
    make_review(practised, **state, ask_attempt=MOST_TRIES - 1)
    tasks.sweep()
    assert OrmQ.objects.count() == 1

    DailyReview.objects.update(**state, ask_attempt=MOST_TRIES)
    tasks.sweep()
    assert OrmQ.objects.count() == 1


def test_logins_do_not_try_it_for_ever_either(practised, fake_llm):
    make_review(practised, ask_state=AskState.FAILED, ask_failure="misconfigured", ask_attempt=MOST_TRIES - 1)
    fake_llm.fault("http_401")
    for _login in range(3):
        daily_review.start_for(practised)
        run_worker()
    assert len(fake_llm.requests) == 1


def test_what_needs_a_person_waits_for_hours_and_an_empty_budget_for_tomorrow(practised, fake_llm):
    daily_review.start_for(practised)
    fake_llm.fault("http_401")
    run_worker()
    review = DailyReview.objects.get()
    assert (review.ask_failure, review.next_try_at > timezone.now() + timedelta(minutes=110)) == ("misconfigured", True)

    DailyReview.objects.update(ask_failure="over_budget")
    days_pass(practised)
    minutes_pass(60 * 24)
    tasks.sweep()
    assert not OrmQ.objects.exists()


def test_a_day_that_is_over_is_left_alone(practised, fake_llm):
    now = timezone.now()
    for days, state in enumerate((AskState.PENDING, AskState.FAILED, AskState.ASKING), start=1):
        make_review(
            practised,
            local_day=local_day(practised) - timedelta(days=days),
            ask_state=state,
            next_try_at=now,
            ask_lease_until=now,
        )
    tasks.sweep()
    assert not OrmQ.objects.exists()


def test_without_a_plan_it_is_not_handed_in_again_and_again(client, practised, fake_llm):
    daily_review.start_for(practised)
    practised.plan_topics.update(archived_at=timezone.now())
    page = client.post(reverse("plans:review_answer"), headers={"HX-Request": "true"}).text
    assert "There is no plan yet" in page
    assert run_worker() == 1
    minutes_pass(5)
    tasks.sweep()
    assert not OrmQ.objects.exists()


# --- the first request of a day --------------------------------------------------------------------------------------


def test_the_first_request_of_a_day_starts_the_review_and_the_next_ones_cost_nothing(client, practised, fake_llm):
    client.get(reverse("home"))
    assert not DailyReview.objects.exists()

    days_pass(practised)
    client.get(reverse("study:stories"))
    review = DailyReview.objects.get()
    assert (review.local_day, review.ask_state, OrmQ.objects.count()) == (local_day(practised), AskState.PENDING, 1)
    fake_llm.reply(same_plan())
    run_worker()

    client.get(reverse("home"))
    client.get(reverse("study:stories"))
    assert DailyReview.objects.count() == 1
    assert not OrmQ.objects.exists()


def test_a_page_costs_one_query_more_at_the_first_request_of_a_day_and_none_later(client, practised):
    def queries():
        with CaptureQueriesContext(connection) as context:
            assert client.get(reverse("study:stories")).status_code == 200
        return len(context)

    usual = queries()
    make_review(practised)  # started by another device
    days_pass(practised, 0)
    User.objects.update(last_login=timezone.now() - timedelta(days=3))
    assert queries() == usual + 1
    assert queries() == usual


def test_an_account_that_is_erased_while_the_sweep_runs_stops_it_for_nobody(practised, fake_llm):
    theirs = [make_review(user) for user in (make_user("carol"), practised)]
    DailyReview.objects.filter(pk=theirs[0].pk).delete()
    assert hand_all_to_worker(theirs) == OrmQ.objects.count() == 1


def test_who_has_no_plan_or_has_not_practised_gets_none(client, alice):
    days_pass(alice)
    client.get(reverse("home"))
    make_plan(alice)
    bob = make_user("bob")
    make_plan(bob)
    client.force_login(bob)
    days_pass(bob)
    client.get(reverse("home"))
    assert not DailyReview.objects.exists()
    assert not OrmQ.objects.exists()


def test_a_call_of_the_rest_facade_is_a_request_too(client, practised):
    days_pass(practised)
    assert client.get("/plan/view").status_code == 200
    assert DailyReview.objects.count() == OrmQ.objects.count() == 1


def test_visitors_and_a_zone_that_goes_back_start_nothing(client, practised):
    make_review(practised, local_day=local_day(practised) + timedelta(days=1), ask_state=AskState.DONE)
    days_pass(practised, 0)
    User.objects.update(last_login=timezone.now() - timedelta(days=3))
    client.get(reverse("home"))
    client.logout()
    client.get(reverse("login"))
    assert DailyReview.objects.count() == 1
    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_start_one_review(alice, client):
    make_progress(make_plan(alice)[0])
    clients = [Client() for _ in range(4)]
    for one in clients:
        one.force_login(alice)
    days_pass(alice)
    barrier = threading.Barrier(len(clients))

    def visit(visitor):
        try:
            barrier.wait(5)
            visitor.get(reverse("home"))
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=[one]) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert DailyReview.objects.count() == OrmQ.objects.count() == 1
