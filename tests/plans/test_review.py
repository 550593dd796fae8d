"""Today's review: once per local day, in the worker or by button, with reasons that rest on rows."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django_q.models import OrmQ

from coach.time_zone import local_day
from llm_modes.asking import AskState
from plans import daily_review, progress, proposals, tasks
from plans.journey import plan_version
from plans.models import DailyReview, PlanProposal
from tests.factories import (
    PASSWORD,
    make_plan,
    make_progress,
    make_proposal,
    make_review,
    make_session,
    make_user,
    plan_data,
)
from tests.fake_llm import a_plan_change, a_topic
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db


def same_plan(**fields):
    topics = [a_topic(t["name"], priority=t["priority"], minutes=t["daily_study_minutes"]) for t in plan_data()]
    return a_plan_change(*topics, rationale="Too little practice to judge.", **fields)


def more_design():
    return a_plan_change(
        a_topic("System design", priority=1, minutes=30),
        a_topic("Conflict stories", priority=2, minutes=10),
        a_topic("Algorithms", priority=3, minutes=5),
        changes=[("System design", "more_time"), ("Conflict stories", "less_time"), ("Algorithms", "less_time")],
    )


@pytest.fixture
def practised(alice):
    """Alice's plan, with some practice of its first topic."""
    topics = make_plan(alice)
    make_progress(topics[0], strength_rating="3.5", marked_attempts=4, sessions=2, total_time_spent=2400)
    return topics


# --- by button -------------------------------------------------------------------------------------------------------


def test_a_review_proposes_changes_and_changes_nothing(client, alice, practised, fake_llm):
    session = make_session(alice, topic=practised[0], ended=True)
    page = client.post(reverse("plans:review"), headers=HTMX).content.decode()
    assert 'hx-trigger="load' in page
    assert not fake_llm.requests
    fake_llm.reply(more_design())
    page = client.post(reverse("plans:review_answer"), headers=HTMX).content.decode()
    assert "<html" not in page
    assert "Because you asked for it (System design)." in page
    # What it rests on is counted by code and linked.
    assert "strength 3.5 of 10, 4 marks, 2 sessions, 40 minutes" in page
    assert f"#topic-{practised[0].pk}" in page
    whole = client.get(reverse("plans:review")).content.decode()
    assert reverse("study:session_detail", args=[session.pk]) in whole
    assert f'id="topic-{practised[0].pk}"' in whole
    assert plan_version(alice) == 1
    proposal = PlanProposal.objects.get(source="review")
    assert (proposal.status, proposal.base_version) == ("open", 1)
    assert "the daily review" in fake_llm.requests[0].user
    assert "strength 3.5 of 10, 40 min in 2 sessions" in fake_llm.requests[0].user


def test_nothing_to_change_is_said_with_its_rationale_and_needs_no_click(client, alice, practised, fake_llm):
    client.post(reverse("plans:review"))
    fake_llm.reply(same_plan())
    assert client.post(reverse("plans:review_answer")).status_code == 302
    page = client.get(reverse("plans:review")).content.decode()
    assert "Nothing to change" in page
    assert "Too little practice to judge." in page
    assert not PlanProposal.objects.filter(source="review").exists()


def test_once_a_day(client, alice, practised, fake_llm):
    fake_llm.reply(same_plan())
    for _ in range(3):
        client.post(reverse("plans:review"))
        client.post(reverse("plans:review_answer"))
    assert len(fake_llm.requests) == 1
    assert DailyReview.objects.count() == 1
    assert "Review my plan now" not in client.get(reverse("plans:review")).content.decode()


def test_a_failed_review_does_not_use_up_the_day(client, alice, practised, fake_llm):
    client.post(reverse("plans:review"))
    for _ in range(2):
        fake_llm.fault("wrong_schema")
    response = client.post(reverse("plans:review_answer"), headers=HTMX)
    assert response.status_code == 503
    assert "The review is not written yet" in response.content.decode()
    fake_llm.reply(same_plan())
    client.post(reverse("plans:review_answer"))
    assert DailyReview.objects.get().is_answered


def test_an_unexplained_change_is_sent_back_once_and_then_refused(alice, practised, fake_llm):
    invented = a_plan_change(a_topic("Trivia", minutes=20), a_topic("Small talk", priority=2, minutes=10), changes=[])
    fake_llm.reply(invented)
    fake_llm.reply(invented)
    review = daily_review.write(daily_review.start(alice))
    assert review.ask_failure == "invalid_reply"
    assert len(fake_llm.requests) == 2
    assert not PlanProposal.objects.filter(source="review").exists()


def test_without_a_plan_there_is_nothing_to_review(client, alice, fake_llm):
    client.post(reverse("plans:review"))
    client.post(reverse("plans:review_answer"))
    assert "nothing to review" in client.get(reverse("plans:review")).content.decode()
    assert not DailyReview.objects.exists()


def test_a_newer_review_replaces_the_one_that_nobody_decided(alice, practised, fake_llm):
    old = make_proposal(alice, source="review", base_version=1)
    fake_llm.reply(more_design())
    daily_review.write(daily_review.start(alice))
    old.refresh_from_db()
    assert old.status == "superseded"


def test_what_was_declined_is_told_to_the_next_review(alice, practised, fake_llm):
    fake_llm.reply(more_design())
    review = daily_review.write(daily_review.start(alice))
    proposals.reject(alice, review.proposal, reason="I like my stories.")
    DailyReview.objects.update(local_day=local_day(alice) - timedelta(days=1))
    fake_llm.reply(same_plan())
    daily_review.write(daily_review.start(alice))
    assert "I like my stories." in fake_llm.requests[-1].user


