"""The mark: asked for outside of a transaction, once, and never made up."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from llm_modes.models import LLMCall
from study import marking
from study.models import Question, QuestionAttempt
from tests.factories import ANSWER, make_attempt, make_question, make_session
from tests.fake_llm import a_mark
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


def ask(client, attempt, headers=HTMX, query=""):
    return client.post(reverse("study:attempt_feedback", args=[attempt.pk]) + query, headers=headers)


def test_the_mark_arrives_with_reasons_quotes_and_anchors(client, alice, fake_llm):
    fake_llm.reply(a_mark(score=8, quotes=["I owned the payment service", "I invented this"]))
    attempt = make_attempt(alice, state="submitted")
    content = ask(client, attempt).content.decode()
    assert "<b>8</b> out of 10" in content
    assert "I owned the payment service" in content
    assert "I invented this" not in content
    assert "You named a concrete project." in content
    assert "Say what the result was, in numbers." in content
    assert "<html" not in content
    attempt.refresh_from_db()
    assert attempt.model == "fake-model-1"
    assert len(attempt.prompt_digest) == 16


def test_the_question_learns_its_anchors_and_when_it_is_due(client, alice, fake_llm):
    fake_llm.reply(a_mark(score=8))
    attempt = make_attempt(alice, state="submitted")
    ask(client, attempt)
    question = Question.objects.get()
    assert [anchor["name"] for anchor in question.answer_anchors] == ["Own part", "Result"]
    assert question.due_at > attempt.submitted_at
    fake_llm.reply(a_mark(score=8))
    ask(client, make_attempt(alice, question=question, state="submitted"))
    assert "End with the measured result" in fake_llm.requests[-1].user


def test_anchors_from_before_their_words_were_counted_are_still_told(client, alice, fake_llm):
    fake_llm.reply(a_mark(score=8))
    long = {"name": "说明你自己在这个项目中的具体职责", "anchor": "说" * 300}
    question = make_question(alice, answer_anchors=[long])
    ask(client, make_attempt(alice, question=question, state="submitted"))
    assert long["name"] in fake_llm.requests[-1].user


def test_the_prompt_holds_no_earlier_mark_and_no_self_mark(client, alice, fake_llm):
    question = make_question(alice)
    make_attempt(alice, question=question, state="marked", score=9, answer="SECRET-EARLIER-ANSWER")
    fake_llm.reply(a_mark())
    ask(client, make_attempt(alice, question=question, state="submitted", self_mark=10))
    prompt = fake_llm.requests[0].user
    assert "SECRET-EARLIER-ANSWER" not in prompt
    assert "You named a concrete project." not in prompt
    assert "10" not in prompt.replace("0.10", "").split("<seconds>")[0]


def test_a_marked_answer_is_not_asked_for_again(client, alice, fake_llm):
    attempt = make_attempt(alice, state="marked", score=5)
    assert "<b>5</b>" in ask(client, attempt).content.decode()
    assert fake_llm.requests == []


def test_a_draft_is_not_marked(client, alice, fake_llm):
    ask(client, make_attempt(alice))
    assert fake_llm.requests == []


@pytest.mark.parametrize("headers", [HTMX, None], ids=["htmx", "without JavaScript"])
def test_a_failure_leaves_the_answer_an_honest_word_and_a_button_and_retry_marks_it(client, alice, fake_llm, headers):
    attempt = make_attempt(alice, state="submitted")
    fake_llm.fault("http_500")
    fake_llm.fault("http_500")
    response = ask(client, attempt, headers)
    assert response.status_code == (503 if headers else 302)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert "Your answer is saved, but has no mark yet" in page
    assert "I owned the payment service" in page
    assert "Try again" in page
    attempt.refresh_from_db()
    assert attempt.score_rating is None
    fake_llm.reply(a_mark(score=6))
    if headers:
        assert reverse("study:attempt_live", args=[attempt.pk]) in ask(client, attempt, headers).content.decode()
    ask(client, attempt, headers, "?again=1" if headers else "")
    attempt.refresh_from_db()
    assert (attempt.score_rating, attempt.raw_answer) == (6, ANSWER)


def test_a_mark_that_comes_after_the_end_raises_the_strength(client, alice, fake_llm):
    fake_llm.reply(a_mark(score=4))
    session = make_session(alice, ended=True)
    ask(client, make_attempt(alice, session=session, state="submitted"))
    assert float(session.topic.progress.strength_rating) == 4.0


def test_someone_elses_answer_is_not_found(client, alice, bob, fake_llm):
    assert ask(client, make_attempt(bob, state="submitted")).status_code == 404


def test_it_has_to_be_asked_by_someone_who_is_signed_in(client, alice):
    attempt = make_attempt(alice, state="submitted")
    assert client.put(reverse("study:attempt_feedback", args=[attempt.pk])).status_code == 405
    client.logout()
    assert ask(client, attempt).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_ask_at_once_pay_once_and_the_second_is_told_to_wait(client, alice, fake_llm):
    attempt = make_attempt(alice, state="submitted")
    hold = threading.Event()
    fake_llm.reply(a_mark(score=7), hold=hold)
    first = threading.Thread(target=_in_thread, args=(attempt.pk,))
    first.start()
    fake_llm.wait_for(1)
    waiting = ask(client, attempt)
    assert "Marking your answer" in waiting.content.decode()
    assert "Look again" in waiting.content.decode()
    assert ask(client, attempt, query="?again=1").status_code == 204
    hold.set()
    first.join()
    assert "<b>7</b>" in ask(client, attempt, query="?again=1").content.decode()
    assert LLMCall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_late_reply_is_dropped(alice, fake_llm):
    attempt = make_attempt(alice, state="submitted")
    hold = threading.Event()
    fake_llm.reply(a_mark(score=2), hold=hold)
    slow = threading.Thread(target=_in_thread, args=(attempt.pk,))
    slow.start()
    fake_llm.wait_for(1)
    # The lease ran out, and somebody asked anew.
    QuestionAttempt.objects.update(ask_lease_until=attempt.submitted_at)
    fake_llm.reply(a_mark(score=8))
    marking.give_feedback(QuestionAttempt.objects.get())
    hold.set()
    slow.join()
    attempt.refresh_from_db()
    assert attempt.score_rating == 8


@pytest.mark.django_db(transaction=True)
def test_a_second_answer_waits_for_its_turn(client, alice, fake_llm):
    session = make_session(alice)
    one = make_attempt(alice, session=session, state="submitted")
    two = make_attempt(alice, session=session, state="submitted", question=make_question(alice, "Why Go?"))
    hold = threading.Event()
    fake_llm.reply(a_mark(score=7), hold=hold)
    first = threading.Thread(target=_in_thread, args=(one.pk,))
    first.start()
    fake_llm.wait_for(1)
    assert "Marking your answer" in ask(client, two).content.decode()
    assert ask(client, two, query="?again=1").status_code == 204
    hold.set()
    first.join()
    fake_llm.reply(a_mark(score=3))
    assert "<b>3</b>" in ask(client, two, query="?again=1").content.decode()


def _in_thread(pk: int) -> None:
    try:
        marking.give_feedback(QuestionAttempt.objects.get(pk=pk))
    finally:
        connection.close()


def test_one_button_tries_the_mark_again_and_another_starts_a_new_answer(client, alice):
    attempt = make_attempt(alice, state="failed")
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert page.count("Try again</button>") == 1
    assert page.count("Answer it again</button>") == 1


def test_no_mark_says_that_nothing_is_left_above_what_is_left(client, alice):
    attempt = make_attempt(alice, state="marked", score=10)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert "Strong, only details left" in page
    assert "What to do next time" in page
    assert "Nothing left" not in page


@pytest.mark.parametrize(
    ("model", "said"),
    [("offline-coach", "the offline coach, by fixed rules."), ("gpt-5", "the coach, with the language model gpt-5.")],
)
def test_the_page_says_in_words_who_gave_the_mark(client, alice, model, said):
    attempt = make_attempt(alice, state="marked", model=model)
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()
    assert f"Marked by {said}" in page
