"""A signed-in program, and one that is not."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from coach.models import User
from tests import factories

seen: defaultdict[str, set[int]] = defaultdict(set)


def pytest_terminal_summary(terminalreporter):
    """Each call of the facade with the statuses that these tests saw (in one process: `pytest tests/api`)."""
    terminalreporter.section("calls of the facade and the statuses seen")
    for call in sorted(call for call, statuses in seen.items() if statuses - {404, 405}):
        terminalreporter.line(f"{call:45} {' '.join(map(str, sorted(seen[call])))}")


class Api:
    """Calls with JSON, and the CSRF token where there is one: as strict as the server."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client(enforce_csrf_checks=True)
        if user:
            self.client.force_login(user)
            self.client.cookies["csrftoken"] = "t" * 32

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.send(method, path, headers, **content)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **content: Any) -> HttpResponse:
        """A call with any content: data, content_type."""
        token = self.client.cookies.get("csrftoken")
        headers = {**({"X-CSRFToken": token.value} if token else {}), **(headers or {})}
        response = self.client.generic(method, path, headers=headers, **content)
        seen[f"{method} {re.sub('(?<=[a-z])/[^/]+$', '/{session_id}', path) if path[1] == 's' else path}"].add(
            response.status_code
        )
        return response

    def get(self, path: str) -> HttpResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("PUT", path, body)


def error(response: HttpResponse) -> dict[str, Any]:
    """What went wrong; the one form of it."""
    assert response["Content-Type"].startswith("application/json")
    found = response.json()
    assert list(found) == ["error"]
    assert found["error"]["message"]
    return found["error"]


@pytest.fixture
def alice(db):
    return factories.make_user("alice")


@pytest.fixture
def api(alice):
    return Api(alice)


@pytest.fixture
def stranger(db):
    return Api()
