"""A database of release 0.2.0 becomes one of today while somebody reads and writes: nobody waits, nothing is lost.

The state is that of the commit in which the changelog calls itself 0.2.0.
"""

import os
import threading
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from coach.backups import databases
from coach.encryption import key_ring
from coach.management.commands import migrate
from coach.models import User
from study.models import QuestionAttempt, Story

RELEASE = [
    ("coach", "0009_retire_keys_before_forgetting_them"),
    ("plans", "0013_what_was_suggested"),
    ("study", "0009_opened_and_waited"),
    ("llm_modes", "0002_share_the_coach"),
]
# Seconds that a statement of a page waits for a lock, and that a page may take at most.
PATIENCE = 3
# A hundred times more in `make drill`.
ATTEMPTS = 300_000 if "COACH_DRILL" in os.environ else 3000
REQUIRED = (
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' "
    "AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
)
PLAIN = {"integer": 1, "smallint": 1, "bigint": 1, "boolean": False, "double precision": 1, "ARRAY": "{}"}
PLAIN |= {"character varying": "", "text": "", "timestamp with time zone": "now", "date": "2026-11-29"}


def insert(table, **values):
    """A row of that release; what it must have and was not told is empty. Returns its id."""
    empty = key_ring.seal(b"[]", key_ring.ANYWHERE)
    with connection.cursor() as cursor:
        cursor.execute(REQUIRED, [table])
        row = {name: PLAIN.get(kind, empty) for name, kind in cursor.fetchall()} | values
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", list(row.values()))
        return cursor.fetchone()[0]


def fill():
    """A candidate with a story, and with very many answers."""
    user = insert("coach_user", username="alice", name_key="alice", time_zone="UTC", is_active=True)

    def sealed(column, text):
        return key_ring.seal(text.encode(), f"{column} of user_id {user}")

    topic = insert("plans_plantopic", user_id=user, name=sealed("plans.PlanTopic.name", "Calm"), daily_study_minutes=10)
    session = insert("study_studysession", user_id=user, topic_id=topic, planned_duration=20, end_time="now")
    question = insert("study_question", user_id=user, topic_id=topic, text=sealed("study.Question.text", "Why?"))
    insert("study_story", user_id=user, question_id=question, text=sealed("study.Story.text", "The night"), version=1)
    answer = sealed("study.QuestionAttempt.raw_answer", "Because.")
    of = {"user_id": user, "session_id": session, "question_id": question, "submitted_at": "now", "ask_state": "none"}
    one = insert("study_questionattempt", **of, raw_answer=answer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM study_questionattempt LIMIT 0")
        names = [column.name for column in cursor.description if column.name not in ("id", "idempotency_key")]
        copied = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f"INSERT INTO study_questionattempt ({copied}, idempotency_key) SELECT {copied}, n::text "
            f"FROM study_questionattempt, generate_series(2, {ATTEMPTS}) n WHERE id = {one}"
        )
    return user


class Visits(threading.Thread):
    """Reads and writes as pages do, one short transaction after the other, until told to stop."""

    def __init__(self, user):
        super().__init__()
        self.user, self.stopped, self.slowest, self.count, self.problem = user, threading.Event(), 0.0, 0, None

    def run(self):
        address, password = databases.address_of(databases.own_name())
        try:
            with psycopg.connect(address, password=password, autocommit=True) as session:
                while not self.stopped.is_set():
                    since = time.monotonic()
                    self.visit(session)
                    self.slowest = max(self.slowest, time.monotonic() - since)
                    self.count += 1
        except psycopg.Error as problem:
            self.problem = problem

    def visit(self, session):
        with session.transaction():
            session.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            session.execute("SELECT id, username FROM coach_user WHERE id = %s FOR UPDATE", [self.user])
            session.execute("SELECT text FROM study_story WHERE user_id = %s", [self.user])
            session.execute("SELECT name FROM plans_plantopic WHERE user_id = %s", [self.user])
            session.execute(
                "UPDATE study_questionattempt SET draft_version = draft_version + 1 WHERE id = "
                "(SELECT max(id) FROM study_questionattempt WHERE user_id = %s)",
                [self.user],
            )


class Blocking:
    """A session that holds a table for which migrations wait, until the command says that it waits."""

    def __init__(self, stack):
        address, password = databases.address_of(databases.own_name())
        self.session = stack.enter_context(psycopg.connect(address, password=password))
        self.session.execute("LOCK TABLE study_question IN ACCESS SHARE MODE")
        self.told = []

    def write(self, said):
        self.told.append(said)
        self.session.rollback()


@contextmanager
def visited(user):
    visits = Visits(user)
    visits.start()
    try:
        yield visits
    finally:
        visits.stopped.set()
        visits.join()


@pytest.fixture
def release(transactional_db):
    MigrationExecutor(connection).migrate(RELEASE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE coach_user CASCADE")
    call_command("migrate", verbosity=0, interactive=False)


def test_the_upgrade_keeps_nobody_waiting_and_everything(release, monkeypatch):
    monkeypatch.setattr(migrate, "TOLD_AFTER", 1)
    user = fill()
    with ExitStack() as stack:
        blocking, visits = Blocking(stack), stack.enter_context(visited(user))
        call_command("migrate", verbosity=0, interactive=False, stderr=blocking)
    assert "waits until nobody uses its tables" in blocking.told[0]
    assert visits.problem is None
    assert visits.count > 10
    assert visits.slowest < PATIENCE
    assert Story.objects.get().text == "The night"
    assert User.objects.get().username == "alice"
    answers = QuestionAttempt.objects.all()
    assert answers.count() == ATTEMPTS
    assert answers.first().raw_answer == "Because."
    assert answers.order_by("draft_version").last().draft_version >= visits.count
