"""Who takes part: a candidate with a row of everything, another one, and admins of three kinds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import transaction
from django.http import HttpResponse
from django.http.cookie import SimpleCookie
from django.test import Client, TestCase

from coach.encryption import canary
from coach.models import User
from plans.models import PlanTopic
from plans.proposals.change import Change
from tests import factories
from tests.admin.test_nothing_written_is_shown import MARKER, a_whole_history

TOKEN = "t" * 32
# No row has this id.
MISSING = 9_999_999
OUR_APPS = ("coach", "plans", "study", "llm_modes", "django_q", "admin", "auth")


class Visitor:
    """A browser of one user, as strict about CSRF as the server. Each request begins with the same cookies."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if user:
            self.client.force_login(user)
        self.cookies = self.client.cookies.output(header="", sep=";")

    def send(self, method: str, url: str, *, token: bool = True, headers: Any = None, **content: Any) -> HttpResponse:
        """A request, with the CSRF token unless told otherwise."""
        self.client.cookies = SimpleCookie(self.cookies)
        if token:
            self.client.cookies["csrftoken"] = TOKEN
        headers = {**({"X-CSRFToken": TOKEN} if token else {}), **(headers or {})}
        return self.client.generic(method, url, headers=headers, **content)


@dataclass
class Cast:
    """The owner's rows by the names that access.txt has for them, and a visitor for each role."""

    owner: User
    ids: dict[str, int]
    visitors: dict[str, Visitor]

    def __deepcopy__(self, _memo: object) -> "Cast":
        """TestCase gives each test a copy of its data; here the rows are what has to be as it was, and they are."""
        return self

    def admin_id(self, app_label: str, model_name: str) -> Any:
        """The id of some row that the admin shows."""
        model = apps.get_model(app_label, model_name)
        row = model.objects.exclude(pk=self.visitors["superuser"].user.pk).first() if model is User else None
        return (row or model.objects.first()).pk


def make_cast(words: str = MARKER) -> Cast:
    """MARKER (or other `words`) stands in whatever the owner or the coach wrote."""
    canary.register(old_form=False)  # the migration's row may have gone with a test that empties the database
    owner = a_whole_history("owner")
    proposal = owner.proposals.get(status="open")
    proposal.overview = {**factories.make_proposal(owner, status="kept").overview, "rationale": f"Because of {words}."}
    proposal.base_topics, proposal.changes = [], [Change(topic=words, change="added", reason=words)]
    proposal.save()
    ended = owner.study_sessions.get()
    marked = owner.question_attempts.get()
    message = owner.chat_messages.get()
    topic = PlanTopic.objects.filter(user=owner).in_force().first()
    running = factories.make_session(owner, topic=topic)
    question = factories.make_question(owner, f"And what of the {words} then?", topic=topic)
    factories.make_round(running, questions=[question])
    draft = factories.make_attempt(owner, session=running, question=question, answer=f"A draft about {words}.")
    ids = {
        "message": message.pk,
        "proposal": proposal.pk,
        "topic": topic.pk,
        "session": running.pk,
        "ended session": ended.pk,
        "question": marked.question_id,
        "attempt": marked.pk,
        "draft": draft.pk,
        "paste": owner.question_pastes.get().pk,
        "debrief": owner.debriefs.get().pk,
    }
    viewer = factories.make_user("viewer", is_staff=True)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_", content_type__app_label__in=OUR_APPS)
    )
    other = factories.make_user("other")
    factories.make_plan(other)
    users = {
        "anonymous": None,
        "owner": owner,
        "other": other,
        "staff": factories.make_user("staff", is_staff=True),
        "viewer": viewer,
        "superuser": factories.make_user("boss", is_staff=True, is_superuser=True),
    }
    return Cast(owner, ids, {role: Visitor(user) for role, user in users.items()})


class WithCast(TestCase):
    """Tests with the cast, made once for the class; what a test does to it is undone after the test."""

    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what is done inside."""
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)
