"""/health/ answers 200 when the program can serve candidates; /health/live and /health/ready tell more."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import OrmQ

from coach.running import health


@pytest.fixture(autouse=True)
def never_looked():
    health._migrated_once.cache_clear()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/", "/health/live", "/health/ready"])
def test_a_migrated_database_is_healthy(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_without_its_tables_the_program_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coach_user RENAME TO coach_user_away")
    try:
        assert client.get("/health/").status_code == 503
        assert not_holding(client) == ["database", "migrations"]
        assert client.get("/health/live").status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE coach_user_away RENAME TO coach_user")


def not_holding(client) -> list[str]:
    """The checks that /health/ready finds wanting."""
    reply = client.get("/health/ready")
    assert reply.status_code == (503 if not all(reply.json()["checks"].values()) else 200)
    return [name for name, holds in reply.json()["checks"].items() if not holds]


@pytest.mark.django_db
def test_a_migration_that_was_not_run_is_seen(client):
    MigrationRecorder.Migration.objects.filter(app="study").delete()

    assert not_holding(client) == ["migrations"]


@pytest.mark.django_db
def test_a_task_that_nobody_takes_is_seen(client, settings):
    OrmQ.objects.create(key="coach", payload="", lock=timezone.now() - timedelta(seconds=settings.QUEUE_SECONDS - 5))
    assert not_holding(client) == []

    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=settings.QUEUE_SECONDS + 5))
    assert not_holding(client) == ["queue"]


@pytest.mark.django_db
def test_a_disk_that_fills_up_is_seen(client, settings):
    settings.FREE_DISK_MB = 10**9

    assert not_holding(client) == ["disk"]


def test_living_needs_no_database(client):
    assert client.get("/health/live").json() == {"status": "ok"}
