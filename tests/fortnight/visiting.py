"""A candidate's browser and program in one: pages and REST through Django's test client, under a clock that moves."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from bs4 import BeautifulSoup, SoupStrainer
from django.test import Client

PASSWORD = "quiet-desk-27"


class Clock:
    """The clock of the process. Local times are those of `zone`."""

    def __init__(self, traveller: time_machine.Traveller, zone: str = "UTC") -> None:
        self._traveller, self.zone = traveller, zone

    def local(self, day: date, hours: float) -> datetime:
        """The moment, so many hours by the wall clock after this day's midnight."""
        wall = datetime(day.year, day.month, day.day) + timedelta(hours=hours)
        return wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def to(self, moment: datetime, *, back: bool = False) -> None:
        """Move there; never back, unless `back`."""
        if back or moment > datetime.now(UTC):
            self._traveller.move_to(moment)

    def on(self, minutes: float) -> None:
        """Let so many minutes pass."""
        self._traveller.shift(timedelta(minutes=minutes))


class Refused(Exception):
    """A call of the REST facade that was not answered with success: `status`, and `error` as it came."""

    def __init__(self, path: str, status: int, error: dict[str, Any]) -> None:
        self.status, self.error = status, error
        super().__init__(f"{path} answered {status} {error.get('code', '')}")


class Visitor:
    """One candidate."""

    def __init__(self, name: str) -> None:
        self.written = b""  # the page seen last, as it came
        self.name, self.client = name, Client(SERVER_NAME="localhost", raise_request_exception=False)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a call. Raises Refused."""
        answer = self.client.generic(method, path, json.dumps(body) if body else "", content_type="application/json")
        if answer.status_code == 401 and not path.startswith("/users/"):
            self.sign_in()
            return self.rest(method, path, body)
        if answer.status_code >= 400:
            raise Refused(path, answer.status_code, json.loads(answer.content).get("error", {}))
        return json.loads(answer.content) if answer.content and answer.status_code < 300 else None

    def join(self) -> None:
        self.rest("POST", "/users/create", {"username": self.name, "password": PASSWORD, "name": "Kim"})

    def sign_in(self) -> None:
        """A login lasts for a month."""
        self.rest("POST", "/users/login", {"username": self.name, "password": PASSWORD})

    def page(self, path: str) -> tuple[int, BeautifulSoup]:
        """A page as it is now: its status and its content."""
        answer = self.client.get(path)
        if answer.status_code == 302 and answer["Location"].startswith("/login/"):
            self.sign_in()
            answer = self.client.get(path)
        self.written = answer.content
        return answer.status_code, BeautifulSoup(answer.content, "lxml", parse_only=SoupStrainer("main"))

    def form(self, path: str, **fields: Any) -> Any:
        """Send a form, as a browser without scripts does; the response."""
        return self.client.post(path, fields)


def suggested_on(page: BeautifulSoup) -> int | None:
    """The topic of the session that a page suggests next; None where it suggests none."""
    field = page.select_one(".next input[name=topic_id]")
    return int(field["value"]) if field else None


def minutes_on(page: BeautifulSoup) -> int | None:
    """How long the suggested session is."""
    field = page.select_one(".next input[name=planned_study_time]")
    return int(field["value"]) if field else None


def text_of(page: BeautifulSoup, selector: str) -> str:
    """The words of the first element that fits, with single spaces; "" where there is none."""
    found = page.select_one(selector)
    return " ".join(found.get_text(" ").split()) if found else ""
