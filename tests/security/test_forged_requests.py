"""What a stranger's page, a clever candidate or an admin with few rights could send."""

import json
import re

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from coach.models import User
from study.models import QuestionAttempt
from tests import factories
from tests.admin.test_actions import helper
from tests.api.conftest import Api, error

pytestmark = pytest.mark.django_db

PASSWORD = factories.PASSWORD
# Whatever a browser may take for another host, or for a script.
FOREIGN = (
    "//evil.example",
    "///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https://evil.example/",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "\x00//evil.example",
    # Not foreign, but no address either: redirect() would take it for the name of a page.
    "kitten",
    "{{7*7}}",
)


@pytest.fixture
def alice():
    alice = factories.make_user("alice")
    factories.make_plan(alice)
    return alice


@pytest.fixture
def bob():
    bob = factories.make_user("bob")
    factories.make_plan(bob)
    return bob


# --- where a sign-in leads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", FOREIGN)
@pytest.mark.parametrize("page", ["login", "context"])
def test_no_form_leads_to_another_host(client, alice, page, target):
    fields = {"username": "alice", "password": PASSWORD, "next": target, "text": "My story."}
    if page == "context":
        client.force_login(alice)
    response = client.post(reverse(page), fields)
    assert response.status_code == 302
    assert response["Location"] in (reverse("home"), reverse("context"))


@pytest.mark.parametrize("target", FOREIGN)
def test_neither_the_page_nor_its_link_to_the_admin_keeps_a_foreign_target(client, alice, target):
    assert b"evil.example" not in client.get(reverse("login"), {"next": target}).content
    assert "evil.example" not in client.get(reverse("admin:login"), {"next": target})["Location"]
    client.force_login(alice)
    assert client.get(reverse("login"), {"next": target})["Location"] == reverse("home")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "[::1"])
def test_another_host_name_is_refused(client, host):
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        for forged in ({"host": host}, {"host": "localhost", "x-forwarded-host": host}):
            response = client.get(reverse("login"), headers=forged)
            assert response.status_code == (400 if forged["host"] == host else 200)
            assert "evil.example" not in response.content.decode()


# --- the session -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login/", "/users/login", "/join/", "/users/create"])
def test_a_session_that_was_planted_is_not_taken_over(path):
    mallory = Client()
    mallory.get(reverse("login"))
    mallory.session["planted"] = True
    planted = mallory.session
    planted["planted"] = True
    planted.save()
    victim = Client()
    victim.cookies["sessionid"] = planted.session_key
    if "login" in path:
        factories.make_user("victim")
    fields = {"username": "victim", "password": PASSWORD}
    rest = path.startswith("/users/")
    response = victim.post(
        path, json.dumps(fields) if rest else fields, **({"content_type": "application/json"} if rest else {})
    )
    assert response.status_code == 302
    assert victim.cookies["sessionid"].value != planted.session_key
    stolen = Client()
    stolen.cookies["sessionid"] = planted.session_key
    assert stolen.get(reverse("account")).status_code == 302


def test_after_signing_out_the_old_session_opens_nothing(client, alice):
    client.force_login(alice)
    old = client.cookies["sessionid"].value
    client.post(reverse("logout"))
    client.cookies["sessionid"] = old
    assert client.get(reverse("account")).status_code == 302


def test_after_a_new_password_the_other_devices_are_out(client, alice):
    phone = Client()
    phone.force_login(alice)
    client.force_login(alice)
    new = {"old_password": PASSWORD, "new_password1": "quiet-desk-27", "new_password2": "quiet-desk-27"}
    assert client.post(reverse("password"), new).status_code == 302
    assert client.get(reverse("account")).status_code == 200
    assert phone.get(reverse("account")).status_code == 302


# --- forms that were not shown ---------------------------------------------------------------------------------------

RIGHTS = {"is_staff": "on", "is_superuser": "on", "is_active": "", "user_permissions": "1", "groups": "1", "id": "1"}


