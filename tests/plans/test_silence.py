"""What a review leaves in peace: refused ideas for longer each time, moves that are young, topics raised once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from plans import progress, signals
from plans.models import PlanTopic
from plans.plan_in_force import topics_in_force
from plans.proposals import deciding
from plans.proposals.change import Change
from plans.proposals.comparison import Edit
from plans.silence import silent_ideas
from tests.factories import make_brief, make_plan, make_progress, make_proposal, plan_data

pytestmark = pytest.mark.django_db
DAY_1 = datetime(2026, 11, 2, 9, tzinfo=UTC)
LESS = ("system design", "less_time")


@pytest.fixture
def clock():
    with time_machine.travel(DAY_1, tick=False) as traveller:
        yield traveller


@pytest.fixture
def topics(alice, clock):
    """Alice's plan of 45 minutes, its first topic practised."""
    made = make_plan(alice)
    make_brief(alice, daily_minutes=120)
    make_progress(made[0], sessions=3, marked_attempts=9, offers=3)
    return made


def proposed(alice, *, minutes=15, source="review", **fields):
    """System design from 20 to so many minutes, open."""
    plan = topics_in_force(alice)
    kind = "less_time" if minutes < plan[0].daily_study_minutes else "more_time"
    return make_proposal(
        alice,
        source=source,
        base_version=alice.proposals.filter(status="approved").count(),
        base_topics=plan,
        topics=[replace(plan[0], daily_study_minutes=minutes), *plan[1:]],
        changes=[Change(topic=plan[0].name, change=kind, reason="It holds.")],
        created_at=timezone.now(),
        **fields,
    )


def session(topic, marks=(7,)):
    """A session of the topic ends now, with these marks."""
    progress.record_session(topic, seconds=600, ended_at=timezone.now())
    row = progress.progress_of(topic)
    row.marked_attempts += len(marks)
    row.save()


def test_an_idea_is_silent_for_7_14_and_28_days_after_each_refusal(alice, topics, clock):
    at = DAY_1
    for days in (7, 14, 28, 28):
        deciding.reject(alice, proposed(alice))
        refused = at
        clock.move_to(refused + timedelta(hours=1))
        session(topics[0])
        clock.move_to(refused + timedelta(days=days, minutes=-1))
        assert silent_ideas(alice)[LESS].until == refused + timedelta(days=days)
        at = refused + timedelta(days=days)
        clock.move_to(at)
        assert LESS not in silent_ideas(alice)
        assert ("system design", "more_time") not in silent_ideas(alice)


def test_time_alone_is_no_new_evidence(alice, topics, clock):
    deciding.reject(alice, proposed(alice))
    clock.move_to(DAY_1 + timedelta(days=30))
    assert LESS in silent_ideas(alice)
    session(topics[0], marks=())
    assert LESS in silent_ideas(alice)
    session(topics[0])
    assert LESS not in silent_ideas(alice)


def test_a_declined_line_an_approval_taken_back_and_a_wish_turned_down_count_as_refusals(alice, topics, clock):
    deciding.approve(alice, proposed(alice, source="chat"), accepted=[])
    assert silent_ideas(alice)[LESS].why == "refused"
    alice.proposals.filter(status="rejected").delete()
    assert LESS not in silent_ideas(alice)
    deciding.approve(alice, proposed(alice))
    deciding.undo(alice)
    assert silent_ideas(alice)[LESS].why == "refused"
    alice.proposals.all().delete()
    deciding.reject(alice, proposed(alice, source="candidate"))
    assert LESS not in silent_ideas(alice)  # the coach had no part in it


def test_a_first_plan_that_was_rejected_refuses_no_topic_but_what_was_left_out_of_it_is(alice, clock):
    make_proposal(alice, status="rejected", decided_at=timezone.now(), topics=plan_data("Trivia", "Small talk"))
    first = make_proposal(alice)
    deciding.approve(alice, first, accepted=["added-0", "added-1"])
    assert {idea for idea, silent in silent_ideas(alice).items() if silent.why == "refused"} == {
        ("algorithms", "added")
    }


def test_a_refusal_follows_the_topic_to_its_new_name(alice, topics, clock):
    deciding.reject(alice, proposed(alice))
    PlanTopic.objects.get(pk=topics[0].pk)
    topics[0].name = "Architecture"
    topics[0].save()
    assert set(silent_ideas(alice)) == {("architecture", "less_time")}


def test_nothing_is_moved_back_or_further_within_four_sessions_of_its_topic(alice, topics, clock):
    deciding.approve(alice, proposed(alice))
    for number in range(4):
        ideas = silent_ideas(alice)
        assert ideas["system design", "more_time"].why == ideas[LESS].why == "moved"
        clock.move_to(DAY_1 + timedelta(days=number + 1))
        session(topics[1])  # another topic says nothing of it
        session(topics[0])
    assert silent_ideas(alice) == {}


