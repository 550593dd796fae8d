"""Handing an answer in: saved first, refused only with every word kept."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from study.models import QuestionAttempt
from tests.factories import ANSWER, make_attempt, make_session
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


def submit(client, attempt, text=ANSWER, version="0", headers=None, **more):
    url = reverse("study:attempt_submission", args=[attempt.pk])
    return client.post(url, {"raw_answer": text, "draft_version": version, **more}, headers=headers)


def test_it_is_saved_before_anyone_is_asked_and_the_page_asks(client, alice, fake_llm):
    attempt = make_attempt(alice, answer="", started_at=timezone.now() - timedelta(seconds=75))
    response = submit(client, attempt, self_mark="7", headers=HTMX)
    content = response.content.decode()
    assert reverse("study:attempt_feedback", args=[attempt.pk]) in content
    assert "<html" not in content
    attempt.refresh_from_db()
    assert attempt.raw_answer == ANSWER
    assert attempt.ask_state == "pending"
    assert attempt.seconds_taken == pytest.approx(75, abs=2)
    assert attempt.self_mark == 7
    assert fake_llm.requests == []


def test_without_javascript_it_leads_back_to_the_page_which_has_a_button(client, alice):
    attempt = make_attempt(alice, answer="")
    response = submit(client, attempt)
    assert response.url == reverse("study:attempt_detail", args=[attempt.pk])
    assert "Get feedback" in client.get(response.url).content.decode()


def test_without_javascript_what_is_written_so_far_can_be_kept(client, alice):
    attempt = make_attempt(alice, answer="")
    page = client.get(submit(client, attempt, text="Half a", keep="on").url).content.decode()
    assert "Half a</textarea>" in page
    assert "Kept as it is, and not submitted yet." in page
    attempt.refresh_from_db()
    assert (attempt.is_draft, attempt.raw_answer) == (True, "Half a")

    response = submit(client, attempt, text="Another page", version="0", keep="on")
    assert response.status_code == 409
    shown = re.findall(r"<textarea[^>]*>\n?([^<]*)</textarea>", response.content.decode())
    assert {"Half a", "Another page"} <= set(shown)


def test_a_second_click_is_harmless(client, alice):
    attempt = make_attempt(alice, answer="")
    submit(client, attempt)
    assert submit(client, attempt).status_code == 302
    assert QuestionAttempt.objects.count() == 1


def test_other_words_for_an_answer_that_was_handed_in_are_shown_and_not_lost(client, alice):
    attempt = make_attempt(alice, state="submitted", answer="The first answer.")
    response = submit(client, attempt, "Quite another answer.")
    content = response.content.decode()
    assert response.status_code == 409
    assert "Quite another answer." in content
    assert "The first answer." in content
    attempt.refresh_from_db()
    assert attempt.raw_answer == "The first answer."


@pytest.mark.parametrize("text", [" \n ", "\u200b\u2060\ufeff\n\u3164"])
def test_an_empty_answer_is_refused(client, alice, text):
    attempt = make_attempt(alice, answer="")
    response = submit(client, attempt, text)
    assert response.status_code == 422
    assert "no answer to mark yet" in response.content.decode()
    attempt.refresh_from_db()
    assert attempt.is_draft


@pytest.mark.parametrize("headers", [None, HTMX])
def test_an_answer_that_is_too_long_is_refused_and_kept_whole(client, alice, headers):
    attempt = make_attempt(alice, answer="")
    text = "word " * 2401
    response = submit(client, attempt, text, headers=headers)
    assert response.status_code == 422
    assert "at most 12,000" in response.content.decode()
    attempt.refresh_from_db()
    assert attempt.is_draft
    assert attempt.raw_answer == text
    assert f'name="draft_version" value="{attempt.draft_version}"' in " ".join(response.content.decode().split())


def test_exactly_12000_characters_are_accepted(client, alice):
    attempt = make_attempt(alice, answer="")
    assert submit(client, attempt, "x" * 12_000).status_code == 302


def test_a_stale_page_does_not_overwrite_what_was_written_elsewhere(client, alice):
    attempt = make_attempt(alice, answer="From the phone.", draft_version=3)
    response = submit(client, attempt, "From the desk.", "1")
    content = response.content.decode()
    assert response.status_code == 409
    assert "From the phone." in content
    assert "From the desk." in content
    attempt.refresh_from_db()
    assert attempt.is_draft
    assert submit(client, attempt, "From the desk.", "3").status_code == 302


def test_control_characters_go_and_nothing_else(client, alice):
    attempt = make_attempt(alice, answer="")
    submit(client, attempt, "Tab\there, bell\x07, null\x00, ok.")
    attempt.refresh_from_db()
    assert attempt.raw_answer == "Tab\there, bell, null, ok."


def test_a_draft_of_a_session_that_ended_can_still_be_handed_in(client, alice):
    attempt = make_attempt(alice, session=make_session(alice, ended=True), answer="Half of it")
    assert submit(client, attempt, "Half of it and the rest").status_code == 302


def test_only_the_owner_hands_in_and_only_by_posting(client, alice, bob):
    assert submit(client, make_attempt(bob)).status_code == 404
    attempt = make_attempt(alice)
    assert client.get(reverse("study:attempt_submission", args=[attempt.pk])).status_code == 302
    client.logout()
    assert submit(client, attempt).status_code == 401


def test_a_draft_that_is_handed_in_the_next_day_took_until_its_session_ended(client, alice):
    """Nobody wrote all night, and the coach would be told so."""
    yesterday = timezone.now() - timedelta(days=1)
    session = make_session(alice, ended=yesterday)
    attempt = make_attempt(alice, session=session, started_at=yesterday - timedelta(seconds=100))
    page = client.get(reverse("study:attempt_detail", args=[attempt.pk])).text
    assert "Session over" in page
    assert "<time-clock" not in page
    submit(client, attempt)
    attempt.refresh_from_db()
    assert attempt.seconds_taken == 100
