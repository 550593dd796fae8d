"""`manage.py serve`: prepares and runs the whole program, in one tree of processes."""

import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from coach.running import data_folder, database, preparing
from coach.running.supervisor import end_groups
from coach.running.watching import figures, lines

PREVIOUS_RUN_SECONDS = 15  # seconds until the processes of a killed run are gone


class Command(BaseCommand):
    """Prepare the database and the static files, then run the web server and the worker until told to stop."""

    help = "Runs everything: database, web server and worker. Ctrl-C stops it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 0 when told to stop (Ctrl-C, SIGTERM), with 1 and a plain message when something is wrong."""
        lines.speak()
        signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
        try:
            lock = only_run_of(settings.DATA_DIR)
            figures.clean()
            refuse_busy_port(settings.HOST, settings.PORT)
            if settings.METRICS_PORT:
                refuse_busy_port(settings.METRICS_HOST, settings.METRICS_PORT, "COACH_METRICS_PORT")
            preparing.prepare()
            connections.close_all()
            become_supervisor(lock)
        except KeyboardInterrupt:
            sys.exit(0)


def only_run_of(data_dir: Path) -> IO[str]:
    """Exit when another run uses `data_dir`; wait for the processes of a killed run, or end them.

    All processes of a run hold the lock, so it is free when the last of them is gone. Returns the open lock file.
    """
    data_folder.ensure(data_dir)
    lock = (data_dir / "serve.lock").open("a+")
    deadline = time.monotonic() + PREVIOUS_RUN_SECONDS
    while not locked(lock):
        lock.seek(0)
        owner = lock.read().strip()
        if not process_runs(owner):
            end_groups(left_behind(Path(lock.name)))
        if process_runs(owner) or time.monotonic() > deadline:
            sys.exit(
                f"The coach already runs from {data_dir} (process {owner}).\n"
                "Stop it first, or set COACH_DATA_DIR and PORT to run a second one."
            )
        time.sleep(0.2)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def left_behind(lock: Path) -> list[int]:
    """The process groups of a killed run that hold the lock, and that nobody will end; none while their leash lives."""
    groups = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if str(lock) not in [file.path for file in process.open_files()]:
                continue
            if "coach.running.leash" in process.cmdline():
                return []
            if "serve" not in process.cmdline():  # another `serve` that waits, as we do
                groups.append(os.getpgid(process.pid))
    return groups


def locked(lock: IO[str]) -> bool:
    """Take the lock if it is free; whether it is ours now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def process_runs(pid: str) -> bool:
    """Whether a process has this number; a zombie counts."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def refuse_busy_port(host: str, port: int, setting: str = "PORT") -> None:
    """Exit unless `host`:`port` is free. Granian shares its port with others, so it would not notice."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        sys.exit(
            f"Port {port} on {host} cannot be used: {error.strerror}.\nTry another one: {setting}={port + 1} make run"
        )


def become_supervisor(lock: IO[str]) -> NoReturn:
    """Replace this process by one that runs the Procfile, and does not hold all of Django in memory for that."""
    server = database.attached(settings.DATA_DIR)
    allowed_host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    arguments = [str(lock.fileno()), allowed_host, *([str(server.data_dir)] if server else [])]
    os.set_inheritable(lock.fileno(), True)
    os.environ.update(HOST=settings.HOST, PORT=str(settings.PORT), COACH_STOP_SECONDS=str(settings.STOP_SECONDS))
    os.chdir(settings.BASE_DIR)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})  # until it can act on them
    os.execv(sys.executable, [sys.executable, "-m", "coach.running.procfile", *arguments])  # noqa: S606
