"""`make machines`: two machines, each with a web server and a worker, on one PostgreSQL; each dies once.

Candidates practise, and each request goes to either machine at random, as behind a proxy that passes on to the other
one what it could not hand over. After a third of the time the web server of one machine and the worker of the other are
killed with SIGKILL. In the last third the database gets a migration, and then each machine is stopped in order and
started again: no request may be dropped meanwhile. Wanted: nothing lost, doubled or stuck (tests/load/checking.py).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from coach.running import secret_keys
from coach.running.database import EmbeddedServer
from tests import environment
from tests.environment import ROOT
from tests.load import model_server
from tests.load.bench_load import asked, prepare
from tests.load.checking import what_is_wrong
from tests.load.diary import read
from tests.stack.serving import Stack
from tests.stack.test_whole_loop_by_http import free_port

# Undone before the run, and done in the middle of it: a version of the program without it and one with it both run.
MIGRATION, BEFORE = ("study", "0014"), ("study", "0013")
DRAIN_SECONDS = 240
STOP_SECONDS = 30


@dataclass(frozen=True)
class Figures:
    """What became of the run. `wrong`: a sentence each for what was lost, doubled or stuck. `at`: when what began."""

    wrong: list[str]
    requests: list[dict[str, Any]]
    at: dict[str, float]

    @property
    def failed(self) -> list[str]:
        """The requests that got no answer, or one of the program's own failures, by when and what."""
        return [self._told(line) for line in self.requests if line["status"] == 0 or line["status"] >= 500]

    @property
    def dropped(self) -> list[str]:
        """Those of them since the rolling restart began."""
        late = [line for line in self.requests if line["at"] > self.at["restart"]]
        return [self._told(line) for line in late if line["status"] == 0 or line["status"] in (500, 502)]

    def _told(self, line: dict[str, Any]) -> str:
        return f"{line['at'] - self.at['start']:.1f} s: {line['route']} {line['status']} {line['why']}"

    def told(self) -> str:
        """The figures as lines, with the bar beside each."""
        shown = [f"  {one}" for one in (*self.wrong, *self.dropped)]
        return "\n".join(
            (
                f"{len(self.requests)} requests, to either of two machines at random",
                f"lost, doubled or stuck: {len(self.wrong)} (bar: 0)",
                f"dropped in the rolling restart with a migration: {len(self.dropped)} (bar: 0)",
                f"without an answer when a web server was killed: {len(self.failed) - len(self.dropped)}",
                *shown,
            )
        )


class Machines:
    """Two machines and their database in `folder`, whose folder `data` has the database and the keys."""

    def __init__(self, folder: Path, model: str) -> None:
        self.database = EmbeddedServer(folder / "data")
        self.database.attach()
        keys = secret_keys.parsed((folder / "data" / "secrets.env").read_text())
        self.own = {
            "DATABASE_URL": self.database.url(),
            "OPENAI_API_KEY": "any",
            "OPENAI_BASE_URL": model,
            "COACH_STOP_SECONDS": str(STOP_SECONDS),
            "SECRET_KEY": keys.secret_key,
            "COACH_ENCRYPTION_KEYS": ",".join(keys.encryption_keys),
        }
        self.folders = [folder / "one", folder / "two"]
        self.ports = [free_port(), free_port()]
        self.stacks = [self.start(number) for number in (0, 1)]

    def start(self, number: int) -> Stack:
        """Start a machine; it is ready when this returns."""
        stack = Stack(self.folders[number], self.ports[number], **self.own)
        stack.wait_until_ready()
        stack.read_on()
        return stack

    def kill(self, number: int, *words: str) -> None:
        """Kill a process of a machine and its children, as a machine without memory does."""
        supervisor = psutil.Process(self.stacks[number].process.pid)
        victim = next(child for child in supervisor.children() if set(words) <= set(child.cmdline()))
        for process in (victim, *victim.children(recursive=True)):
            process.kill()

    def manage(self, *command: str) -> None:
        """A command of manage.py, on the first machine."""
        found = self.stacks[0].run(*command)
        assert found.returncode == 0, found.stderr

    def restart_one_after_the_other(self) -> None:
        """As an upgrade does it: in order, and the second when the first is ready again."""
        for number in (0, 1):
            old = self.stacks[number]
            old.process.terminate()
            old.process.wait(STOP_SECONDS + 15)
            self.stacks[number] = self.start(number)

    def end(self) -> None:
        """End what still runs."""
        for stack in self.stacks:
            stack.kill()
        self.database.detach()


@contextmanager
def machines(folder: Path, model: str) -> Iterator[Machines]:
    """Two machines, while the block runs."""
    running = Machines(folder, model)
    try:
        yield running
    finally:
        running.end()


def measure(folder: Path, *, candidates: int, seconds: float, pace: float, seed: int = 1) -> Figures:
    """Let so many practise for so long on the data in `folder`."""
    log, diary = folder / "model.jsonl", folder / "diary.jsonl"
    with ExitStack() as stack:
        url = stack.enter_context(model_server.running(log, f"--seed={seed}"))
        both = stack.enter_context(machines(folder, url))
        both.manage("migrate", *BEFORE)
        before = asked(both.stacks[0], "choose", str(candidates))
        (folder / "names").write_text("\n".join(before["names"]))
        player = [sys.executable, "-m", "tests.load.generator", ",".join(one.url for one in both.stacks)]
        player += [str(diary), str(folder / "names"), f"--seconds={seconds}", f"--pace={pace}"]
        at = {"start": time.monotonic()}
        with subprocess.Popen(player, cwd=ROOT) as playing:
            time.sleep(seconds / 3)
            both.kill(0, "coach.running.web_server")
            both.kill(1, "worker")
            at["kill"] = time.monotonic()
            time.sleep(seconds / 3)
            at["restart"] = time.monotonic()
            both.manage("migrate", *MIGRATION)
            both.restart_one_after_the_other()
            at["restarted"] = time.monotonic()
        assert playing.returncode == 0
        stored = asked(both.stacks[0], "read", json.dumps(before), str(DRAIN_SECONDS))
    lines = read(diary)
    requests = [line for line in lines if line["kind"] == "request"]
    trouble = [f"{line['who']}: {line['why']}" for line in lines if line["kind"] == "trouble"]
    return Figures([*what_is_wrong(lines, stored, model_server.calls_of(log)), *trouble], requests, at)


def main() -> None:
    """Run, print, and exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--data", default="", help="a data folder with a database, of which a copy is used")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coach-machines-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's user has to get in
        prepare(folder, told.data, told.candidates + 5, 5)
        figures = measure(folder, candidates=told.candidates, seconds=told.minutes * 60, pace=1.0)
    print(figures.told())
    sys.exit(1 if figures.wrong or figures.dropped else 0)


if __name__ == "__main__":
    environment.prepare()
    main()
