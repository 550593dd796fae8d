"""Every page in Chromium, as tests/browser/one_history.py fills it: nothing scrolls sideways, and all can be read."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.one_history import a_history
from tests.conftest import wait_for_last_requests

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "Rindfleischetikettierungsueberwachungs" * 13 + "gesetz"
WIDTHS = (320, 360, 1440)

CHECKS = Path(__file__).with_name("page_checks.js").read_text(encoding="utf-8")


def in_page(page: Page, expression: str, value: object = None) -> list[object]:
    """What an expression with the functions of page_checks.js comes to; `value` is in it by that name."""
    return page.evaluate(f"(value) => {{ {CHECKS}; return {expression} }}", value)


@pytest.fixture
def visit(browser, live_server, sign_in):
    """A function that walks through every page of a history, each in its candidate's browser."""
    contexts = {}

    def visit(history):
        for candidate, path in history.pages():
            if candidate not in contexts:
                contexts[candidate] = browser.new_context(base_url=live_server.url)
                if candidate:
                    sign_in(contexts[candidate], candidate)
                contexts[candidate].new_page().on("dialog", lambda dialog: dialog.accept())  # leave without saving
            page = contexts[candidate].pages[0]
            response = page.goto(path)
            assert response.ok, (path, response.status)
            yield page, f"{candidate.username[0] if candidate else 'nobody'} {path}"

    yield visit
    for context in contexts.values():
        context.close()
    wait_for_last_requests()


def test_a_word_without_an_end_scrolls_no_page_sideways(visit):
    found = {}
    for page, path in visit(a_history(WORD)):
        in_page(page, "fill(value)", WORD)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if wrong := in_page(page, "[...outside(), ...broken()]"):
                found[path, width] = wrong
    assert found == {}
