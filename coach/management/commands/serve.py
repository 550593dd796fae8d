"""`manage.py serve`: prepares and runs the whole program, in one tree of processes."""

import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import psutil
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, connections

from coach.encryption import canary
from coach.running import data_folder, database, static_files
from coach.running.quiet_logging import place_of
from coach.running.supervisor import Supervisor, end_groups

MIGRATION_LOCK = 7_201_993  # any number, the same in every process that migrates this database
PREVIOUS_RUN_SECONDS = 15  # seconds until the processes of a killed run are gone
READY_SECONDS = 60


class Command(BaseCommand):
    """Prepare the database and the static files, then run the web server and the worker until told to stop."""

    help = "Runs everything: database, web server and worker. Ctrl-C stops it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 0 when told to stop (Ctrl-C, SIGTERM), with 1 and a plain message when something is wrong."""
        signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
        try:
            with only_run_of(settings.DATA_DIR) as lock:
                refuse_busy_port(settings.HOST, settings.PORT)
                migrate()
                canary.verify()
                static_files.collect()
                connections.close_all()
                run_processes(lock)
        except KeyboardInterrupt:
            sys.exit(0)


@contextmanager
def only_run_of(data_dir: Path) -> Iterator[IO[str]]:
    """Exit when another run uses `data_dir`; wait for the processes of a killed run, or end them.

    All processes of a run hold the lock, so it is free when the last of them is gone. Yields the open lock file.
    """
    data_folder.ensure(data_dir)
    with (data_dir / "serve.lock").open("a+") as lock:
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
        yield lock


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


def refuse_busy_port(host: str, port: int) -> None:
    """Exit unless `host`:`port` is free. Granian shares its port with others, so it would not notice."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        sys.exit(f"Port {port} on {host} cannot be used: {error.strerror}.\nTry another one: PORT={port + 1} make run")


def migrate() -> None:
    """Bring the database up to date, one process at a time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                call_command("migrate", interactive=False, verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
    except DatabaseError as error:
        # Without the text of the error, which may quote a row.
        sys.exit(f"The database could not be brought up to date: {place_of(error)}")


def run_processes(lock: IO[str]) -> None:
    """Run the Procfile until a signal comes. Exits with 1 when one of its processes ends before all are ready."""
    supervisor = Supervisor(
        procfile(),
        environment(),
        database=database.attached(settings.DATA_DIR),
        lock=lock.fileno(),
        is_ready=lambda: healthy(reachable_host(), settings.PORT),
        on_ready=announce,
        ready_seconds=READY_SECONDS,
    )
    supervisor.run()
    if supervisor.failure:
        sys.exit(f"Stopped. {supervisor.failure}")


def procfile() -> dict[str, str]:
    """The commands of the Procfile by their names."""
    lines = (settings.BASE_DIR / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def environment() -> dict[str, str]:
    """The environment of the processes: ours, with the address of the database and our Python's programs."""
    return {
        **os.environ,
        "DATABASE_URL": settings.DATABASE_URL,
        "HOST": settings.HOST,
        "PORT": str(settings.PORT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def reachable_host() -> str:
    """A name by which this machine reaches the web server."""
    return {"0.0.0.0": "localhost", "::": "localhost"}.get(settings.HOST, settings.HOST)  # noqa: S104


def announce() -> None:
    """Say where the coach is."""
    host = reachable_host()
    name = f"[{host}]" if ":" in host else host
    print(f"The coach is ready: open http://{name}:{settings.PORT}/ in a browser. Ctrl-C stops it.", flush=True)


def healthy(host: str, port: int) -> bool:
    """Whether /health/ answers 200 there."""
    # Asked as a proxy in front would ask, with a host name that the settings allow.
    allowed = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    server = http.client.HTTPConnection(host, port, timeout=2)
    try:
        server.request("GET", "/health/", headers={"Host": allowed, "X-Forwarded-Proto": "https"})
        return server.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        server.close()
