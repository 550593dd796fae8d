"""Autosave: what is written so far is on the server, and two pages do not overwrite each other silently."""

import pytest
from django.urls import reverse

from tests.factories import make_attempt

pytestmark = pytest.mark.django_db


def save(client, attempt, text, version):
    url = reverse("study:attempt_draft", args=[attempt.pk])
    return client.post(url, {"raw_answer": text, "draft_version": version})


def test_a_draft_is_saved_and_each_save_raises_its_version(client, alice):
    attempt = make_attempt(alice, answer="")
    first = save(client, attempt, "In 2022 I", 0)
    assert first.json()["draft_version"] == 1
    assert first.json()["saved_at"]
    assert save(client, attempt, "In 2022 I led", 1).json()["draft_version"] == 2
    assert "In 2022 I led" in client.get(reverse("study:attempt_detail", args=[attempt.pk])).content.decode()


def test_what_another_page_wrote_is_not_overwritten_but_given_back(client, alice):
    attempt = make_attempt(alice, answer="")
    save(client, attempt, "Written on the phone", 0)
    response = save(client, attempt, "Written on the desk", 0)
    assert response.status_code == 409
    assert response.json() == {"draft_version": 1, "text": "Written on the phone"}
    attempt.refresh_from_db()
    assert attempt.raw_answer == "Written on the phone"


def test_a_page_that_missed_the_answer_to_its_last_save_goes_on(client, alice):
    attempt = make_attempt(alice, answer="")
    save(client, attempt, "In 2022 I", 0)
    assert save(client, attempt, "In 2022 I", 0).json()["draft_version"] == 1
    assert save(client, attempt, "In 2022 I led a team", 0).json()["draft_version"] == 2


def test_line_ends_and_blanks_at_the_end_are_kept_as_typed(client, alice):
    attempt = make_attempt(alice, answer="")
    save(client, attempt, "One\r\nTwo \x00 ", 0)
    attempt.refresh_from_db()
    assert attempt.raw_answer == "One\nTwo  "


def test_a_draft_keeps_the_session_alive(client, alice):
    attempt = make_attempt(alice, answer="")
    before = attempt.session.last_interaction_time
    save(client, attempt, "x", 0)
    attempt.session.refresh_from_db()
    assert attempt.session.last_interaction_time > before


def test_a_draft_longer_than_an_answer_is_kept_and_only_a_senseless_one_refused(client, alice):
    attempt = make_attempt(alice, answer="")
    assert save(client, attempt, "word " * 3000, 0).status_code == 200
    assert save(client, attempt, "x" * 120_001, 1).status_code == 413


def test_an_answer_that_was_handed_in_is_not_touched(client, alice):
    attempt = make_attempt(alice, state="submitted", answer="Handed in.")
    response = save(client, attempt, "Other words", 0)
    assert response.status_code == 409
    assert response.json()["text"] == "Handed in."


def test_a_version_is_needed(client, alice):
    attempt = make_attempt(alice)
    url = reverse("study:attempt_draft", args=[attempt.pk])
    assert client.post(url, {"raw_answer": "x"}).status_code == 422


def test_only_the_owner_saves_and_only_by_posting(client, alice, bob):
    attempt = make_attempt(bob, answer="Bob's")
    assert save(client, attempt, "Alice's", 0).status_code == 404
    own = make_attempt(alice)
    assert client.get(reverse("study:attempt_draft", args=[own.pk])).status_code == 302
    client.logout()
    assert save(client, own, "x", 0).url.startswith(reverse("login"))
