"""Practising in Chromium: drafts that survive, two tabs, live reasons, and the same without scripts."""

import json
import shutil
import threading

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from study.models import QuestionAttempt, StudySession
from tests.factories import (
    ANSWER,
    make_attempt,
    make_brief,
    make_question,
    make_reconciliation,
    make_round,
    make_session,
    make_story,
)
from tests.fake_llm import a_mark, a_story, completion, some_questions

pytestmark = pytest.mark.django_db(transaction=True)

# Voices that come late, as they do, and that tell what they were asked to say.
VOICES = """
const said = (window.said = []);
const later = new EventTarget();
let voices = [];
Object.assign(later, {
  getVoices: () => voices,
  speak: (one) => (window.last = one) && said.push(`${one.lang}: ${one.text}`),
  cancel: () => said.push("stopped"),
});
Object.defineProperty(window, "speechSynthesis", { value: later });
window.SpeechSynthesisUtterance = class extends EventTarget {
  constructor(text) { super(); this.text = text; }
};
window.comeIn = (...languages) => {
  voices = languages.map((lang) => ({ lang }));
  later.dispatchEvent(new Event("voiceschanged"));
};
"""
ARABIC = "لماذا تريد هذه الوظيفة؟"


@pytest.fixture
def signed_in(live_server, client, alice):
    """Put Alice's session cookie into a browser context."""

    def sign_in(context) -> None:
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])

    return sign_in


@pytest.fixture
def go(page, live_server, signed_in):
    """Open a page of ours as Alice."""
    signed_in(page.context)

    def go(name, *args):
        page.goto(live_server.url + reverse(name, args=args))
        return page

    return go


def test_a_session_from_start_to_mark(go, alice, fake_llm):
    fake_llm.reply(some_questions())
    page = go("study:sessions")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Answer it").first.click()
    expect(page.locator("time-clock")).to_have_count(2)
    # The counter counts as the server does, which keeps no space at the end.
    page.get_by_label("Your answer").fill(f"{'a' * 12_003}\n \n")
    expect(page.get_by_text("3 characters too many")).to_be_visible()
    page.get_by_label("Your answer").fill(ANSWER)
    fake_llm.reply(a_mark(score=7))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".mark")).to_contain_text("7 out of 10")
    page.get_by_role("link", name="Next question").click()
    expect(page.get_by_text("7 of 10")).to_be_visible()
    page.get_by_role("button", name="End the session").click()
    expect(page.get_by_text("Writing the summary of your session")).to_be_visible()


def test_reasons_appear_while_the_mark_is_being_made(go, alice, fake_llm):
    attempt = make_attempt(alice, answer=ANSWER)
    text, go_on = json.dumps(a_mark(score=9)), threading.Event()

    def pieces():
        middle = text.index("improvement_areas")
        yield text[:middle]
        go_on.wait(20)
        yield text[middle:]

    fake_llm.play(completion(pieces=pieces))
    page = go("study:attempt_detail", attempt.pk)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("You named a concrete project.")).to_be_visible()
    expect(page.locator(".mark")).to_have_count(0)
    go_on.set()
    expect(page.locator(".mark")).to_contain_text("9 out of 10")
    assert len(fake_llm.requests) == 1


def test_a_failed_mark_is_retried_by_its_button(go, alice, fake_llm):
    attempt = make_attempt(alice, answer=ANSWER)
    fake_llm.fault("http_401")
    page = go("study:attempt_detail", attempt.pk)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your answer is saved, but has no mark yet")).to_be_visible()
    QuestionAttempt.objects.update(ask_failure="unreachable")
    page.reload()
    fake_llm.reply(a_mark(score=4))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".mark")).to_contain_text("4 out of 10")


