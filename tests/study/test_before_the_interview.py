"""Questions before the interview: each met one comes once more, and the last days hold what the candidate knows."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.time_zone import local_day
from plans.countdown import Countdown
from study import redo, resting, review_schedule, sessions
from study.models import Question, QuestionRound, StudySession
from study.review_schedule import SOONEST_AGAIN, due_before
from tests.factories import (
    make_attempt,
    make_brief,
    make_progress,
    make_question,
    make_round,
    make_session,
)  # fmt: skip
from tests.fake_llm import a_question, some_questions
from tests.plans.test_countdown import countdowns
from tests.study.conftest import HTMX

# What happened to a question, the oldest first: a mark, or 0 for a skip; and how long before the next.
lives = st.lists(
    st.tuples(st.integers(0, 10), st.timedeltas(timedelta(minutes=1), timedelta(days=40))), min_size=1, max_size=8
)


def after_life(now: datetime, life: list[tuple[int, timedelta]]) -> Question:
    """A question to which this has happened until now. Four low marks in a row let it rest, as resting.py does."""
    question, at, low = Question(pk=7), now - sum((pause for _mark, pause in life), timedelta(0)), 0
    for mark, pause in life:
        if mark:
            review_schedule.schedule_next(question, score=mark, at=at)
            low = low + 1 if mark <= resting.LOW else 0
            question.rests_until = at + resting.REST if low >= resting.FAILURES else None
            question.due_at = max(question.due_at, question.rests_until or at)
        else:
            question.skips += 1
            question.due_at = at + review_schedule.rest_after_skip(question.skips)
        at += pause
    return question


@settings(max_examples=60, deadline=None)
@given(countdowns(), lives)
def test_every_question_met_is_due_once_more_before_the_day_of_the_interview(seen, life):
    now, countdown = seen
    question = after_life(now, life)
    due = due_before(countdown, question)
    assert due <= question.due_at
    if countdown.last_moment is None:
        assert due == question.due_at
        return
    assert due.astimezone(countdown.zone).date() < countdown.interview_on
    # Not at once after an answer, nor is its stored date later than before.
    since = now - life[-1][1]
    assert due >= min(since + SOONEST_AGAIN, question.due_at, countdown.last_moment)


@settings(max_examples=60, deadline=None)
@given(countdowns(), st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_rest_ends_with_the_due_date_and_rows_are_found_by_the_same_rule(seen, ago):
    now, countdown = seen
    rests_until = now - ago + resting.REST
    ends = review_schedule.before(countdown, rests_until, rests_until - resting.REST)
    with time_machine.travel(now, tick=False):
        ((_name, bound),) = resting.at_rest(countdown).children
    # A microsecond is lost where the way is halved.
    assert (rests_until > bound) == (ends > now) or abs(ends - now) <= timedelta(microseconds=1)


def test_what_was_met_on_different_days_is_due_on_different_days_also_when_clocks_go_back():
    now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    countdown = Countdown(now.date(), now.date() + timedelta(days=10), ZoneInfo("Europe/Berlin"))
    due = []
    for days in range(8):
        question = Question(pk=days, due_at=now + timedelta(days=200))
        question.review_card = {"last_review": (now - timedelta(days=days)).isoformat()}
        due.append(due_before(countdown, question))
    assert due == sorted(due, reverse=True)
    assert {later - earlier for later, earlier in pairwise(due)} == {timedelta(hours=12)}


# --- as it is stored -------------------------------------------------------------------------------------------------


def interview_in(user, days):
    return make_brief(user, interview_on=local_day(user) + timedelta(days=days)).interview_on


def known_question(owner, text, *, score=7, days=3, due_in=30, **fields):
    """A question that was answered some days ago and is due in some days."""
    at = timezone.now() - timedelta(days=days)
    question = make_question(owner, text, due_at=timezone.now() + timedelta(days=due_in), **fields)
    question.review_card = {"last_review": at.isoformat()}
    question.save()
    session = make_session(owner, topic=question.topic, ended=at)
    make_attempt(owner, session=session, question=question, state="marked", score=score, marked_at=at)
    make_progress(question.topic, answers=1, sessions=1)
    return question


def suggestion(client, session):
    return client.post(reverse("study:session_suggestion", args=[session.pk]), headers=HTMX).content.decode()


@pytest.mark.django_db
def test_a_day_that_is_told_moved_or_taken_back_counts_at_once(alice):
    question = known_question(alice, "What is a deadlock?", days=5)
    session = make_session(alice)
    assert redo.pick(session, 4) == []
    interview_in(alice, 5)
    assert [one.question for one in redo.pick(session, 4)] == [question]
    interview_in(alice, 90)
    assert redo.pick(session, 4) == []
    make_brief(alice, interview_on=None)
    assert redo.pick(session, 4) == []
    interview_in(alice, -1)
    assert redo.pick(session, 4) == []


@pytest.mark.django_db
def test_a_rest_and_a_skip_end_before_the_interview_too(alice):
    at = timezone.now() - timedelta(days=3)
    resting_one = known_question(alice, "What is a deadlock?", score=2, rests_until=at + resting.REST)
    skipped = make_question(alice, "When is a cache wrong?", skips=5, due_at=at + timedelta(days=16))
    session = make_session(alice)
    assert redo.pick(session, 6) == []
    assert "rests until" in resting.said(resting_one)
    interview_in(alice, 3)
    assert {one.question for one in redo.pick(session, 6)} == {resting_one, skipped}
    assert resting.said(resting_one) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "when"), [(2, "in 2 days"), (1, "tomorrow"), (0, "today")])
def test_the_last_days_offer_what_is_known_those_first_that_are_needed_most_and_ask_nobody(
    client, alice, fake_llm, days, when
):
    good, weak, middling = (
        known_question(alice, text, score=score, days=0, due_in=9)
        for text, score in (("Good?", 9), ("Weak?", 3), ("Middling?", 6))
    )
    day = interview_in(alice, days)
    session = sessions.start(alice, good.topic, 15)
    content = suggestion(client, session)
    assert f"Rehearsal: your interview is {when}. These are questions that you know" in content
    assert fake_llm.requests == []
    made = session.rounds.get()
    assert (made.ask_state, made.interview_on) == ("done", day)
    assert [one.question for one in made.suggestions.all()] == [weak, middling, good]
    assert {one.status for one in made.suggestions.all()} == {"redo"}
    assert "You know it (9 of 10). Once more before your interview." in content
    assert "good while since" not in content


@pytest.mark.django_db
def test_where_too_few_are_known_new_ones_come_with_them_and_the_page_says_so(client, alice, fake_llm):
    known = known_question(alice, "What is a deadlock?", days=0)
    interview_in(alice, 1)
    session = sessions.start(alice, known.topic, 15)
    fake_llm.reply(some_questions())
    content = suggestion(client, session)
    assert "You know too few questions here to fill a list, so some new ones come with them." in content
    assert known in {one.question for one in session.rounds.get().suggestions.all()}
    # In a topic without any, all are new.
    StudySession.objects.update(end_time=timezone.now(), ended_by="candidate")
    other = sessions.start(alice, alice.plan_topics.in_force()[1], 15)
    fake_llm.reply(some_questions(*map(a_question, ("What is a queue?", "What is a lock?", "What is a log?"))))
    assert "You have practised nothing here yet, so these are new." in suggestion(client, other)


@pytest.mark.django_db
def test_other_easier_and_harder_ones_are_known_ones_as_long_as_there_are_three(client, alice, fake_llm):
    for number, difficulty in enumerate(("easy", "medium", "hard") * 4):
        known_question(alice, f"Question {number}?", difficulty=difficulty)
    interview_in(alice, 1)
    session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
    suggestion(client, session)
    shown = set(session.rounds.get().suggestions.values_list("question", flat=True))
    assert len(shown) == 4
    client.post(reverse("study:session_questions", args=[session.pk]), {"wish": "harder"}, headers=HTMX)
    suggestion(client, session)
    harder = session.rounds.latest("pk").suggestions.all()
    assert harder[0].question.difficulty == "hard"
    assert not shown & {one.question_id for one in harder}
    assert fake_llm.requests == []


@pytest.mark.django_db
def test_three_days_before_and_after_the_interview_questions_come_as_ever(client, alice, fake_llm):
    for number in range(4):
        known_question(alice, f"Question {number}?")
    for days in (3, -1):
        interview_in(alice, days)
        session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
        fake_llm.reply(some_questions(*(a_question(f"New {days} {number}?") for number in range(3))))
        assert "Rehearsal" not in suggestion(client, session)
        assert session.rounds.get().suggestions.filter(status="new").exists()
        sessions.end(session)


@pytest.mark.django_db
def test_a_question_that_an_interview_brings_forward_is_called_due_by_as_many_queries_as_without(client, alice):
    question = known_question(alice, "What is a deadlock?", score=8, days=10)
    session = make_session(alice)
    made = make_round(session, questions=[question], interview_on=interview_in(alice, 8))
    made.suggestions.update(status="redo", redo_reason="high_value", last_score=8)
    counts = []
    for said in ("Often asked, and due again (8 of 10).", "It is a good while since you answered it (8 of 10)."):
        with CaptureQueriesContext(connection) as queries:
            assert said in client.get(f"/sessions/{session.pk}/").text
        counts.append(len(queries))
        QuestionRound.objects.update(interview_on=None)
    assert counts[0] == counts[1]
