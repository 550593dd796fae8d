"""A form whose login has gone, or whose token is an old one: sign in, or go on, and the words are there."""

import logging
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coach.models import LoginSession, RawUserContext, User
from coach.refusals import REASONS
from plans.models import ChatMessage, ContextReading, PlanBrief, PlanProposal, TopicProgress
from study.models import Question, QuestionAttempt, Story
from tests import factories
from tests.browsing import Tab

pytestmark = pytest.mark.django_db

PASSWORD = factories.PASSWORD
WORDS = "Vier Jahre Pause, dann zurück auf Station: «Übergabe»,\nzwei Fälle & ein <Fehler>. 2021年我负责…"


@pytest.fixture
def alice():
    alice = factories.make_user("alice")
    factories.make_brief(alice)
    factories.make_plan(alice)
    return alice


@pytest.fixture
def bob():
    return factories.make_user("bob")


class Form(NamedTuple):
    """A form of ours: the page with it, where it goes, what is typed into which field, and where that is stored."""

    page: str
    field: str
    stored: Callable[[User], Any]
    action: str = ""
    typed: str = WORDS


def _answer(alice: User) -> Form:
    attempt = factories.make_attempt(alice, answer="")
    page = reverse("study:attempt_detail", args=[attempt.pk])
    return Form(page, "raw_answer", lambda _: QuestionAttempt.objects.get(pk=attempt.pk).raw_answer)


def _own_question(alice: User) -> Form:
    session = factories.make_session(alice)
    action = reverse("study:session_own_question", args=[session.pk])
    page = reverse("study:session_detail", args=[session.pk])
    return Form(page, "text", lambda _: [one.text for one in Question.objects.filter(user=alice)], action)


def _story(alice: User, field: str, action: str) -> Form:
    question = factories.make_question(alice)
    if field == "text":
        factories.make_story(alice, question=question, text="An old one.")
    page = reverse("study:question_story", args=[question.pk])
    return Form(page, field, lambda _: getattr(Story.objects.get(question=question), field), action and f"{page}notes/")


def _note(alice: User) -> Form:
    topic = alice.plan_topics.first()
    factories.make_progress(topic, note="Before.", sessions=1)
    action = reverse("plans:note", args=[topic.pk])
    return Form(reverse("plans:notes"), "note", lambda _: TopicProgress.objects.get(topic=topic).note, action)


def _proposal(alice: User, what: str, field: str, stored: Callable[[PlanProposal], Any]) -> Form:
    proposal = factories.make_proposal(alice)
    page = reverse("plans:proposal_detail", args=[proposal.pk])
    action = reverse("plans:proposals") if what == "proposals" else reverse(f"plans:{what}", args=[proposal.pk])
    return Form(page, field, lambda _: stored(PlanProposal.objects.get(pk=proposal.pk)), action)


def _weak_spots(alice: User) -> Form:
    alice.plan_topics.all().delete()
    alice.proposals.all().delete()
    factories.make_brief(alice, weaknesses="")
    action = "/plan/chat/?field=weaknesses"
    return Form("/plan/chat/", "weak_lines", lambda _: PlanBrief.objects.get().weaknesses, action, "Übergabe am Bett")


