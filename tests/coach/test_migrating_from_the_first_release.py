"""A database of release 0.1 becomes one of today: nothing is lost, nothing stays in plain words."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from coach.encryption import canary, key_ring
from coach.encryption.canary import WrongKeys
from coach.login_sessions import SessionStore
from coach.models import LoginSession, RawUserContext, User
from coach.time_zone import zone_of
from plans.models import DailyReview, PlanProposal
from study.models import QuestionAttempt

FIRST_RELEASE = [
    ("coach", "0002_let_the_token_cap_be_reset"),
    ("plans", "0004_own_lines_of_notes"),
    ("study", "0002_schedule_the_sweep"),
]


def to_first_release():
    executor = MigrationExecutor(connection)
    executor.migrate(FIRST_RELEASE)
    return executor.loader.project_state(FIRST_RELEASE).apps


def to_today():
    call_command("migrate", verbosity=0, interactive=False)


def old(plain, settings):
    first = key_ring.key_ids()[0]
    return first + key_ring._ring(tuple(settings.ENCRYPTION_KEYS))[first].old.encrypt(plain)


def insert(table, returning="id", **values):
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING {returning}", list(values.values()))
        return cursor.fetchone()[0]


def fill(settings):
    """A candidate with a context and an answer, stored as release 0.1 did."""
    now = "2026-11-01T10:00:00Z"
    empty, nothing, table = old(b"", settings), old(b"[]", settings), old(b"{}", settings)
    user = insert(
        "coach_user",
        username="alice",
        name="Alice Liddell",
        current_role="Ward nurse",
        password="x",
        is_superuser=False,
        is_staff=False,
        is_active=True,
        time_zone="Asia/Calcutta",
        date_joined=now,
    )
    insert("coach_rawusercontext", user_id=user, text=old(b"ten years of nursing", settings), updated_at=now)
    insert(
        "plans_dailyreview",
        user_id=user,
        local_day=timezone.now().date(),
        rationale=empty,
        created_at=timezone.now(),
        ask_state="failed",
        ask_attempt=1,
        ask_failure="timeout",
    )
    topic = insert(
        "plans_plantopic",
        user_id=user,
        name=old(b"Calming", settings),
        description=empty,
        expected_outcome=empty,
        priority=1,
        daily_study_minutes=10,
        created_at=now,
    )
    session = insert(
        "study_studysession",
        user_id=user,
        topic_id=topic,
        planned_duration=20,
        start_time=now,
        last_interaction_time=now,
        ended_by="",
    )
    for source, status in (("chat", "open"), ("review", "open"), ("chat", "rejected")):
        insert(
            "plans_planproposal",
            user_id=user,
            source=source,
            status=status,
            base_version=1,
            ask_state="done",
            ask_attempt=1,
            ask_failure="",
            created_at=now,
            **dict.fromkeys(("base_topics", "topics", "changes", "declined", "feedback"), nothing),
            overview=table,
            rejection_reason=empty,
        )
    question = insert(
        "study_question",
        user_id=user,
        topic_id=topic,
        text=old(b"Why?", settings),
        answer_anchors=nothing,
        difficulty="easy",
        origin="coach",
        skips=0,
        created_at=now,
    )
    insert(
        "study_questionattempt",
        user_id=user,
        session_id=session,
        question_id=question,
        raw_answer=old(b"Because.", settings),
        draft_version=1,
        started_at=now,
        seconds_allowed=180,
        feedback=table,
        anchors=nothing,
        model="",
        prompt_digest="",
        idempotency_key="alice-liddell-1",
        ask_state="none",
        ask_attempt=0,
        ask_failure="",
    )
    return user


@pytest.fixture
def first_release(transactional_db):
    to_first_release()
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE coach_user CASCADE")
    to_today()


def wrong_keys_stop_it_before_anything_is_written(settings):
    right = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(WrongKeys, match="none of its keys"):
        to_today()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM coach_user")
        assert cursor.fetchall() == [("Alice Liddell",)]
    settings.ENCRYPTION_KEYS = right


def test_wrong_keys_stop_it_and_with_the_right_ones_all_is_read_and_nothing_there_in_plain_words(
    first_release, settings
):
    """One test, for the way back to the first release takes as long as all of it."""
    user = fill(settings)
    login = {"session_data": SessionStore().encode({"_auth_user_id": str(user)}), "expire_date": "2030-01-01T00:00Z"}
    insert("django_session", session_key="alicesdevice", returning="session_key", **login)
    wrong_keys_stop_it_before_anything_is_written(settings)
    to_today()
    assert list(LoginSession.objects.values_list("pk", "candidate")) == [("alicesdevice", user)]
    alice = User.objects.get(pk=user)
    assert (alice.name, alice.current_role) == ("Alice Liddell", "Ward nurse")
    assert zone_of(alice).key == "Asia/Kolkata"
    assert DailyReview.objects.get().next_try_at <= timezone.now()
    assert RawUserContext.objects.get().text == "ten years of nursing"
    assert QuestionAttempt.objects.get().raw_answer == "Because."
    # One proposal waits at a time: the older one counts as replaced.
    proposals = PlanProposal.objects.order_by("pk").values_list("source", "status")
    assert list(proposals) == [("chat", "superseded"), ("review", "open"), ("chat", "rejected")]
    digest = key_ring.digests(f"idempotency key of candidate {user}: alice-liddell-1")[0]
    assert QuestionAttempt.objects.get().idempotency_key == digest
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM coach_user t")
        assert "Liddell" not in str(cursor.fetchall())
        # Not in the pages of the table's file either, where a dropped column stays until the row is rewritten.
        cursor.execute("SELECT encode(pg_read_binary_file(pg_relation_filepath('coach_user')), 'hex')")
        assert b"Liddell".hex() not in cursor.fetchone()[0]
    assert canary.takes_old_form(key_ring.key_ids()[0])
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    assert "coach_rawusercontext: 1 rows rewritten" in out.getvalue()
    assert not canary.takes_old_form(key_ring.key_ids()[0])
    assert RawUserContext.objects.get().text == "ten years of nursing"
    assert User.objects.get(pk=user).name == "Alice Liddell"
