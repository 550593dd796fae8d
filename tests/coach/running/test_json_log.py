"""The log as JSON: one object in one line, as quiet as in words, with the id of its request or task."""

import io
import json
import logging
import os
import re
import sys
import threading
import time
from ipaddress import ip_network

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django_q.signals import post_execute_in_worker, pre_execute

from coach.running.quiet_logging import be_quiet, logging_as
from coach.running.watching import lines
from coach.running.watching import tasks as tasks_of_the_worker
from coach.running.watching.ids import in_its_name, request_id
from coach.running.watching.json_log import JsonLines
from coach.running.watching.requests import WatchedRequests
from tests import factories
from tests.coach.running.test_quiet_logging import CANARY, log  # noqa: F401 - a fixture

BROKEN_PAGES = "tests.coach.running.test_quiet_logging"


@pytest.fixture
def records(log, monkeypatch):  # noqa: F811
    """A function that gives what was written so far, as objects; every line has to be one."""
    handler = next(one for one in logging.root.handlers if getattr(one, "stream", None) is log)
    monkeypatch.setattr(handler, "formatter", JsonLines())
    access = logging.getLogger("coach.access")
    monkeypatch.setattr(access, "level", logging.INFO)
    logging.root.manager._clear_cache()
    yield lambda: [json.loads(line) for line in log.getvalue().splitlines()]
    logging.root.manager._clear_cache()


@pytest.mark.urls(BROKEN_PAGES)
@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/broken/", "/broken-database/"])
def test_the_record_of_an_error_and_that_of_its_request_have_the_id_that_was_sent_back(records, log, page):  # noqa: F811
    response = Client(raise_request_exception=False).post(f"{page}?{CANARY}", {"words": CANARY}, HTTP_USER_AGENT=CANARY)
    error, access = records()
    assert error["request"] == access["request"] == response["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", response["X-Request-ID"])
    assert " at " in error["exception"]
    assert error["message"] == f"500 POST {page}"
    assert {name: access[name] for name in ("level", "logger", "method", "route", "status")} == {
        "level": "INFO",
        "logger": "coach.access",
        "method": "POST",
        "route": page,
        "status": 500,
    }
    assert 0 < access["milliseconds"] < 60_000
    assert "candidate" not in access
    assert CANARY not in log.getvalue()


@pytest.mark.django_db
def test_nothing_that_somebody_typed_is_in_any_line(records, log):  # noqa: F811
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.get(f"/{CANARY}/?next={CANARY}")
    client.get(f"/static/{CANARY}")
    client.post(f"/login/?next={CANARY}", {"username": CANARY})
    client.get("/login/", headers={"host": f"{CANARY} and more.example", "x-request-id": CANARY})
    client.generic(CANARY.upper(), "/login/", headers={"user-agent": CANARY, "referer": f"https://{CANARY}.example"})
    client.get(f"/users/{CANARY}")
    try:
        raise RuntimeError(CANARY) from KeyError(CANARY)
    except RuntimeError as problem:
        for name in ("some.package", "django-q", "coach.x", "django.db.backends", "asyncio"):
            logger = logging.getLogger(name)
            logger.error(problem)
            logger.exception("could not do it: %s", problem)
            logger.error("failed", exc_info=problem, stack_info=True, extra={"words": CANARY, "request": CANARY})
    assert len(records()) > 20
    assert CANARY.lower() not in log.getvalue().lower()
    assert {record["route"] for record in records() if "route" in record} >= {"none", "static/", "/login/"}
    assert {record["method"] for record in records() if "method" in record} == {"GET", "POST", "other"}


@pytest.mark.django_db
def test_a_404_of_which_django_speaks_last_has_the_id_of_its_request(records):
    response = Client().get("/nowhere/")
    assert [record["request"] for record in records()] == [response["X-Request-ID"]] * 2


