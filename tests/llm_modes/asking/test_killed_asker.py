"""A process that asks is killed, held up, or left by its reader: that is noticed, and nobody pays for it twice."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llm_modes.ledger import leases
from llm_modes.ledger.spending import state_of
from llm_modes.models import StartedCall
from study import marking, sessions, tasks
from study.models import Reconciliation
from tests.environment import ROOT
from tests.factories import make_attempt, make_plan, make_session, make_user
from tests.fake_llm import FakeLLM, a_mark, a_reconciliation
from tests.worker import run_worker

# Other processes and threads see the rows.
pytestmark = pytest.mark.django_db(transaction=True)

LEASE = 2.0  # seconds, of the process that is killed
PROCESS = """
import sys
from datetime import timedelta
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from llm_modes.ledger import leases
leases.LEASE, leases.RENEW_EVERY, leases.LOOK_EVERY = timedelta(seconds=float(sys.argv[2])), 0.4, 0.1
from study import marking, tasks
from study.models import QuestionAttempt
"""
MARKS = "marking.give_feedback(QuestionAttempt.objects.get(pk=sys.argv[3]))"
SUMS_UP = "tasks.reconcile(int(sys.argv[3]))"


@contextmanager
def process(fake_llm: FakeLLM, does: str, pk: int) -> Iterator[subprocess.Popen]:
    """A process of its own that asks about a row. In this block the model has its request."""
    known = {"DATABASE_URL": settings.DATABASE_URL, "OPENAI_API_KEY": "any", "OPENAI_BASE_URL": fake_llm.url}
    arguments = [str(connection.settings_dict["NAME"]), str(LEASE), str(pk)]
    asking = subprocess.Popen([sys.executable, "-c", PROCESS + does, *arguments], cwd=ROOT, env=os.environ | known)
    try:
        fake_llm.wait_for(1, seconds=60)
        yield asking
    finally:
        asking.kill()
        asking.wait()


def look_for_longer_than_a_lease(look) -> None:
    until = time.monotonic() + LEASE * 1.6
    while time.monotonic() < until:
        look()
        time.sleep(0.2)


def seconds_until(happened) -> float:
    since = time.monotonic()
    while not happened():
        assert time.monotonic() < since + 20
        time.sleep(0.02)
    return time.monotonic() - since


def stored(row):
    return type(row)._base_manager.get(pk=row.pk)


def test_a_killed_process_is_noticed_and_its_row_asked_about_once_more(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    fake_llm.reply(a_mark(score=3), delay=60)

    def another_tab():
        assert marking.give_feedback(stored(row)).is_being_asked

    with process(fake_llm, MARKS, row.pk) as asking:
        look_for_longer_than_a_lease(another_tab)
        assert len(fake_llm.requests) == 1
        asking.send_signal(signal.SIGKILL)
        assert seconds_until(lambda: stored(row).lease_expired) < LEASE + 3
    # Its place among the candidate's calls has a lease of its own.
    assert seconds_until(lambda: state_of(row.user).running == 0) < LEASE + 3
    fake_llm.reply(a_mark(score=7))
    marking.give_feedback(stored(row))
    assert (stored(row).score_rating, stored(row).ask_attempt, len(fake_llm.requests)) == (7, 2, 2)
    assert StartedCall.objects.filter(ended_at=None).count() == 0


def test_a_killed_worker_is_noticed_and_the_sweep_hands_out_its_row_once_more(fake_llm):
    user = make_user()
    session = make_session(user)
    make_attempt(user, session=session, state="marked", score=6)
    sessions.end(session)
    row = Reconciliation.objects.get()
    fake_llm.reply(a_reconciliation(), delay=60)

    def sweep():
        Reconciliation.objects.update(next_try_at=timezone.now() - timedelta(minutes=1))
        tasks.sweep()
        run_worker()

    with process(fake_llm, SUMS_UP, row.pk) as asking:
        look_for_longer_than_a_lease(sweep)
        assert len(fake_llm.requests) == 1
        asking.send_signal(signal.SIGKILL)
        assert seconds_until(lambda: stored(row).lease_expired) < LEASE + 3
    fake_llm.reply(a_reconciliation())
    sweep()
    sweep()
    assert (stored(row).ask_state, len(fake_llm.requests)) == ("done", 2)


def test_a_process_that_was_held_up_leaves_its_row_to_who_has_claimed_it(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    fake_llm.reply(a_mark(score=3), delay=60)
    with process(fake_llm, MARKS, row.pk) as asking:
        asking.send_signal(signal.SIGSTOP)
        seconds_until(lambda: stored(row).lease_expired)
        fake_llm.reply(a_mark(score=7))
        marking.give_feedback(stored(row))
        asking.send_signal(signal.SIGCONT)
        assert asking.wait(10) == 0  # its own call, which would take a minute, has ended
    assert (stored(row).score_rating, stored(row).ask_attempt, len(fake_llm.requests)) == (7, 2, 2)


def test_a_tab_that_is_closed_loses_nothing_of_a_call_longer_than_several_leases(live_server, fake_llm, monkeypatch):
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.3)
    monkeypatch.setattr(leases, "LOOK_EVERY", 0.1)
    alice = make_user("alice")
    make_plan(alice)
    row, other_tab = make_attempt(alice, state="submitted"), Client()
    other_tab.force_login(alice)
    other_tab.get(reverse("study:attempt_detail", args=[row.pk]))
    token = other_tab.cookies["csrftoken"].value
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in other_tab.cookies.items())
    address = reverse("study:attempt_feedback", args=[row.pk])
    fake_llm.reply(a_mark(score=7), delay=4)
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nX-CSRFToken: {token}\r\n"
    with socket.create_connection((live_server.thread.host, live_server.thread.port)) as tab:
        tab.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
        fake_llm.wait_for(1, seconds=30)
    for _look in range(10):
        assert other_tab.post(f"{address}?again=1", headers={"HX-Request": "true"}).status_code == 204
        time.sleep(0.25)
    seconds_until(lambda: stored(row).is_answered)
    assert (stored(row).score_rating, stored(row).ask_attempt, len(fake_llm.requests)) == (7, 1, 1)
