"""`manage.py worker`: runs the tasks that nobody waits for, and ends when tasks are not run any more."""

import gc
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from django.core.management.base import BaseCommand
from django.db import connections
from django_q.cluster import Cluster

import plans.tasks  # noqa: F401 - what tasks need is loaded here, and shared by the processes that are forked
import study.tasks  # noqa: F401
from coach.encryption import canary
from coach.running import heartbeat, memory
from coach.running.watching import doors, figures, lines, tasks  # noqa: F401 - tasks listens to django-q
from llm_modes.provider.client import who_answers

START_SECONDS = 60  # until the cluster's processes are there
LOOK_EVERY = 1.0


class Command(BaseCommand):
    """Run django-q's cluster, and watch its heartbeat."""

    # `serve` has checked, and checking would load every page here, which no task needs.
    requires_system_checks = ()
    help = "Runs the tasks of the work queue. Ends with 1 when they are not run any more: start it again then."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 0 when told to stop (SIGTERM), with 1 when the cluster ended or stood still."""
        lines.speak()
        if figures.ON:
            from coach.running.watching import exposition

            exposition.begin()
        canary.verify()
        memory.give_back()
        with tempfile.TemporaryDirectory(prefix="coach-heartbeat-") as folder:
            os.environ[heartbeat.FOLDER] = folder
            who_answers()  # loads the SDK where a model is configured
            connections.close_all()  # the cluster's processes are forked from here
            gc.freeze()  # the collector would write into every page that they share
            cluster = Cluster()
            cluster.start()
            doors.open_port()
            died = watch(cluster, Path(folder))
        if died:
            sys.exit(died)


def watch(cluster: Cluster, folder: Path) -> str:
    """Wait until the cluster ends, or kill it when its heartbeat stops. Returns why, "" when it was told to end."""
    hopeful_until = time.monotonic() + START_SECONDS
    while True:
        cluster.sentinel.join(LOOK_EVERY)
        if not cluster.sentinel.is_alive():
            kill_rest()
            return "" if cluster.has_stopped else "The work queue's processes ended by themselves."
        begun = any(folder.iterdir()) or time.monotonic() > hopeful_until
        if begun and not heartbeat.lives(folder):
            kill_rest()
            return "The work queue stood still, and was ended."


def kill_rest() -> None:
    """Kill what is left of the cluster. Otherwise its orphans would go on working beside the next one."""
    group, own = os.getpgrp(), os.getpid()
    for process in psutil.process_iter(["cmdline"]):
        with suppress(psutil.Error, ProcessLookupError):
            ours = process.pid != own and os.getpgid(process.pid) == group
            if ours and "worker" in (process.info["cmdline"] or []):
                process.kill()
