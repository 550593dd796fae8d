"""`manage.py worker`: runs the tasks that nobody waits for, and ends when tasks are not run any more."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand

from coach.running import heartbeat

START_SECONDS = 60  # until the cluster's processes are there
LOOK_EVERY = 1.0


class Command(BaseCommand):
    """Run django-q's cluster, and watch its heartbeat."""

    help = "Runs the tasks of the work queue. Ends with 1 when they are not run any more: start it again then."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 0 when told to stop (SIGTERM), with 1 when the cluster ended or stood still."""
        with tempfile.TemporaryDirectory(prefix="coach-heartbeat-") as folder:
            cluster = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
                env={**os.environ, heartbeat.FOLDER: folder},
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda _number, _frame: cluster.terminate())
            died = watch(cluster, Path(folder))
        if died:
            sys.exit(died)


def watch(cluster: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait until the cluster ends, or kill it when its heartbeat stops. Returns why, "" when it was told to end."""
    hopeful_until = time.monotonic() + START_SECONDS
    while True:
        with suppress(subprocess.TimeoutExpired):
            code = cluster.wait(LOOK_EVERY)
            kill_rest()
            return "" if code in (0, -signal.SIGTERM) else "The work queue's processes ended by themselves."
        begun = any(folder.iterdir()) or time.monotonic() > hopeful_until
        if begun and not heartbeat.lives(folder):
            kill_rest()
            return "The work queue stood still, and was ended."


def kill_rest() -> None:
    """Kill what is left of the cluster. Otherwise its orphans would go on working beside the next one."""
    group = os.getpgrp()
    for process in psutil.process_iter(["cmdline"]):
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and "qcluster" in (process.info["cmdline"] or []):
                process.kill()
