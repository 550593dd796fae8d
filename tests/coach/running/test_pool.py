"""A connection of the pool is looked at before use, and the server is asked only if there is a reason to."""

import time
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from coach.running.postgresql import base


@pytest.fixture
def connection():
    """A connection to the tests' server, that has been given out a moment ago."""
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        assert base.works(connection)
        yield connection


@pytest.fixture
def sent(connection, tmp_path):
    """Reads what went over the connection since the beginning of the test."""
    trace = (tmp_path / "trace").open("w")
    connection.pgconn.trace(trace.fileno())
    yield Path(trace.name).read_text
    connection.pgconn.untrace()
    trace.close()


def test_a_connection_that_was_just_used_is_given_out_again_without_a_round_trip(connection, sent):
    assert base.works(connection)
    assert sent() == ""
    connection.execute("SELECT 1")
    assert "SELECT 1" in sent()


def test_a_server_that_may_have_vanished_without_a_word_is_asked(connection, sent):
    connection.trusted_until = time.monotonic() - 0.01
    assert base.works(connection)
    assert "Query" in sent()
    assert connection.trusted_until > time.monotonic()


def test_a_connection_that_the_server_has_closed_is_not_given_out(connection):
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as other:
        pid = connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])  # milliseconds until it has ended
    assert not base.works(connection)


def test_a_connection_over_which_something_came_is_asked_and_goes_on(connection, sent):
    connection.execute("LISTEN news")
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as other:
        other.execute("NOTIFY news")
    until = time.monotonic() + 10
    while not base.is_readable(connection.pgconn.socket):
        assert time.monotonic() < until
    assert base.works(connection)
    assert base.works(connection)
    assert not base.is_readable(connection.pgconn.socket)
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_statement_that_comes_again_and_again_is_planned_once():
    options = base.prepared_options()
    assert options["server_side_binding"]
    with psycopg.connect(settings.DATABASE_URL, prepare_threshold=options["prepare_threshold"]) as connection:
        for number in range(base.PREPARED_FROM + 1):
            assert connection.execute("SELECT %s::int", [number]).fetchone() == (number,)
        assert connection.execute("SELECT statement FROM pg_prepared_statements").fetchall() == [("SELECT $1::int",)]