def test_a_draft_survives_a_killed_browser(browser, browser_arguments, live_server, signed_in, alice):
    attempt = make_attempt(alice, answer="")
    url = live_server.url + reverse("study:attempt_detail", args=[attempt.pk])
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    doomed = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=browser_arguments)
    context = doomed.new_context()
    signed_in(context)
    page = context.new_page()
    page.goto(url)
    page.get_by_label("Your answer").press_sequentially("In 2022 I led the migration", delay=10)
    page.wait_for_timeout(2000)  # a draft is at most 2 s behind
    for process in psutil.Process().children(recursive=True):
        if process.pid not in before and "chrom" in process.name():
            process.kill()
    context = browser.new_context()
    signed_in(context)
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("In 2022 I led the migration")
    context.close()


def test_two_tabs_show_both_texts_and_overwrite_nothing(go, page, live_server, alice):
    attempt = make_attempt(alice, answer="")
    desk = go("study:attempt_detail", attempt.pk)
    phone = page.context.new_page()
    phone.goto(desk.url)
    phone.get_by_label("Your answer").fill("From the phone")
    expect(phone.locator("[data-draft-status]")).to_contain_text("Saved")
    desk.get_by_label("Your answer").fill("From the desk")
    expect(desk.get_by_label("The other text")).to_have_value("From the phone")
    attempt.refresh_from_db()
    assert attempt.raw_answer == "From the phone"
    desk.get_by_role("button", name="Keep mine").click()
    expect(desk.locator("[data-draft-status]")).to_contain_text("Saved")
    attempt.refresh_from_db()
    assert attempt.raw_answer == "From the desk"


def test_a_submission_from_a_stale_tab_shows_both_texts(go, page, alice):
    attempt = make_attempt(alice, answer="Mine")
    tab = go("study:attempt_detail", attempt.pk)
    attempt = QuestionAttempt.objects.get()
    attempt.raw_answer, attempt.draft_version = "From the phone", 5
    attempt.save()
    tab.get_by_role("button", name="Submit").click()
    expect(tab.get_by_label("The other text")).to_have_value("From the phone")
    expect(tab.get_by_label("Your answer")).to_have_value("Mine")


def test_skipping_and_wishing_change_the_list_in_place(go, alice, fake_llm):
    session = make_session(alice)
    make_round(session)
    page = go("study:session_detail", session.pk)
    page.get_by_role("button", name="Skip").first.click()
    expect(page.locator(".questions > li")).to_have_count(2)
    fake_llm.reply(some_questions())
    page.get_by_role("button", name="Harder").click()
    expect(page.get_by_text("What happens between typing an address")).to_be_visible()


def test_a_story_is_built_and_practised(go, alice, fake_llm):
    make_session(alice)
    question = make_question(alice)
    page = go("study:question_story", question.pk)
    page.get_by_label("Your rough notes").fill("queue grew, measured, second worker")
    fake_llm.reply(a_story())
    page.get_by_role("button", name="Build a structure").click()
    expect(page.get_by_role("heading", name="Situation")).to_be_visible()
    page.get_by_role("button", name="Practise it").click()
    page.get_by_text("Your story for it").click()
    expect(page.get_by_role("heading", name="Situation")).to_be_visible()


def test_the_whole_of_it_without_javascript(browser, live_server, signed_in, alice, fake_llm):
    context = browser.new_context(java_script_enabled=False)
    signed_in(context)
    page = context.new_page()
    page.goto(live_server.url + reverse("study:sessions"))
    page.get_by_role("button", name="Start", exact=True).click()
    fake_llm.reply(some_questions())
    page.get_by_role("button", name="Get questions").click()
    page.get_by_role("button", name="Skip").last.click()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_role("button", name="Skip")).to_have_count(3)
    page.get_by_role("button", name="Skip").last.click()
    page.get_by_role("button", name="Answer it").first.click()
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_role("button", name="Submit").click()
    fake_llm.reply(a_mark(score=7))
    page.get_by_role("button", name="Get feedback").click()
    expect(page.locator(".mark")).to_contain_text("7 out of 10")
    page.get_by_role("button", name="Answer it again").click()
    page.get_by_label("Your answer").fill("Shorter.")
    page.get_by_role("button", name="Submit").click()
    fake_llm.reply(a_mark(score=2))
    page.get_by_role("button", name="Get feedback").click()
    page.get_by_role("link", name="See both side by side").click()
    expect(page.get_by_text("5 less than before")).to_be_visible()
    page.get_by_role("link", name="Back to the session").click()
    page.get_by_role("button", name="End the session").click()
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    assert StudySession.objects.get().end_time is not None
    context.close()


