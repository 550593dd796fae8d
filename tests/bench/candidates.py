"""Whom the bench looks at pages as: a heavy and a small candidate, with an id of their own for each route."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coach.models import User
from plans.models import PlanTopic
from tests import factories
from tests.security.routes import Route, configured, table, url_of

# A visitor opens these; who is signed in is sent on.
FOR_VISITORS = ("/login/", "/join/")
# The rows of a route's id, newest first: what its owner looks at most.
ROWS: dict[str, Any] = {
    "proposal": lambda user: user.proposals.order_by("-pk"),
    "topic": lambda user: PlanTopic.objects.filter(user=user).in_force(),
    "session": lambda user: user.study_sessions.exclude(end_time=None).order_by("-pk"),
    "question": lambda user: user.questions.exclude(attempts=None).order_by("-pk"),
    "attempt": lambda user: user.question_attempts.exclude(score_rating=None).order_by("-pk"),
    "paste": lambda user: user.question_pastes.order_by("-pk"),
    "debrief": lambda user: user.debriefs.order_by("-pk"),
}


@dataclass
class Looker:
    """A candidate who looks at pages. `cookie`: their session's, as a header; `ids`: of their rows by name."""

    user: User
    attempts: int
    cookie: str = ""
    client: Client = field(default_factory=lambda: Client(headers={"host": "localhost"}))
    ids: dict[str, int] = field(default_factory=dict)

    def sign_in(self) -> None:
        self.client.force_login(self.user)
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={self.client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def find_ids(self) -> None:
        """Note an id for each kind of row; a paste of questions and a debrief are made where there are none."""
        if not self.user.question_pastes.exists():
            factories.make_paste(self.user, "What is an index?", "Tell me about a conflict.")
        if not self.user.debriefs.exists():
            factories.make_debrief(self.user)
        self.ids = {name: rows(self.user).first().pk for name, rows in ROWS.items()}

    def address_of(self, route: Route) -> str:
        return url_of(route, self.ids[route.own]) if route.own else route.path

    def look(self, route: Route) -> tuple[int, int]:
        """Status of this page, and how many statements the database gets when it is looked at for the second time."""
        address = self.address_of(route)
        client = Client(headers={"host": "localhost"}) if route.path in FOR_VISITORS else self.client
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            reply = client.get(address)
            if reply.streaming:
                b"".join(reply.streaming_content)
        assert reply.status_code < 400 and "/login/" not in reply.get("Location", ""), f"{address} is not shown"
        return reply.status_code, len(captured)


def routes() -> list[Route]:
    """Every route below which a candidate gets something by GET, in the order of the urlconf; not the admin's."""
    known = {route.path: route for route in table()}
    found = [known[path] for path in dict.fromkeys(configured()) if path in known]
    return [route for route in found if "GET" in route.methods and not route.is_admin and route.door != "token"]


def lookers() -> tuple[Looker, Looker]:
    """The candidates with most and with fewest attempts, of those who have practised."""
    counted = User.objects.annotate(attempts=Count("question_attempts")).filter(~Q(attempts=0)).order_by("-attempts")
    heavy, small = counted.first(), counted.last()
    assert heavy and small and heavy != small, "two candidates with a history are needed"
    both = Looker(heavy, heavy.attempts), Looker(small, small.attempts)
    for looker in both:
        looker.sign_in()
        looker.find_ids()
    return both


def make_data(users: int, days: int) -> None:
    """Fill the database with candidates, one of them heavy."""
    call_command("demo_data", users=users, days=days)
