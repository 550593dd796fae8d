"""A session from start to summary, in the steps that a browser takes, with and without JavaScript."""

import pytest
from django.urls import reverse

from study.models import QuestionAttempt, StudySession
from tests.factories import ANSWER
from tests.fake_llm import a_mark, a_question, a_reconciliation, some_questions
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])
def test_a_session_is_started_answered_marked_ended_and_summed_up(client, alice, fake_llm, run_worker, headers):
    topic = alice.plan_topics.in_force()[0]
    fake_llm.reply(some_questions())
    fake_llm.reply(a_mark(score=7))

    response = client.post(reverse("study:sessions"), {"topic_id": topic.pk, "planned_study_time": 15})
    session = StudySession.objects.get()
    assert response.url == reverse("study:session_detail", args=[session.pk])
    assert reverse("study:session_suggestion", args=[session.pk]) in client.get(response.url).content.decode()

    client.post(reverse("study:session_suggestion", args=[session.pk]), headers=headers)
    page = client.get(response.url).content.decode()
    assert "How would you design a rate limiter for a public API?" in page
    question = session.rounds.get().suggestions.first().question

    response = client.post(reverse("study:question_attempts", args=[question.pk]))
    attempt = QuestionAttempt.objects.get()
    assert response.url == reverse("study:attempt_detail", args=[attempt.pk])
    assert question.text in client.get(response.url).content.decode()

    answer = {"raw_answer": ANSWER, "draft_version": "0", "self_mark": "8"}
    response = client.post(reverse("study:attempt_submission", args=[attempt.pk]), answer, headers=headers)
    assert response.status_code == (200 if headers else 302)
    assert fake_llm.asked("evaluate_answer") == []
    client.post(reverse("study:attempt_feedback", args=[attempt.pk]), headers=headers)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert "<b>7</b> out of 10" in page
    assert "You gave yourself 8" in page

    client.post(reverse("study:session_end", args=[session.pk]))
    fake_llm.reply(a_reconciliation(question.text, next_focus=[{"focus": "Trade-offs", "reason": "You named none."}]))
    run_worker()
    page = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert "Trade-offs" in page
    assert question.text in page
    topic.progress.refresh_from_db()
    assert float(topic.progress.strength_rating) == 5.0  # one attempt is thin evidence
    assert topic.progress.sessions == 1

    others = ("What is back-pressure?", "When would you shard a table?", "How do you find a memory leak?")
    fake_llm.reply(some_questions(*(a_question(text) for text in others)))
    client.post(reverse("study:sessions"), {"topic_id": topic.pk, "planned_study_time": 15})
    session = StudySession.objects.get(end_time=None)
    client.post(reverse("study:session_suggestion", args=[session.pk]), headers=headers)
    prompt = fake_llm.asked("generate_questions")[-1].user
    assert "Trade-offs (You named none.)" in prompt
    assert question.text in prompt
