"""Waiting for the coach: the page says whether words come, and stops it when it is told to."""

import json
import threading
import time

import pytest
from playwright.sync_api import expect

from llm_modes.asking.rows import AskState
from llm_modes.failures import FAILURES
from llm_modes.provider.client import who_answers
from tests.factories import make_brief, make_plan, make_user
from tests.fake_llm import completion
from tests.waiting_rows import a_review, an_answer, questions

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """A reply that waits twice: for `begin`, and after its first words for `go_on`."""

    def __init__(self, reply) -> None:
        self.begin, self.go_on = threading.Event(), threading.Event()
        text = json.dumps(reply)

        def pieces():
            yield ""
            self.begin.wait(20)
            yield text[:70]
            self.go_on.wait(20)
            yield text[70:]

        self.play = completion(pieces=pieces)


@pytest.mark.parametrize("make", [an_answer, questions, a_review], ids=lambda make: make.__name__)
def test_it_says_when_words_come_and_stops_and_tries_again(page, sign_in, live_server, fake_llm, make):
    alice = make_user("alice", current_role="Backend engineer")
    make_brief(alice)
    make_plan(alice)
    case = make(alice)
    type(case.row)._base_manager.filter(pk=case.row.pk).update(ask_state=AskState.PENDING, ask_failure="")
    slow, said = Slow(case.reply), page.locator("main").get_by_text(FAILURES["stopped"].message)
    fake_llm.play(slow.play)
    sign_in(page.context, alice)
    who_answers()  # loads the SDK, which takes seconds
    try:
        page.goto(f"{live_server.url}{case.page}")
        phase = page.locator("[data-phase]")
        expect(phase).to_have_text("Waiting for the first words.")
        slow.begin.set()
        expect(phase).to_have_text("Writing.", timeout=15_000)
        expect(page.locator("#announcer")).to_have_text("Writing.")
        page.get_by_role("button", name="Stop").click()
        expect(said).to_be_visible()
        expect(page.locator(".pending")).to_have_count(0)
        page.wait_for_timeout(4500)  # the call has ended, and whoever asked for it has had its reply
        expect(said).to_be_visible()
        assert page.locator("#connection").is_hidden()
    finally:
        slow.go_on.set()
        slow.begin.set()
    fake_llm.reply(case.reply)
    page.get_by_role("button", name="Try again").click()
    # A page that is just being opened has neither notice nor spinner.
    expect(said).to_have_count(0)
    until = time.monotonic() + 15
    while not case.row.is_answered and time.monotonic() < until:
        page.wait_for_timeout(100)
        case.row.refresh_from_db()
    assert case.row.is_answered
    expect(page.locator(".pending")).to_have_count(0, timeout=15_000)
