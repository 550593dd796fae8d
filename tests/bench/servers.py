"""Web servers for a bench: ours and the bare one, started the same way; and what they and PostgreSQL spend."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from tests.environment import ROOT

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Spent:
    """Seconds of processor: of the web server's processes, and of PostgreSQL's."""

    web: float = 0.0
    database: float = 0.0


class Spending:
    """Counts the processor's seconds, of user and system, that a server and the database take."""

    def __init__(self, web: psutil.Process, database: psutil.Process) -> None:
        self.web, self.database = web, database
        self.last = self.so_far()

    def so_far(self) -> Spent:
        return Spent(_seconds_of(self.web), _seconds_of(self.database))

    def since_last(self) -> Spent:
        """What was spent since the last call, or since the beginning."""
        before, self.last = self.last, self.so_far()
        return Spent(self.last.web - before.web, self.last.database - before.database)


def _seconds_of(parent: psutil.Process) -> float:
    """Of a process and its children, also of those that have ended."""
    total = 0.0
    for process in (parent, *parent.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
            if process == parent:
                total += times.children_user + times.children_system
    return total


@contextmanager
def serving(*arguments: str, port: int, **environment: str) -> Iterator[psutil.Process]:
    """A web server that answers on `port`, as `python arguments`. Ended in the end, with its children."""
    command = [sys.executable, "-W", "ignore", *arguments]
    own = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", **environment}
    process = subprocess.Popen(command, cwd=ROOT, env=own, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait(process, port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended; its last words are above"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=START_SECONDS)
        except urllib.error.HTTPError:
            return  # it answers, if only to say that nobody is signed in
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not answer")
