"""What follows from marks is the same, whenever they come and whatever clocks say."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from plans.models import PlanTopic, TopicProgress
from plans.plan_in_force import put_in_force, topics_in_force
from study import answering, marking, questions, sessions, strength
from tests.factories import make_attempt, make_question, make_session
from tests.fake_llm import a_mark

pytestmark = pytest.mark.django_db

LEARNED = ("strength_rating", "marked_attempts", "trend", "level", "rung", "rung_sessions", "signal", "by_marks")


@pytest.fixture
def topic(alice):
    return PlanTopic.objects.filter(user=alice).in_force().first()


def learned(topic):
    with transaction.atomic():
        strength.recompute(PlanTopic.objects.get(pk=topic.pk))
    return TopicProgress.objects.values(*LEARNED).get(topic=topic)


def practise(topic, *marks, difficulty="medium", of=None, start=None, **fields):
    """A session of the topic that has ended, with an answer for each mark to a question `of` a topic."""
    session = make_session(topic.user, topic=topic, ended=True, start_time=start or timezone.now(), **fields)
    for mark in marks:
        question = make_question(topic.user, topic=of or topic, difficulty=difficulty)
        make_attempt(topic.user, session=session, question=question, state="marked", score=mark)
    return session


def test_a_clock_that_goes_back_a_day_changes_nothing(topic):
    now = timezone.now()
    made = [practise(topic, *[mark] * 4, start=now) for mark in (2, 3, 4, 7, 8, 8)]
    in_order = learned(topic)
    assert (in_order["trend"], in_order["level"]) == ("rising", "easy")
    for days, session in enumerate(made):
        session.start_time = now - timedelta(days=days)
        session.save()
        session.attempts.update(submitted_at=session.start_time, marked_at=session.start_time)
    assert learned(topic) == in_order


def test_marks_that_come_three_days_late_leave_what_they_would_have_left_in_time(topic):
    first = practise(topic, 2, 2, 2, 2)
    for mark in (2, 2, 7, 3):
        practise(topic, *[mark] * 4)
    in_order = learned(topic)
    assert in_order["rung"] == 1
    first.attempts.update(ask_state="pending", score_rating=None)
    assert learned(topic) != in_order
    first.attempts.update(ask_state="done", score_rating=2, marked_at=timezone.now() + timedelta(days=3))
    assert learned(topic) == in_order


def test_a_question_that_is_taken_out_and_put_back_leaves_no_trace(topic):
    for _session in range(3):
        practise(topic, 2, 2, 2, 2)
    stuck = learned(topic)
    assert (stuck["signal"], stuck["rung"], stuck["level"]) == ("stuck", 1, "easy")
    out = list(topic.questions.all())
    for question in out:
        questions.void(question)
    nothing = learned(topic)
    assert [nothing[name] for name in LEARNED[:7]] == [None, 0, "", "medium", 0, 0, ""]
    assert TopicProgress.objects.get(topic=topic).uncounted == {"voided": 12}
    for question in out:
        questions.restore(question)
    assert learned(topic) == stuck


def test_drills_count_for_no_strength_and_an_answer_for_its_own_questions_topic(alice, topic):
    other = PlanTopic.objects.filter(user=alice).last()
    practise(topic, 8, 8, 8, of=other)
    practise(topic, 3, 3, 3).attempts.update(drill="no_notes")
    assert learned(topic)["strength_rating"] is None
    assert learned(other)["strength_rating"] == 8
    assert TopicProgress.objects.get(topic=topic).answers == 3


def test_a_session_counts_for_the_ladder_where_something_was_tried_in_its_own_topic(alice, topic):
    other = PlanTopic.objects.filter(user=alice).last()
    for _session in range(3):
        practise(topic, 2, 2, 2, 2)
    practise(topic, 2, 2, 2, 2, rung=1)
    practise(other, 2, 2, rung=1, of=topic)
    assert (learned(topic)["rung"], learned(topic)["rung_sessions"]) == (1, 1)
    practise(topic, 2, 2, 2, 2, rung=1)
    assert (learned(topic)["rung"], learned(topic)["rung_sessions"]) == (2, 0)


def test_an_answer_waits_from_its_submission_to_its_mark(client, alice, topic, fake_llm):
    def uncounted():
        return TopicProgress.objects.get(topic=topic).uncounted

    session = sessions.start(alice, topic, 20)
    draft = make_attempt(alice, session=session, question=make_question(alice, topic=topic))
    answering.submit(draft, "An answer.")
    assert uncounted() == {"waiting": 1}
    answering.submit_at_once(session, make_question(alice, topic=topic), "Another answer.")
    assert uncounted() == {"waiting": 2}
    fake_llm.reply(a_mark(score=6))
    marking.give_feedback(alice.question_attempts.first())
    assert TopicProgress.objects.get(topic=topic).marked_attempts == 1
    assert uncounted() == {"waiting": 1}
    fake_llm.fault("refusal")
    marking.give_feedback(alice.question_attempts.last())
    assert uncounted() == {"declined": 1}
    assert "1 answer got no mark, because the coach declined it; it does not count." in strength.standing(
        alice.study_sessions.get()
    )
    assert "the coach declined it" in client.get(reverse("plans:notes")).text


def test_the_signals_of_all_topics_are_stored_when_a_session_starts_and_ends(alice, topic):
    other = PlanTopic.objects.filter(user=alice).last()
    for one in (topic, other):
        TopicProgress.objects.create(topic=one, offers=2)

    def untouched():
        return set(TopicProgress.objects.filter(signal="untouched").values_list("topic", flat=True))

    session = sessions.start(alice, topic, 20)
    assert untouched() == {other.pk}  # not the one that is being practised at last
    sessions.end(session)
    assert untouched() == {topic.pk, other.pk}  # but nothing was done in it
    TopicProgress.objects.filter(topic=other).update(answers=1)
    make_attempt(alice, session=sessions.start(alice, topic, 20), state="submitted")
    sessions.end(sessions.running_session(alice))
    assert untouched() == set()


def test_nobody_is_told_in_a_session_that_they_leave_its_topic_aside(alice, topic):
    for one in PlanTopic.objects.filter(user=alice):
        TopicProgress.objects.create(topic=one, answers=9, sessions=2, offers=3, waited=1, unpractised=9)

    def left_aside():
        return TopicProgress.objects.get(topic=topic).signal

    session = sessions.start(alice, topic, 20)
    make_attempt(alice, session=session, state="marked", score=6)
    assert learned(topic)["signal"] == left_aside() == ""
    put_in_force(alice, topics_in_force(alice))
    assert left_aside() == ""
    sessions.end(session)
    assert left_aside() == ""
    assert TopicProgress.objects.filter(signal="neglected").exclude(topic=topic).exists()


def test_rows_of_the_first_release_are_folded_as_later_ones_are(topic):
    for mark in (8, 8, 8, 3):
        practise(topic, *[mark] * 5)
    expected = learned(topic)
    assert (expected["level"], expected["trend"]) == ("hard", "falling")
    TopicProgress.objects.update(trend="rising", level="medium", by_marks={}, answers=0, signal="")
    import_module("study.migrations.0008_what_marks_showed")._fold(apps, None)
    assert TopicProgress.objects.values(*LEARNED).get(topic=topic) == expected
    assert TopicProgress.objects.get(topic=topic).answers == 20
