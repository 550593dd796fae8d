"""Home reads and decrypts what it shows, and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from plans.agenda import agenda_from
from plans.models import PlanProposal
from study.models import StudySession
from tests.bench.counting import calls_of, decryptions
from tests.bench.history import add_all_of_home
from tests.factories import make_attempt, make_plan, make_progress, make_session, make_user

pytestmark = pytest.mark.django_db

# Session and candidate included.
MOST_QUERIES = 6
NOT_SHOWN = ("description", "expected_outcome", "weaknesses", "interview_format", "feedback", "anchors", "looks_for")
NOT_SHOWN += ("overview", "changes", "declined", "rejection_reason", "answer_anchors", "note", "own_lines", "tally")


@pytest.fixture
def alice(client, settings):
    """A candidate who sees every box of the page."""
    settings.OFFLINE_COACH = False
    user = make_user("alice", name="Alice")
    topics = make_plan(owner=user)
    for topic in topics:
        focus = [{"focus": f"Practise {topic.name}.", "reason": "It was left out."}]
        make_progress(topic, next_focus=focus, note="A note.", last_practised_at=timezone.now() - timedelta(days=9))
    make_attempt(user, session=make_session(user, ended=timezone.now() - timedelta(hours=9)), state="marked")
    add_all_of_home(user)
    PlanProposal.objects.filter(user=user, status="approved").update(decided_at=timezone.now() - timedelta(days=30))
    client.force_login(user)
    client.get(reverse("home"))  # once a day it looks for the review, and once in a process it composes queries
    return user


def home(client) -> tuple[str, list[str]]:
    """The page, and what it asked the database."""
    with CaptureQueriesContext(connection) as captured:
        content = client.get(reverse("home")).content.decode()
    return content, [query["sql"] for query in captured]


def test_every_box_is_shown_with_few_queries(client, alice):
    content, queries = home(client)
    said = ("Continue the session", "A proposal waits for you", "You began an answer", "Last session", "is used up")
    for words in (*said, "What your practice shows", "How did it go?"):
        assert words in content, words
    assert len(queries) <= MOST_QUERIES
    PlanProposal.objects.filter(user=alice, status="approved").update(decided_at=timezone.now() - timedelta(days=3))
    assert len(home(client)[1]) <= MOST_QUERIES
    StudySession.objects.filter(user=alice, end_time=None).delete()
    content, queries = home(client)
    assert "To practise next" in content and "Welcome back after 9 days" in content
    assert len(queries) <= MOST_QUERIES


def test_no_column_is_read_that_is_not_shown(client, alice):
    _content, queries = home(client)
    read = [name for name in NOT_SHOWN for sql in queries if f'."{name}"' in sql]
    assert read == []


def test_as_many_values_are_decrypted_as_are_shown(client, alice):
    with decryptions() as opened:
        client.get(reverse("home"))
    name, topics, draft, question = 1, 3, 1, 1
    assert opened.number == name + topics + draft + question
    StudySession.objects.filter(user=alice, end_time=None).delete()
    with decryptions() as opened:
        client.get(reverse("home"))
    assert opened.number == name + topics + draft + question + 1  # what the next session practises


def test_the_agenda_is_computed_once(client, alice):
    with calls_of(agenda_from) as calls:
        client.get(reverse("home"))
    assert calls.number == 1
