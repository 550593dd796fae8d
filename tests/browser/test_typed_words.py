"""What was typed, in Chromium: the login goes and comes back in another tab, and so does the network."""

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from coach.models import LoginSession, RawUserContext
from llm_modes.read_context.example import EXAMPLE
from plans.models import ChatMessage
from study.models import QuestionAttempt
from tests.factories import PASSWORD, make_attempt, make_plan, make_question, make_story, make_user
from tests.fake_llm import a_chat_reply, a_story

pytestmark = pytest.mark.django_db(transaction=True)

FAILED = {"ask_state": "failed", "ask_failure": "timeout"}
WORDS = "Vier Jahre Pause, dann zurück auf Station.\nZwei Fälle & ein <Fehler>."


@pytest.fixture
def alice():
    alice = make_user("alice", current_role="Nurse")
    make_plan(alice)
    return alice


def log_in(context: BrowserContext, url: str, name: str = "alice") -> None:
    """In a tab of its own, which is closed again."""
    other = context.new_page()
    other.goto(f"{url}/login/")
    other.fill("[name=username]", name)
    other.fill("[name=password]", PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_url(f"{url}/")
    other.close()


def sign_in_there(page: Page, password: str = PASSWORD) -> None:
    page.fill("[name=sign-in-username]", "alice")
    page.fill("[name=sign-in-password]", password)
    page.keyboard.press("Enter")


def test_the_login_goes_and_the_words_stay(page, live_server, alice, fake_llm):
    url, bar = live_server.url, page.locator("#connection")
    log_in(page.context, url)
    fake_llm.always(EXAMPLE.reply, mode="read_context")

    # A plain form: signed in on the page that comes, after a slip.
    page.goto(url + reverse("context"))
    page.fill("[name=text]", WORDS)
    LoginSession.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Log in to go on")).to_be_visible()
    expect(page.get_by_label("What you sent")).to_have_value(WORDS)
    sign_in_there(page, "a wrong one")
    expect(page.locator("[name=sign-in-password]")).to_be_focused()
    expect(page.get_by_label("What you sent")).to_have_value(WORDS)
    sign_in_there(page)
    page.wait_for_url(url + reverse("context"))
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert RawUserContext.objects.get().text == WORDS

    # The same with a new login in another tab.
    page.fill("[name=text]", f"{WORDS} More.")
    log_in_anew(page, url)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You are logged in as alice.")).to_be_visible()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert RawUserContext.objects.get().text == f"{WORDS} More."

    # A form that htmx sends: the words stay where they are, and the bar goes when the login is back.
    page.goto(url + reverse("plans:chat"))
    page.fill("#talk textarea", WORDS)
    LoginSession.objects.all().delete()
    page.get_by_role("button", name="Send").click()
    expect(bar).to_contain_text("You are logged out")
    log_in(page.context, url)
    expect(bar).to_be_hidden()
    expect(page.locator("#talk textarea")).to_have_value(WORDS)
    fake_llm.reply(a_chat_reply())
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#talk .said", has_text="Vier Jahre Pause")).to_be_visible()
    assert ChatMessage.objects.get(author="candidate").text == WORDS

    # A draft, which a script saves.
    attempt = make_attempt(alice, question=make_question(alice), answer="")
    page.goto(url + reverse("study:attempt_detail", args=[attempt.pk]))
    status = page.locator("[data-draft-status]")
    LoginSession.objects.all().delete()
    page.fill("[name=raw_answer]", WORDS)
    expect(bar).to_contain_text("You are logged out")
    expect(status).to_have_text("Not saved yet")  # said once, in the bar, which knows when it is over
    make_user("bob")
    log_in(page.context, url, "bob")
    come_back(page)
    expect(bar).to_contain_text("Someone else is logged in")
    log_in_anew(page, url)
    come_back(page)
    expect(status).to_contain_text("Saved")
    expect(bar).to_be_hidden()
    assert QuestionAttempt.objects.get(pk=attempt.pk).raw_answer == WORDS
    page.context.set_offline(True)
    page.get_by_role("button", name="Submit").click()
    expect(bar).to_contain_text("No connection")
    page.context.set_offline(False)
    expect(bar).to_be_hidden()


def come_back(page: Page) -> None:
    """To this tab: Chromium without a window does not tell."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def log_in_anew(page: Page, url: str) -> None:
    """Logged out and in again in another tab."""
    other = page.context.new_page()
    other.goto(url)
    other.locator("summary", has_text="Account of").click()
    other.get_by_role("button", name="Log out").click()
    other.wait_for_url("**/login/")
    other.close()
    log_in(page.context, url)


def test_far_too_much_is_not_sent_and_stays(page, live_server, alice, settings):
    log_in(page.context, live_server.url)
    page.goto(live_server.url + reverse("context"))
    page.evaluate("document.querySelector('[name=text]').value = 'é'.repeat(100000)")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#connection")).to_contain_text("more than fits")
    assert page.evaluate("document.querySelector('[name=text]').value.length") == 100_000
    page.fill("[name=text]", WORDS)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_a_form_that_is_half_written_goes_on_when_another_one_of_its_page_is_answered(
    page, live_server, alice, fake_llm
):
    question = make_question(alice)
    story = make_story(alice, question=question, version=0, notes="a queue", **FAILED)
    story.text = ""
    story.save()
    log_in(page.context, live_server.url)
    page.goto(live_server.url + reverse("study:question_story", args=[question.pk]))
    page.get_by_text("Write it yourself").click()
    page.fill("#id_text", WORDS)
    fake_llm.reply(a_story())
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Our job queue grew faster than it drained.").first).to_be_visible()
    expect(page.locator("#id_text")).to_be_visible()
    expect(page.locator("#id_text")).to_have_value(WORDS)
    # Nor does it take the place of what has come.
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This story was changed elsewhere meanwhile")).to_be_visible()
    story.refresh_from_db()
    assert "Our job queue" in story.text


def test_without_javascript_an_answer_is_handed_in_after_signing_in_there(browser, live_server, alice):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(context, live_server.url)
    attempt = make_attempt(alice, question=make_question(alice), answer="")
    page.goto(live_server.url + reverse("study:attempt_detail", args=[attempt.pk]))
    page.fill("[name=raw_answer]", WORDS)
    LoginSession.objects.all().delete()
    page.get_by_role("button", name="Submit").click()
    sign_in_there(page)
    page.wait_for_url(live_server.url + reverse("study:attempt_detail", args=[attempt.pk]))
    attempt.refresh_from_db()
    assert (attempt.raw_answer, attempt.is_draft) == (WORDS, False)
    context.close()
