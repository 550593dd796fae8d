"""Whatever a candidate types and the coach replies is words to Chromium: it runs, loads and links to nothing."""

import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from coach.models import User
from llm_modes.asking.rows import Asking
from plans.models import DailyReview
from study.models import Reconciliation, Story
from tests import factories
from tests.admin import test_nothing_written_is_shown as history
from tests.security.cast import Cast, make_cast
from tests.security.payloads import ALL, PAYLOADS, SHORT, TRAP, WHAT_CAME_OF_THEM
from tests.security.replies import Filling, everywhere
from tests.security.routes import table, url_of

pytestmark = pytest.mark.django_db(transaction=True)

NO_PAGES = ("/live/", "/export/", "stories.md", "/reply/", "/summary/", "/feedback/")
FORM = """([path, fields]) => {
  const form = document.body.appendChild(document.createElement("form"));
  Object.assign(form, { method: "post", action: path, enctype: "multipart/form-data" });
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token })) {
    const field = form.appendChild(document.createElement("textarea"));
    Object.assign(field, { name, value });
  }
  form.submit();
}"""


@pytest.fixture
def cast(monkeypatch, live_server) -> Cast:
    """The owner's words and the coach's are payloads, in every field of every row."""
    monkeypatch.setattr(history, "MARKED", ALL)
    monkeypatch.setattr(history, "MARKER", SHORT)
    cast = make_cast(ALL)
    cast.owner.name = cast.owner.current_role = SHORT
    cast.owner.save(update_fields=["name", "current_role"])
    DailyReview.objects.update(ask_state="done")
    Reconciliation.objects.update(ask_state="done")
    return cast


class Watched:
    """A page that notices what comes of the words on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.trapped: list[str] = []
        page.on("request", lambda request: self.trapped.append(request.url) if TRAP in request.url else None)
        page.on("dialog", lambda dialog: (self.trapped.append(dialog.message), dialog.dismiss()))

    def signed_in(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.url}])

    def open(self, path: str) -> str:
        self.page.goto(self.url + path)
        return self.check(path)

    def post(self, path: str, **fields: str) -> str:
        """Send a form with any fields from the page that is open."""
        with self.page.expect_navigation():
            self.page.evaluate(FORM, [path, fields])
        return self.check(path)

    def check(self, path: str) -> str:
        """The page's text, when nothing came of the words."""
        came = self.page.evaluate(WHAT_CAME_OF_THEM)
        assert came == [], f"{path}: {came}"
        assert self.trapped == [], path
        return self.page.content()


@pytest.fixture
def watched(page: Page, live_server) -> Watched:
    return Watched(page, live_server.url)


def pages_of(cast: Cast) -> Iterator[str]:
    """Every page that a candidate may open by a GET."""
    for route in table():
        is_page = route.door.startswith(("candidate", "own")) and "GET" in route.methods
        if is_page and not route.path.endswith(NO_PAGES):
            yield url_of(route, cast.ids.get(route.own, ""))


def test_no_page_of_a_candidate_takes_words_for_more(cast, watched):
    watched.signed_in(cast.owner)
    shown = "".join(watched.open(path) for path in (*pages_of(cast), "/stories/?edit"))
    assert shown.count("&lt;script&gt;window.__xss") > 100
    assert "{{7*7}}" in shown
    assert "49{" not in shown


def test_no_form_that_comes_back_takes_words_for_more(cast, watched):
    watched.signed_in(cast.owner)
    ids = cast.ids
    story = Story.objects.get(user=cast.owner)
    watched.open("/account/")
    assert PAYLOADS[0] not in watched.post("/context/", text=ALL * 200)
    for path, fields in (
        ("/account/", {"name": SHORT * 5, "current_role": SHORT * 5, "time_zone": SHORT}),
        ("/plan/brief/", {"role": SHORT * 5, "weaknesses": ALL * 9, "daily_minutes": SHORT, "motivation": SHORT}),
        ("/plan/chat/", {"text": ALL * 9}),
        ("/plan/proposals/", {"feedback": ALL * 9}),
        (f"/plan/proposals/{ids['proposal']}/approval/", {"seen_version": SHORT, "name-0": ALL, "minutes-0": SHORT}),
        (f"/plan/proposals/{ids['proposal']}/rejection/", {"reason": ALL * 9}),
        (f"/notes/{ids['topic']}/", {"note": ALL, "version": "77"}),
        ("/sessions/", {"topic_id": SHORT, "planned_study_time": SHORT}),
        (f"/sessions/{ids['session']}/questions/own/", {"text": ALL * 2}),
        (f"/attempts/{ids['draft']}/submission/", {"raw_answer": ALL, "draft_version": "77", "self_mark": SHORT}),
        (f"/attempts/{ids['attempt']}/submission/", {"raw_answer": ALL, "draft_version": "0"}),
        (f"/questions/{story.question_id}/story/", {"text": ALL, "version": "77"}),
        (f"/questions/{story.question_id}/story/notes/", {"notes": ALL * 20}),
        ("/stories/", {"text": f"# Stories\n\n## {ALL[:300]}\n\n{ALL}", "version": SHORT[:16]}),
        ("/debriefs/", {"text": ALL * 50, "day": SHORT, "outcome": SHORT}),
        (f"/debriefs/{ids['debrief']}/", {"text": ALL * 50, "day": SHORT}),
        (f"/debriefs/{ids['debrief']}/lines/", {"version": "77", "question-0": ALL, "gap-0": ALL}),
        (f"/debriefs/{ids['debrief']}/lines/", {"version": "1", "question-0": ALL * 9, "question-topic-0": SHORT}),
        ("/account/deletion/", {"password": SHORT}),
    ):
        watched.open("/account/")
        watched.post(path, **fields)
    watched.page.context.clear_cookies()
    watched.open(f"/login/?next={SHORT}")
    for path in ("/login/", "/join/"):
        watched.post(path, username=SHORT, password=SHORT, name=SHORT, time_zone=SHORT, next=SHORT)


