"""Whose turn it is: every topic in its time, whatever the candidate chooses."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from random import Random

import pytest
import time_machine
from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.models import User
from plans import plan_in_force
from plans.agenda import coming_sessions
from plans.at_home import PlanAtHome
from plans.models import PlanTopic, TopicProgress
from plans.turns import Place, after, bound, next_turn, shares, strength_factor
from study import answering, sessions, strength
from study.models import StudySession
from tests.factories import (
    make_attempt,
    make_plan,
    make_progress,
    make_question,
    make_session,
    make_story,
    make_user,
    topic_data,
)

# --- the rule, whatever happens ---------------------------------------------------------------------------------------

places_of_a_plan = st.lists(st.tuples(st.integers(5, 180), st.none() | st.floats(0, 10)), min_size=2, max_size=8).map(
    lambda plan: [Place(number, minutes, strength) for number, (minutes, strength) in enumerate(plan)]
)
behaviours = st.sampled_from(["obedient", "random", "one favourite", "contrary", "the one most ahead", "any of these"])
weights = st.sampled_from(["fixed", "drifting", "jumping", "all turned over"])
lives = given(places=places_of_a_plan, behaviour=behaviours, change=weights, seed=st.integers(0, 2**32))


@dataclass
class Lived:
    """One session: what was suggested and taken, the shares it was decided by, the places after it."""

    offered: int
    taken: int
    shares: dict[int, float]
    places: list[Place]


def next_session(user):
    return PlanAtHome.of(user).next


def live(places: list[Place], behaviour: str, change: str, seed: int, length: int = 100) -> Iterator[Lived]:
    """Sessions of a candidate who behaves like this, while strengths change like this."""
    chance = Random(seed)
    for _session in range(length):
        places = [replace(place, strength=_changed(place, change, chance)) for place in places]
        offered = next_turn(places)
        taken = _choice(places, offered, behaviour, chance)
        parts = {place.topic: share for place, share in zip(places, shares(places), strict=True)}
        places = after(places, offered, taken)
        yield Lived(offered.topic, taken.topic, parts, places)


def _changed(place: Place, change: str, chance: Random) -> float | None:
    if change == "drifting" and place.sessions:
        strength = 5.0 if place.strength is None else place.strength
        return min(10.0, max(0.0, strength + chance.uniform(-0.5, 0.5)))
    if (change == "jumping" and chance.random() < 0.05) or change == "all turned over":
        return chance.choice([None, 0.0, 5.0, 10.0])
    return place.strength


def _choice(places: list[Place], offered: Place, behaviour: str, chance: Random) -> Place:
    if behaviour == "any of these":
        behaviour = chance.choice(["obedient", "random", "contrary"])
    if behaviour == "contrary":
        return chance.choice([place for place in places if place.topic != offered.topic])
    if behaviour == "the one most ahead":
        return min(places, key=lambda place: place.lag)
    return {"obedient": offered, "random": chance.choice(places), "one favourite": places[-1]}[behaviour]


@settings(max_examples=40, deadline=None)
@lives
def test_every_topic_is_suggested_or_practised_within_its_bound(places, behaviour, change, seed):
    smallest, waited = {place.topic: 1.0 for place in places}, {place.topic: 0 for place in places}
    for lived in live(places, behaviour, change, seed):
        for topic, share in lived.shares.items():
            smallest[topic], waited[topic] = min(share, smallest[topic]), waited[topic] + 1
            assert waited[topic] <= bound(smallest[topic]), lived
            if topic in (lived.offered, lived.taken):
                smallest[topic], waited[topic] = 1.0, 0
        assert {place.topic: place.waited for place in lived.places} == waited


@settings(max_examples=40, deadline=None)
@lives
def test_no_topic_is_ever_more_than_one_session_behind_or_ahead(places, behaviour, change, seed):
    for lived in live(places, behaviour, change, seed):
        assert all(-1 <= place.lag <= 1 for place in lived.places)
        assert sum(lived.shares.values()) == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@lives
def test_no_topic_is_suggested_twice_in_a_row_unless_more_than_half_is_its_own(places, behaviour, change, seed):
    lived = list(live(places, behaviour, change, seed))
    for one, two in pairwise(lived):
        if two.shares[two.offered] <= 0.5:
            assert two.offered != one.offered
    # Nor what was taken instead, where there is a third one, once each was suggested.
    for one, two in pairwise(lived[len(places) :]):
        if two.shares[two.offered] <= 0.5 and len(places) > 2:
            assert two.offered != one.taken


@settings(max_examples=40, deadline=None)
@lives
def test_every_topic_is_suggested_once_in_the_order_of_the_plan_before_any_is_again(places, behaviour, change, seed):
    lived = list(live(places, behaviour, change, seed, length=len(places)))
    assert [one.offered for one in lived] == [place.topic for place in places]


@pytest.mark.parametrize(
    ("plan", "order"),
    [
        ([(20, 2.0), (20, 5.0), (5, 5.0), (5, 5.0), (5, 5.0), (5, 5.0)], "ABCDEFABABACADEFBABACADEFB"),
        # What is not behind waits, however soon its next turn would be due.
        ([(5, 5.0), (5, 5.0), (20, 2.0)], "ABCCCCACBCCACBCCACBCCACBCCACBC"),
    ],
)
def test_the_order_is_the_one_that_was_worked_out_in_fractions(plan, order):
    places = [Place(number, *known) for number, known in enumerate(plan)]
    lived = live(places, "obedient", "fixed", 0, length=len(order))
    assert "".join("ABCDEF"[one.offered] for one in lived) == order


def test_a_topic_comes_by_its_minutes_and_its_strength_and_without_a_step():
    assert [(place.length, place.plain_weight) for place in (Place(1, minutes) for minutes in (5, 8, 10, 45, 180))] == [
        (10, 0.5), (10, 0.8), (10, 1.0), (45, 1.0), (45, 1.0),
    ]  # fmt: skip
    factors = [strength_factor(tenth / 10) for tenth in range(101)]
    assert factors == sorted(factors, reverse=True)
    assert max(one - two for one, two in pairwise(factors)) < 0.03
    assert (factors[0], factors[20], factors[50], strength_factor(None)) == (1.5, 1.5, 1.0, 1.5)
    assert factors[80] == factors[100] == pytest.approx(2 / 3)
    assert [bound(share) for share in (1, 0.5, 1 / 3, 1 / 8, 0.3)] == [2, 4, 6, 16, 7]


# --- as it is stored --------------------------------------------------------------------------------------------------

SIX = [
    topic_data(name, priority=place, minutes=minutes)
    for place, (name, minutes) in enumerate(
        [("System design", 20), ("Leading", 20), ("Databases", 5), ("Queues", 5), ("Stories", 5), ("Motives", 5)], 1
    )
]


def practise(user: User, topic: PlanTopic | None = None) -> StudySession:
    """A session from start to end, on the suggested topic unless given."""
    upcoming = next_session(user)
    session = sessions.start(user, topic or upcoming.topic, upcoming.minutes)
    question = make_question(user, topic=session.topic)
    make_attempt(user, session=session, question=question, draft_saved_at=timezone.now())
    return sessions.end(session)


def stored(user: User) -> dict[str, TopicProgress]:
    """What is stored of each topic, by its name, in the order in which they were made."""
    rows = TopicProgress.objects.filter(topic__user=user).select_related("topic").order_by("topic")
    return {row.topic.name: row for row in rows}


# Sessions on each day; in the middle of each comes a pause of ten days.
BY_DAY = {"one a day": [1] * 14, "two a day": [2] * 7, "five a day": [5] * 4}


@pytest.mark.django_db
def test_weeks_come_in_one_order_with_one_session_a_day_two_or_five():
    """Each session from its rows alone, as after a restart."""
    orders = []
    for days in BY_DAY.values():
        user = make_user()
        make_plan(user, topics=SIX)
        order = []
        for day, count in enumerate(days):
            for minutes in range(0, 30 * count, 30):
                at = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(days=day + 10 * (day >= len(days) / 2))
                with time_machine.travel(at + timedelta(minutes=minutes), tick=False):
                    session = practise(User.objects.get(pk=user.pk))
                assert session.suggested_topic == session.topic
                order.append(session.topic.name)
        for place, share in zip(SIX, shares([Place(0, one.daily_study_minutes) for one in SIX]), strict=True):
            came = [-1, *(number for number, name in enumerate(order) if name == place.name), len(order)]
            assert max(two - one for one, two in pairwise(came)) <= bound(share), (days, place.name)
        orders.append(order)
    assert orders[0] == orders[1] == orders[2][:14]


@pytest.mark.django_db
def test_the_coming_days_are_what_comes_when_each_suggestion_is_taken_also_when_the_clock_goes_back_a_day():
    user = make_user()
    _first, weak, *_others = make_plan(user, topics=SIX)
    make_progress(weak, strength_rating="2.0", marked_attempts=9, sessions=0)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        for _session in range(3):
            practise(user)
    foreseen = [session.topic for session in coming_sessions(user)][:10]
    assert [practise(user).topic for _session in foreseen] == foreseen


@pytest.mark.django_db
def test_what_was_passed_over_pays_too_and_why_is_said_by_sessions():
    user = make_user()
    first, second, third, *_others = make_plan(user, topics=SIX)
    assert practise(user, third).suggested_topic == first
    rows = stored(user)
    known = [rows[topic.name] for topic in (first, second, third)]
    assert [row.lag for row in known] == pytest.approx([-0.75, 0.25, -0.875])
    assert [(row.offers, row.waited, row.unpractised) for row in known] == [(1, 0, 1), (0, 1, 1), (0, 0, 0)]
    assert practise(user).topic == second
    upcoming = next_session(user)
    assert (upcoming.topic, upcoming.why.split(";")[0]) == (
        third, "Its turn: every topic is suggested once, in the order of your plan",
    )  # fmt: skip
    assert [practise(user).topic.name for _session in range(4)] == ["Databases", "Queues", "Stories", "Motives"]
    upcoming = next_session(user)
    assert (upcoming.topic, upcoming.why) == (first, "Its turn: not practised yet.")
    practise(user)
    assert next_session(user).topic == second
    assert next_session(user).why == "Its turn: not practised for 5 sessions."


@pytest.mark.django_db
def test_a_session_that_was_only_opened_takes_a_turn_and_is_no_practice():
    user = make_user()
    first, second, *_others = make_plan(user, topics=SIX)
    sessions.end(sessions.start(user, first, 20))
    row = stored(user)[first.name]
    assert (row.offers, row.sessions, row.total_time_spent, row.last_practised_at) == (1, 0, 0, None)
    assert not first.practice_days.exists()
    assert StudySession.objects.get().minutes_spent == 0
    assert next_session(user).topic == second
    assert (
        "not practised yet"
        in {session.topic: session.why.lower() for session in reversed(coming_sessions(user))}[first]
    )


@pytest.mark.django_db
def test_an_answer_that_comes_after_the_end_or_a_story_makes_practice_of_what_seemed_to_be_opened_only():
    user = make_user()
    first, second, *_others = make_plan(user, topics=SIX)
    session = sessions.start(user, first, 20)
    # Written without scripts: no draft is stored before the answer.
    attempt = answering.start_attempt(session, make_question(user, topic=first))
    StudySession.objects.update(start_time=timezone.now() - timedelta(minutes=12))
    sessions.end(session)
    assert stored(user)[first.name].sessions == 0
    for _twice in range(2):
        answering.submit(attempt, "I found the slow query, and added an index.")
    row = stored(user)[first.name]
    assert (row.sessions, row.minutes_spent, row.unpractised) == (1, 12, 0)
    assert StudySession.objects.get().minutes_spent == 12
    with_a_story = sessions.start(user, second, 20)
    make_story(user, question=make_question(user, topic=second))
    sessions.end(with_a_story)
    assert stored(user)[second.name].sessions == 1
    assert stored(user)[first.name].unpractised == 1


@pytest.mark.django_db
def test_a_session_left_running_for_a_week_has_had_its_turn_and_no_more(client):
    user = make_user()
    first, second, *_others = make_plan(user, topics=SIX)
    session = sessions.start(user, first, 20)
    make_attempt(user, session=session, question=make_question(user, topic=first), draft_saved_at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        client.force_login(user)
        plan = client.get("/plan/").context
        assert (plan["running"], plan["next"].topic) == (None, second)
        assert client.get("/sessions/").context["suggested"].topic == second
        assert practise(user).suggested_topic == second
    rows = stored(user)
    assert [(rows[one.name].offers, rows[one.name].sessions) for one in (first, second)] == [(1, 1), (1, 1)]
    assert rows[first.name].minutes_spent <= 1


@pytest.mark.django_db
def test_a_topic_archived_while_it_is_next_comes_back_where_it_was_and_the_others_keep_their_place():
    user = make_user()
    make_plan(user, topics=SIX)
    for _session in range(7):
        practise(user)
    running, upcoming = sessions.start(user, next_session(user).topic, 20), next_session(user).topic
    before = {name: (row.lag, row.offers, row.waited) for name, row in stored(user).items()}
    whole = plan_in_force.topics_in_force(user)
    without = [topic for topic in whole if topic.id != upcoming.pk]
    plan_in_force.put_in_force(user, [*without, topic_data("Estimating", priority=6, minutes=10)])
    sessions.end(running)
    assert {name: (row.lag, row.offers, row.waited) for name, row in stored(user).items()} == before
    assert next_session(user).topic.name == "Estimating"
    assert {practise(user).suggested_topic.name for _session in range(5)} >= {"Estimating"}
    assert upcoming.name not in {session.topic.name for session in coming_sessions(user)}
    plan_in_force.put_in_force(user, whole)
    row, (lag, offers, waited) = stored(user)[upcoming.name], before[upcoming.name]
    # Sessions that were held meanwhile did not leave it aside; it waited all the same.
    assert (row.lag, row.offers, row.waited, row.suggested_last) == (lag, offers, waited + 5, False)
    assert row.unpractised <= row.waited
    whys = {session.topic: session.why for session in reversed(coming_sessions(user))}
    assert f"ot practised for {row.waited} sessions" in whys[upcoming]
    assert upcoming in [session.topic for session in coming_sessions(user)][:3]


@pytest.mark.django_db
def test_what_was_practised_before_turns_were_counted_has_begun():
    user = make_user()
    topics = make_plan(user, topics=SIX)
    for number, topic in enumerate(topics[:4]):
        make_progress(topic, sessions=2, offers=0, waited=number, unpractised=number)
    import_module("plans.migrations.0013_what_was_suggested")._count_first_turns(apps, None)
    assert [practise(user).topic for _session in range(2)] == topics[4:]
    assert next_session(user).topic != topics[0]


@pytest.mark.django_db
def test_how_long_topics_waited_before_turns_were_counted_is_counted_from_their_sessions():
    user = make_user()
    topics = make_plan(user, topics=SIX)[:3]
    for topic in topics:
        make_progress(topic)
    for days, topic in enumerate([topics[0], topics[2], topics[2], topics[1]]):
        make_session(user, topic=topic, ended=timezone.now() - timedelta(days=days))
    import_module("study.migrations.0009_opened_and_waited")._count_waiting(apps, None)
    assert [(row.waited, row.unpractised) for row in stored(user).values()] == [(0, 0), (3, 3), (1, 1)]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_take_one_turn():
    user = make_user()
    first, second, *_others = make_plan(user, topics=SIX)
    barrier, outcomes = threading.Barrier(2), []

    def start(topic):
        try:
            barrier.wait(5)
            sessions.start(user, topic, 20)
            outcomes.append("started")
        except sessions.SessionRunning:
            outcomes.append("running")
        finally:
            connection.close()

    threads = [threading.Thread(target=start, args=[topic]) for topic in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["running", "started"]
    assert [row.offers for row in stored(user).values()] == [1, 0, 0, 0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_comes_while_a_session_starts_and_the_start_do_not_wait_for_each_other():
    user = make_user()
    first, *_others = make_plan(user, topics=SIX)
    practise(user)
    locked, failed = threading.Event(), []

    def slowly(execute, sql, *more):
        # The topic is held, its numbers come next: time for the other to hold those.
        if sql.startswith("UPDATE") and not locked.is_set():
            locked.set()
            time.sleep(0.4)
        return execute(sql, *more)

    def mark():
        try:
            with transaction.atomic(), connection.execute_wrapper(slowly):
                strength.recompute(PlanTopic.objects.get(pk=first.pk))
        except OperationalError as deadlock:
            failed.append(deadlock)
        finally:
            connection.close()

    marking = threading.Thread(target=mark)
    marking.start()
    assert locked.wait(5)
    sessions.start(user, first, 20)
    marking.join(10)
    assert not failed


@pytest.mark.django_db
def test_a_long_history_costs_no_more_queries_than_a_short_one(django_assert_max_num_queries):
    user = make_user()
    topic = make_plan(user, topics=SIX)[0]
    for _session in range(40):
        make_session(user, topic=topic, ended=True)
    for _session in range(2):
        with django_assert_max_num_queries(4):
            assert coming_sessions(user)
        with django_assert_max_num_queries(17):  # one looks for an abandoned session, to end it first
            session = sessions.start(user, topic, 20)
        sessions.end(session)
