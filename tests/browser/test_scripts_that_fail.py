"""Every script of a page missing, cut off half-way, or failing: in Chromium the whole loop goes on."""

import re
import time
from contextlib import suppress

import pytest
from django.urls import reverse
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route, expect

from study.reconciliation import reconcile
from tests.conftest import wait_for_last_requests
from tests.factories import ANSWER, make_attempt, make_plan, make_reconciliation, make_session, make_user

pytestmark = pytest.mark.django_db(transaction=True)

STEP = 10.0  # seconds that each step may take, the first imports of the process included
SCRIPTS = ("htmx-2", "app", "live", "clock", "draft", "dictation")
THE_STREAM = "the stream"  # of what is shown while it is written


def missing(route: Route) -> None:
    route.fulfill(status=404, body="")


def cut_in_half(route: Route) -> None:
    body = route.fetch().body()
    route.fulfill(status=200, content_type="text/javascript", body=body[: len(body) // 2])


CASES = [(script, harm) for script in SCRIPTS for harm in (missing, cut_in_half)]
CASES += [(THE_STREAM, missing)]


@pytest.fixture
def alice():
    alice = make_user("alice", current_role="Backend engineer")
    make_plan(alice)
    return alice


@pytest.fixture
def tab(browser, live_server, sign_in, alice):
    """A page of hers. Scripts fail in it, so that one does is not held against the test."""
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(STEP * 1000)
    sign_in(context, alice)
    yield context.new_page()
    context.close()
    wait_for_last_requests()


def go_on(page: Page, button: str, until: str) -> None:
    """Wait for what the page brings by itself, and press the button where one stands."""
    there = page.locator(until).first
    instead = page.get_by_role("main").get_by_role("button", name=button)
    deadline = time.monotonic() + STEP
    while not there.is_visible():
        assert time.monotonic() < deadline, page.get_by_role("main").inner_text()
        if instead.is_visible():
            with suppress(PlaywrightError):  # gone meanwhile: the page did it by itself
                instead.click(timeout=1000)
        page.wait_for_timeout(50)


def a_summary_on_its_way(page: Page, alice) -> None:
    """Open the page of a session that has ended, and write its summary, as the worker does."""
    ended = make_session(alice, ended=True)
    make_attempt(alice, session=ended, state="marked")
    waiting = make_reconciliation(ended)
    page.goto(reverse("study:session_detail", args=[ended.pk]))
    expect(page.locator(".pending")).to_be_visible()
    assert reconcile(waiting).is_answered


@pytest.mark.parametrize(("script", "harm"), CASES, ids=lambda part: getattr(part, "__name__", part))
def test_the_loop_goes_on_with_a_script(tab, alice, script, harm):
    harmed = []
    path = re.compile(r"/live/$" if script == THE_STREAM else rf"/{script}\b[^/]*\.js$")
    tab.context.route(path, lambda route: (harmed.append(route), harm(route)))
    ended = tab.context.new_page()
    a_summary_on_its_way(ended, alice)
    tab.bring_to_front()  # a tab behind another one is drawn once a second, and each click waits for that

    tab.goto(reverse("plans:chat"))
    tab.get_by_label("Your message").fill("How long will it take me?")
    tab.get_by_role("button", name="Send").click()
    go_on(tab, "Get the answer", ":is(#reply, [id^=message-].coach) .said")

    tab.goto(reverse("study:sessions"))
    tab.get_by_role("button", name="Start", exact=True).click()
    go_on(tab, "Get questions", ".questions")

    tab.get_by_role("button", name="Answer it").first.click()
    promise = tab.locator("[data-draft-status]")
    expect(promise).to_have_text("" if script == "draft" else "Saves while you type")
    tab.get_by_label("Your answer").fill(ANSWER)
    if script == "app":  # what saves stands on its own feet
        expect(promise).to_have_text(re.compile("^Saved"))
    tab.get_by_role("button", name="Submit").click()
    go_on(tab, "Get feedback", ".mark")

    go_on(ended, "Look again", "#summary .prose")
    assert len(harmed) > 1
