"""Joining and signing in by a program."""

import pytest
from django_q.models import OrmQ

from coach.models import User
from tests import factories
from tests.api.conftest import Api, error

PASSWORD = "quiet-desk-27"


@pytest.fixture(autouse=True)
def _database(db):
    pass


def test_joining_signs_in_and_leads_home(stranger):
    response = stranger.post("/users/create", {"username": "alice", "password": PASSWORD, "name": "Alice"})
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert {"sessionid", "csrftoken"} <= set(response.cookies)
    assert stranger.get("/plan/view").status_code == 200
    assert stranger.post("/plan/suggest_changes", {}).status_code == 409, "the token of the cookie is good"


def test_what_was_said_is_stored(stranger):
    body = {"username": "alice", "password": PASSWORD, "name": " Alice ", "current_role": " Nurse\x00 "}
    stranger.post("/users/create", body)
    user = User.objects.get()
    assert (user.name, user.current_role) == ("Alice", "Nurse")
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("name", ["alice", "ALICE"])
def test_a_taken_name_is_409(stranger, name):
    factories.make_user("alice")
    response = stranger.post("/users/create", {"username": name, "password": PASSWORD})
    assert response.status_code == 409
    assert error(response)["code"] == "name_taken"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "alice", "password": "short"}, "password"),
        ({"username": "alice", "password": "12345678901"}, "password"),
        ({"username": "alice", "password": "password1"}, "password"),
        ({"username": "quiet-desk", "password": "quiet-desk1"}, "password"),
        ({"username": "a b", "password": PASSWORD}, "username"),
        ({"username": "", "password": PASSWORD}, "username"),
        ({"username": "a" * 151, "password": PASSWORD}, "username"),
        ({"username": "alice", "password": PASSWORD, "name": "x" * 101}, "name"),
        ({"username": "alice\x00", "password": PASSWORD}, "username"),
    ],
)
def test_a_weak_password_or_a_bad_name_is_422_with_the_reason(stranger, body, field):
    response = stranger.post("/users/create", body)
    assert response.status_code == 422
    assert error(response)["fields"][field]
    assert not User.objects.exists()


def test_signing_in_leads_home(stranger):
    factories.make_user("alice", password=PASSWORD)
    response = stranger.post("/users/login", {"username": "Alice", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert stranger.get("/plan/view").status_code == 200


def test_signing_in_has_the_days_review_written(stranger):
    alice = factories.make_user("alice", password=PASSWORD)
    factories.make_progress(factories.make_plan(alice)[0])
    stranger.post("/users/login", {"username": "alice", "password": PASSWORD})
    assert alice.daily_reviews.count() == OrmQ.objects.count() == 1


def test_a_wrong_password_is_401_and_too_many_are_429(stranger):
    factories.make_user("alice", password=PASSWORD)
    for _ in range(5):
        response = stranger.post("/users/login", {"username": "alice", "password": "wrong-one"})
        assert response.status_code == 401
        assert error(response)["code"] == "wrong_credentials"
    response = stranger.post("/users/login", {"username": "alice", "password": PASSWORD})
    assert response.status_code == 429
    assert "15 minutes" in error(response)["message"]


def test_a_name_with_a_null_character_is_refused(stranger):
    response = stranger.post("/users/login", {"username": "al\x00ice", "password": PASSWORD})
    assert response.status_code == 422


def test_the_token_from_before_signing_in_is_stale_afterwards(stranger):
    factories.make_user("alice", password=PASSWORD)
    stranger.post("/users/login", {"username": "alice", "password": PASSWORD})
    before = stranger.client.cookies["csrftoken"].value
    stranger.post("/users/login", {"username": "alice", "password": PASSWORD})
    assert stranger.post("/plan/suggest_changes", {}, **{"X-CSRFToken": before}).status_code == 403


def test_a_deactivated_candidate_is_signed_out():
    alice = factories.make_user("alice")
    api = Api(alice)
    User.objects.update(is_active=False)
    assert api.get("/plan/view").status_code == 401
    assert api.post("/users/login", {"username": "alice", "password": factories.PASSWORD}).status_code == 401
