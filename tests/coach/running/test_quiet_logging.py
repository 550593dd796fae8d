"""What goes wrong is logged with its type and place; what anybody wrote is not, whoever logs it."""

import io
import json
import logging
import subprocess
import sys
from multiprocessing import Queue, Value

import pytest
from django.conf import settings as project
from django.db import DataError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import path
from django_q.brokers import get_broker
from django_q.models import Failure
from django_q.monitor import save_task
from django_q.signing import SignedPackage
from django_q.tasks import async_task
from django_q.worker import worker

import plans.tasks
import study.tasks
from coach import tasks
from coach.running.quiet_logging import TypeAndPlaceFormatter
from coach.running.quiet_tasks import TaskFailed, quiet
from coach.urls import urlpatterns as pages
from tests import factories

CANARY = "Zanzibar-told-me-this"


def broken(request):
    words = request.POST.get("words", CANARY)
    raise ValueError(f"invalid literal: {words!r}") from KeyError(words)


def broken_in_the_database(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [CANARY])


urlpatterns = [path("broken/", broken), path("broken-database/", broken_in_the_database), *pages]


@pytest.fixture
def log():
    """Everything that the program's own handler writes."""
    written = io.StringIO()
    handlers = {
        id(handler): handler
        for logger in (logging.root, *map(logging.getLogger, ("django", "coach", "django-q")))
        for handler in logger.handlers
        if isinstance(handler.formatter, TypeAndPlaceFormatter)
    }
    assert len(handlers) == 1, "one handler writes all of the program's log"
    handler = next(iter(handlers.values()))
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize(("page", "kind"), [("/broken/", "ValueError"), ("/broken-database/", "DataError")])
def test_a_page_that_fails_is_logged_with_type_and_place_only(log, page, kind):
    response = Client(raise_request_exception=False).post(page, {"words": CANARY})
    assert response.status_code == 500
    assert CANARY not in response.content.decode()
    said = log.getvalue()
    assert f"{kind} at " in said
    assert "tests/coach/running/test_quiet_logging.py:" in said or "psycopg" in said
    assert f"500 POST {page}" in said
    assert CANARY not in said


@pytest.mark.django_db
def test_no_address_host_or_reason_that_somebody_typed_is_logged(log):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.get(f"/{CANARY}/?next={CANARY}")
    client.get(f"/login/?next={CANARY}")
    client.post(f"/login/?next={CANARY}", {"username": CANARY})
    client.get("/login/", headers={"host": f"{CANARY} and more.example"})
    client.get("/login/", headers={"host": "coach.example"})
    client.put(f"/login/?{CANARY}")
    client.generic(CANARY, "/login/")
    said = log.getvalue()
    assert CANARY not in said
    assert "404 GET an address that is none of ours" in said
    assert "host coach.example" in said


def test_exceptions_given_as_arguments_and_those_of_other_packages_are_not_written_out(log):
    try:
        raise RuntimeError(CANARY)
    except RuntimeError as problem:
        for name in ("some.package", "django-q", "coach.x", "django.db.backends", "asyncio", "django_q.status"):
            logger = logging.getLogger(name)
            logger.error(problem)
            logger.error("failed: %s", problem)
            logger.exception("could not do it")
            logger.error("failed", exc_info=problem, stack_info=True)
    said = log.getvalue()
    assert "RuntimeError at " in said
    assert CANARY not in said
    assert all(line.startswith(("ERROR ", "RuntimeError at ")) for line in said.splitlines())


def test_nothing_is_mailed():
    handlers = [handler for name in ("django", "django.request") for handler in logging.getLogger(name).handlers]
    assert not [one for one in handlers if "Email" in type(one).__name__]


@pytest.mark.django_db
def test_a_task_that_fails_leaves_type_and_place_in_the_queue_and_the_log(run_a_task, log):
    failure = run_a_task("tests.coach.running.test_quiet_logging.failing_task", CANARY)
    assert "ValueError at " in failure.result
    assert CANARY not in failure.result


@quiet
def failing_task(words):
    """Fails with the candidate's words in its text."""
    raise ValueError(f"bad reply: {words}") from KeyError(words)


@pytest.fixture
def run_a_task(transactional_db):
    """Let django-q's own worker loop run one task, and give the row that it stored of its failure."""

    def run(func, *args):
        results = Queue()
        todo = Queue()
        async_task(func, *args)
        broker = get_broker()
        _ack, signed = broker.dequeue()[0]
        task = SignedPackage.loads(signed)
        todo.put(task)
        todo.put("STOP")
        worker(todo, results, Value("f", -1), None)
        save_task(results.get(timeout=10), broker)
        return Failure.objects.get(func=func)

    return run


