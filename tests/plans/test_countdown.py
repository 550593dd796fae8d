"""The way to the interview: what is scheduled before it, in its last days, and after it."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.time_zone import local_day
from plans import daily_review, last_days, signals
from plans.agenda import agenda_from, agenda_of, coming_sessions, minutes_a_day
from plans.countdown import Countdown
from plans.models import PlanTopic, TopicProgress
from plans.todays_minutes import TodaysMinutes
from study import sessions
from tests.factories import (
    make_attempt,
    make_brief,
    make_plan,
    make_practice_day,
    make_progress,
    make_question,
    make_user,
    topic_data,
)  # fmt: skip

# In some of them a day begins at one o'clock, or has 23:30 twice, on the day on which clocks change.
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago",
)  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))
# Often near; also long ago, and in ten years.
distances = st.none() | st.integers(-3, 9) | st.integers(-400, 3660)


@st.composite
def countdowns(draw) -> tuple[datetime, Countdown]:
    """A moment, and the countdown of a candidate at it."""
    now, zone, distance = draw(moments), draw(zones), draw(distances)
    today = now.astimezone(zone).date()
    return now, Countdown(today, None if distance is None else today + timedelta(days=distance), zone)


@st.composite
def plans(draw, now: datetime) -> list[PlanTopic]:
    """A plan with some practice, unsaved."""
    topics = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        topic = PlanTopic(pk=number, priority=number, daily_study_minutes=draw(st.integers(5, 60)), name=f"T{number}")
        answers = draw(st.sampled_from((0, 0, 1, 7)))
        ago = draw(st.timedeltas(timedelta(0), timedelta(days=5)))
        topic.progress = TopicProgress(
            topic_id=number,
            answers=answers,
            sessions=answers,
            offers=draw(st.integers(0, 2)),
            strength_rating=draw(st.none() | st.integers(0, 10)) if answers else None,
            last_practised_at=now - ago if answers else None,
        )
        topics.append(topic)
    return topics


@settings(max_examples=60, deadline=None)
@given(st.data(), countdowns(), st.none() | st.integers(5, 90), st.integers(0, 120))
def test_no_session_lies_on_or_after_the_day_of_the_interview(data, seen, most, spent):
    now, countdown = seen
    topics = data.draw(plans(now))
    agenda = agenda_from(topics, countdown, TodaysMinutes(most, spent))
    for day, of_day in groupby(agenda.sessions, key=lambda session: session.day):
        assert countdown.today <= day < countdown.today + timedelta(days=7)
        assert sum(session.minutes for session in of_day) <= minutes_a_day(topics, countdown)
        if countdown.phase not in ("none", "over"):
            assert day < countdown.interview_on
    planned = {session.topic.pk for session in agenda.sessions}
    if countdown.phase == "today":
        assert not planned
    if agenda.is_triage:
        assert not planned & {topic.pk for topic in agenda.left_out}
    elif countdown.is_last_days:
        assert planned <= {topic.pk for topic in last_days.rehearsed(topics)}


@settings(max_examples=60, deadline=None)
@given(countdowns())
def test_the_last_moment_is_the_last_one_of_the_day_before_whatever_clocks_do(seen):
    now, countdown = seen
    last = countdown.last_moment
    if countdown.days_left is None or countdown.days_left <= 0:
        assert last is None
        return
    assert last.astimezone(countdown.zone).date() < countdown.interview_on
    assert (last + timedelta(microseconds=1)).astimezone(countdown.zone).date() == countdown.interview_on
    assert now <= last


DAY = date(2028, 2, 29)


@pytest.mark.parametrize(
    ("today", "left", "said"),
    [
        (date(2028, 2, 21), 8, "8 days left"),
        (date(2028, 2, 27), 2, "2 days left"),
        (date(2028, 2, 28), 1, "Your interview is tomorrow"),
        (date(2028, 2, 29), 0, "Your interview is today"),
        (date(2028, 3, 1), -1, "Your interview was yesterday"),
        (date(2028, 3, 9), -9, "Your interview was on Tuesday, 29 February"),
        (date(2029, 3, 9), -374, "Your interview was on Tuesday, 29 February 2028"),
        (date(2018, 2, 28), 3653, "3,653 days left"),
    ],
)
def test_the_days_are_counted_and_said_also_to_a_leap_day_and_over_ten_years(today, left, said):
    countdown = Countdown(today, DAY, ZoneInfo("Europe/Berlin"))
    assert (countdown.days_left, countdown.said) == (left, said)


def test_without_a_date_nothing_is_said():
    countdown = Countdown(DAY, None, ZoneInfo("UTC"))
    assert (countdown.phase, countdown.said, countdown.when, countdown.day_said) == ("none", "", "", "")


# --- on the pages -----------------------------------------------------------------------------------------------------

REHEARSAL = "The last two days are for rehearsal only: questions that you know, asked again, and nothing new."
FIVE = [topic_data(f"Topic {number}", priority=number, minutes=10) for number in range(1, 6)]


@pytest.fixture
def alice(client):
    user = make_user("alice", current_role="Nurse")
    client.force_login(user)
    return user


def interview_in(user, days: int) -> date:
    return make_brief(user, interview_on=local_day(user) + timedelta(days=days)).interview_on


def practised(user, topics=None) -> list[PlanTopic]:
    """A plan of five topics, all of them practised."""
    topics = make_plan(user, topics=topics or FIVE)
    for topic in topics:
        make_progress(topic, answers=3)
    return topics


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            8,
            (
                "8 days left.",
                REHEARSAL,
            ),
        ),
        (
            2,
            (
                "2 days left.",
                REHEARSAL,
            ),
        ),
        (
            1,
            (
                "Your interview is tomorrow.",
                REHEARSAL,
            ),
        ),
        (0, ("Your interview is today. Good luck.", "Nothing is planned for today.")),
        (
            -1,
            (
                "Your interview was yesterday.",
                "How did it go?",
                "with half of its minutes: 25 a day",
                "Another interview? Set its day",
            ),
        ),
    ],
)
def test_home_and_plan_say_how_many_days_are_left_and_what_that_means(client, alice, days, said):
    practised(alice)
    interview_in(alice, days)
    for page in ("home", "plans:plan"):
        content = client.get(reverse(page)).text
        assert all(one in content for one in said), page


@pytest.mark.django_db
def test_without_a_date_pages_are_as_they_were_and_a_date_costs_no_query(client, alice):
    practised(alice)
    for page in ("home", "plans:plan", "study:sessions"):
        make_brief(alice, interview_on=None)
        with CaptureQueriesContext(connection) as without:
            content = client.get(reverse(page)).text
        assert "interview is" not in content and "days left" not in content
        for days in (8, 1, 0, -1):
            interview_in(alice, days)
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse(page))
            assert len(queries) <= len(without), (page, days)


@pytest.mark.django_db
def test_the_plan_ends_with_the_day_of_the_interview(client, alice):
    practised(alice)
    day = interview_in(alice, 3)
    assert {session.day for session in coming_sessions(alice)} == {day - timedelta(days=left) for left in (1, 2, 3)}
    content = client.get(reverse("plans:plan")).text
    assert "Your interview. Nothing is planned for this day." in content
    assert content.count(": rehearsal</h3>") == 2
    interview_in(alice, 8)
    assert len({session.day for session in coming_sessions(alice)}) == 7
    assert "Nothing is planned for this day." not in client.get(reverse("plans:plan")).text


@pytest.mark.django_db
def test_rehearsal_goes_over_what_was_practised_and_a_turn_is_taken_by_what_the_page_suggests(alice):
    topics = practised(alice)
    TopicProgress.objects.filter(topic__in=topics[:2]).update(answers=0, sessions=0, offers=0, strength_rating=None)
    interview_in(alice, 1)
    agenda = agenda_of(alice)
    assert not agenda.is_triage
    assert all(session.is_rehearsal for session in agenda.sessions)
    assert {session.topic for session in agenda.sessions} == set(topics[2:])
    session = sessions.start(alice, agenda.next.topic, 10)
    assert session.suggested_topic == agenda.next.topic


@pytest.mark.django_db
def test_with_hardly_any_practice_the_last_days_go_to_what_pays_most(client, alice):
    topics = make_plan(alice, topics=FIVE)
    make_progress(topics[0], answers=3, strength_rating="9.0", last_practised_at=timezone.now() - timedelta(days=9))
    make_progress(topics[1], answers=0, sessions=0, strength_rating=None)
    interview_in(alice, 1)
    agenda = agenda_of(alice)
    # 50 minutes are two sessions of 20, and a rest that is too short for a third topic but not for the first again.
    assert [session.topic for session in agenda.sessions] == [topics[1], topics[2], topics[1]]
    assert [session.minutes for session in agenda.sessions] == [20, 20, 10]
    assert agenda.sessions[0].why == ("Worth the time that is left: number 2 of your plan, not practised yet.")
    assert agenda.left_out == (topics[3], topics[4])
    content = client.get(reverse("home")).text
    assert "the time that is left goes to what pays most" in content
    assert "Left out, because the time is short: Topic 4, Topic 5." in strip_tags(content)
    session = sessions.start(alice, topics[1], 20)
    assert session.suggested_topic == topics[1]
    make_attempt(alice, session=session, question=make_question(alice, topic=topics[1]), draft_saved_at=timezone.now())
    sessions.end(session)
    assert agenda_of(alice).next.topic == topics[2]


@pytest.mark.django_db
def test_every_topic_can_be_chosen_also_where_nothing_is_planned(client, alice):
    topics = practised(alice)
    TopicProgress.objects.filter(topic=topics[0]).update(answers=0)
    for days, said in ((1, "Suggested now"), (0, "Nothing more is planned before your interview. If you like")):
        interview_in(alice, days)
        page = client.get(reverse("study:sessions"))
        assert said in page.text
        offered = [page.context["suggested"], *page.context["others"]]
        assert {one.topic for one in offered} == set(topics)
        assert "Get to know" not in page.text
    make_practice_day(topics[1], seconds=3600)
    interview_in(alice, 1)
    assert coming_sessions(alice) == []
    assert "What was planned for them is done." in client.get(reverse("home")).text
    assert said in client.get(reverse("study:sessions")).text


@pytest.mark.django_db
def test_after_the_interview_half_of_the_minutes_are_planned_and_in_full_again_without_its_day(client, alice):
    practised(alice)
    interview_in(alice, -3)
    by_day = [sum(one.minutes for one in day) for _day, day in groupby(coming_sessions(alice), key=lambda one: one.day)]
    assert by_day == [25] * 7
    make_brief(alice, interview_on=None)
    assert sum(session.minutes for session in coming_sessions(alice)) == 7 * 50


@pytest.mark.django_db
def test_minutes_count_as_planned_until_the_interview(alice):
    topics = practised(alice)
    alice.proposals.update(decided_at=timezone.now() - timedelta(days=20))
    for ago in range(1, 5):
        make_practice_day(topics[0], local_day=local_day(alice) - timedelta(days=ago), seconds=600)
    assert signals.of_plan(alice).name == "more planned than done"
    interview_in(alice, 1)
    assert signals.of_plan(alice).name == "more planned than done"
    interview_in(alice, -1)
    assert signals.of_plan(alice) is None


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "when"), [(2, "in 2 days"), (1, "tomorrow"), (0, "today"), (3, None), (-1, None)])
def test_a_review_near_the_interview_proposes_nothing_and_asks_nobody(client, alice, fake_llm, days, when):
    practised(alice)
    TopicProgress.objects.update(last_practised_at=timezone.now())
    interview_in(alice, days)
    review = daily_review.start(alice)
    assert review.is_quiet == (when is not None)
    if when:
        said = f"Your interview is {when}, so I propose nothing new: rehearse what you know."
        assert review.rationale == said
        assert said in client.get(reverse("plans:review")).text
    assert fake_llm.requests == []


@pytest.mark.django_db
def test_home_counts_the_days_also_before_there_is_a_plan(client, alice):
    with CaptureQueriesContext(connection) as without:
        assert "days left" not in client.get(reverse("home")).text
    interview_in(alice, 8)
    with CaptureQueriesContext(connection) as queries:
        assert "8 days left." in client.get(reverse("home")).text
    assert len(queries) <= len(without)
    interview_in(alice, -8)
    assert "Your interview was" not in client.get(reverse("home")).text
