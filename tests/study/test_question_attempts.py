"""Choosing a question, and its attempts side by side."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from study.models import Question, QuestionAttempt
from study.two_attempts import compare, hits
from tests.factories import make_attempt, make_question, make_round, make_session

pytestmark = pytest.mark.django_db


def url(question):
    return reverse("study:question_attempts", args=[question.pk])


def test_choosing_starts_a_draft_and_choosing_again_leads_to_the_same(client, alice):
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    first = client.post(url(question))
    assert client.post(url(question)).url == first.url
    attempt = QuestionAttempt.objects.get()
    assert first.url == reverse("study:attempt_detail", args=[attempt.pk])
    assert (attempt.session, attempt.seconds_allowed) == (session, 240)
    assert session.rounds.get().suggestions.first().choice == "chosen"


def test_trying_again_keeps_every_attempt(client, alice):
    session = make_session(alice)
    question = make_question(alice)
    make_attempt(alice, session=session, question=question, state="marked", score=4, answer="The first one.")
    client.post(url(question))
    assert question.attempts.count() == 2
    assert "The first one." in question.attempts.first().raw_answer


def test_without_a_running_session_one_is_started_first(client, alice):
    response = client.post(url(make_question(alice)), follow=True)
    assert response.redirect_chain[0][0] == reverse("study:sessions")
    assert "This session is over" in response.content.decode()


def test_two_attempts_stand_side_by_side_with_what_changed(client, alice):
    question = make_question(alice)
    anchors = [{"name": "Numbers", "anchor": "Give the measured latency in milliseconds."}]
    earlier = timezone.now() - timedelta(days=1)
    make_attempt(
        alice,
        question=question,
        state="marked",
        score=4,
        answer="It got faster.",
        anchors=anchors,
        submitted_at=earlier,
    )
    make_attempt(alice, question=question, state="marked", score=7, answer="I measured latency: 80 milliseconds.")
    page = client.get(url(question)).content.decode()
    assert "3 more than before" in page
    assert "new this time" in page
    assert "It got faster." in page
    assert "80 milliseconds" in page


def test_any_two_of_more_can_be_chosen(client, alice):
    question = make_question(alice)
    marked = [make_attempt(alice, question=question, state="marked", score=score) for score in (2, 5, 9)]
    page = client.get(url(question), {"earlier": marked[0].pk, "later": marked[2].pk}).content.decode()
    assert "7 more than before" in page
    page = client.get(url(question), {"earlier": "x", "later": marked[2].pk}).content.decode()
    assert "4 more than before" in page


def test_an_anchor_is_hit_by_its_words_in_any_form(alice):
    anchor = {"name": "Own part", "anchor": "Name the decision you made and its trade-offs."}
    assert hits([anchor], "I made the decisions, and traded latency off against cost.") == [True]
    assert hits([anchor], "The team did it.") == [False]


def test_a_comparison_counts_words_and_seconds(alice):
    question = make_question(alice)
    one = make_attempt(alice, question=question, state="marked", answer="one two", seconds_taken=60)
    two = make_attempt(alice, question=question, state="marked", answer="one two three", seconds_taken=50)
    change = compare(one, two)
    assert (change.words_change, change.seconds_change) == (1, -10)


def test_an_anchor_is_hit_in_any_script():
    chinese = {"name": "结果", "anchor": "说出响应时间缩短了多少"}
    assert hits([chinese], "我们把响应时间缩短到八十毫秒") == [True]
    assert hits([chinese], "我和同事沟通得很好") == [False]
    korean = {"name": "결과", "anchor": "응답 시간을 말하세요"}
    assert hits([korean], "응답 시간이 줄었습니다") == [True]
    accents = {"name": "Rôle", "anchor": "Dis ta décision et ton rôle"}
    assert hits([accents], "La de\u0301cision, c’était mon rôle.") == [True]


def test_the_words_of_a_chinese_answer_are_counted(client, alice):
    question = make_question(alice)
    one = make_attempt(alice, question=question, state="marked", answer="我负责支付服务")
    two = make_attempt(alice, question=question, state="marked", answer="我负责支付服务的迁移")
    assert compare(one, two).words_change == 2
    assert "6 words in" in client.get(url(question)).content.decode()


def test_a_question_of_ones_own_is_kept_and_answered(client, alice):
    session = make_session(alice)
    own = reverse("study:session_own_question", args=[session.pk])
    client.post(own, {"text": "Why did you leave your last job?"})
    response = client.post(own, {"text": "  why did you leave your last job "})
    question = Question.objects.get()
    assert (question.origin, question.topic) == ("candidate", session.topic)
    assert response.url == reverse("study:attempt_detail", args=[QuestionAttempt.objects.get().pk])


@pytest.mark.parametrize(("text", "message"), [("", "Type the question"), ("x" * 501, "at most 500")])
def test_no_question_or_a_novel_is_refused_with_the_words_kept(client, alice, text, message):
    response = client.post(reverse("study:session_own_question", args=[make_session(alice).pk]), {"text": text})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert text in response.content.decode()


def test_only_the_owner_sees_or_starts_attempts(client, alice, bob):
    question = make_question(bob)
    assert client.get(url(question)).status_code == 404
    assert client.post(url(question)).status_code == 404
    client.logout()
    assert client.get(url(question)).url.startswith(reverse("login"))
