"""Every page in Chromium, as tests/browser/one_history.py fills it: nothing scrolls sideways, and all can be read."""

import base64
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.one_history import a_history
from tests.conftest import wait_for_last_requests
from tests.factories import make_plan, make_progress, make_user

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "Rindfleischetikettierungsueberwachungs" * 13 + "gesetz"
WIDTHS = (320, 360, 1440)
# The end of the page's gradient that is nearer to its ink, where contrast is least. The other is tried at home alone.
HARDER_END = {"light": "paper", "dark": "lamplight"}

CHECKS = Path(__file__).with_name("page_checks.js").read_text(encoding="utf-8")


def in_page(page: Page, expression: str, value: object = None) -> list[object]:
    """What an expression with the functions of page_checks.js comes to; `value` is in it by that name."""
    return page.evaluate(f"async (value) => {{ {CHECKS}; return {expression} }}", value)


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


def test_all_can_be_read_and_touched_in_both_schemes(visit):
    found = {}
    for page, path in visit(a_history("So I measured it")):
        page.set_viewport_size({"width": 1440, "height": 900})
        in_page(page, "fill(value)", "So I measured it")
        if low := in_page(page, "low()"):
            found[path] = low
        page.evaluate(Axe().axe_script)
        for scheme, harder in HARDER_END.items():
            page.emulate_media(color_scheme=scheme)
            for end in HARDER_END.values() if path.endswith(" /") else (harder,):
                if wrong := in_page(page, "unreadable(value)", end):
                    found[path, scheme, end] = wrong
    assert found == {}


@pytest.fixture
def home(browser, live_server, sign_in):
    """A function that opens the home page of a candidate with one mark of 2, in a browser set up like that."""
    contexts = []

    def home(**how):
        alice = make_user("alice")
        make_progress(make_plan(alice)[0], strength_rating="2.0", marked_attempts=1)
        contexts.append(browser.new_context(base_url=live_server.url, **how))
        sign_in(contexts[0], alice)
        page = contexts[0].new_page()
        page.goto("/")
        return page

    yield home
    contexts[0].close()
    wait_for_last_requests()


def test_the_account_menu_closes_when_one_leaves_it(home):
    page = home()
    menu, summary = page.locator("details.menu"), page.locator("details.menu summary")
    summary.click()
    expect(menu).to_have_attribute("open", "")
    for _place in range(4):  # three entries, and out of it
        page.keyboard.press("Tab")
    expect(menu).not_to_have_attribute("open", "")
    expect(page.locator(".offline summary")).to_be_focused()
    summary.click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    summary.click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_strength_of_two_fills_two_tenths_of_its_scale_in_forced_colours(home, scheme):
    page = home(forced_colors="active", color_scheme=scheme)
    ground, ink = (f"rgb({shade}, {shade}, {shade})" for shade in ((0, 255) if scheme == "dark" else (255, 0)))
    picture = page.locator(".scale").first.screenshot()
    page.goto("about:blank")
    tenths = in_page(page, "colours(value)", base64.b64encode(picture).decode())
    assert tenths == [ink] * 2 + [ground] * 8
