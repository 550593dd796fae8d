"""The plan broken down into sessions, and which one comes next."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.time_zone import local_day
from plans import turns
from plans.agenda import SHORTEST_SESSION, coming_sessions, set_minutes_today
from plans.at_home import PlanAtHome
from plans.models import PlanTopic
from plans.proposals.change import Change
from plans.todays_minutes import TodaysMinutes
from study import sessions
from tests.factories import (
    make_brief,
    make_plan,
    make_practice_day,
    make_progress,
    make_proposal,
    make_topic,
    make_user,
    plan_data,
    topic_data,
)

pytestmark = pytest.mark.django_db


def page(client):
    response = client.get(reverse("plans:plan"))
    assert response.status_code == 200
    return response.content.decode()


def plan_of(user, **minutes):
    """A plan with these minutes a day, most important first."""
    return make_plan(
        user,
        topics=[
            topic_data(name.replace("_", " "), priority=place, minutes=value)
            for place, (name, value) in enumerate(minutes.items(), start=1)
        ],
    )


def days_of(sessions):
    """[[(name, minutes), …] for each day]"""
    days: dict = {}
    for session in sessions:
        days.setdefault(session.day, []).append((session.topic.name, session.minutes))
    return list(days.values())


# --- the page ---------------------------------------------------------------------------------------------------------


def test_without_a_plan_the_page_leads_to_the_conversation(client, alice):
    assert reverse("plans:chat") in page(client)


def test_without_a_plan_an_open_proposal_comes_first(client, alice):
    proposal = make_proposal(alice)
    assert reverse("plans:proposal_detail", args=[proposal.pk]) in page(client)


def test_the_next_session_stands_on_top_and_can_be_started(client, alice):
    topics = make_plan(alice)
    content = page(client)
    assert f'name="topic_id" value="{topics[0].pk}"' in content
    assert 'name="planned_study_time" value="20"' in content
    assert "Not practised yet: every topic begins once, in the order of your plan" in content
    assert content.index(">System design</span>, 20 minutes") < content.index("The coming days")


def test_while_a_session_runs_the_page_leads_to_it_starts_no_other_and_says_what_comes_after(client, alice):
    first, second, third = make_plan(alice)
    for topic, lag, unpractised in ((first, 0.9, 9), (second, 0.5, 1), (third, 0.1, 0)):
        make_progress(topic, lag=lag, unpractised=unpractised, waited=unpractised)
    session = sessions.start(alice, first, 20)
    content = page(client)
    assert reverse("study:session_detail", args=[session.pk]) in content
    assert 'name="planned_study_time"' not in content
    shown = client.get(reverse("plans:plan")).context["coming"]
    assert [(one.topic, one.minutes) for one in shown if one.is_today] == [(second, 15), (third, 10)]
    # As if it were done: its own waiting is over.
    assert "Its turn: not practised for 2 sessions" in content
    assert "9 sessions" not in content


def test_a_reason_stands_once_under_the_sessions_of_a_topic(client, alice):
    first, weak, _other = make_plan(alice)
    make_progress(first, strength_rating="6.0", unpractised=4)
    make_progress(weak, strength_rating="3.0", unpractised=1)
    content = page(client)
    assert content.lower().count("your strength here is 3.0 of 10, so it comes more often") == 1
    assert content.lower().count("not practised for 4 sessions") == 1
    again = [session for session in coming_sessions(alice) if session.topic == first][1:]
    assert again
    # Later ones add only how long they are, where that is new.
    assert all(session.why for session in again)
    assert {session.news for session in again} == {"", "Cut from 20 minutes to what the day has."}


def test_the_lead_says_what_the_plan_is_for_and_what_changed_belongs_to_the_history(client, alice):
    make_plan(alice)
    assert "For your interview as Backend engineer: 45 minutes a day for 3 topics" in page(client)
    assert "Design is where you feel weak" in page(client)
    changed = make_proposal(
        alice,
        status="approved",
        version=2,
        base_version=1,
        base_topics=plan_data(),
        decided_at=timezone.now(),
        overview={"rationale": "Changed after your request: less of Algorithms."},
        changes=[Change(topic="Algorithms", change="less_time", reason="You asked for it.")],
    )
    content = page(client)
    assert "Changed after your request" not in content
    assert "For your interview as Backend engineer" in content
    assert reverse("plans:proposal_detail", args=[changed.pk]) in content


def test_a_plan_approved_as_it_stood_is_not_said_to_hold_own_changes(client, alice):
    make_plan(alice)
    assert "What the coach said when it proposed this" in page(client)
    assert "your own changes" not in page(client)


def test_a_plan_that_takes_more_than_the_day_offers_one_that_fits(client, alice):
    make_plan(alice)
    make_brief(alice, daily_minutes=45)
    assert "Ask for a plan that fits" not in page(client)
    make_brief(alice, daily_minutes=20)
    assert "It takes 45 minutes a day, and you have 20." in page(client)
    assert "Ask for a plan that fits" in page(client)


def test_a_topic_without_marks_shows_no_strength(client, alice):
    make_plan(alice)
    assert "of 10" not in page(client)


def test_another_candidates_plan_does_not_show(client, alice, bob):
    make_topic(bob, "Secret of Bob")
    make_plan(alice)
    assert "Secret of Bob" not in page(client)


def test_anonymous_visitors_are_sent_to_the_login(client):
    assert client.get(reverse("plans:plan")).status_code == 302
    assert client.post(reverse("plans:undo")).status_code == 302
    assert client.post(reverse("plans:today")).status_code == 302


def test_what_changes_something_is_not_done_by_looking(client, alice):
    assert client.get(reverse("plans:undo")).status_code == 302
    assert client.get(reverse("plans:today")).status_code == 302
    assert client.post(reverse("plans:plan")).status_code == 405


def test_the_page_takes_few_queries(client, alice, django_assert_max_num_queries):
    for topic in make_plan(alice, topics=plan_data(*(f"Topic {n}" for n in range(8)))):
        make_progress(topic)
    with django_assert_max_num_queries(16):
        page(client)


# --- the coming days --------------------------------------------------------------------------------------------------


def test_every_day_of_a_week_takes_the_plans_minutes():
    user = make_user()
    make_plan(user)
    days = days_of(coming_sessions(user))
    assert [sum(minutes for _name, minutes in day) for day in days] == [45] * 7


def test_small_topics_take_turns_with_sessions_that_are_worthwhile():
    user = make_user()
    plan_of(user, Design=20, Leading=20, Databases=5, Algorithms=5, Story=5, Motives=5)
    days = days_of(coming_sessions(user))
    assert days[0] == [("Design", 20), ("Leading", 20), ("Databases", 10), ("Algorithms", 10)]
    assert days[1] == [("Story", 10), ("Motives", 10), ("Design", 20), ("Leading", 20)]
    minutes = Counter()
    for name, length in (session for day in days[:6] for session in day):
        minutes[name] += length
    assert minutes == {"Design": 120, "Leading": 120, "Databases": 30, "Algorithms": 30, "Story": 30, "Motives": 30}


def test_a_single_small_topic_gets_its_turn_too():
    user = make_user()
    plan_of(user, Design=20, Leading=15, Story=5)
    minutes = [minutes for day in days_of(coming_sessions(user)) for name, minutes in day if name == "Story"]
    assert minutes
    assert all(each >= 10 for each in minutes)
    assert 30 <= sum(minutes) <= 45


@pytest.mark.parametrize("split", [(10, 5), (14, 5), (9, 8), (5, 5, 5)])
def test_a_day_too_short_for_two_sessions_is_one_session(client, alice, split):
    plan_of(alice, **{f"Topic_{n}": minutes for n, minutes in enumerate(split)})
    days = days_of(coming_sessions(alice))
    assert [[minutes for _name, minutes in day] for day in days] == [[sum(split)]] * 7
    assert len({day[0][0] for day in days}) == len(split)
    assert f'name="planned_study_time" value="{sum(split)}"' in page(client)


@pytest.mark.parametrize("short", [10, 12, 15, 17, 19])
@pytest.mark.parametrize("split", [(10, 5, 5, 5), (20, 15, 10), (12, 8, 5), (10, 10, 10), (5, 5, 5, 5)])
def test_a_shortened_day_starts_a_session_of_all_its_minutes(split, short):
    user = make_user()
    plan_of(user, **{f"Topic_{n}": minutes for n, minutes in enumerate(split)})
    set_minutes_today(user, short)
    assert [minutes for _name, minutes in days_of(coming_sessions(user))[0]] == [short]


def test_a_session_of_another_length_than_its_topic_has_a_day_says_why(alice):
    """15 and 5 minutes a day are 20 on one day, and 10 and 10 on the next."""
    topics = plan_of(alice, Design=15, Stories=5)
    whys = {(session.topic, session.minutes): session.why for session in coming_sessions(alice)}
    assert "longer than 15 minutes, with time that is too short for another session" in whys[topics[0], 20]
    assert "cut from 15 minutes to what the day has" in whys[topics[0], 10]
    assert "its 5 minutes a day in sessions of 10" in whys[topics[1], 10]


def test_of_a_topic_with_hours_a_day_no_session_is_longer_than_45_minutes(alice):
    plan_of(alice, Design=180, Stories=180)
    today = days_of(coming_sessions(alice))[0]
    assert today == [("Design", 45), ("Stories", 45)] * 4
    assert "its 180 minutes a day in sessions of 45" in PlanAtHome.of(alice).next.why


def test_weak_topics_come_oftener_than_strong_ones_of_the_same_minutes():
    user = make_user()
    strong, weak, _other = plan_of(user, Design=20, Leading=20, Stories=20)
    make_progress(strong, strength_rating="8.5", unpractised=1)
    make_progress(weak, strength_rating="2.0", unpractised=1)
    coming = coming_sessions(user)
    times = Counter(session.topic for session in coming)
    assert times[weak] > 1.5 * times[strong]
    whys = {session.topic: session.why for session in reversed(coming)}
    assert "our strength here is 2.0 of 10, so it comes more often" in whys[weak]
    assert "our strength is 8.5 of 10, so it comes less often" in whys[strong]


def test_what_was_done_today_shortens_today_and_leaves_the_order():
    user = make_user()
    first, _second, _third = make_plan(user)
    before = [session.topic for session in coming_sessions(user)]
    make_practice_day(first, minutes=20)
    coming = coming_sessions(user)
    assert [(session.topic, session.minutes) for session in coming if session.is_today] == [(first, 25)]
    assert [session.topic for session in coming] == before[: len(coming)]
    # Also what was done of a topic that left the plan since.
    make_practice_day(make_topic(user, archived_at=timezone.now()), minutes=10)
    assert [session.minutes for session in coming_sessions(user) if session.is_today] == [15]


def test_when_today_is_done_the_next_session_is_tomorrow(client, alice):
    for topic in make_plan(alice):
        make_practice_day(topic, minutes=30)
    upcoming = PlanAtHome.of(alice).next
    assert not upcoming.is_today
    assert upcoming.day == local_day(alice) + timedelta(days=1)
    assert "Today is done." in page(client)


def test_topics_that_left_the_plan_are_not_planned():
    user = make_user()
    topics = make_plan(user)
    PlanTopic.objects.filter(pk=topics[0].pk).update(archived_at=timezone.now())
    assert topics[0] not in [session.topic for session in coming_sessions(user)]


def test_a_small_topic_that_finds_no_time_left_takes_none():
    user = make_user()
    _first, second, _design = plan_of(user, Story=5, Algorithms=5, Design=20)
    make_practice_day(second, minutes=30)
    assert [sum(minutes for _name, minutes in day) for day in days_of(coming_sessions(user))] == [30] * 6


# --- "I only have 10 minutes today" -----------------------------------------------------------------------------------


def test_a_short_day_re_cuts_today_alone(client, alice):
    make_plan(alice)
    tomorrow = days_of(coming_sessions(alice))[1]
    assert client.post(reverse("plans:today"), {"minutes": "10"}).status_code == 302
    days = days_of(coming_sessions(alice))
    assert days[0] == [("System design", 10)]
    assert sum(minutes for _name, minutes in days[1]) == sum(minutes for _name, minutes in tomorrow)
    assert "Today is cut to 10 minutes" in page(client)
    client.post(reverse("plans:today"))
    assert sum(minutes for _name, minutes in days_of(coming_sessions(alice))[0]) == 45


def test_a_day_with_more_time_than_the_plan_takes_is_not_called_cut(client, alice):
    make_plan(alice)
    set_minutes_today(alice, 60)
    assert "Today is cut" not in page(client)


def test_a_short_day_is_over_with_the_day(alice):
    make_plan(alice)
    set_minutes_today(alice, 10)
    type(alice.plan_brief).objects.filter(user=alice).update(short_day=local_day(alice) - timedelta(days=1))
    assert TodaysMinutes.of(alice).most is None


def test_a_short_day_counts_what_was_done_already(alice):
    topics = make_plan(alice)
    make_practice_day(topics[0], minutes=12)
    set_minutes_today(alice, 10)
    assert not PlanAtHome.of(alice).next.is_today


@pytest.mark.parametrize("minutes", ["0", "4", "481", "-5", "x", "9" * 30])
def test_an_impossible_day_is_refused_in_words(client, alice, minutes):
    make_plan(alice)
    response = client.post(reverse("plans:today"), {"minutes": minutes}, follow=True)
    assert "Today stays as it is" in response.content.decode()
    assert TodaysMinutes.of(alice).most is None


# --- in general -------------------------------------------------------------------------------------------------------

plans_of_minutes = st.lists(st.integers(5, 60), min_size=2, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shares=plans_of_minutes,
    done=st.lists(st.integers(0, 70), min_size=8, max_size=8),
    short=st.none() | st.integers(5, 200),
)
def test_any_plan_is_broken_down_soundly(shares, done, short):
    user = make_user()
    topics = plan_of(user, **{f"Topic_{n}": minutes for n, minutes in enumerate(shares)})
    for topic, minutes in zip(topics, done, strict=False):
        if minutes:
            make_practice_day(topic, minutes=minutes)
    if short:
        set_minutes_today(user, short)
    coming = coming_sessions(user)
    by_day: dict = {}
    for session in coming:
        assert session.minutes >= SHORTEST_SESSION
        assert session.why
        by_day.setdefault(session.day, []).append(session)
    today = by_day.pop(local_day(user), [])
    left = min(sum(shares), short or sum(shares)) - sum(minutes for minutes, _share in zip(done, shares, strict=False))
    assert sum(session.minutes for session in today) == (left if left >= SHORTEST_SESSION else 0)
    assert len(by_day) == 6
    for day in by_day.values():
        assert sum(session.minutes for session in day) == sum(shares)
        assert all(session.minutes >= 10 for session in day)
    # Each begins once, in the order of the plan, and none comes twice in a row where it has no more than half.
    assert [session.topic for session in coming][: len(topics)] == topics
    for one, two in pairwise(coming):
        assert (
            one.topic != two.topic
            or turns.shares([turns.Place.of(topic) for topic in topics])[topics.index(one.topic)] > 0.5
        )
