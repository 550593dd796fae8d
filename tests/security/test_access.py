"""Every route × everybody × every method, as access.txt says it.

`make test` asks every route by everybody for what it is there for, and of all other methods for one, in turn from route
to route; `make access` for all of them.
"""

import os
import re
from typing import Any

from django.db import connection
from django.http import HttpResponse

from tests.admin.test_nothing_written_is_shown import MARKER
from tests.security.cast import MISSING, Cast, WithCast, taken_back
from tests.security.routes import ADMIN_DOORS, TABLE, Route, configured, table, url_of

ALL = bool(os.environ.get("COACH_ALL_ACCESS"))
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ADMINS = ("staff", "viewer", "superuser")
# What a page answers to its own candidate, be it to an empty form.
ANSWERS = {"GET": {200, 302}, "HEAD": {200, 302}, "POST": {200, 204, 302, 409, 415, 422}, "PUT": {422}}
TOKENS = re.compile(rb'(csrfmiddlewaretoken" value="|X-CSRFToken&quot;: &quot;|X-CSRFToken": ")[A-Za-z0-9]+')
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b", re.IGNORECASE)

routes = table()


def test_the_table_knows_every_route_and_no_other():
    known = [route.path for route in routes]
    unknown = [path for path in configured() if path not in known]
    gone = sorted(set(known) - set(configured()))
    assert not unknown, f"say in {TABLE.name} who may open: {unknown}"
    assert not gone, f"take out of {TABLE.name}, for they do not exist any more: {gone}"
    assert len(known) == len(set(known)), "a route stands there twice"


def test_the_walk_finds_what_the_url_configuration_hides_deepest():
    """A walk that stops early would let the table shrink with it."""
    found = set(configured())
    assert {"/", "/plan/proposals/<int:pk>/approval/", "/study/evaluate_answer/<session_id>"} <= found
    assert {"/admin/study/story/<path:object_id>/change/", "/admin/llm_modes/llmcall/summary/"} <= found


class TestAccess(WithCast):
    """A test for each role, with every route as a subtest."""

    def opens_to(self, role: str) -> None:
        for route in routes:
            with self.subTest(route=route.path):
                for method in _methods(route, role):
                    with taken_back():
                        _check(self.cast, route, role, method)

    def test_to_a_stranger_it_opens_as_the_table_says(self):
        self.opens_to("anonymous")

    def test_to_the_owner_it_opens_as_the_table_says(self):
        self.opens_to("owner")

    def test_to_another_candidate_it_opens_as_the_table_says(self):
        self.opens_to("other")

    def test_to_an_admin_without_rights_it_opens_as_the_table_says(self):
        self.opens_to("staff")

    def test_to_an_admin_who_may_look_it_opens_as_the_table_says(self):
        self.opens_to("viewer")

    def test_to_a_superuser_it_opens_as_the_table_says(self):
        self.opens_to("superuser")


