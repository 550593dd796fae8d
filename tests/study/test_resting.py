"""A question that failed four times rests for two weeks, and says so where the candidate meets it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from study import questions, redo, resting, review_schedule
from study.models import Question
from study.reasons import why
from tests.factories import make_attempt, make_question, make_reconciliation, make_round, make_session
from tests.fake_llm import a_mark
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db

SAID = "low marks in a row. It rests until"


@pytest.fixture
def session(alice):
    return make_session(alice)


def with_marks(owner, session, *scores, text="What is a deadlock?", **fields):
    """A question that was answered with these marks, an hour apart, the last one just now."""
    question = make_question(owner, text, topic=session.topic)
    for place, score in enumerate(scores):
        at = timezone.now() - timedelta(hours=len(scores) - place)
        make_attempt(owner, session=session, question=question, state="marked", score=score, submitted_at=at, **fields)
    return question


def answer(client, fake_llm, session, question, score, **fields):
    """Hand in one more answer and have it marked; the mark's page, and the question as it is then."""
    fake_llm.reply(a_mark(score=score))
    attempt = make_attempt(session.user, session=session, question=question, state="submitted", **fields)
    url = reverse("study:attempt_feedback", args=[attempt.pk])
    content = client.post(url, headers=HTMX).content.decode()
    return content, Question.objects.get(pk=question.pk)


def test_the_fourth_low_mark_in_a_row_puts_it_to_rest_for_two_weeks(client, alice, session, fake_llm):
    question = with_marks(alice, session, 2, 4, 1)
    content, question = answer(client, fake_llm, session, question, 4)
    assert f"This question has had four {SAID}" in content
    assert 13 <= (question.rests_until - timezone.now()).days <= 14
    assert question.due_at >= question.rests_until


@pytest.mark.parametrize("scores", [(2, 2), (2, 2, 5, 2, 2), (2, 2, 2, 9)])
def test_with_fewer_in_a_row_it_does_not_rest(client, alice, session, fake_llm, scores):
    content, question = answer(client, fake_llm, session, with_marks(alice, session, *scores), 2)
    assert SAID not in content
    assert question.rests_until is None


def test_a_drill_is_another_task_and_does_not_count(client, alice, session, fake_llm):
    question = with_marks(alice, session, 2, 2, drill="half_time")
    make_attempt(alice, session=session, question=question, state="marked", score=2)
    _content, question = answer(client, fake_llm, session, question, 2)
    assert question.rests_until is None


def test_history_and_summary_say_so_and_it_may_still_be_chosen_by_hand(client, alice, session, fake_llm):
    _content, question = answer(client, fake_llm, session, with_marks(alice, session, 1, 1, 1), 1)
    history = reverse("study:question_attempts", args=[question.pk])
    content = client.get(history).content.decode()
    assert SAID in content
    assert "You may answer it now all the same." in content
    assert "/attempts/" in client.post(history).url
    session.end_time = timezone.now()
    session.save()
    make_reconciliation(session, ask_state="done")
    assert SAID in client.get(reverse("study:session_detail", args=[session.pk])).content.decode()


def test_while_it_rests_nobody_suggests_it_and_after_that_it_comes_once(client, alice, session, fake_llm):
    question = with_marks(alice, session, 2, 2, 2, 2)
    review_schedule.schedule_next(question, score=2, at=timezone.now() - timedelta(days=5))
    question.rests_until = timezone.now() + timedelta(days=1)
    question.save()
    later = make_session(alice, topic=session.topic, ended=True)
    assert redo.pick(later, 5) == []
    Question.objects.filter(pk=question.pk).update(rests_until=timezone.now() - timedelta(hours=1))
    assert [one.question for one in redo.pick(later, 5)] == [question]
    again = make_round(later, questions=[question])
    again.suggestions.update(status="redo", redo_reason="weak_answer", last_score=2)
    assert why(again.suggestions.get()) == "It has rested, and comes back once (2 of 10)."
    # Where a late mark puts it to rest while it stands on a list, that list does not claim that it has rested.
    resting_again = again.suggestions.get()
    resting_again.question.rests_until = timezone.now() + timedelta(days=14)
    assert SAID in why(resting_again)
    # Once: another low mark, and it rests again. A better one ends it.
    content, question = answer(client, fake_llm, session, question, 3)
    assert f"has had five {SAID}" in content
    content, question = answer(client, fake_llm, session, question, 5)
    assert SAID not in content
    assert question.rests_until is None


def test_a_voided_question_says_nothing_of_rest(client, alice, session, fake_llm):
    _content, question = answer(client, fake_llm, session, with_marks(alice, session, 1, 1, 1), 1)
    questions.void(question)
    content = client.get(reverse("study:question_attempts", args=[question.pk])).content.decode()
    assert "You took this question out" in content
    assert SAID not in content


def test_a_mark_that_arrives_late_is_counted_where_its_answer_was_given(client, alice, session, fake_llm):
    question = make_question(alice, topic=session.topic)
    late = make_attempt(alice, session=session, question=question, state="submitted")
    for score in (2, 2, 2, 7):
        make_attempt(alice, session=session, question=question, state="marked", score=score)
    fake_llm.reply(a_mark(score=1))
    client.post(reverse("study:attempt_feedback", args=[late.pk]), headers=HTMX)
    assert resting.low_marks(question) == 0
    assert Question.objects.get(pk=question.pk).rests_until is None
