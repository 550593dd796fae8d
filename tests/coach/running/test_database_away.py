"""While the database is away, pages say so at once and keep what was typed; when it is back, so are they."""

import os
import signal
import time

import pytest
from django.db import connection
from django.test import Client

from tests.factories import make_user
from tests.stack.visitor import Visitor

AT_ONCE = 2.0  # seconds


def kill_database(stack) -> float:
    """As when the machine has no memory left; the moment it happened."""
    postmaster = int((stack.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    return time.monotonic()


@pytest.fixture
def alice(stack):
    visitor = Visitor(stack.url)
    visitor.open("/join/")
    visitor.send("/join/", username=f"alice{time.monotonic_ns()}", password="quiet-desk-27")
    assert visitor.path == "/plan/chat/"
    return visitor


def test_pages_say_so_at_once_and_are_back_as_soon_as_the_database_is(stack, alice):
    killed = kill_database(stack)
    status, slowest = 0, 0.0
    seen = []
    while status != 200 or 503 not in seen:
        assert time.monotonic() < killed + 30, seen
        since = time.monotonic()
        alice.open("/plan/")
        status = alice.status
        seen.append(status)
        slowest = max(slowest, time.monotonic() - since)
        if status == 503:
            assert "Your words are safe" in alice.text
            assert alice.browser.page.find("meta", {"http-equiv": "refresh"})

    assert set(seen) == {200, 503}
    assert slowest < AT_ONCE * max(1, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_what_was_typed_is_on_the_page_and_is_sent_again_from_there(stack, alice):
    words = "I would like to become a lighthouse keeper, and have thirty minutes a day."
    for _try in range(20):  # the database may be quicker than we are
        kill_database(stack)
        alice.send("/plan/chat/", beside="Your message", text=words)
        if alice.status == 503:
            break
        alice.open("/plan/chat/")
    assert words in alice.page.find("textarea").text

    until = time.monotonic() + 30
    while alice.status == 503:
        assert time.monotonic() < until
        time.sleep(0.2)
        alice.send("/plan/chat/")
    assert alice.status == 200
    assert alice.path == "/plan/chat/"
    assert alice.shows(words)


def test_a_page_with_scripts_tries_again_by_itself(stack, page):
    page.goto(f"{stack.url}/join/")
    page.fill("[name=username]", f"bob{time.monotonic_ns()}")
    page.fill("[name=password]", "quiet-desk-27")
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/plan/chat/")
    page.fill("#talk textarea", "A lighthouse keeper, thirty minutes a day.")

    kill_database(stack)
    page.keyboard.press("Control+Enter")

    page.get_by_text("The coach is just being restarted").wait_for()
    page.locator("#talk").get_by_text("A lighthouse keeper, thirty minutes a day.").first.wait_for(timeout=30_000)
    page.get_by_text("The coach is just being restarted").wait_for(state="hidden")


@pytest.fixture
def browser_of():
    return Client(raise_request_exception=False)


@pytest.fixture
def candidate(db):
    return make_user()


@pytest.fixture
def full_disk():
    """PostgreSQL refuses every new user as it does when it cannot write any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute("CREATE TRIGGER disk_full BEFORE INSERT ON coach_user EXECUTE FUNCTION disk_full()")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION disk_full CASCADE")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_told_as_what_it_is(browser_of, full_disk):
    person = browser_of.post("/join/", {"username": "alice", "password": "quiet-desk-27"})
    program = browser_of.post(
        "/users/create", {"username": "alice", "password": "quiet-desk-27"}, content_type="application/json"
    )

    assert person.status_code == program.status_code == 503
    assert "The server has no room left" in person.text
    assert "quiet-desk-27" not in person.text
    assert program.json()["error"]["code"] == "disk_full"


@pytest.mark.django_db
def test_a_full_disk_is_told_when_only_the_login_session_meets_it(browser_of, candidate, full_disk):
    browser_of.force_login(candidate)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER disk_full BEFORE UPDATE ON django_session EXECUTE FUNCTION disk_full()")

    reply = browser_of.post("/context/", {"text": "ten years of nursing"})

    assert reply.status_code == 503
    assert "The server has no room left" in reply.text
    assert "ten years of nursing" in reply.text


@pytest.mark.django_db
def test_what_is_no_request_stays_a_400(browser_of):
    assert browser_of.get("/login/", HTTP_HOST="elsewhere.example").status_code == 400


@pytest.mark.django_db
def test_a_mistake_of_ours_stays_one(browser_of, monkeypatch):
    monkeypatch.setattr("coach.forms.JoinForm.is_valid", lambda form: 1 / 0)

    reply = browser_of.post("/join/", {"username": "alice"})

    assert reply.status_code == 500
    assert "Something broke on our side" in reply.text