def test_the_candidates_own_notes_go_into_the_review(alice, practised, fake_llm):
    progress.correct_note(practised[0], "I freeze when asked about costs.", based_on=0)
    fake_llm.reply(same_plan())
    daily_review.write(daily_review.start(alice))
    assert "About System design, in my words: I freeze when asked about costs." in fake_llm.requests[0].user


# --- at login --------------------------------------------------------------------------------------------------------


def test_at_login_the_worker_gets_the_review_and_only_its_id(alice, practised, fake_llm):
    started = time.monotonic()
    review = daily_review.start_for(alice)
    assert time.monotonic() - started < 0.3
    assert OrmQ.objects.count() == 1
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == (DailyReview.TASK, (review.pk,))
    assert not fake_llm.requests
    fake_llm.reply(more_design())
    tasks.write_daily_review(review.pk)
    review.refresh_from_db()
    assert review.proposal.status == "open"


@pytest.mark.parametrize("facade", [False, True])
def test_signing_in_starts_it(client, alice, practised, facade):
    client.logout()
    who = {"username": "alice", "password": PASSWORD}
    kind = {"content_type": "application/json"} if facade else {}
    assert client.post("/users/login" if facade else reverse("login"), who, **kind).status_code == 302
    assert DailyReview.objects.get(user=alice).ask_state == AskState.PENDING
    assert OrmQ.objects.count() == 1


def test_another_login_makes_no_second_task(alice, practised):
    for _ in range(3):
        daily_review.start_for(alice)
    assert OrmQ.objects.count() == 1


def test_a_login_after_a_failure_tries_again(alice, practised, fake_llm):
    review = daily_review.start_for(alice)
    fake_llm.fault("http_401")
    tasks.write_daily_review(review.pk)
    daily_review.start_for(alice)
    assert OrmQ.objects.count() == 2
    review.refresh_from_db()
    assert review.ask_state == AskState.PENDING


def test_a_login_without_any_practice_costs_nothing(alice):
    make_plan(alice)
    assert daily_review.start_for(alice) is None
    assert not OrmQ.objects.exists()


def test_the_task_of_an_erased_candidate_does_nothing(fake_llm):
    tasks.write_daily_review(12345)


@pytest.mark.django_db(transaction=True)
def test_two_logins_at_the_same_moment_make_one_review_and_pay_once(alice, fake_llm):
    topics = make_plan(alice)
    make_progress(topics[0])
    fake_llm.reply(more_design(), delay=0.2)
    barrier = threading.Barrier(2)

    def login():
        try:
            barrier.wait(5)
            tasks.write_daily_review(daily_review.start_for(alice).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=login) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert DailyReview.objects.count() == 1
    assert len(fake_llm.requests) == 1
    assert PlanProposal.objects.filter(source="review").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_review_and_its_task_are_stored_together_or_not_at_all(alice):
    topics = make_plan(alice)
    make_progress(topics[0])
    with pytest.raises(RuntimeError), transaction.atomic():
        daily_review.start_for(alice)
        raise RuntimeError
    assert not DailyReview.objects.exists()
    assert not OrmQ.objects.exists()


# --- which day -------------------------------------------------------------------------------------------------------

# 10:30 in UTC: 23:30 of that day in Auckland, 02:30 in Los Angeles.
INSTANT = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def test_the_day_is_the_candidates_own():
    auckland, los_angeles = make_user(time_zone="Pacific/Auckland"), make_user(time_zone="America/Los_Angeles")
    assert local_day(auckland, INSTANT) == date(2026, 11, 23)
    assert local_day(los_angeles, INSTANT) == date(2026, 11, 23)
    assert local_day(auckland, INSTANT + timedelta(hours=1)) == date(2026, 11, 24)
    assert local_day(los_angeles, INSTANT - timedelta(hours=3)) == date(2026, 11, 22)


def test_two_candidates_at_the_same_instant_have_reviews_of_their_own_days():
    reviews = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # 25 hours apart: never the same day
        user = make_user(time_zone=zone)
        make_plan(user)
        reviews.append(daily_review.start(user).local_day)
    assert reviews[0] > reviews[1]


def test_after_midnight_there_may_be_another_review(alice, practised):
    make_review(alice, local_day=local_day(alice) - timedelta(days=1), ask_state=AskState.DONE)
    assert daily_review.todays(alice) is None
    assert daily_review.start(alice).local_day == local_day(alice)


def test_a_clock_or_a_zone_that_goes_back_gives_no_second_review(alice, practised):
    later = make_review(alice, local_day=local_day(alice) + timedelta(days=1), ask_state=AskState.DONE)
    assert daily_review.start(alice) == later
    assert DailyReview.objects.count() == 1


# --- whose -----------------------------------------------------------------------------------------------------------


def test_anonymous_visitors_are_sent_to_the_login(client):
    for name in ("plans:review", "plans:review_answer"):
        assert client.post(reverse(name)).status_code == 302


def test_another_candidates_review_does_not_show(client, alice, bob):
    make_plan(bob)
    make_review(bob, rationale="secret-of-bob", ask_state=AskState.DONE)
    assert "secret-of-bob" not in client.get(reverse("plans:review")).content.decode()


def test_other_methods_are_refused(client, alice):
    assert client.put(reverse("plans:review")).status_code == 405
    assert client.get(reverse("plans:review_answer")).status_code == 302
