"""A candidate whose share is taken is told so at every door to the LLM, with the words saved and a way to try again."""

import pytest
from django.urls import reverse

from llm_modes.models import LLMCall
from llm_modes.provider import parking
from tests.api.conftest import Api, error
from tests.factories import (
    ANSWER,
    make_attempt,
    make_debrief,
    make_message,
    make_progress,
    make_proposal,
    make_question,
    make_review,
    make_round,
    make_session,
    make_started_call,
    make_story,
)
from tests.study.conftest import HTMX
from tests.study.test_dictation import WEBM

pytestmark = pytest.mark.django_db
PENDING = {"ask_state": "pending"}
LIMITS = {
    "too_many_at_once": ("busy with the last 2 things", 429),
    "too_many_calls": ("asked the coach 20 times within a minute", 429),
    "busy": ("has its hands full", 503),
}


@pytest.fixture(params=LIMITS)
def limit(request, alice, fake_llm, settings):
    """One of the limits, met by alice, whose model must not be asked."""
    calls = {"too_many_at_once": 2, "too_many_calls": 20, "busy": 0}[request.param]
    for _ in range(calls):
        make_started_call(alice, ended=request.param == "too_many_calls")
    if request.param == "busy":
        settings.COACH_WEB_THREADS = 2
        parking.take(0)
    yield request.param
    if request.param == "busy":
        parking.free(0)
    assert fake_llm.requests == []
    assert LLMCall.objects.count() == 0


def answer(alice):
    attempt = make_attempt(alice, state="submitted")
    return attempt, reverse("study:attempt_feedback", args=[attempt.pk]), ANSWER[:40]


def message(alice):
    return make_message(alice, "Zanzibar is my wish", **PENDING), reverse("plans:chat_reply"), ""


def proposal(alice):
    row = make_proposal(alice, status="waiting", feedback=["More time"], **PENDING)
    return row, reverse("plans:proposal_suggestion", args=[row.pk]), ""


def review(alice):
    make_progress(alice.plan_topics.first())  # without practice there is nothing to ask about
    return make_review(alice), reverse("plans:review_answer"), ""


def questions(alice):
    session = make_session(alice)
    row = make_round(session, questions=[], **PENDING)
    return row, reverse("study:session_suggestion", args=[session.pk]), ""


def story(alice):
    row = make_story(alice, notes="my rough notes", text="", **PENDING)
    row.text = ""
    row.save()
    return row, reverse("study:story_structure", args=[row.question_id]), "my rough notes"


def debrief(alice):
    row = make_debrief(alice, "They asked why", state="pending")
    return row, reverse("study:debrief_reading", args=[row.pk]), "They asked why"


DOORS = [answer, message, proposal, review, questions, story, debrief]


@pytest.mark.parametrize("door", DOORS)
def test_a_page_shows_what_is_wrong_what_is_safe_and_a_button(client, alice, limit, door):
    row, url, words = door(alice)
    sentence, status = LIMITS[limit]
    response = client.post(url, headers=HTMX)
    assert response.status_code == status
    assert sentence in response.text
    assert "What you wrote is saved" in response.text
    assert "Try again" in response.text
    assert words in response.text
    # Nothing in the panel asks by itself.
    assert "hx-trigger" not in response.text.partition("notice caution")[2].partition("</section>")[0]
    assert "data-live" not in response.text
    row.refresh_from_db()
    assert (row.ask_state, row.ask_failure, row.ask_attempt) == ("failed", limit, 0)


@pytest.mark.parametrize("door", DOORS)
def test_without_javascript_the_page_says_the_same(client, alice, limit, door):
    url = door(alice)[1]
    assert LIMITS[limit][0] in client.post(url, follow=True).text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("door", "live"), [(answer, "study:attempt_live"), (message, "plans:chat_live")])
def test_a_live_stream_ends_at_once_and_the_page_then_shows_the_panel(client, alice, limit, door, live):
    row, url, _words = door(alice)
    assert b"".join(client.post(reverse(live, args=[row.pk])).streaming_content) == b""
    shown = client.post(f"{url}?again=1", headers=HTMX)
    assert LIMITS[limit][0] in shown.text
    assert "data-live" not in shown.text


def test_dictation_keeps_the_recording_and_says_when(client, alice, limit, fake_llm, settings):
    settings.COACH_TRANSCRIBE_MODEL, settings.TRANSCRIBE_API_KEY = "whisper-1", "key"
    settings.TRANSCRIBE_BASE_URL = fake_llm.url
    response = client.post(reverse("study:dictation"), WEBM, content_type="audio/webm")
    assert response.status_code == LIMITS[limit][1]
    told = response.json()["error"]
    assert (told["code"], told["can_retry"]) == (limit, True)
    assert "recording is kept" in told["message"]
    assert int(response["Retry-After"]) > 0


def test_programs_get_the_code_the_seconds_and_the_saved_answer(alice, limit):
    session = make_session(alice)
    question = make_question(alice, topic=session.topic)
    body = {"question_id": question.pk, "raw_answer": ANSWER}
    path = f"/study/evaluate_answer/{session.pk}"
    for _first_and_again in range(2):
        response = Api(alice).post(path, body)
        assert response.status_code == LIMITS[limit][1]
        told = error(response)
        assert told["code"] == limit
        assert 0 < int(response["Retry-After"]) <= 61
        body = {"attempt_id": told["attempt_id"]}
    assert alice.question_attempts.get().raw_answer == ANSWER


def test_programs_are_told_for_questions_and_plans_too(alice, limit):
    session = make_session(alice)
    for path, body in (
        (f"/study/generate_questions/{session.pk}", None),
        ("/plan/suggest_new", {"role": "Nurse", "raw_user_context": "Five years."}),
        ("/plan/suggest_changes", {"feedback": ["More time"]}),
    ):
        response = Api(alice).post(path, body)
        assert (response.status_code, error(response)["code"]) == (LIMITS[limit][1], limit)
