"""What an interviewer has asked comes first in its topic, and what the candidate brought comes soon."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coach.time_zone import local_day
from study import asked_for_real, questions, redo, sessions
from study.models import Question
from tests.factories import make_attempt, make_question, make_round, make_session
from tests.fake_llm import some_questions
from tests.study.test_session_questions import due_question, suggestion

pytestmark = pytest.mark.django_db


def asked(question, *, days=0):
    """Note that it was asked for real so many days ago; all its answers so far are older."""
    question.attempts.update(submitted_at=timezone.now() - timedelta(days=10))
    asked_for_real.note(question, local_day(question.user) - timedelta(days=days))
    question.save(update_fields=asked_for_real.NOTED)
    return question


def own(owner, text, **fields):
    return make_question(owner, text, origin=Question.Origin.CANDIDATE, due_at=timezone.now(), **fields)


def picked(session, count=4):
    return [item.question.text for item in redo.pick(session, count)]


def test_a_question_asked_for_real_stands_above_new_ones_and_says_when_it_was_asked(client, alice, fake_llm):
    due_question(alice, "What is a deadlock?", days=30)
    question = asked(own(alice, "Why did you leave?"), days=3)
    session = sessions.start(alice, question.topic, 15)
    fake_llm.reply(some_questions())
    content = suggestion(client, session).content.decode()
    offered = session.rounds.get().suggestions.order_by("position")
    assert offered[0].question.text == "Why did you leave?"
    assert offered[1].is_new
    day = question.asked_for_real_on
    assert f"Asked for real on {day.day} {day:%B}" in content
    assert "asked for real</span>" in content
    assert "again</span>" not in content


def test_it_comes_first_however_long_others_are_due_and_once_more_like_them_when_it_was_practised(alice):
    for days in range(20, 25):
        due_question(alice, f"Due since {days}?", days=days)
    question = asked(due_question(alice, "Met again?", days=-9), days=2)
    session = make_session(alice, topic=question.topic)
    assert picked(session) == ["Met again?", "Due since 24?"]
    make_attempt(alice, session=session, question=question, state="marked", score=7)
    sessions.end(session)
    question.due_at = timezone.now() - timedelta(minutes=1)
    question.save()
    assert picked(make_session(alice, topic=question.topic)) == ["Due since 24?", "Due since 23?"]


def test_one_that_was_skipped_or_rests_is_due_at_once_and_can_be_skipped_again(alice):
    question = asked(due_question(alice, days=-40, skips=5, rests_until=timezone.now() + timedelta(days=9)))
    session = make_session(alice, topic=question.topic)
    assert picked(session, 3) == [question.text]
    Question.objects.update(due_at=timezone.now() + timedelta(days=1))
    assert picked(session, 3) == []


def test_an_earlier_day_or_the_same_one_once_more_moves_nothing(alice):
    question = asked(due_question(alice, days=-40), days=2)
    question.due_at = later = timezone.now() + timedelta(days=9)
    for days in (2, 5):
        asked_for_real.note(question, local_day(alice) - timedelta(days=days))
    assert (question.due_at, question.asked_for_real_on) == (later, local_day(alice) - timedelta(days=2))


def test_in_another_topics_session_it_waits_its_turn(alice):
    topic, other, _third = alice.plan_topics.in_force()
    asked(due_question(alice, "Elsewhere?", topic=other))
    due_question(alice, "Own one?", topic=topic, days=5)
    assert picked(make_session(alice, topic=topic)) == ["Own one?", "Elsewhere?"]


def test_a_stuck_topic_begins_with_it_too_even_if_it_is_hard(client, alice, fake_llm):
    question = asked(due_question(alice, "Hard, and asked?", days=1, difficulty="hard"))
    easy = due_question(alice, "Easy one?", days=9, difficulty="easy")
    session = make_session(alice, topic=easy.topic, rung=1, approach="points open")
    questions.suggest(session)
    fake_llm.reply(some_questions())
    suggestion(client, session)
    assert session.rounds.get().suggestions.order_by("position")[0].question == question


@pytest.mark.parametrize("count", [3, 4, 6])
def test_of_what_the_candidate_brought_one_comes_in_each_list_and_the_oldest_first(alice, count):
    for number in range(3):
        own(alice, f"Brought {number}?")
    session = make_session(alice)
    assert picked(session, count) == ["Brought 0?"]


def test_what_is_due_keeps_a_place_beside_what_was_brought(alice):
    due_question(alice, "Due?", days=9)
    own(alice, "Brought?")
    due_question(alice, "Elsewhere?", topic=alice.plan_topics.in_force()[1])
    session = make_session(alice)
    assert sorted(picked(session, 4)) == ["Brought?", "Due?"]
    assert sorted(picked(session, 6)) == ["Brought?", "Due?", "Elsewhere?"]


def test_what_was_brought_and_answered_does_not_come_before_its_mark(alice):
    question = own(alice, "Brought?")
    make_attempt(alice, session=make_session(alice, ended=True), question=question, state="failed")
    assert picked(make_session(alice)) == []


def test_what_was_brought_is_called_so_and_comes_once_in_a_session(client, alice, fake_llm):
    own(alice, "Brought?")
    session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
    fake_llm.reply(some_questions())
    content = suggestion(client, session).content.decode()
    assert "your own</span>" in content
    assert "You brought it, and it has no answer yet." in content
    assert picked(session) == []


def test_the_page_takes_as_many_queries_however_many_were_asked_for_real(client, alice, django_assert_num_queries):
    session = make_session(alice)
    page = reverse("study:session_detail", args=[session.pk])
    make_round(session, questions=[asked(own(alice, "Asked?"))])
    client.get(page)
    with CaptureQueriesContext(connection) as of_one:
        client.get(page)
    make_round(session, questions=[asked(own(alice, f"Asked {number}?")) for number in range(3)])
    with django_assert_num_queries(len(of_one)):
        assert client.get(page).text.count('<li id="question-') == 3


def test_the_year_is_said_where_it_is_another(alice):
    question = asked(own(alice, "Asked long ago?"), days=400)
    assert asked_for_real.said(question).endswith(f" {question.asked_for_real_on.year}")