def test_every_task_of_ours_is_quiet():
    for module in (tasks, study.tasks, plans.tasks):
        own = [
            one
            for name, one in vars(module).items()
            if callable(one) and getattr(one, "__module__", "") == module.__name__
        ]
        assert own
        assert all(hasattr(one, "__wrapped__") for one in own), module


def test_what_a_quiet_task_raises_has_no_chain_to_the_words():
    with pytest.raises(TaskFailed) as caught:
        failing_task(CANARY)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert CANARY not in str(caught.value)


PROGRAM = """
import os, threading
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")
import django
django.setup()
def fail(): raise ValueError("Zanzibar-told-me-this")
thread = threading.Thread(target=fail); thread.start(); thread.join()
fail()
"""


def test_a_thread_or_a_program_that_dies_says_type_and_place_only():
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=project.BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 1
    assert told.stderr.count("Stopped by ValueError at <string>:6") == 2
    assert CANARY not in told.stderr + told.stdout


@pytest.mark.django_db
def test_a_constraint_that_is_hurt_says_nothing_in_postgresqls_log():
    """Its DETAIL line would quote the row: "Key (username)=(…) already exists"."""
    if not (project.DATA_DIR / "postgres" / "log").exists():
        pytest.skip("another server than the embedded one")
    factories.make_user(CANARY)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_user(CANARY)
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [CANARY])
    assert CANARY not in (project.DATA_DIR / "postgres" / "log").read_text()


# --- numbers ---------------------------------------------------------------------------------------------------------

NUMBERS = ["²", "٣", "9" * 5000, str(2**31), str(2**63), str(2**70), "-1", "1e3", "", "\x00", "1 ", "NaN"]


@pytest.mark.django_db
@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_anywhere_gives_an_error_of_ours_or_is_logged(client, log, number):
    user = factories.make_user("alice", is_staff=True, is_superuser=True)
    client.force_login(user)
    topics = factories.make_plan(user)
    proposal = factories.make_proposal(user)
    attempt = factories.make_attempt(user)
    story = factories.make_story(user, question=attempt.question)
    posts = {
        f"/attempts/{attempt.pk}/draft/": {"raw_answer": CANARY, "draft_version": number},
        f"/attempts/{attempt.pk}/submission/": {"raw_answer": CANARY, "draft_version": number, "self_mark": number},
        f"/questions/{story.question_id}/story/": {"text": CANARY, "version": number},
        f"/notes/{topics[0].pk}/": {"note": CANARY, "version": number},
        "/plan/undo/": {"version": number},
        "/plan/today/": {"minutes": number},
        "/plan/brief/": {"daily_minutes": number, "weaknesses": CANARY, "current_role": "x", "motivation": "low"},
        "/sessions/": {"topic_id": number, "planned_study_time": number},
        f"/plan/proposals/{proposal.pk}/approval/": {"seen_version": number, "minutes-0": number, "priority-0": number},
        f"/admin/coach/user/{user.pk}/change/": {"username": "alice", "date_joined_0": number},
        "/admin/study/story/": {"action": number, "index": number, "_selected_action": number},
    }
    for page, data in posts.items():
        assert client.post(page, data).status_code < 500, page
    gets = ["/plan/chat/?before=", "/plan/proposals/?page=", "/stories/?page=", "/admin/coach/user/?p=", "/?next="]
    gets += [f"/questions/{attempt.question_id}/attempts/?later=", "/admin/llm_modes/llmcall/summary/?days="]
    gets += ["/admin/coach/user/?id__exact=", "/admin/coach/user/?date_joined__gte=", "/admin/study/story/?q="]
    for page in gets:
        assert client.get(page + number.replace("\x00", "%00")).status_code < 500, page
    if number.strip("\x00"):
        for page in ("/attempts/{}/", "/sessions/{}/", "/notes/{}/", "/questions/{}/story/", "/plan/proposals/{}/"):
            assert client.get(page.format(number)).status_code == 404, page
        for page in ("/admin/coach/user/{}/change/", "/admin/coach/user/{}/password/"):
            assert client.get(page.format(number)).status_code < 500, page
    for body in ({"topic_id": 10**30, "planned_study_time": 20}, {"topic_id": 2**63, "planned_study_time": 20}):
        told = client.post("/study/start_session/", json.dumps(body), content_type="application/json")
        assert told.status_code < 500
    told = client.post("/plan/undo/", "{}", content_type="application/json", headers={"content-length": number or "0"})
    assert told.status_code < 500
    assert CANARY not in log.getvalue()


@pytest.mark.django_db
def test_a_length_that_is_no_number_gives_no_error_of_ours():
    for number in NUMBERS:
        told = Client().generic("POST", "/users/login", "{}", content_type="application/json", CONTENT_LENGTH=number)
        assert told.status_code < 500
