"""Known questions in another way: when they come, how they are asked and marked, and what they leave alone."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from plans.models import TopicProgress
from study import answering, drills, marking, questions, reconciliation, sessions, strength
from study.models import Drill, Question, QuestionAttempt, SuggestedQuestion
from tests.factories import (
    ANSWER,
    make_attempt,
    make_question,
    make_reconciliation,
    make_round,
    make_session,
    make_story,
)
from tests.fake_llm import a_mark, a_question, some_questions
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db

TEXTS = ("What is a deadlock?", "When is a cache wrong?", "Why do clocks drift?", "How does TLS start?")


def known_question(owner, text=TEXTS[0], *, score=8, days=10, drilled=(), **fields):
    """A question that was answered before, is not due, and had these drills."""
    at = timezone.now() - timedelta(days=days)
    fields = {"due_at": timezone.now() + timedelta(days=20), **fields}
    question = make_question(owner, text, answer_anchors=[{"name": "Order", "anchor": "One lock order."}], **fields)
    for drill in ("", *drilled):
        session = make_session(owner, topic=question.topic, ended=at)
        made = make_attempt(owner, session=session, question=question, state="marked", score=score, drill=drill)
        QuestionAttempt.objects.filter(pk=made.pk).update(marked_at=at, submitted_at=at)
    return question


def offered(session):
    return list(SuggestedQuestion.objects.filter(round__session=session).order_by("-round_id", "position"))


def exhausted(alice, client, fake_llm, *, minutes=15):
    """A session in which the model has nothing but what was asked before: its suggestions, and its page."""
    session = sessions.start(alice, alice.plan_topics.in_force()[0], minutes)
    repeated = some_questions(*(a_question(text) for text in TEXTS))
    fake_llm.reply(repeated)
    fake_llm.reply(repeated)
    page = client.post(reverse("study:session_suggestion", args=[session.pk]), headers=HTMX).content.decode()
    return session, offered(session), page


def test_a_topic_without_news_says_so_and_offers_known_questions_in_another_way(client, alice, fake_llm):
    for text in TEXTS:
        known_question(alice, text)
    session, rows, page = exhausted(alice, client, fake_llm)
    assert "There is nothing new left in this topic for now. These are questions that you know, in another way." in page
    assert len(rows) == 4
    assert {row.drill for row in rows} == set(Drill)
    for row in rows:
        assert drills.instruction(row.drill) in page
        assert row.get_drill_display() in page
    assert session.rounds.get().nothing_new
    assert Question.objects.count() == 4


def test_where_something_is_new_drills_fill_up_to_three_and_nothing_is_said(client, alice, fake_llm):
    for text in TEXTS:
        known_question(alice, text)
    session = sessions.start(alice, alice.plan_topics.in_force()[0], 15)
    fake_llm.reply(some_questions(*(a_question(text) for text in (*TEXTS, "What is idempotency?"))))
    fake_llm.reply(some_questions(*(a_question(text) for text in (*TEXTS, "What is idempotency?"))))
    page = client.post(reverse("study:session_suggestion", args=[session.pk]), headers=HTMX).content.decode()
    assert [row.status for row in offered(session)] == ["new", "redo", "redo"]
    assert "nothing new left" not in page


def test_the_best_answered_and_longest_ago_come_first_each_in_a_way_it_has_not_had(alice):
    topic = alice.plan_topics.in_force()[0]
    drilled = known_question(alice, "Drilled?", score=10, days=30, drilled=["half_time", "outsider", "no_notes"])
    late, early = known_question(alice, "Late?", score=9, days=5), known_question(alice, "Early?", score=9, days=20)
    fair = known_question(alice, "Fair?", score=6, days=40)
    known_question(alice, "Weak?", score=4)
    known_question(alice, "Out?", score=9, voided_at=timezone.now())
    known_question(alice, "Resting?", score=9, rests_until=timezone.now() + timedelta(days=1))
    picked = drills.pick(make_session(alice, topic=topic), besides=[])
    assert [question for question, _drill, _score in picked] == [early, late, fair, drilled]
    assert picked[-1][1:] == (Drill.RESULT_FIRST, 10)


def test_after_all_four_ways_the_one_longest_ago_comes_again(alice):
    question = known_question(alice, drilled=["outsider"], days=9)
    for days, drill in ((8, "no_notes"), (7, "half_time"), (6, "result_first")):
        made = make_attempt(
            alice, session=make_session(alice, ended=True), question=question, state="marked", drill=drill, score=8
        )
        QuestionAttempt.objects.filter(pk=made.pk).update(submitted_at=timezone.now() - timedelta(days=days))
    assert drills.pick(make_session(alice), besides=[])[0][1] == Drill.OUTSIDER


def test_no_question_is_drilled_twice_on_a_day_as_long_as_another_one_is_known(alice):
    drilled = known_question(alice, "Drilled today?")
    other = known_question(alice, "Another?", drilled=["outsider"] * 3)
    earlier = make_session(alice, ended=True)
    make_attempt(alice, session=earlier, question=drilled, state="marked", drill="no_notes", score=8)
    assert [question for question, _drill, _score in drills.pick(make_session(alice), besides=[])] == [other]
    make_attempt(alice, session=earlier, question=other, state="marked", drill="no_notes", score=8)
    assert len(drills.pick(alice.study_sessions.latest("pk"), besides=[])) == 2


def test_who_is_stuck_in_the_topic_is_not_hurried_as_well(alice):
    known_question(alice, drilled=["outsider", "no_notes", "result_first"])
    session = make_session(alice)
    assert drills.pick(session, besides=[])[0][1] == Drill.HALF_TIME
    session.rung = 1
    assert drills.pick(session, besides=[])[0][1] != Drill.HALF_TIME


def drill_round(alice, drill, **fields):
    question = known_question(alice, **fields)
    session = make_session(alice, topic=question.topic)
    question_round = make_round(session, questions=[question])
    question_round.suggestions.update(drill=drill, status="redo", redo_reason="high_value", last_score=8)
    return session, question


@pytest.mark.parametrize("drill", list(Drill))
def test_opening_a_drill_says_what_it_asks_for_and_its_mark_is_about_that(client, alice, fake_llm, drill):
    session, question = drill_round(alice, drill)
    make_story(alice, question=question)
    page = client.post(reverse("study:question_attempts", args=[question.pk]), follow=True).content.decode()
    attempt = session.attempts.get()
    assert (attempt.drill, attempt.seconds_allowed) == (drill, 120 if drill == Drill.HALF_TIME else 240)
    assert drills.instruction(drill) in BeautifulSoup(page, "html.parser").select_one("#attempt header").get_text()
    for shown in ("What a strong answer says", "Your story for it"):
        assert (shown in page) == (drill != Drill.NO_NOTES)
    fake_llm.reply(a_mark(7))
    marking.give_feedback(answering.submit(attempt, ANSWER))
    asked = f"<question>{question.text} {drills.instruction(drill)}</question>"
    assert asked in fake_llm.requests[0].user
    assert (
        "your strength stays as it is"
        in client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    )
    page = client.get(reverse("study:question_attempts", args=[question.pk])).content.decode()
    assert f"{attempt.get_drill_display()}, <b>7</b> of 10" in page
    assert "less than before" not in page


def test_a_drill_leaves_strength_anchors_and_schedule_alone_however_it_goes(alice, fake_llm):
    session, question = drill_round(alice, "outsider", score=8)
    strength.recompute(session.topic)
    progress = TopicProgress.objects.get(topic=session.topic)
    before = (progress.strength_rating, progress.marked_attempts)
    due_at = question.due_at
    for mark in (9, 2):
        fake_llm.reply(a_mark(mark))
        marking.give_feedback(answering.submit_at_once(session, question, f"{ANSWER} {mark}"))
    progress.refresh_from_db()
    question.refresh_from_db()
    assert (progress.strength_rating, progress.marked_attempts) == before
    assert (question.due_at, question.review_card) == (due_at, None)
    assert question.answer_anchors == [{"name": "Order", "anchor": "One lock order."}]
    assert strength.last_score(question.pk) == 8


def test_a_drill_is_named_in_the_list_of_its_session_its_summary_and_among_the_sessions(client, alice):
    session, question = drill_round(alice, "half_time")
    make_attempt(alice, session=session, question=question, state="marked", score=9, drill="half_time")
    page = reverse("study:session_detail", args=[session.pk])
    assert "in half the time, <b>9</b> of 10" in client.get(page).content.decode()
    session.end_time = timezone.now()
    session.save()
    make_reconciliation(session, ask_state="done", done_at=timezone.now())
    summary = reconciliation.summary_of(session)
    assert [(row["question"], row["drill"]) for row in summary] == [
        (f"{question.text} Answer it in half the usual time.", "in half the time")
    ]
    assert "in half the time" in client.get(page).content.decode()
    assert "1 answer (1 drill), mark 9" in client.get(reverse("study:sessions")).content.decode()
    assert [one.question for one in reconciliation.prompt_inputs(session.reconciliation).attempts] == [
        f"{question.text} Answer it in half the usual time."
    ]


def test_what_was_never_answered_comes_between_the_drills(client, alice, fake_llm):
    known_question(alice, TEXTS[0])
    for text in TEXTS[1:3]:
        make_question(alice, text)
    own = make_question(alice, TEXTS[3], origin=Question.Origin.CANDIDATE)
    _session, rows, page = exhausted(alice, client, fake_llm)
    assert [bool(row.drill) for row in rows] == [True, False, False, False]
    assert rows[-1].question == own
    assert "It was offered before, and has no answer yet." in page
    assert "You brought it, and it has no answer yet." in page
    assert "some of them in another way." in page


def test_where_nothing_at_all_is_left_the_coach_says_what_to_do(client, alice, fake_llm):
    for text in TEXTS:
        questions.void(known_question(alice, text))
    _session, rows, page = exhausted(alice, client, fake_llm)
    assert rows == []
    assert "cannot be used" in page  # a model that only repeats can be asked again