FORMS: dict[str, Callable[[User], Form]] = {
    "context": lambda _: Form(
        "/context/", "text", lambda user: RawUserContext.objects.get(user=user).text, "/context/"
    ),
    "advert": lambda _: Form(
        "/context/", "job_advert", lambda user: RawUserContext.objects.get(user=user).job_advert, "/context/"
    ),
    "reading": lambda _: Form(
        "/context/",
        "profile",
        lambda user: ContextReading.objects.get(user=user).confirmed["profile"],
        "/context/reading/",
    ),
    "chat": lambda _: Form(
        "/plan/chat/", "text", lambda user: [one.text for one in ChatMessage.objects.filter(user=user)], "/plan/chat/"
    ),
    "another plan": lambda _: Form(
        "/plan/chat/",
        "add_own",
        lambda user: [one.text for one in ChatMessage.objects.filter(user=user)],
        "/plan/chat/?change",
        "Übergabe am Bett",
    ),
    "weak spots": _weak_spots,
    "brief": lambda _: Form(
        "/plan/brief/", "weaknesses", lambda user: PlanBrief.objects.get(user=user).weaknesses, typed="Übergabe, Stress"
    ),
    "wish": lambda alice: _proposal(
        alice, "proposals", "feedback", lambda one: [other.feedback for other in one.user.proposals.all()]
    ),
    "stories file": lambda _: Form(
        "/stories/?edit",
        "text",
        lambda user: [one.text for one in Story.objects.filter(user=user)],
        "/stories/",
        f"## Tell me of a conflict.\n\n{WORDS}\n",
    ),
    "approval": lambda alice: _proposal(
        alice, "proposal_approval", "name-0", lambda one: [topic.name for topic in one.topics]
    )._replace(typed="Übergabe am Bett"),
    "rejection": lambda alice: _proposal(
        alice, "proposal_rejection", "reason", lambda one: (one.status, one.overview, one.rejection_reason)
    ),
    "note": _note,
    "notes of a story": lambda alice: _story(alice, "notes", "notes"),
    "story": lambda alice: _story(alice, "text", ""),
    "answer": _answer,
    "own question": _own_question,
    "account": lambda _: Form("/account/", "name", lambda user: user.name, typed="Schwester Änne"),
}


@pytest.fixture(params=FORMS)
def form(request, alice) -> Form:
    return FORMS[request.param](alice)


@pytest.fixture
def tab(alice) -> Tab:
    return Tab().log_in("alice", PASSWORD)


def is_there(alice: User, form: Form) -> bool:
    """Stored, as it was typed."""
    stored = form.stored(User.objects.get(pk=alice.pk))
    typed = form.typed.rpartition("\n\n")[2].strip()
    return typed in (stored if isinstance(stored, str) else str(stored).replace("\\n", "\n"))


def test_without_a_login_the_words_are_kept_and_sent_after_signing_in_there(alice, tab, form):
    tab.open(form.page)
    LoginSession.objects.all().delete()
    tab.send(form.action, form.field, **{form.field: form.typed})
    assert tab.response.status_code == 401
    assert "Log in to go on" in tab.text
    assert form.typed in (tab.fields(having=form.field)[form.field])

    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": "a wrong one"})
    assert tab.response.status_code == 422
    assert "do not belong together" in tab.text
    assert tab.page.select_one("[autofocus]")["name"] == "sign-in-password"
    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert tab.response.status_code == 200, tab.text
    assert is_there(alice, form)


def test_after_a_new_login_in_another_tab_the_words_are_kept_and_sent_by_a_button(alice, tab, form):
    tab.open(form.page)
    Tab(tab.browser).open("/account/").log_out().log_in("alice", PASSWORD)
    tab.send(form.action, form.field, **{form.field: form.typed})
    assert tab.response.status_code == 403
    assert "Not sent yet" in tab.text
    assert "logged in as alice" in tab.text
    tab.send(having=form.field)
    assert tab.response.status_code == 200, tab.text
    assert is_there(alice, form)


def test_nobody_else_gets_the_words_by_signing_in(alice, bob, tab):
    tab.open("/context/")
    Tab(tab.browser).open("/account/").log_out()
    tab.send(having="text", text=WORDS)
    tab.send(having="sign-in-password", **{"sign-in-username": "bob", "sign-in-password": PASSWORD})
    assert tab.response.status_code == 422
    assert "written with another account" in tab.text
    assert Tab(tab.browser).open("/").path.startswith("/login/")  # nor is bob logged in by it
    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert RawUserContext.objects.get().user == alice


def test_while_somebody_else_is_logged_in_only_the_writer_can_send_them(alice, bob, tab):
    tab.open("/context/")
    Tab(tab.browser).open("/").log_out().log_in("bob", PASSWORD)
    tab.send(having="text", text=WORDS)
    assert tab.response.status_code == 403
    assert "Someone else is logged in now" in tab.text
    assert "alice" not in tab.text
    tab.send(having="sign-in-password", **{"sign-in-username": "bob", "sign-in-password": PASSWORD})
    assert not RawUserContext.objects.exists()
    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert RawUserContext.objects.get().user == alice


