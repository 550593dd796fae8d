"""A stranger's first day in Chromium, against the program as `make run` starts it."""

import re
import socket
import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.fake_llm import FakeLLM, a_chat_reply, a_reply_to
from tests.stack.serving import Stack

ABOUT_ME = (
    "I am applying as a senior backend engineer. I have 45 minutes a day, I feel weak in system design and in telling "
    "stories with numbers, and my motivation is medium."
)
ANSWER = (
    "When we rebuilt route planning I led the work. The operations team did not trust the new system, so I sat in "
    "their office for two weeks, wrote down 31 cases they were afraid of and turned each into a test. Then we ran both "
    "systems in parallel and I printed the differences every morning. As a result planning time fell from six hours to "
    "nine minutes, late deliveries dropped by 18 percent, and I learned to ask for the fears first."
)
LONG = 120_000  # milliseconds: the worker polls, and the machine may be busy

PRACTISE_NEXT = re.compile("practise next", re.IGNORECASE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_at_once(fake: FakeLLM) -> None:
    known = {"role": "Senior backend engineer", "daily_minutes": 45, "weaknesses": "System design"}
    fake.always(a_chat_reply("Thank you, I am writing your plan.", **known, motivation="medium"), mode="plan_chat")
    fake.always(a_reply_to)


@pytest.fixture(params=["the offline coach", "a model"], scope="module")
def stack(request, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("browser") / "data"
    if request.param == "the offline coach":
        with Stack(data_dir, free_port()) as stack:
            stack.wait_until_ready()
            yield stack
        return
    with FakeLLM() as fake:
        answers_at_once(fake)
        with Stack(data_dir, free_port(), OPENAI_API_KEY="any", OPENAI_BASE_URL=fake.url) as stack:
            stack.wait_until_ready()
            yield stack


@pytest.fixture
def plain_page(browser):
    """A page in a browser whose JavaScript is switched off."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(LONG)
    yield context.new_page()
    context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name).first.click()


def ask(page: Page, name: str) -> None:
    """Press what asks the coach where no script does: till then nobody is at it, and one thing is the next."""
    expect(page.locator(".pending-what:visible")).to_have_count(0)
    expect(page.locator("main .button.primary:visible")).to_have_count(1)
    press(page, name)


def join(page: Page, stack: Stack, username: str) -> None:
    page.goto(f"{stack.url}/join/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill("quiet-desk-27")
    page.get_by_label("What should the coach call you?").fill("Sam")
    press(page, "Join")
    expect(page).to_have_url(f"{stack.url}/plan/chat/", timeout=LONG)


def answer_the_coach(page: Page, sent: Callable[[], None]) -> None:
    """All at once to a model; to the offline coach one by one, each in its field. `sent` is done after each."""
    if not page.locator(".chat-field").count():
        page.get_by_label("Your message").fill(ABOUT_ME)
        press(page, "Send")
        sent()
        return
    page.get_by_label("The role you apply for").fill("Senior backend engineer")
    press(page, "Next")
    sent()
    press(page, "45 min")
    sent()
    page.get_by_label("System design").check()
    page.locator("[name=weak_lines]").fill("salary talk")
    press(page, "Next")
    sent()
    page.get_by_label("Medium: steady").check()
    press(page, "Next")
    sent()


def check_accessibility(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert not violations, [(violation["id"], violation["nodes"][0]["html"]) for violation in violations]


def test_a_stranger_gets_a_plan_a_mark_and_a_next_focus(page, stack):
    join(page, stack, "sam")
    check_accessibility(page)

    def answered() -> None:
        expect(page.locator(".pending")).to_have_count(0, timeout=LONG)
        check_accessibility(page)

    answer_the_coach(page, answered)
    expect(page.get_by_text("45 minutes").first).to_be_visible(timeout=LONG)
    talk = page.get_by_role("region", name="Conversation")
    talk.get_by_role("link", name="Look at the proposal").click(timeout=LONG)
    check_accessibility(page)
    press(page, "Approve")
    page.goto(f"{stack.url}/plan/")
    check_accessibility(page)
    page.goto(f"{stack.url}/")
    press(page, "Start")

    expect(page.get_by_role("button", name="Answer it").first).to_be_visible(timeout=LONG)
    session = page.url
    check_accessibility(page)
    press(page, "Skip")
    press(page, "Answer it")
    expect(page).to_have_url(re.compile(r"/attempts/\d+/$"), timeout=LONG)
    check_accessibility(page)
    page.get_by_label("Your answer").fill(ANSWER)
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=LONG)
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value(ANSWER)
    press(page, "Submit")
    expect(page.get_by_text("out of 10").first).to_be_visible(timeout=LONG)
    check_accessibility(page)

    page.goto(session)
    press(page, "End the session")
    expect(page.get_by_text(PRACTISE_NEXT).first).to_be_visible(timeout=LONG)
    check_accessibility(page)
    for path in ("/", "/notes/", "/stories/", "/sessions/", "/account/", "/context/"):
        page.goto(stack.url + path)
        check_accessibility(page)


def test_the_same_day_works_without_javascript(plain_page, stack):
    page = plain_page
    join(page, stack, "toni")
    answer_the_coach(page, lambda: ask(page, "Get the answer"))
    ask(page, "Get the proposal")
    press(page, "Approve")
    page.goto(f"{stack.url}/")
    press(page, "Start")
    ask(page, "Get questions")
    session = page.url
    press(page, "Skip")
    press(page, "Answer it")
    page.get_by_label("Your answer").fill(ANSWER)
    press(page, "Submit")
    expect(page.get_by_text("31 cases")).to_be_visible()
    ask(page, "Get feedback")
    expect(page.get_by_text("out of 10").first).to_be_visible()
    page.goto(session)
    press(page, "End the session")
    until = time.monotonic() + LONG / 1000
    while not page.get_by_text(PRACTISE_NEXT).count():
        assert time.monotonic() < until, page.get_by_role("main").inner_text()
        page.wait_for_timeout(500)
        page.reload()
