"""/health/ answers 200 when the program can serve candidates."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_a_migrated_database_is_healthy(client):
    assert client.get("/health/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_without_its_tables_the_program_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coach_user RENAME TO coach_user_away")
    try:
        assert client.get("/health/").status_code == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE coach_user_away RENAME TO coach_user")