def test_words_of_nobody_known_are_sent_only_by_whoever_reads_under_which_name(alice, tab):
    """A page that was opened before the program knew for whom a form is written."""
    Tab(tab.browser).open("/").log_out()
    token = tab.open("/login/").fields()["csrfmiddlewaretoken"]
    tab.post("/context/", {"text": WORDS, "csrfmiddlewaretoken": token})
    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert "logged in as alice" in tab.text
    assert not RawUserContext.objects.exists()
    tab.send(having="text")
    assert RawUserContext.objects.get().user == alice


def test_guesses_there_are_counted_as_at_the_login(alice, tab):
    tab.open("/context/")
    LoginSession.objects.all().delete()
    tab.send(having="text", text=WORDS)
    for _ in range(6):
        tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": "a guess"})
    assert tab.response.status_code == 429
    assert int(tab.response["Retry-After"]) > 0
    assert WORDS in tab.fields(having="text")["text"]


# --- what is not sent again ------------------------------------------------------------------------------------------


def test_a_form_of_buttons_alone_leads_to_the_login_and_from_there_to_its_page(alice, tab):
    session = factories.make_session(alice)
    page = reverse("study:session_detail", args=[session.pk])
    tab.open(page)
    Tab(tab.browser).open("/").log_out()
    tab.send(reverse("study:session_end", args=[session.pk]))
    assert tab.path.startswith("/login/")
    tab.send(having="password", username="alice", password=PASSWORD)
    assert tab.path == page
    session.refresh_from_db()
    assert session.is_running


@pytest.mark.parametrize(
    ("path", "field"), [("/account/password/", "old_password"), ("/account/deletion/", "password")]
)
def test_passwords_are_on_no_page_and_nothing_is_erased_by_them(alice, tab, path, field):
    old = Tab(tab.browser).open(path)
    tab.open("/account/").log_out()
    old.send(having=field, **{field: PASSWORD})
    assert old.path == f"/login/?next={path}"
    old = old.log_in("alice", PASSWORD).open(path)
    tab.open("/account/").log_out().log_in("alice", PASSWORD)
    old.send(having=field, **{field: PASSWORD})
    assert old.response.status_code == 403
    assert "type the password once more" in old.text
    assert not old.page.select("main form")
    assert PASSWORD not in old.response.content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.parametrize("path", ["/logout/", "/account/deletion/", "/account/password/", "/admin/logout/"])
def test_what_is_done_once_is_offered_for_sending_on_no_page(alice, tab, path):
    """Whatever else somebody puts into the form."""
    tab.open("/account/")
    mark = tab.fields()["candidate"]
    tab.post(path, {"text": WORDS, "candidate": mark}, {"sec-fetch-site": "same-origin"})
    assert tab.response.status_code == 403
    assert not tab.page.select("main form, main textarea")
    assert "alice" in tab.open("/account/").response.content.decode()


def test_a_file_is_not_sent_without_itself(alice, tab):
    token = tab.open("/stories/?edit").fields("/stories/")["csrfmiddlewaretoken"]
    for gone in (False, True):
        if gone:
            LoginSession.objects.all().delete()
        data = {"csrfmiddlewaretoken": token if gone else "x" * 64, "file": SimpleUploadedFile("s.md", WORDS.encode())}
        response = tab.browser.post("/stories/upload/", data)
        assert response.status_code == (401 if gone else 403)
        assert "Übergabe" not in response.content.decode()
    assert "choose the file once more" in response.content.decode()


