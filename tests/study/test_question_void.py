"""A bad question leaves all reckoning, and can be put back."""

import pytest
from django.urls import reverse

from study import reconciliation, strength
from study.models import Question
from tests.factories import make_attempt, make_question, make_round, make_session

pytestmark = pytest.mark.django_db


def void(client, question, **data):
    return client.post(reverse("study:question_void", args=[question.pk]), data)


def test_its_marks_leave_the_strength_and_the_summary_and_come_back_with_it(client, alice):
    session = make_session(alice)
    good, bad = make_question(alice, "Good?"), make_question(alice, "Bad?")
    for question, score in ((good, 8), (good, 8), (good, 8), (bad, 1)):
        make_attempt(alice, session=session, question=question, state="marked", score=score)
    strength.recompute(session.topic)
    session.topic.progress.refresh_from_db()
    before = session.topic.progress.strength_rating
    void(client, bad)
    session.topic.progress.refresh_from_db()
    assert before < session.topic.progress.strength_rating == 8
    assert [row["question"] for row in reconciliation.summary_of(session)] == ["Good?"]
    void(client, bad, restore="1")
    session.topic.progress.refresh_from_db()
    assert session.topic.progress.strength_rating == before


def test_it_is_not_offered_any_more_and_says_so(client, alice):
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    response = client.post(reverse("study:question_void", args=[question.pk]), follow=True)
    assert "You took this question out" in response.content.decode()
    assert question.text not in client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert client.post(reverse("study:question_attempts", args=[question.pk])).url == reverse(
        "study:question_attempts", args=[question.pk]
    )


def test_what_was_written_stays_readable(client, alice):
    attempt = make_attempt(alice, state="marked", answer="My words about it.")
    void(client, attempt.question)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert "My words about it." in page


def test_only_the_owner_does_it_and_only_by_posting(client, alice, bob):
    question = make_question(bob)
    assert void(client, question).status_code == 404
    assert Question.objects.get().voided_at is None
    assert client.get(reverse("study:question_void", args=[make_question(alice).pk])).status_code == 302
    client.logout()
    assert void(client, question).url.startswith(reverse("login"))
