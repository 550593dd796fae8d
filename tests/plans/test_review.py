"""Today's review: once per local day, in the worker or by button, with reasons that rest on rows."""

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from coach.time_zone import local_day
from llm_modes.asking.rows import AskState
from plans import daily_review, progress, tasks
from plans.journey import plan_version
from plans.models import DailyReview, PlanProposal, PlanTopic
from plans.plan_in_force import topics_in_force
from plans.proposals import asking, deciding
from tests.browsing import fields_of
from tests.factories import (
    PASSWORD,
    make_brief,
    make_plan,
    make_practice_day,
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
    topics = [topic.as_json() for topic in plan_data()]
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


def test_while_a_proposal_waits_a_review_says_so_asks_nobody_and_proposes_nothing(client, alice, practised, fake_llm):
    waiting = make_proposal(alice, source="review", base_version=1, base_topics=plan_data())
    make_progress(practised[0], signal="holds", signal_evidence={"sessions": 5, "last_three": 8.4, "answers": 15})
    page = client.post(reverse("plans:review"), follow=True).text
    assert "waits for your word. I propose nothing else before that." in page
    assert reverse("plans:proposal_detail", args=[waiting.pk]) in page
    assert "Less time for “System design”: it holds by now." in page
    assert "comes as a proposal, in place of the one that waits for you." in page
    assert not OrmQ.objects.exists()
    # Once it is decided there is something to look at, still on that day.
    deciding.reject(alice, waiting)
    page = client.get(reverse("plans:review")).text
    assert "Review my plan now" in page
    assert "waits for your word" not in page
    fake_llm.reply(same_plan())
    client.post(reverse("plans:review"))
    client.post(reverse("plans:review_answer"))
    assert "Too little practice to judge." in client.get(reverse("plans:review")).text
    assert DailyReview.objects.count() == len(fake_llm.requests) == 1


def test_a_wish_takes_the_place_of_what_a_review_proposed(alice, practised, fake_llm):
    old = make_proposal(alice, source="review", base_version=1, base_topics=plan_data())
    fake_llm.reply(more_design())
    wish = asking.write(asking.request(alice, feedback=["More design."]))
    old.refresh_from_db()
    assert (old.status, wish.status) == ("superseded", "open")


@pytest.mark.django_db(transaction=True)
def test_a_plan_that_changed_while_a_review_was_written_stays_as_it_is(alice, fake_llm):
    make_progress(make_plan(alice)[0])

    def meanwhile(_request):
        plan = topics_in_force(alice)
        deciding.approve_topics(alice, [replace(plan[0], daily_study_minutes=10), *plan[1:]])
        connection.close()
        return more_design()

    fake_llm.always(meanwhile)
    review = daily_review.write(daily_review.start(alice))
    assert (review.is_answered, review.proposal, plan_version(alice)) == (True, None, 2)
    assert "I leave it as you have it now" in review.rationale


@pytest.mark.django_db(transaction=True)
def test_what_the_candidate_asked_for_while_a_review_was_written_stays(client, alice, fake_llm):
    make_progress(make_plan(alice)[0])

    def meanwhile(_request):
        make_proposal(alice, base_version=1, base_topics=plan_data())
        connection.close()
        return more_design()

    fake_llm.always(meanwhile)
    review = daily_review.write(daily_review.start(alice))
    assert (review.is_answered, review.proposal) == (True, None)
    assert "waits for your word" in review.rationale
    client.force_login(alice)
    page = client.get(reverse("plans:review")).text
    assert "nothing for you to do" not in page
    assert reverse("plans:proposal_detail", args=[alice.proposals.get(status="open").pk]) in page
    assert [one.source for one in alice.proposals.filter(status="open")] == ["chat"]


@pytest.mark.django_db(transaction=True)
def test_a_wish_and_a_review_that_are_written_at_the_same_moment_leave_one_proposal(alice, fake_llm):
    make_progress(make_plan(alice)[0])
    wish, review = asking.request(alice, feedback=["More design."]), daily_review.start(alice)
    barrier = threading.Barrier(2)

    def together(_request):
        barrier.wait(10)
        return more_design()

    fake_llm.always(together)

    def write(by, row):
        try:
            by.write(row)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=pair) for pair in ((asking, wish), (daily_review, review))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    # Whichever came first, what the candidate asked for is there.
    assert [one.source for one in alice.proposals.filter(status="open")] == ["chat"]
    for row in (wish, review):
        row.refresh_from_db()
        assert row.is_answered