def test_no_page_of_practising_hinders_anyone(go, alice):
    """Looked at by axe, in the light and in the dark."""
    session = make_session(alice)
    question = make_round(session).suggestions.first().question
    draft = make_attempt(alice, session=session, question=question, answer="So far")
    other = make_question(alice, "Why Go?", topic=session.topic)
    marked = make_attempt(alice, session=session, question=other, state="marked", score=4)
    make_attempt(alice, session=session, question=other, state="marked", score=7)
    make_story(alice, question=other, gaps=["How much?"], ask_state="done", suggestion="### Result\n\n- Faster.")
    ended = make_session(alice, topic=session.topic, ended=True)
    make_attempt(alice, session=ended, question=other, state="marked", score=6)
    focus = [{"focus": "Numbers", "reason": "There were none."}]
    make_reconciliation(ended, ask_state="done", note="Good structure.", next_focus=focus)
    visits = [
        ("study:sessions",),
        ("study:session_detail", session.pk),
        ("study:session_detail", ended.pk),
        ("study:attempt_detail", draft.pk),
        ("study:attempt_detail", marked.pk),
        ("study:question_attempts", other.pk),
        ("study:question_story", other.pk),
        ("study:stories",),
    ]
    for visit in visits:
        for scheme in ("light", "dark"):
            page = go(*visit)
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page)
            assert found.violations_count == 0, (visit, scheme, found.generate_report())
            page.set_viewport_size({"width": 320, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, visit
            page.set_viewport_size({"width": 1280, "height": 900})


def test_a_question_is_read_in_a_voice_of_its_language_and_only_where_there_is_one(go, page, alice, fake_llm):
    make_brief(alice, language="ar")
    attempt = make_attempt(alice, state="draft")
    attempt.question.text = ARABIC
    attempt.question.save()
    page.add_init_script(VOICES)
    go("study:attempt_detail", attempt.pk)
    button = page.locator("[data-listen]")
    expect(button).to_be_hidden()
    page.evaluate("comeIn('en-US', 'de-DE')")
    expect(button).to_be_hidden()
    page.evaluate("comeIn('en-US', 'ar_EG')")
    expect(button).to_have_accessible_description(ARABIC)
    button.press("Enter")
    expect(button).to_have_text("Stop")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("said") == [f"ar_EG: {ARABIC}"]
    button.press("Enter")
    expect(button).to_have_text("Listen")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    page.evaluate("last.dispatchEvent(new Event('end'))")
    expect(button).to_have_text("Listen")
    button.click()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert page.evaluate("said")[1:] == ["stopped", *2 * [f"ar_EG: {ARABIC}", "stopped"]]
    expect(button).to_have_text("Listen")


@pytest.mark.parametrize("scripted", [True, False], ids=["scripts", "no scripts"])
def test_opening_what_a_good_answer_shows_is_noted_and_loses_no_word(browser, live_server, signed_in, alice, scripted):
    question = make_question(alice, kind="behavioural", looks_for=["what was slow", "a figure at the end"])
    attempt = make_attempt(alice, question=question, answer="")
    context = browser.new_context(java_script_enabled=scripted)
    signed_in(context)
    page = context.new_page()
    page.goto(live_server.url + reverse("study:attempt_detail", args=[attempt.pk]))
    expect(page.get_by_text("a figure at the end")).to_have_count(0)
    page.get_by_label("Your answer").fill("In March the search")
    page.get_by_role("button", name="What a good answer shows").click()
    expect(page.get_by_text("a figure at the end")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("In March the search")
    page.get_by_text("I'm stuck").click()
    expect(page.get_by_text("Begin with where and when it was")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.list_opened
    context.close()