def test_nobody_joins_as_an_admin(client):
    client.post(reverse("join"), {"username": "mallory", "password": "quiet-desk-27", "name": "M", **RIGHTS})
    mallory = User.objects.get(username="mallory")
    assert (mallory.is_staff, mallory.is_superuser, mallory.is_active) == (False, False, True)
    assert not mallory.user_permissions.exists()


def test_nobody_makes_an_admin_of_their_account(client, alice):
    client.force_login(alice)
    before = alice.password
    forged = {**RIGHTS, "username": "boss", "password": "x", "budget_reset_at": "2026-01-01", "time_zone": "UTC"}
    assert client.post(reverse("account"), {"name": "A", "current_role": "Nurse", **forged}).status_code == 302
    alice.refresh_from_db()
    assert (alice.username, alice.password, alice.is_staff, alice.budget_reset_at) == ("alice", before, False, None)


def test_over_rest_an_extra_field_is_refused_and_changes_nothing(alice):
    api = Api()
    fields = {"username": "mallory", "password": "quiet-desk-27", "is_staff": True}
    assert "is_staff" in error(api.post("/users/create", fields))["fields"]
    assert not User.objects.filter(username="mallory").exists()


def test_a_method_in_a_field_or_a_header_is_not_obeyed(client, alice):
    client.force_login(alice)
    session = factories.make_session(alice)
    for forged in ({"x-http-method-override": "POST"}, {"x-method-override": "POST"}):
        response = client.get(reverse("study:session_end", args=[session.pk]) + "?_method=POST", headers=forged)
        assert response["Location"] == reverse("study:session_detail", args=[session.pk])
    session.refresh_from_db()
    assert session.is_running


