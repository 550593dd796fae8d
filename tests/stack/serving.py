"""The whole program as `make run` starts it, for tests."""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from coach.running.database import EmbeddedServer
from tests import first_data
from tests.environment import ROOT

STOP_SECONDS = 10


class Stack:
    """One run of `manage.py serve` on a free port of loopback.

    Where there are no data yet, it finds those of a first run, unless it has to be the first run itself.
    """

    def __init__(self, data_dir: Path, port: int, *, first_run: bool = False, **environment: str) -> None:
        self.data_dir, self.port, self.environment = data_dir, port, environment
        if not first_run and not data_dir.exists():
            first_data.copy_to(data_dir)
        self.output = ""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=self.env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # as a terminal does, so that Ctrl-C can be sent to the group
        )

    def env(self) -> dict[str, str]:
        own = {"COACH_DATA_DIR": str(self.data_dir), "PORT": str(self.port)}
        return {**os.environ, **own, **self.environment}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End whatever still runs for it, at once, and remove what it has no time to remove itself."""
        socket_dir = EmbeddedServer(self.data_dir).socket_dir()
        for process in self.processes() if self.process.poll() is None else []:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        if socket_dir and Path(socket_dir).name.startswith("coach-socket-"):  # in /tmp itself, where TMPDIR is long
            shutil.rmtree(socket_dir, ignore_errors=True)

    def wait_until_ready(self) -> float:
        """Read on until the address is printed; seconds since the start."""
        for line in self.process.stdout:
            self.output += line
            if "is ready" in line:
                return time.monotonic() - self.started
        pytest.fail(f"it ended with {self.process.wait()} before it was ready:\n{self.output}")

    def read_on(self) -> None:
        """Go on reading what it says, which would wait for a reader otherwise, in the middle of a page."""

        def read() -> None:
            for line in self.process.stdout:
                self.output += line

        threading.Thread(target=read, daemon=True).start()

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for it, the database included."""
        own = psutil.Process(self.process.pid)
        database = [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(self.data_dir / "postgres") in (process.info["cmdline"] or [])
        ]
        found = [own, *own.children(recursive=True), *database]
        for process in database:
            with suppress(psutil.NoSuchProcess):  # what only starts or asks PostgreSQL is gone meanwhile
                found += process.children()
        return found

    def megabytes(self) -> float:
        """Memory that all of it takes together: what several processes share counts once. Linux only."""
        total = 0
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):  # what the database started for a connection ends with it
                total += process.memory_full_info().pss
        return total / 2**20

    def wait_until_ended(self, processes: list[psutil.Process]) -> float:
        """Wait for its exit; seconds that this and the end of all `processes` took. Fails when one is left."""
        since = time.monotonic()
        self.output += self.process.communicate(timeout=STOP_SECONDS + 5)[0]
        while left := [process for process in processes if runs(process)]:
            assert time.monotonic() < since + STOP_SECONDS, left
            time.sleep(0.05)
        return time.monotonic() - since

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Another command of manage.py with the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.env(),
            capture_output=True,
            text=True,
            check=False,
        )


def runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
