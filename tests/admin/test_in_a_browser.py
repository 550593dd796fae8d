"""The admin and the facade's documentation under the strict Content-Security-Policy, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from llm_modes.asking.rows import AskState
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

# What a page still loads when it is left, as its icon, which comes last. What a policy refuses fails with "csp".
LEFT = "net::ERR_ABORTED"


@pytest.fixture
def refused(page: Page) -> list[str]:
    """What the browser would not load or run, and what scripts complained of."""
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text) if message.type == "error" else None)
    page.on("requestfailed", lambda request: messages.append(request.url) if request.failure != LEFT else None)
    return messages


@pytest.fixture
def boss(page: Page, live_server, client):
    boss = factories.make_user("boss", is_staff=True, is_superuser=True)
    client.force_login(boss)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return boss


@pytest.mark.usefixtures("boss")
def test_the_admin_works_without_inline_scripts_and_styles(page, live_server, refused):
    alice = factories.make_user("alice")
    factories.make_plan(alice)
    row = factories.make_reconciliation(
        factories.make_session(alice, ended=True), ask_state=AskState.FAILED, ask_failure="timeout"
    )
    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_role("table", name="State of the queue")).to_be_visible()
    page.get_by_role("link", name="Reconciliations", exact=True).first.click()
    page.wait_for_load_state()  # the box is a script's
    page.get_by_label("Select all objects").check()
    page.get_by_label("Action:").select_option("retry")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("Handed to the worker again: 1.")).to_be_visible()
    page.wait_for_load_state()
    row.refresh_from_db()
    assert row.ask_state == AskState.PENDING
    page.goto(f"{live_server.url}/admin/coach/user/{alice.pk}/change/")
    page.get_by_label("User name").fill("alicia")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("changed successfully")).to_be_visible()
    page.wait_for_load_state()
    page.goto(f"{live_server.url}/admin/coach/user/add/")
    assert refused == []


@pytest.mark.usefixtures("boss")
def test_the_documentation_loads_from_our_own_origin_and_can_be_tried_out(page, live_server, refused):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/api/docs")
    expect(page.get_by_role("heading", name="Interview coach")).to_be_visible()
    page.get_by_text("/plan/suggest_changes").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("textbox").last.fill("{}")
    with page.expect_response("**/plan/suggest_changes") as answered:
        page.get_by_role("button", name="Execute").click()
    assert answered.value.status == 409, "the token is sent, and there is no plan yet"
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert [message for message in refused if "409" not in message] == []