def _methods(route: Route, role: str) -> tuple[str, ...]:
    """All methods by those to whom the route opens, and by strangers; by the others those that do something.

    In the short form the page of a model in the admin is not made a second time for HEAD, and what the route takes from
    nobody is one method: another one at the next route.
    """
    if role == "viewer" and not route.is_admin:
        return ()
    asked = dict.fromkeys(("GET", "POST", *route.methods))
    others = SAFE + UNSAFE if role in ("anonymous", "superuser" if route.is_admin else "owner") else ()
    if ALL:
        return tuple(asked | dict.fromkeys(others))
    if route.is_admin:
        asked.pop("HEAD", None)
    others = [method for method in others if method not in asked]
    if not others:
        return tuple(asked)
    place = routes.index(route)
    # One further with each round: what stands at every sixth place is the same page of each model.
    return (*asked, others[(place + place // len(others)) % len(others)])


def _check(cast: Cast, route: Route, role: str, method: str) -> None:
    url = _url(cast, route)
    response, writes = _send(cast, role, method, url)
    said = f"{method} {url} by {role}: {response.status_code}"
    assert response.status_code < 500, said
    if method in SAFE:
        assert not writes, f"{said}, and it wrote: {writes}"
    assert response.status_code in _expected(route, role, method), said
    _check_words(role, response, said)
    if route.own and role not in ("anonymous", "owner") and method in route.methods:
        missing, _ = _send(cast, role, method, url_of(route, MISSING))
        assert missing.status_code == response.status_code, f"{said} tells that it exists"
        assert _without_tokens(response) == _without_tokens(missing), f"{said} tells that it exists"
    if method in UNSAFE:
        bare, _ = _send(cast, role, method, url, token=False)
        assert bare.status_code in _without_token(route, role, method), f"{said}; without a token {bare.status_code}"


def _url(cast: Cast, route: Route) -> str:
    model = re.match(r"/admin/(\w+)/(\w+)/", route.path)
    model_id = cast.admin_id(*model.groups()) if model and route.door in ADMIN_DOORS and "<" in route.path else 1
    return url_of(route, cast.ids.get(route.own, ""), model_id)


def _send(cast: Cast, role: str, method: str, url: str, *, token: bool = True) -> tuple[HttpResponse, list[str]]:
    """The response, and the statements that wrote to the database."""
    writes: list[str] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if WRITES.match(sql):
            writes.append(sql[:90])
        return execute(sql, *rest)

    content = {"data": "{}", "content_type": "application/json"} if url.startswith(("/users/", "/study/")) else {}
    with connection.execute_wrapper(watch):
        response = cast.visitors[role].send(method, url, token=token, **content)
        response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response, writes


# --- what the table means ------------------------------------------------------------------------------------------


def _expected(route: Route, role: str, method: str) -> set[int]:
    if route.door in ("nothing", "token"):
        return {404}
    if route.is_admin:
        return _expected_of_admin(route, role, method)
    if route.is_rest:
        return _expected_of_rest(route, role, method)
    if role == "anonymous" and route.door != "public":
        return {302}
    if method not in route.methods:
        return _of_a_wrong_method(method)
    if route.own and role != "owner":
        return {404}
    return ANSWERS[method]


def _of_a_wrong_method(method: str) -> set[int]:
    """Whoever opens with the browser what only takes forms is led to its page."""
    return {302} if method in ("GET", "HEAD") else {405}


def _expected_of_rest(route: Route, role: str, method: str) -> set[int]:
    if method not in route.methods:
        # A script of our pages talks to this one, no program.
        return _of_a_wrong_method(method) if route.path == "/dictation/" else {405}
    if route.door == "rest public":
        return {200}
    if route.door == "rest open":
        return {422}
    if role == "anonymous":
        return {401}
    if route.own and role != "owner":
        return {404, 422}
    return {200, 404, 409, 415, 422}


def _expected_of_admin(route: Route, role: str, method: str) -> set[int]:
    if route.door == "staff door":
        wrong = method not in route.methods
        return {405} if wrong else {302} if role in ("anonymous", *ADMINS) else {403}
    if role not in ADMINS:
        return {302}
    if method not in route.methods:
        return _of_a_wrong_method(method)
    if route.door == "staff 403" or (route.door == "some right" and role == "staff"):
        return {403, 404}
    if route.door not in ADMIN_DOORS or route.admin_page == "forward":
        return {200, 302}
    return {200, 302} if _has_right(route, role, method) else {403}


def _has_right(route: Route, role: str, method: str) -> bool:
    """Whether this admin may do on this page of a model what the method does."""
    page = route.admin_page
    if role == "staff":
        return False
    if page in ("list", "history") or (page == "change" and method != "POST"):
        return True
    doors = {"delete": ("deletable", "full")}.get(page, ("accounts", "full"))
    return role == "superuser" and route.door in doors


def _without_token(route: Route, role: str, method: str) -> set[int]:
    return {401, 403, 404, 405, 415, 422} if route.is_rest or route.door in ("nothing", "token") else {403}


def _check_words(role: str, response: HttpResponse, said: str) -> None:
    """What the owner wrote is shown to nobody else, and kept by no browser."""
    if MARKER.encode() in response.body:
        assert role == "owner", f"{said}, and it shows what the owner wrote"
        assert "no-store" in response["Cache-Control"], said


def _without_tokens(response: HttpResponse) -> bytes:
    return TOKENS.sub(b"", response.body)