def test_what_was_typed_beside_a_file_is_kept_and_the_file_has_to_be_chosen_again(alice, tab):
    tab.open("/context/")
    LoginSession.objects.all().delete()
    fields = tab.fields(having="job_advert") | {"text": WORDS}
    tab.post("/context/", fields | {"text_file": SimpleUploadedFile("cv.txt", b"Ten years.")})
    assert tab.response.status_code == 401
    assert "The file that you chose is not kept" in tab.text
    shown = [field["name"] for field in tab.page.select("textarea, input:not([type=hidden])")]
    assert not [name for name in shown if name.startswith("seen_")]
    tab.send(having="text", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert RawUserContext.objects.get(user=alice).text == WORDS


def test_an_old_logout_logs_nobody_out_and_leads_home(alice, tab):
    old = tab.open("/").page.select_one("form[action='/logout/']")
    token = {one["name"]: one["value"] for one in old.select("input")}
    Tab(tab.browser).open("/").log_out().log_in("alice", PASSWORD)
    tab.post("/logout/", token)
    assert tab.response.status_code == 403
    assert "do it once more" in tab.text
    assert "kept on this page" not in tab.text
    assert tab.open("/logout/").path == "/"
    assert "alice" in tab.response.content.decode()


# --- before the door -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login/", "/join/"])
def test_an_old_form_before_the_door_keeps_all_but_the_password(path):
    tab = Tab().open(path)
    tab.browser.cookies.pop("csrftoken")
    tab.send(having="password", username="a-new-nurse", password=PASSWORD)
    assert tab.response.status_code == 403
    assert "Allow cookies" in tab.text
    assert PASSWORD not in tab.response.content.decode()
    tab.send(having="username")
    assert tab.response.status_code == 422
    assert tab.fields(having="password")["username"] == "a-new-nurse"
    assert tab.page.select_one("[autofocus]")["name"] == "password"


def test_a_browser_without_cookies_is_told_so_and_loses_nothing(alice, tab):
    tab.open("/context/")
    for _ in range(2):
        tab.browser.cookies.clear()
        tab.send(having="text", text=WORDS)
        assert "Log in to go on" in tab.text
        tab.browser.cookies.clear()
        tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
        assert "Allow cookies" in tab.text
    tab.send(having="text")
    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert RawUserContext.objects.get().text == WORDS


def test_the_old_login_form_of_who_is_logged_in_meanwhile_leads_on(alice):
    tab = Tab().open("/login/?next=/plan/chat/")
    Tab(tab.browser).log_in("alice", PASSWORD)
    tab.send(having="password", username="alice", password=PASSWORD).send(having="username")
    assert tab.path == "/plan/chat/"


# --- from elsewhere --------------------------------------------------------------------------------------------------

ORIGINS = ("https://evil.example", "null", "http://testserver:81", "https://testserver")


@pytest.mark.parametrize("typed", ["Kubernetes", "30", "\nÜbergabe\n"])
def test_one_word_is_shown_like_many(alice, tab, typed):
    tab.open("/plan/chat/")
    tab.post("/plan/chat/", {"text": typed, "version": "3"}, {"origin": "https://evil.example"})
    assert [field.get("value", field.get_text()[1:]) for field in tab.page.select("main [readonly]")] == [typed]
    tab.open("/plan/chat/")
    LoginSession.objects.all().delete()
    tab.send("/plan/chat/", "text", text=typed)
    assert tab.form(having="text").select_one("[name=text]").get("type") != "hidden"
    tab.send(having="text", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    assert ChatMessage.objects.get(author="candidate").text == typed.strip()


@pytest.mark.parametrize("headers", [{"origin": "null"}, {}])
def test_what_does_not_say_from_where_it_comes_is_not_said_to_come_from_elsewhere(alice, headers, caplog):
    """Over https a Referer has to be there where no Origin is."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/context/", {"text": WORDS}, headers=headers, secure=True)
    said = response.content.decode()
    assert response.status_code == 403
    assert "It cannot be told whether it came from a page of this site" in said
    assert "another address" not in said
    assert "Referrer-Policy" in caplog.text


@pytest.mark.parametrize("origin", ORIGINS)
def test_what_another_site_sends_can_be_sent_from_no_page_of_ours(alice, tab, origin, caplog):
    for signed_in in (True, False):
        tab.open("/context/" if signed_in else "/login/")
        fields = {"text": WORDS, "csrfmiddlewaretoken": tab.fields()["csrfmiddlewaretoken"]}
        with caplog.at_level(logging.WARNING):
            tab.post("/context/", fields, {"origin": origin})
        assert tab.response.status_code == 403
        assert not tab.page.select("main form, main [name]")
        assert tab.page.select_one("textarea[readonly]").get_text() == f"\n{WORDS}"
        assert not RawUserContext.objects.exists()
        told = [record.getMessage() for record in caplog.records if record.name == "coach.going_on"][-1]
        assert ("CSRF_TRUSTED_ORIGINS" in told) == (origin != "null")
        assert "Übergabe" not in caplog.text
        LoginSession.objects.all().delete()


def test_a_request_that_does_not_say_from_where_it_comes_and_for_whom_is_not_offered_for_sending(alice, tab):
    tab.open("/context/")
    tab.post("/context/", {"text": WORDS, "candidate": f"{alice.pk}:forged"})
    assert tab.response.status_code == 403
    assert not tab.page.select("main form")
    assert WORDS in tab.page.select_one("textarea[readonly]").get_text()


@pytest.mark.parametrize("odd", ["https://[evil", "http://", "//", "https://a b", "\u00e9"])
def test_odd_origins_are_refused_and_not_logged(alice, tab, odd, caplog):
    for headers in ({"origin": odd}, {"referer": odd}):
        assert tab.browser.post("/context/", {"text": WORDS}, headers=headers).status_code == 403
    told = [record.getMessage() for record in caplog.records if record.name == "coach.going_on"]
    assert [said.endswith("this site is http://testserver") for said in told] == [True]
    fragment = tab.browser.post("/context/", {"text": WORDS}, headers={"origin": odd, "hx-request": "true"})
    assert fragment["Coach-Foreign"]  # a script knows that a new token does not mend it


@pytest.mark.parametrize("said", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}])
def test_an_old_page_of_ours_is_known_by_what_the_browser_says_too(alice, tab, said):
    tab.open("/context/")
    tab.post("/context/", {"text": WORDS}, said)
    assert "logged in as alice" in tab.text
    tab.send(having="text", headers=said)
    assert RawUserContext.objects.get().text == WORDS


def test_signing_in_on_such_a_page_from_another_site_signs_nobody_in(alice):
    tab = Tab().open("/login/")
    fields = {"text": WORDS, "sign-in-username": "alice", "sign-in-password": PASSWORD}
    for headers in ({"origin": "https://evil.example"}, {}):
        response = tab.browser.post("/context/", fields, headers=headers)
        assert response.status_code == 403
        assert PASSWORD not in response.content.decode()
        assert Tab(tab.browser).open("/").path.startswith("/login/")


# --- scripts ---------------------------------------------------------------------------------------------------------


def test_scripts_are_told_by_a_status_and_keep_the_words_themselves(alice, tab):
    attempt = factories.make_attempt(alice)
    for name, headers in (("attempt_submission", {"hx-request": "true"}), ("attempt_draft", {})):
        url = reverse(f"study:{name}", args=[attempt.pk])
        stale = tab.browser.post(url, {"raw_answer": WORDS}, headers=headers)
        token = tab.open("/account/").fields()["csrfmiddlewaretoken"]
        sessions = list(LoginSession.objects.all())
        LoginSession.objects.all().delete()
        gone = tab.browser.post(url, {"raw_answer": WORDS, "csrfmiddlewaretoken": token}, headers=headers)
        assert (stale.status_code, gone.status_code) == (403, 401 if headers else 302)
        assert "Übergabe" not in (stale.content + gone.content).decode()
        LoginSession.objects.bulk_create(sessions)


def test_the_words_are_in_no_session_cookie_and_log(alice, tab, caplog):
    caplog.set_level(logging.DEBUG)
    tab.open("/context/")
    LoginSession.objects.all().delete()
    tab.send(having="text", text=WORDS)
    tab.send(having="sign-in-password", **{"sign-in-username": "alice", "sign-in-password": PASSWORD})
    kept = [str(one.get_decoded()) for one in LoginSession.objects.all()] + [
        one.value for one in tab.browser.cookies.values()
    ]
    assert not [one for one in [*kept, caplog.text] if "bergabe" in one or PASSWORD in one]


def test_no_page_promises_that_going_back_brings_words_back():
    """Firefox forgets the forms of pages that are not to be stored, and all of ours are."""
    sources = [
        path
        for kind in ("*.html", "*.js")
        for folder in ("templates", "static")
        for path in (settings.BASE_DIR / folder).rglob(kind)
        if ".min." not in path.name
    ]
    said = {str(path): path.read_text() for path in sources} | {name: one.message for name, one in REASONS.items()}
    assert len(said) > 40
    assert not [where for where, text in said.items() if re.search(r"go(ing)? back (with|in) your browser", text, re.I)]
