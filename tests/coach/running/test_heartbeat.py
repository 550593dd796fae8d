"""A worker whose processes are there but take no tasks any more counts as dead."""

import os
import subprocess
import sys
import time

import pytest
from django_q.signing import SignedPackage

from coach.running import heartbeat


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(heartbeat.FOLDER, str(tmp_path))
    return tmp_path


@pytest.fixture
def other_process():
    """A process that lives, besides this one."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process.pid
    process.kill()
    process.wait()


def in_seconds(seconds: float) -> float:
    return time.time() + seconds


def test_a_worker_lives_as_long_as_one_of_its_processes_takes_tasks(folder):
    heartbeat._note("at leisure")

    assert heartbeat.lives(folder)
    assert heartbeat.lives(folder, now=in_seconds(heartbeat.STILL_FOR - 1))
    assert not heartbeat.lives(folder, now=in_seconds(heartbeat.STILL_FOR + 1))


def test_a_long_task_is_no_death(folder):
    heartbeat._note("at work")

    assert heartbeat.lives(folder, now=in_seconds(heartbeat.AT_WORK_FOR - 1))
    assert not heartbeat.lives(folder, now=in_seconds(heartbeat.AT_WORK_FOR + 1))


def test_a_process_at_leisure_beside_one_at_work_has_to_show_that_it_gets_tasks(folder, other_process):
    heartbeat._note("at leisure")
    (folder / str(other_process)).write_text("at work")

    assert not heartbeat.lives(folder, now=in_seconds(heartbeat.STILL_FOR + 1))


def test_a_process_that_was_killed_at_work_is_not_waited_for(folder, other_process):
    heartbeat._note("at leisure")
    (folder / "999999999").write_text("at work")

    assert not heartbeat.lives(folder, now=in_seconds(heartbeat.STILL_FOR + 1))


def test_a_worker_that_never_beat_is_dead(folder):
    assert not heartbeat.lives(folder)


@pytest.mark.django_db
def test_the_broker_slips_in_a_beat_and_then_serves_the_queue(folder):
    broker = heartbeat.Broker(list_key="coach")

    ((row, payload),) = broker.dequeue()
    task = SignedPackage.loads(payload)

    assert row is None
    assert task["func"] == "coach.running.heartbeat.beat"
    assert not broker.dequeue()  # the queue is empty, and the next beat not due yet


@pytest.mark.django_db
def test_whoever_only_enqueues_beats_for_nobody(monkeypatch):
    monkeypatch.delenv(heartbeat.FOLDER, raising=False)
    heartbeat._note("at leisure")

    assert not heartbeat.Broker(list_key="coach").dequeue()
    assert heartbeat.FOLDER not in os.environ
