"""The worker's heartbeat: proof that its processes still take tasks, and do not only exist.

A worker process that is killed while it waits for a task can leave the queue between django-q's processes locked. The
others live on, are counted, and never get a task again. So every few seconds the broker adds a task of ours, which goes
the way of all tasks, and each process notes in a file of its own when it began and ended a task.
"""

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from django.db import DatabaseError
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute
from django_q.signing import SignedPackage

# Seconds: between two beats; without a beat, until a worker with an idle process counts as dead; and until a worker
# whose processes are all busy does: a task may take as long as Q_CLUSTER's timeout.
EVERY = 4
STILL_FOR = 20
AT_WORK_FOR = 30 + (Conf.TIMEOUT or 120)
# The environment variable with the folder of the notes; `manage.py worker` sets it for its cluster.
FOLDER = "COACH_HEARTBEAT"


class Broker(ORM):
    """Django-q's broker, whose tasks are rows, which also gives out beats. It waits for a database that is away."""

    next_beat = 0.0

    def dequeue(self) -> list[tuple[Any, str]] | None:
        """The next tasks, as (id, payload). A beat has no row, and so no id."""
        if FOLDER in os.environ and time.monotonic() >= self.next_beat:
            self.next_beat = time.monotonic() + EVERY
            return [(None, SignedPackage.dumps(a_beat()))]
        try:
            return super().dequeue()
        except DatabaseError:
            time.sleep(Conf.POLL)  # raised, it would end the process that asks, and the beats too
            return None


def a_beat() -> dict[str, Any]:
    """A task that does nothing, and whose result is not kept."""
    return {
        "id": uuid.uuid4().hex,
        "name": "heartbeat",
        "func": "coach.running.heartbeat.beat",
        "args": (),
        "kwargs": {},
        "started": timezone.now(),
        "save": False,
    }


def beat() -> None:
    """Do nothing: that it is run is the proof."""


def _note(state: str) -> None:
    if folder := os.environ.get(FOLDER):
        with suppress(OSError):
            Path(folder, str(os.getpid())).write_text(state)


def _begun(**_signal: Any) -> None:
    _note("at work")


def _ended(**_signal: Any) -> None:
    _note("at leisure")


pre_execute.connect(_begun)
post_execute_in_worker.connect(_ended)
post_spawn.connect(_ended)


def lives(folder: Path, *, now: float | None = None) -> bool:
    """Whether the worker whose processes write notes into `folder` still takes tasks. `now`: seconds, as time()."""
    now = time.time() if now is None else now
    notes = []
    for file in folder.iterdir():
        with suppress(OSError, ValueError):
            if psutil.pid_exists(int(file.name)):
                notes.append((now - file.stat().st_mtime, file.read_text()))
    newest = min((age for age, _state in notes), default=now)
    busy = bool(notes) and all(state == "at work" for _age, state in notes)
    return newest < (AT_WORK_FOR if busy else STILL_FOR)
