"""An address that only takes a form, opened with the browser: it leads to the page that it belongs to."""

import pytest
from django.test import Client
from django.urls import reverse

from coach.models import User
from tests import factories
from tests.security.routes import table, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client) -> User:
    alice = factories.make_user("alice", is_staff=True)
    factories.make_plan(alice)
    client.force_login(alice)
    return alice


@pytest.fixture
def ids(alice) -> dict[str, int]:
    session, ended = factories.make_session(alice), factories.make_session(alice, ended=True)
    factories.make_reconciliation(ended)
    attempt = factories.make_attempt(alice, session=session)
    return {
        "session": session.pk,
        "ended session": ended.pk,
        "question": attempt.question_id,
        "attempt": attempt.pk,
        "draft": attempt.pk,
        "proposal": factories.make_proposal(alice).pk,
        "message": factories.make_message(alice).pk,
        "debrief": factories.make_debrief(alice).pk,
        "paste": factories.make_paste(alice).pk,
    }


def test_every_one_of_them_leads_to_a_page(client, ids):
    """The table of all routes says which these are."""
    only_forms = [one for one in table() if one.methods and "GET" not in one.methods]
    only_forms = [one for one in only_forms if not one.is_rest or one.path == "/dictation/"]
    assert len(only_forms) >= 20
    for route in only_forms:
        path = url_of(route, ids.get(route.own, ""))
        for method in (client.get, client.head):
            response = method(path, follow=True)
            assert response.status_code == 200, path
            landed = response.redirect_chain[-1][0]
            if route.path not in ("/questions/<int:pk>/skip/", "/questions/<int:pk>/voiding/"):
                assert path.startswith(landed), (path, landed)


@pytest.mark.parametrize(
    ("name", "own", "page"),
    [
        ("study:attempt_submission", "attempt", "study:attempt_detail"),
        ("study:story_notes", "question", "study:question_story"),
        ("study:session_own_question", "session", "study:session_detail"),
        ("study:session_suggestion", "session", "study:session_detail"),
        ("study:question_void", "question", "study:question_attempts"),
        ("plans:proposal_approval", "proposal", "plans:proposal_detail"),
        ("plans:undo", "", "plans:plan"),
        ("study:stories_upload", "", "study:stories"),
        ("logout", "", "home"),
    ],
)
def test_so_does_the_login_that_such_an_address_was_left_for(ids, name, own, page):
    args = [ids[own]] if own else []
    stranger = Client()
    asked = stranger.get(reverse(name, args=args), follow=True).redirect_chain[-1][0]
    fields = {"username": "alice", "password": factories.PASSWORD}
    response = stranger.post(asked, fields, follow=True)
    assert response.redirect_chain[-1][0] == reverse(page, args=args)


def test_whose_page_it_is_stays_to_be_seen_there(client, alice):
    attempt = factories.make_attempt(factories.make_user("bob"))
    response = client.get(reverse("study:attempt_submission", args=[attempt.pk]), follow=True)
    assert response.status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused_as_ever(client, ids, method):
    path = reverse("study:attempt_submission", args=[ids["attempt"]])
    assert getattr(client, method)(path).status_code == 405


def test_programs_are_told_by_a_status(client, alice):
    response = client.get("/study/start_session/")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"