def test_of_a_field_sent_twice_one_value_counts_and_none_of_somebody_else(client, alice, bob):
    client.force_login(alice)
    theirs = bob.plan_topics.first()
    body = f"topic_id={alice.plan_topics.first().pk}&topic_id={theirs.pk}&planned_study_time=10"
    response = client.post(reverse("study:sessions"), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 404
    assert not theirs.study_sessions.exists()
    # Nor does the address win over the body.
    own = {"topic_id": alice.plan_topics.first().pk, "planned_study_time": 10}
    client.post(f"{reverse('study:sessions')}?topic_id={theirs.pk}", own)
    assert not theirs.study_sessions.exists()
    assert alice.study_sessions.count() == 1


# --- ids of somebody else in a body ----------------------------------------------------------------------------------


def ids_in_bodies(alice: User, bob: User):
    """(method, path, body) of each call whose body names a row, with a row of bob's."""
    session = factories.make_session(alice)
    question = factories.make_question(bob)
    attempt = factories.make_attempt(bob, question=question, state="failed")
    proposal = factories.make_proposal(bob)
    answer = {"question_id": question.pk, "raw_answer": "Mine."}
    return [
        ("POST", "/study/start_session/", {"topic_id": bob.plan_topics.first().pk, "planned_study_time": 10}),
        ("PUT", "/study/end_session/", {"session_id": attempt.session_id}),
        ("POST", f"/study/evaluate_answer/{session.pk}", answer),
        ("POST", f"/study/evaluate_answer/{session.pk}", {"attempt_id": attempt.pk}),
        ("POST", f"/study/evaluate_answer/{attempt.session_id}", answer),
        ("POST", f"/study/generate_questions/{attempt.session_id}", None),
        ("POST", "/plan/approve_plan", {"proposal_id": proposal.pk}),
    ]


def test_a_row_of_somebody_else_in_a_body_is_like_one_that_does_not_exist(alice, bob):
    api = Api(alice)
    for method, path, body in ids_in_bodies(alice, bob):
        theirs = api.call(method, path, body)
        if body is None or path.endswith(f"/{bob.study_sessions.get().pk}"):
            path = re.sub(r"\d+$", "9999999", path)
        missing = {name: 9_999_999 if name.endswith("_id") else value for name, value in (body or {}).items()}
        none = api.call(method, path, missing if body else None)
        assert (theirs.status_code, theirs.content) == (404, none.content), (path, body)
    assert bob.study_sessions.get().is_running
    assert bob.question_attempts.get().ask_attempt == 1
    assert bob.proposals.filter(status="open").exists()


def test_the_same_idempotency_key_of_two_candidates_gives_each_their_own_answer(alice, bob):
    seen = []
    for user in (alice, bob):
        session = factories.make_session(user)
        question = factories.make_question(user)
        body = {"question_id": question.pk, "raw_answer": f"The answer of {user.username}. {factories.ANSWER}"}
        response = Api(user).call("POST", f"/study/evaluate_answer/{session.pk}", body, **{"Idempotency-Key": "k-1"})
        assert response.status_code == 200
        seen.append(response.json()["attempt_id"])
    assert [QuestionAttempt.objects.get(pk=pk).user_id for pk in seen] == [alice.pk, bob.pk]


# --- from another site -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_what_a_foreign_form_can_send_ends_no_session(alice, kind):
    """These three need no preflight; the browser would send them with the cookies, were they not SameSite."""
    session = factories.make_session(alice)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    body = json.dumps({"session_id": session.pk})
    for method, path in (("PUT", "/study/end_session/"), ("POST", "/study/start_session/")):
        assert client.generic(method, path, body, content_type=kind).status_code in (403, 415)
    assert client.post(reverse("study:session_end", args=[session.pk])).status_code == 403
    session.refresh_from_db()
    assert session.is_running


def test_a_token_from_another_origin_is_refused_over_https(alice, settings):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.cookies["csrftoken"] = "t" * 32
    for origin, status in (("https://evil.example", 403), ("null", 403), ("https://testserver", 302)):
        headers = {"X-CSRFToken": "t" * 32, "origin": origin, "referer": f"{origin}/"}
        assert client.post(reverse("context"), {"text": "x"}, secure=True, headers=headers).status_code == status


# --- admins ----------------------------------------------------------------------------------------------------------

ACTIONS = (
    ("coach_user", "deactivate", "view_user"),
    ("coach_user", "reset_daily_tokens", "view_user"),
    ("study_studysession", "end_abandoned", "view_studysession"),
    ("plans_dailyreview", "run_again", "view_dailyreview"),
    ("coach_user", "delete_selected", "view_user"),
)


@pytest.mark.parametrize(("page", "action", "right"), ACTIONS)
def test_who_may_only_look_does_nothing_by_an_action(client, alice, page, action, right):
    factories.make_review(alice, ask_state="failed", ask_failure="timeout")
    session = factories.make_session(alice, minutes=1)
    type(session).objects.update(last_interaction_time="2026-01-01T00:00Z")
    client.force_login(helper(right))
    chosen = [alice.pk, session.pk, alice.daily_reviews.get().pk]
    client.post(reverse(f"admin:{page}_changelist"), {"action": action, "_selected_action": chosen})
    alice.refresh_from_db()
    session.refresh_from_db()
    assert (alice.is_active, alice.budget_reset_at, session.is_running) == (True, None, True)
    assert alice.daily_reviews.get().ask_state == "failed"


def test_who_may_only_look_changes_no_account_and_no_password(client, alice):
    client.force_login(helper("view_user"))
    before = alice.password
    password = {"password1": "taken-over-27", "password2": "taken-over-27", "usable_password": "true"}
    assert client.post(reverse("admin:auth_user_password_change", args=[alice.pk]), password).status_code == 403
    values = {"username": "alice", "time_zone": "UTC", "is_active": "on", "is_staff": "on"}
    assert client.post(reverse("admin:coach_user_change", args=[alice.pk]), values).status_code == 403
    alice.refresh_from_db()
    assert (alice.password, alice.is_staff) == (before, False)