@pytest.mark.django_db
def test_a_candidate_is_named_by_id_only(records, log, client):  # noqa: F811
    user = factories.make_user("Wilhelmina")
    client.force_login(user)
    client.get("/plan/")
    assert records()[-1]["candidate"] == user.pk
    assert "Wilhelmina" not in log.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "nearest", "taken"),
    [
        ("7f3a-proxy-id-0001", "10.0.0.7", True),
        ("7f3a-proxy-id-0001", "203.0.113.9", False),
        ("short", "10.0.0.7", False),
        ("x" * 65, "10.0.0.7", False),
        ("7f3aproxyid0001\nERROR coach: forged", "10.0.0.7", False),
        ('7f3aproxyid","level":"ERROR', "10.0.0.7", False),
        ("7f3aproxyid0001,7f3aproxyid0002", "10.0.0.7", False),
        ("७f3aproxyid0001", "10.0.0.7", False),
        ("", "10.0.0.7", False),
    ],
)
def test_an_id_is_taken_from_a_proxy_of_ours_only_and_only_if_it_is_one(settings, records, sent, nearest, taken):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24")]
    response = Client(REMOTE_ADDR=nearest, HTTP_X_REQUEST_ID=sent).get("/health/live")
    assert (response["X-Request-ID"] == sent) is taken
    assert records()[-1]["request"] == response["X-Request-ID"]


def test_a_thread_that_asks_keeps_the_id_of_its_request(records):
    request_id.set("0123456789abcdef")
    thread = threading.Thread(target=in_its_name(logging.getLogger("coach.live").error), args=("it failed",))
    thread.start()
    thread.join()
    assert records()[-1]["request"] == "0123456789abcdef"


@pytest.mark.django_db
def test_a_stream_is_recorded_when_it_has_ended_or_its_reader_has_left(records, rf):
    for reads_on in (True, False):
        watched = WatchedRequests(lambda request: StreamingHttpResponse(iter([b"first ", b"second"])))
        response = watched(rf.get("/nowhere/"))
        before = len(records())
        if reads_on:
            assert b"".join(response) == b"first second"
        assert len(records()) == before
        response.close()
        assert records()[-1]["request"] == response["X-Request-ID"]
        assert len(records()) == before + 1


def test_what_a_task_of_the_worker_says_has_its_id(records):
    assert tasks_of_the_worker
    pre_execute.send(sender="django_q", func=None, task={"id": "a-task"})
    logging.getLogger("coach.leases").warning("first")
    post_execute_in_worker.send(sender="django_q", func=None, task={"id": "a-task"})
    logging.getLogger("coach.leases").warning("second")
    assert [record.get("task") for record in records()] == ["a-task", None]


def test_in_words_there_is_no_record_for_each_request():
    assert logging_as("plain")["loggers"]["coach.access"]["level"] == "WARNING"
    assert logging_as("json")["loggers"]["coach.access"]["level"] == "INFO"
    assert logging_as("json")["handlers"]["stderr"]["formatter"] == "json"


def test_a_record_of_access_costs_little(records):
    """Processor time; 50 µs on an idle machine, and here as often as not a busy one."""
    access = logging.getLogger("coach.access")
    fields = {"method": "GET", "route": "/plan/", "status": 200, "milliseconds": 12.3, "candidate": 7}
    since = time.thread_time()
    for _ in range(500):
        access.info("%s %s %s", "GET", "/plan/", 200, extra={"access": fields})
    assert (time.thread_time() - since) / 500 < 150e-6


# --- what is said by something else than a logger --------------------------------------------------------------------


@pytest.fixture
def as_json(monkeypatch):
    monkeypatch.setenv("COACH_LOG_FORMAT", "json")


def test_a_thread_or_a_program_that_dies_says_so_in_one_object(as_json, capsys, monkeypatch):
    for place, hook in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(place, hook, getattr(place, hook))  # put back afterwards
    be_quiet()
    sys.excepthook(ValueError, ValueError(CANARY), None)
    said = json.loads(capsys.readouterr().err)
    assert (said["message"], said["level"]) == ("Stopped by ValueError", "ERROR")


def test_whatever_is_written_to_the_stream_becomes_an_object_when_its_line_is_complete(as_json):
    written = io.StringIO()
    stream = lines.Objects(written, "ERROR")
    print("The data folder cannot be used.\nSet another one.", file=stream)
    stream.write("half ")
    print("and half", file=stream)
    print('{"message": "an object already"}', file=stream)
    said = [json.loads(line) for line in written.getvalue().splitlines()]
    assert said[0]["level"] == "ERROR"
    assert [one["message"] for one in said] == [
        "The data folder cannot be used.\nSet another one.",
        "half and half",
        "an object already",
    ]


def test_what_other_processes_write_comes_out_as_objects(as_json, capsys):
    relay = lines.Relay()
    os.write(relay.descriptor, b'sh: 1: nothing: not found\n\n{"message": "theirs"}\n\xff and no end')
    relay.close()
    said = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert said == ["sh: 1: nothing: not found", "theirs", "\ufffd and no end"]