def test_without_new_practice_the_review_of_a_day_is_a_sentence_and_no_call(client, alice, practised, fake_llm):
    fake_llm.reply(same_plan())
    first = daily_review.write(daily_review.start(alice))
    yesterday = local_day(alice) - timedelta(days=1)
    DailyReview.objects.update(local_day=yesterday)
    review = daily_review.start_for(alice)
    said = f"since the last review, on {first.asked_at.day} {first.asked_at:%B}, so there is nothing new to look at."
    assert said in review.rationale
    assert review.is_answered
    assert not OrmQ.objects.exists()
    page = client.get(reverse("plans:review")).text
    assert said in page
    assert "Review my plan now" not in page
    # A session later there is.
    progress.record_session(practised[1], seconds=600, ended_at=timezone.now())
    assert "Review my plan now" in client.get(reverse("plans:review")).text
    fake_llm.reply(same_plan())
    client.post(reverse("plans:review"))
    client.post(reverse("plans:review_answer"))
    review.refresh_from_db()
    assert (review.rationale, len(fake_llm.requests)) == ("Too little practice to judge.", 2)


def test_what_a_quiet_review_says_is_true_when_it_is_read(client, alice, practised, fake_llm):
    fake_llm.reply(more_design())
    daily_review.write(daily_review.start(alice))
    for days in (2, 1):
        DailyReview.objects.filter(local_day=local_day(alice)).update(local_day=local_day(alice) - timedelta(days=days))
        daily_review.start_for(alice)
        assert "waits for your word" in client.get(reverse("plans:review")).text
    deciding.reject(alice, alice.proposals.get(status="open"))
    page = client.get(reverse("plans:review")).text
    # Neither today's nor the one before, which kept quiet as well.
    assert "waits for your word" not in page
    assert "You have not practised since the last review" in page
    assert "Because you asked for it" not in page
    assert "The review before" in page


def test_before_any_practice_there_is_nothing_to_look_at(client, alice, fake_llm):
    make_plan(alice)
    page = client.post(reverse("plans:review"), follow=True).text
    assert "You have not practised yet" in page


# --- how far it goes -------------------------------------------------------------------------------------------------


def much_design(more):
    """So many minutes more of a day of 45."""
    return a_plan_change(
        a_topic("System design", priority=1, minutes=20 + more),
        a_topic("Conflict stories", priority=2, minutes=20 - more),
        a_topic("Algorithms", priority=3, minutes=5),
        changes=[("System design", "more_time"), ("Conflict stories", "less_time"), ("Algorithms", "less_time")],
    )


def test_a_review_that_goes_too_far_is_sent_back_once_and_then_the_plan_is_kept_truthfully(alice, practised, fake_llm):
    for more in (12, 11):  # a quarter of 45 is 11
        fake_llm.reply(much_design(more))
    review = daily_review.write(daily_review.start(alice))
    assert "plan_topics[0] moves by 12 minutes; a review moves a topic by at most 11." in fake_llm.requests[1].prompt
    assert review.proposal.status == "open"

    alice.proposals.filter(status="open").delete()
    DailyReview.objects.all().delete()
    for _ in range(2):
        fake_llm.reply(much_design(12))
    review = daily_review.write(daily_review.start(alice))
    assert (review.is_answered, review.proposal, len(fake_llm.requests)) == (True, None, 4)
    assert "So the plan stays as it is." in review.rationale


def test_what_was_refused_is_told_to_the_review_and_not_taken_from_it(alice, practised, fake_llm):
    fake_llm.reply(more_design())
    review = daily_review.write(daily_review.start(alice))
    deciding.reject(alice, review.proposal)
    DailyReview.objects.all().delete()
    fake_llm.reply(more_design())
    fake_llm.reply(same_plan())
    review = daily_review.write(daily_review.start(alice))
    assert "not now: more_time System design" in fake_llm.requests[1].user
    assert "more_time of plan_topics[0] is not to be proposed now." in fake_llm.requests[2].prompt
    assert review.rationale == "Too little practice to judge."


# --- what the page shows whatever the coach says ---------------------------------------------------------------------

EVIDENCE = {
    "stuck": {"sessions": 6, "last_three": 3.2, "answers": 18, "gained": 0.2},
    "holds": {"sessions": 5, "last_three": 8.4, "answers": 15},
    "untouched": {"offers": 2},
    "neglected": {"unpractised": 14, "bound": 12},
}


def shows(topic, signal, **fields):
    return make_progress(topic, signal=signal, signal_evidence=EVIDENCE[signal], **fields)