def test_a_plan_of_ones_own_is_not_turned_back_either(alice, topics, clock):
    deciding.approve_topics(alice, plan_data("System design", "Conflict stories", "Estimation"))
    added = {("estimation", "removed"), ("estimation", "less_time")}
    assert set(silent_ideas(alice)) == {("algorithms", "added"), *added}
    more = [replace(topic, daily_study_minutes=25) for topic in plan_data("System design", "Conflict stories")]
    deciding.approve_topics(alice, [replace(more[0], description="Mine."), *plan_data("Conflict stories")])
    own = {("system design", change) for change in ("more_time", "less_time", "removed", "reworded")}
    assert own <= set(silent_ideas(alice))


def test_what_the_candidate_changes_meanwhile_is_not_turned_back_by_a_proposal_that_waits(alice, topics, clock):
    waiting = proposed(alice)
    plan = topics_in_force(alice)
    deciding.approve_topics(alice, [plan[0], replace(plan[1], daily_study_minutes=30), plan[2]])
    waiting.refresh_from_db()
    assert waiting.status == "open"  # it is about another topic
    deciding.approve_topics(alice, [replace(plan[0], daily_study_minutes=40), *plan[1:]])
    waiting.refresh_from_db()
    assert waiting.status == "superseded"


def test_minutes_that_were_typed_back_are_a_refusal_of_their_move(alice, topics, clock):
    waiting = proposed(alice)
    waiting.topics[1] = replace(waiting.topics[1], daily_study_minutes=30)
    waiting.changes.append(Change(topic="Conflict stories", change="more_time", reason="It is weak."))
    waiting.save()
    approved = deciding.approve(alice, waiting, edits={0: Edit(minutes=20)})
    assert [(change.topic, change.change) for change in approved.declined] == [("System design", "less_time")]
    assert silent_ideas(alice)[LESS].why == "refused"
    assert silent_ideas(alice)["conflict stories", "less_time"].why == "moved"


def test_who_refuses_a_plan_of_another_size_hears_of_none_from_other_topics_either(alice, topics, clock):
    fits = proposed(alice)
    fits.changes = [replace(change, sizes_plan=True) for change in fits.changes]
    fits.save()
    deciding.reject(alice, fits)
    assert {idea for idea, one in silent_ideas(alice).items() if one.why == "refused"} == {LESS, ("", "less_time")}
    clock.move_to(DAY_1 + timedelta(days=7))
    assert set(silent_ideas(alice)) == {LESS}  # of the topic there is nothing new
    sized = proposed(alice)
    sized.changes = [replace(change, sizes_plan=True) for change in sized.changes]
    sized.save()
    deciding.approve(alice, sized)
    assert ("", "less_time") not in silent_ideas(alice)


def test_a_decision_of_the_first_release_counted_no_practice_and_settles_in_a_week(alice, topics, clock):
    deciding.approve(alice, proposed(alice))
    approved = alice.proposals.get(version=2)
    approved.changes = [replace(change, topic_id=None, then=None) for change in approved.changes]
    approved.save()
    assert set(silent_ideas(alice)) == {("system design", "more_time"), LESS}
    clock.move_to(DAY_1 + timedelta(days=7))
    assert silent_ideas(alice) == {}


@pytest.mark.parametrize("decided", ["rejected", "superseded", "open"])
def test_a_topic_that_was_never_practised_is_raised_once_whatever_became_of_it(alice, topics, clock, decided):
    make_progress(topics[2], sessions=0, marked_attempts=0, strength_rating=None, offers=2, answers=0)
    signals.refresh(alice)
    assert ("algorithms", "removed") not in silent_ideas(alice)
    plan = topics_in_force(alice)
    raised = make_proposal(
        alice,
        source="review",
        base_version=1,
        base_topics=plan,
        topics=plan[:2],
        changes=[Change(topic="Algorithms", change="removed", reason="Try it once, or drop it.")],
    )
    if decided == "rejected":
        deciding.reject(alice, raised)
    raised.status = decided
    raised.save()
    clock.move_to(DAY_1 + timedelta(days=300))
    progress.TopicProgress.objects.filter(topic=topics[2]).update(offers=90)
    assert silent_ideas(alice)["algorithms", "removed"].why == "raised"
    session(topics[2])
    progress.TopicProgress.objects.filter(topic=topics[2]).update(answers=3)
    signals.refresh(alice)
    assert silent_ideas(alice) == {}