def test_no_reply_is_taken_for_more_while_it_is_being_written(live_server, watched, fake_llm):
    """In every field of every mode, shown live as the words arrive, with pieces that end within a tag."""
    alice = factories.make_user("alice")
    factories.make_plan(alice)
    fake_llm.always(everywhere(Filling(PAYLOADS)), pace=0.01)
    watched.signed_in(alice)
    page = watched.page
    page.set_default_timeout(30_000)
    watched.open(reverse("plans:chat"))
    page.fill("#talk textarea", ALL)
    page.click("#talk button.primary")
    page.wait_for_selector("#reply .said")
    assert "xss" in watched.check("the live reply")
    session = factories.make_session(alice)
    attempt = factories.make_attempt(alice, session=session, answer="")
    watched.open(reverse("study:attempt_detail", args=[attempt.pk]))
    page.fill("textarea[name=raw_answer]", f"{factories.ANSWER} {ALL}")
    page.click("button[type=submit].primary")
    page.wait_for_selector("text=out of 10")
    assert "xss" in watched.check("the live mark")
    watched.open(reverse("study:session_detail", args=[session.pk]))
    watched.post(reverse("study:session_questions", args=[session.pk]), wish="others")
    answered(session.rounds.latest("pk"))
    assert "xss" in watched.open(reverse("study:session_detail", args=[session.pk]))
    watched.post(reverse("study:story_notes", args=[attempt.question_id]), notes="It was a long night.")
    answered(Story.objects.get(question=attempt.question))
    assert "xss" in watched.open(reverse("study:question_story", args=[attempt.question_id]))
    watched.post(reverse("plans:proposals"), feedback=ALL)
    proposal = alice.proposals.latest("pk")
    answered(proposal)
    assert "xss" in watched.open(reverse("plans:proposal_detail", args=[proposal.pk]))
    watched.post(reverse("plans:proposal_approval", args=[proposal.pk]), seen_version="1")
    for path in ("plans:plan", "plans:notes", "plans:review", "home", "study:sessions", "study:stories", "context"):
        watched.open(reverse(path))


def answered(row: Asking) -> None:
    """Wait until the page that shows the row has had it answered."""
    until = time.monotonic() + 20
    while row.is_waiting and time.monotonic() < until:
        time.sleep(0.1)
        row.refresh_from_db()
    assert row.is_answered, row.ask_failure


def test_no_page_of_the_admin_takes_words_for_more(cast, watched):
    watched.signed_in(cast.visitors["superuser"].user)
    lists = [route.path for route in table() if route.is_admin and route.admin_page == "list" and "<" not in route.path]
    assert len(lists) > 20
    for path in lists:
        if not path.endswith(("/logout/", "/login/", "/autocomplete/", "/jsi18n/")):
            watched.open(path)
    watched.open(reverse("admin:coach_user_change", args=[cast.owner.pk]))
    watched.open(f"{reverse('admin:coach_user_changelist')}?q={SHORT}")


def test_the_payloads_work_where_words_are_taken_for_more(page):
    """Else finding nothing would prove nothing."""
    for payload in PAYLOADS:
        if payload.startswith("<") and not payload.startswith("<javascript"):
            page.set_content(f"<title>t</title><p>{payload}</p>")
            assert page.evaluate(WHAT_CAME_OF_THEM) != [] or "link" in payload or "hx-" in payload, payload
    page.set_content(f'<input value="{PAYLOADS[3]}">')
    assert page.evaluate(WHAT_CAME_OF_THEM) != []
