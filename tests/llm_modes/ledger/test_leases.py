"""A lease is renewed as long as its call lives, and its loss is noticed; without a connection in between."""

import os
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from coach.erasure import erase
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState, claim, stop, wait_again
from llm_modes.catalogue import MODES
from llm_modes.ledger import leases
from llm_modes.ledger.leases import Lease, kept
from llm_modes.ledger.spending import Share
from llm_modes.models import StartedCall
from llm_modes.provider.client import who_answers
from llm_modes.stages import Stage
from study.models import QuestionAttempt
from tests.factories import make_attempt, make_user
from tests.fake_llm import a_mark

# The keeper has a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """A lease of 2 s, renewed every 0.3 s: a busy machine may pause for a second."""
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.3)
    monkeypatch.setattr(leases, "LOOK_EVERY", 0.05)


@pytest.fixture
def row():
    """A row that was just claimed."""
    row = make_attempt(make_user(), state="submitted")
    assert claim(row)
    return row


def lease_of(row, **more) -> Lease:
    ours = {"ask_state": AskState.ASKING, "ask_attempt": row.ask_attempt}
    return Lease(type(row), row.pk, column="ask_lease_until", ours=ours, lost=threading.Event(), **more)


def wait_for(happened, seconds=5.0):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def stored(row):
    return QuestionAttempt.objects.get(pk=row.pk)


def mark(row, **more):
    def apply(row, answer):
        row.score_rating = answer.reply.score

    return ask_and_apply(
        row,
        mode=MODES["evaluate_answer"],
        candidate=row.user,
        stage=lambda _row: Stage.IN_SESSION,
        inputs=lambda row: MODES["evaluate_answer"].example.inputs,
        apply=apply,
        **more,
    )


@contextmanager
def marking(row):
    """The row is being marked in a thread of its own, which has ended after this block."""

    def run():
        mark(row)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(20)
        assert not thread.is_alive()


def test_it_is_renewed_for_as_long_as_it_is_kept_and_then_ends(row):
    with kept(lease_of(row)):
        for _look in range(30):
            assert stored(row).is_being_asked
            time.sleep(0.1)
    wait_for(lambda: stored(row).lease_expired)


def test_a_row_that_another_one_has_claimed_is_lost_and_its_lease_is_not_renewed(row):
    """As when a process was suspended for a minute, and its row was asked about anew."""
    lease = lease_of(row)
    QuestionAttempt.objects.update(ask_lease_until=timezone.now() - timedelta(seconds=1))
    assert claim(stored(row))
    until = stored(row).ask_lease_until
    with kept(lease):
        assert lease.lost.wait(3)
        time.sleep(0.6)
    assert stored(row).ask_lease_until == until


def test_a_process_that_was_held_up_goes_on_when_nobody_has_claimed_its_row(row):
    lease = lease_of(row)
    QuestionAttempt.objects.update(ask_lease_until=timezone.now() - timedelta(seconds=1))
    with kept(lease):
        wait_for(lambda: stored(row).is_being_asked)
    assert not lease.lost.is_set()


@pytest.mark.parametrize("taken", [stop, lambda row: erase(row.user)])
def test_a_row_that_was_stopped_or_erased_is_lost(row, taken):
    lease = lease_of(row)
    with kept(lease):
        taken(stored(row))
        assert lease.lost.wait(3)


def test_when_words_have_begun_the_row_says_so_until_it_is_claimed_anew(row):
    begun = threading.Event()
    with kept(lease_of(row, begun=begun, begun_column="ask_writing_since")):
        time.sleep(0.2)
        assert stored(row).phase == "asked"
        begun.set()
        wait_for(lambda: stored(row).phase == "writing")
    row = stored(row)
    stop(row)
    wait_again(row)
    assert row.phase == "asked"
    assert claim(row)
    assert row.phase == "asked"


