"""What all calls of the facade have in common: who may, and what is refused before anything happens."""

import json

import pytest

from coach.facade import api as facade
from tests.api.conftest import Api, error

pytestmark = pytest.mark.django_db

SIGN_IN = [("POST", "/users/create"), ("POST", "/users/login")]
UNSAFE = [
    ("POST", "/plan/suggest_new"),
    ("POST", "/plan/suggest_changes"),
    ("POST", "/plan/approve_plan"),
    ("POST", "/study/start_session/"),
    ("PUT", "/study/end_session/"),
    ("POST", "/study/generate_questions/1"),
    ("POST", "/study/evaluate_answer/1"),
]
WITH_BODY = [call for call in UNSAFE if "generate" not in call[1]]
SAFE = [("GET", "/plan/view")]


def test_the_document_names_exactly_the_calls_of_the_contract(stranger):
    document = stranger.get("/api/openapi.json").json()
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    expected = {(method, path.replace("/1", "/{session_id}")) for method, path in SIGN_IN + UNSAFE + SAFE}
    assert named == expected


def test_the_document_describes_every_call_and_every_error():
    document = facade.get_openapi_schema(path_prefix="")
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            for status, response in operation["responses"].items():
                assert response["description"] not in ("", "Unknown Status Code")
                if status >= 400:
                    assert response["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorOut")


def test_the_document_has_an_example_of_everything_that_can_be_sent():
    schemas = facade.get_openapi_schema(path_prefix="")["components"]["schemas"]
    bodies = [schema for schema in schemas.values() if schema.get("additionalProperties") is False]
    assert len(bodies) == 12
    for body in bodies:
        for name, sent in body["properties"].items():
            nested = any("$ref" in str(part) for part in (sent.get("items"), sent.get("anyOf")))
            assert nested or sent.get("examples"), f"{body['title']}.{name}"


@pytest.mark.parametrize(("method", "path"), UNSAFE + SAFE)
def test_without_a_session_it_is_401_and_no_redirect(stranger, method, path):
    response = stranger.call(method, path, {})
    assert response.status_code == 401
    assert error(response)["code"] == "not_signed_in"


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_without_or_with_a_stale_csrf_token_it_is_403(api, method, path):
    for token in ("", "x" * 32):
        response = api.call(method, path, {}, **{"X-CSRFToken": token})
        assert response.status_code == 403
        assert error(response)["code"] == "csrf"


@pytest.mark.parametrize(("method", "path"), SIGN_IN)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
def test_no_foreign_form_can_sign_anybody_in(method, path, kind):
    body = json.dumps({"username": "mallory", "password": "quiet-desk-27"})
    response = Api().send(method, path, data=body, content_type=kind)
    assert response.status_code == 415
    assert error(response)["code"] == "not_json"
    assert "sessionid" not in response.cookies


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_another_content_type_is_415(api, method, path):
    response = api.send(method, path, data="<a/>", content_type="application/xml")
    assert response.status_code == 415
    error(response)


@pytest.mark.parametrize(("method", "path"), SIGN_IN + UNSAFE)
def test_a_body_of_a_megabyte_is_413(api, method, path):
    response = api.call(method, path, {"text": "x" * 1_000_000})
    assert response.status_code == 413
    assert error(response)["code"] == "too_large"


@pytest.mark.parametrize(
    "text",
    ["", "{", "nonsense", "[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000, "9" * 5_000, '"\\ud800"', "\xff\xfe"],
    ids=["empty", "cut", "words", "deep-lists", "deep-objects", "long-number", "half-a-character", "not-utf8"],
)
@pytest.mark.parametrize(("method", "path"), SIGN_IN + WITH_BODY)
def test_what_is_no_json_of_the_right_form_is_422(api, method, path, text):
    token = {"X-CSRFToken": api.client.cookies["csrftoken"].value}
    response = api.client.generic(method, path, text.encode("latin-1"), content_type="application/json", headers=token)
    assert response.status_code == 422
    error(response)


@pytest.mark.parametrize(("method", "path"), SIGN_IN + WITH_BODY)
def test_unknown_fields_are_named(api, method, path):
    response = api.call(method, path, {"surprise": 1})
    assert response.status_code == 422
    assert error(response)["fields"]["surprise"] == "There is no such field."


def test_a_field_of_a_list_is_named_by_its_place(api):
    topic = {"name": "A", "priority": "first", "daily_study_minutes": 10, "color": "red"}
    response = api.post("/plan/approve_plan", {"plan_topics": [topic]})
    assert set(error(response)["fields"]) == {"plan_topics.0.priority", "plan_topics.0.color"}


@pytest.mark.parametrize("value", ["1", 1.5, True, None, [], {}, 10**30])
def test_wrong_types_are_refused(api, value):
    response = api.post("/study/start_session/", {"topic_id": value, "planned_study_time": 10})
    assert response.status_code == (404 if value == 10**30 else 422)
    error(response)


def test_nothing_of_what_was_sent_comes_back_in_an_error(api):
    response = api.post("/plan/suggest_new", {"role": 5, "raw_user_context": ["my secret story"]})
    assert response.status_code == 422
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(("method", "path"), SIGN_IN + UNSAFE + SAFE)
def test_another_method_is_405_and_says_which_are_allowed(api, method, path):
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {method}:
        response = api.call(other, path)
        assert response.status_code == 405
        assert response["Allow"] == method
        assert error(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    ["/users/", "/users/nobody", "/study/start_session", "/study/evaluate_answer/1/", "/study/x", "/api/nothing"],
)
def test_what_looks_like_a_call_and_is_none_is_404_as_json(api, path):
    for method in ("GET", "POST", "PUT"):
        response = api.call(method, path)
        assert response.status_code == 404
        assert error(response)["code"] == "not_found"


def test_the_pages_are_still_there(client, alice):
    client.force_login(alice)
    for path in ("/", "/plan/", "/sessions/", "/stories/", "/notes/"):
        assert client.get(path).status_code in (200, 302)


def test_answers_are_not_to_be_kept(api):
    assert api.get("/plan/view")["Cache-Control"] == "no-store"
    assert api.get("/study/x")["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_is_told_without_its_text_and_logged_by_type(api, monkeypatch, caplog):
    def broken(user):
        raise ValueError("my secret story")

    monkeypatch.setattr("plans.api._plan", broken)
    api.client.raise_request_exception = False
    response = api.get("/plan/view")
    assert response.status_code == 500
    assert error(response)["code"] == "our_mistake"
    assert "secret" not in response.content.decode() + caplog.text


def test_a_database_that_is_away_is_503(api, monkeypatch):
    from django.db import OperationalError

    def away(user):
        raise OperationalError("connection refused")

    monkeypatch.setattr("plans.api._plan", away)
    response = api.get("/plan/view")
    assert response.status_code == 503
    assert error(response)["code"] == "unavailable"


def test_strangers_may_read_the_documentation():
    assert Api().get("/api/docs").status_code == 200
