"""The reasons appear while they are written; the mark only when the whole reply has been checked."""

import json
import threading

import pytest
from django.urls import reverse

from llm_modes.models import LLMCall
from tests.factories import make_attempt, make_brief
from tests.fake_llm import a_mark, completion

pytestmark = pytest.mark.django_db(transaction=True)


def live(client, attempt):
    return client.post(reverse("study:attempt_live", args=[attempt.pk]))


def test_reasons_stream_and_the_mark_does_not(client, alice, fake_llm):
    attempt = make_attempt(alice, state="submitted")
    text = json.dumps(a_mark(score=9))
    go_on = threading.Event()

    def pieces():
        middle = text.index("improvement_areas")
        yield text[:middle]
        go_on.wait(10)
        yield text[middle:]

    fake_llm.play(completion(pieces=pieces))
    events = iter(live(client, attempt))
    first = next(events).decode()
    assert "You named a concrete project." in json.loads(first)
    attempt.refresh_from_db()
    assert attempt.ask_state == "asking"
    go_on.set()
    rest = b"".join(events).decode()
    assert "Say what the result was" in rest
    assert "9" not in first + rest
    attempt.refresh_from_db()
    assert attempt.score_rating == 9


def test_who_connects_again_pays_nothing(client, alice, fake_llm):
    for state in ("marked", "failed", "draft"):
        attempt = make_attempt(alice, state=state)
        assert live(client, attempt).status_code == 204
    assert LLMCall.objects.count() == 0


def test_what_the_coach_writes_is_never_markup(client, alice, fake_llm):
    fake_llm.reply(a_mark(positive_feedback=["<img src=x onerror=alert(1)>"]))
    sent = b"".join(live(client, make_attempt(alice, state="submitted"))).decode()
    assert "<img" not in sent
    assert "&lt;img" in sent


def test_what_is_written_says_in_which_language_it_is(client, alice, fake_llm):
    make_brief(alice, language="de")
    fake_llm.reply(a_mark())
    sent = b"".join(live(client, make_attempt(alice, state="submitted"))).decode()
    assert r"<li dir=\"auto\" lang=\"de\">" in sent


def test_only_the_owner_listens(client, alice, bob):
    assert live(client, make_attempt(bob, state="submitted")).status_code == 404
    attempt = make_attempt(alice, state="submitted")
    client.logout()
    assert live(client, attempt).url.startswith(reverse("login"))