def test_of_two_attempts_at_one_row_in_a_process_only_the_earlier_one_is_lost(row):
    earlier = lease_of(row)
    QuestionAttempt.objects.update(ask_lease_until=timezone.now() - timedelta(seconds=1))
    row = stored(row)
    assert claim(row)
    later = lease_of(row)
    with kept(earlier), kept(later):
        assert earlier.lost.wait(3)
        time.sleep(2.5)
        assert stored(row).is_being_asked
    assert not later.lost.is_set()


def test_a_call_that_outlives_everything_is_not_kept_for_ever(row, monkeypatch):
    monkeypatch.setattr(leases, "LONGEST_ACTION", 0.5)
    with kept(lease_of(row)):
        wait_for(lambda: stored(row).lease_expired)


def test_a_place_among_a_candidates_calls_is_kept_as_long_as_its_share_lives():
    share = Share(make_user(), mode="evaluate_answer", model="m")
    share.reserve(prompt=10, output=10)
    time.sleep(2.5)
    assert StartedCall.objects.get().lease_until > timezone.now()
    share.settle([])
    assert StartedCall.objects.get().ended_at


def test_a_locked_row_keeps_no_other_from_being_renewed(row):
    other = make_attempt(make_user("other"), state="submitted")
    assert claim(other)
    locked, let_go = threading.Event(), threading.Event()

    def lock():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM study_questionattempt WHERE id = %s FOR UPDATE", [row.pk])
            locked.set()
            let_go.wait(10)
            cursor.execute("ROLLBACK")
        connection.close()

    thread = threading.Thread(target=lock)
    thread.start()
    locked.wait(10)
    try:
        with kept(lease_of(row)), kept(lease_of(other)):
            time.sleep(2.5)
            assert stored(other).is_being_asked
            let_go.set()
            wait_for(lambda: stored(row).is_being_asked)
    finally:
        let_go.set()
        thread.join()


def test_a_database_that_goes_away_and_comes_back_costs_no_lease(row, monkeypatch):
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=30))
    end_all = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    """
    with kept(lease_of(row)):
        before = stored(row).ask_lease_until
        for _time in range(30):
            with connection.cursor() as cursor:
                cursor.execute(end_all)
            time.sleep(0.02)
        wait_for(lambda: stored(row).ask_lease_until > before)


def test_no_connection_is_held_between_two_looks(row, monkeypatch):
    monkeypatch.setattr(leases, "LOOK_EVERY", 0.5)
    others = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    """
    held = []
    with kept(lease_of(row)):
        for _look in range(30):
            with connection.cursor() as cursor:
                cursor.execute(others)
                held.append(cursor.fetchone()[0])
            time.sleep(0.05)
    assert held.count(0) > 20


def test_a_process_that_was_forked_has_a_keeper_of_its_own(row):
    with kept(lease_of(row)):
        connection.close()
        child = os.fork()
        if child == 0:
            held = leases._keeper.leases or leases._keeper.thread
            os._exit(1 if held else 0)
        assert os.waitpid(child, 0)[1] == 0


# --- a whole call ----------------------------------------------------------------------------------------------------


def test_a_call_longer_than_several_leases_is_made_once_and_stored(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    who_answers()  # loads the SDK, which takes seconds
    fake_llm.reply(a_mark(score=7), delay=5.0)
    with marking(row):
        fake_llm.wait_for(1)
        for _look in range(10):  # a second tab, and the sweep
            time.sleep(0.2)
            assert mark(stored(row)).is_being_asked
            assert StartedCall.objects.filter(ended_at=None, lease_until__gt=timezone.now()).count() == 1
    assert (stored(row).score_rating, stored(row).ask_attempt, len(fake_llm.requests)) == (7, 1, 1)


def test_a_late_reply_to_a_row_that_was_stopped_meanwhile_is_dropped(fake_llm):
    row, hold = make_attempt(make_user(), state="submitted"), threading.Event()
    fake_llm.reply(a_mark(score=7), hold=hold)
    with marking(row):
        fake_llm.wait_for(1)
        stop(stored(row))
        hold.set()
    assert (stored(row).score_rating, stored(row).ask_failure) == (None, "stopped")
    fake_llm.reply(a_mark(score=4))
    assert mark(stored(row)).score_rating == 4
