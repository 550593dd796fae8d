"""The way to the interview: what is scheduled before it, in its last days, and after it."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans import last_days
from plans.agenda import TodaysMinutes, agenda_from, minutes_a_day
from plans.countdown import Countdown
from plans.models import PlanTopic, TopicProgress

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