@pytest.mark.parametrize(
    ("signal", "minutes", "wish", "button"),
    [
        ("stuck", 20, "Less time for “System design”: I am stuck with it.", "Ask for less time on it"),
        ("stuck", 5, "Leave out “System design” for now: I am stuck with it.", "Ask to leave it out"),
        ("holds", 20, "Less time for “System design”: it holds by now.", "Ask for less time on it"),
        ("holds", 5, "Drop “System design”: it holds by now.", "Ask to drop it"),
        ("neglected", 20, "Less time for “System design”: I keep leaving it aside.", "Ask for less time on it"),
        ("neglected", 5, "Drop “System design”: I keep leaving it aside.", "Ask to drop it"),
        ("untouched", 20, "Drop “System design”: I have never practised it.", "Ask to drop it"),
    ],
)
def test_each_signal_of_a_topic_has_one_click_that_the_offline_coach_understands(
    client, alice, signal, minutes, wish, button
):
    topics = make_plan(alice)
    topics[0].daily_study_minutes = minutes
    topics[0].save()
    shows(topics[0], signal)
    page = BeautifulSoup(client.get(reverse("plans:review")).text, "html.parser")
    [form] = page.select("#noticed form[action='/plan/proposals/']")
    assert form.select_one("input[name=feedback]")["value"] == wish
    assert form.button.get_text(" ", strip=True).startswith(button)
    asked = client.post(form["action"], fields_of(form))
    proposal = alice.proposals.get(status="waiting")
    assert asked["Location"] == reverse("plans:proposal_detail", args=[proposal.pk])
    assert proposal.feedback == [wish]
    written = asking.write(proposal)
    kinds = {(change.topic, change.change) for change in written.changes}
    assert ("System design", "removed" if wish.startswith(("Drop", "Leave out")) else "less_time") in kinds
    begins = page.select("#noticed form[action='/sessions/']")
    assert bool(begins) == (signal in ("untouched", "neglected"))


@pytest.mark.parametrize(("done", "expected"), [(10, 15), (150, 60)])
def test_a_plan_of_another_size_than_is_done_has_its_click_too(client, alice, done, expected):
    make_plan(alice)
    alice.proposals.update(decided_at=timezone.now() - timedelta(days=30))
    make_brief(alice, daily_minutes=60)
    topic = alice.plan_topics.first()
    for ago in range(1, 8):
        make_practice_day(topic, minutes=done, local_day=local_day(alice) - timedelta(days=ago))
    page = BeautifulSoup(client.get(reverse("plans:review")).text, "html.parser")
    [form] = page.select("#noticed form[action='/plan/proposals/']")
    wish = form.select_one("input[name=feedback]")["value"]
    assert wish == f"Make it {expected} minutes a day in total: that is what I do."
    client.post(form["action"], fields_of(form))
    assert asking.write(alice.proposals.get(status="waiting")).total_minutes == expected
    # Where the day is full already, it is the day that can be changed.
    make_brief(alice, daily_minutes=45)
    page = client.get(reverse("plans:review")).text
    assert ("Change the time you have" in page) == (done == 150)


def test_signals_are_shown_before_the_review_and_when_it_failed(client, alice, practised, fake_llm):
    shows(practised[0], "stuck")
    assert "What your practice shows" in client.get(reverse("plans:review")).text
    client.post(reverse("plans:review"))
    for _ in range(2):
        fake_llm.fault("wrong_schema")
    client.post(reverse("plans:review_answer"))
    page = client.get(reverse("plans:review")).text
    assert "The review is not written yet" in page
    assert "Less time for “System design”: I am stuck with it." in page
    PlanTopic.objects.filter(user=alice).update(archived_at=timezone.now())
    assert "What your practice shows" not in client.get(reverse("plans:review")).text


def times_read(client, proposal):
    """How often the page of the review reads this open proposal."""
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("plans:review"))
    by = ("""."status" = 'open')""", f'"plans_planproposal"."id" = {proposal.pk} ')
    return sum(
        'SELECT "plans_planproposal"' in query["sql"] and any(one in query["sql"] for one in by) for query in asked
    )


def test_the_page_reads_the_proposal_that_waits_once(client, alice):
    first = make_proposal(alice)
    assert times_read(client, first) == 1
    first.delete()
    make_plan(alice)
    waiting = make_proposal(alice, source="review", base_version=1, base_topics=topics_in_force(alice))
    review = make_review(alice, ask_state="done", rationale="Less.", proposal=waiting, asked_at=timezone.now())
    assert times_read(client, waiting) == 1
    review.proposal = review.asked_at = None
    review.save()
    assert "waits for your word" in client.get(reverse("plans:review")).text
    assert times_read(client, waiting) == 1


def test_what_was_declined_is_told_to_the_next_review(alice, practised, fake_llm):
    fake_llm.reply(more_design())
    review = daily_review.write(daily_review.start(alice))
    deciding.reject(alice, review.proposal, reason="I like my stories.")
    DailyReview.objects.update(local_day=local_day(alice) - timedelta(days=1))
    progress.record_session(practised[0], seconds=600, ended_at=timezone.now())
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
