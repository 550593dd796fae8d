"""Keeps the Procfile's processes and the embedded database running, and ends all of them."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from django.core.exceptions import ImproperlyConfigured

from coach.running.database import EmbeddedServer
from coach.running.watching.lines import Relay, as_json, say

# Seconds: that a process may take to end by itself (a worker finishes its task, the web server its requests); between
# two looks; until a process that died is started again, the first time and at most; for which a death counts.
GRACE = 5.0
LOOK_EVERY = 0.2
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
DEATHS_COUNT_FOR = 60.0
# The database may be gone for this long: somebody may be restarting it by hand.
DATABASE_PAUSE = 0.5


class Child:
    """A process of the Procfile; it has a process group of its own."""

    def __init__(self, name: str, command: str) -> None:
        self.name, self.command = name, command
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0
        self.deaths: list[float] = []

    def start(self, env: Mapping[str, str], keep_open: tuple[int, ...], output: int | None) -> int:
        """Start it; it writes to the descriptor `output`, None: to ours. Returns its process id, which is also that of
        its group."""
        self.process = subprocess.Popen(
            ["sh", "-c", self.command],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=keep_open,
            process_group=0,
        )
        return self.process.pid

    def note_death(self) -> None:
        """Note that it ended by itself: it is started again, later each time within DEATHS_COUNT_FOR."""
        now = time.monotonic()
        self.process = None
        self.deaths = [*(at for at in self.deaths if at > now - DEATHS_COUNT_FOR), now]
        self.start_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (len(self.deaths) - 1))


class Supervisor:
    """Runs until SIGTERM or SIGINT, or until something fails before everything is ready."""

    def __init__(
        self,
        commands: Mapping[str, str],
        env: Mapping[str, str],
        *,
        database: EmbeddedServer | None,
        lock: int,
        is_ready: Callable[[], bool],
        on_ready: Callable[[], None],
        ready_seconds: float,
        grace: float = GRACE,
    ) -> None:
        """`lock`: descriptor of a file that every process holds open. `database`: None with another server.

        `grace`: seconds that the processes may take to end when it is told to stop.
        """
        self.children = [Child(name, command) for name, command in commands.items()]
        self.env, self.database, self.lock = env, database, lock
        self.is_ready, self.on_ready, self.ready_seconds = is_ready, on_ready, ready_seconds
        self.grace = grace
        self.ready = self.stopping = False
        self.failure = ""  # why it stopped, in words; "" when it was told to stop
        self.leash: subprocess.Popen[str] | None = None
        self.database_gone_since: float | None = None
        self.relay = Relay() if as_json() else None

    def run(self) -> None:
        """Start everything, and watch it until it is time to stop."""
        self._wake = wake_by_signals(lambda: setattr(self, "stopping", True))
        give_up_at = time.monotonic() + self.ready_seconds
        try:
            while not (self.stopping or self.failure):
                self._look()
                if not self.ready and not self.failure:
                    self._announce(give_up_at)
                select.select([self._wake], [], [], LOOK_EVERY)
                with suppress(BlockingIOError):
                    os.read(self._wake, 1024)
        finally:
            self._stop()

    def _look(self) -> None:
        self._look_after_database()
        if self.leash is None or self.leash.poll() is not None:
            self._start_leash()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child)
            if child.process is None and time.monotonic() >= child.start_at and not self.failure:
                self._tell_leash("+", self._start(child))

    def _start(self, child: Child) -> int:
        return child.start(self.env, (self.lock,), self.relay.descriptor if self.relay else None)

    def _bury(self, child: Child) -> None:
        assert child.process is not None
        end_group(child.process.pid, signal.SIGKILL)  # its children would go on working without it
        self._tell_leash("-", child.process.pid)
        child.note_death()
        if self.ready:
            say(f"The {child.name} process ended by itself; it is started again.")
        else:
            self.failure = f"The {child.name} process ended by itself; its last words are above."

    def _look_after_database(self) -> None:
        if self.database is None or self.database.runs():
            self.database_gone_since = None
            return
        now = time.monotonic()
        self.database_gone_since = self.database_gone_since or now
        if now - self.database_gone_since < DATABASE_PAUSE:
            return
        say("The database ended by itself; it is started again.")
        try:
            self.database.start_again()
        except ImproperlyConfigured as problem:
            say(str(problem))
            self.database_gone_since = None

    def _announce(self, give_up_at: float) -> None:
        if self.is_ready():
            self.ready = True
            self.on_ready()
        elif time.monotonic() > give_up_at:
            self.failure = f"The web server did not answer within {self.ready_seconds:.0f} s."

    def _start_leash(self) -> None:
        """Start the process that ends the others when we are killed: a `kill -9` leaves us no time for it."""
        data_dir = [str(self.database.data_dir)] if self.database else []
        self.leash = subprocess.Popen(
            [sys.executable, "-m", "coach.running.leash", *data_dir],
            cwd=Path(__file__).resolve().parent.parent.parent,
            stdin=subprocess.PIPE,
            pass_fds=(self.lock,),
            process_group=0,
            text=True,
        )
        for child in self.children:
            if child.process is not None:
                self._tell_leash("+", child.process.pid)

    def _tell_leash(self, sign: str, group: int) -> None:
        assert self.leash is not None and self.leash.stdin is not None
        with suppress(BrokenPipeError):  # the leash died: the next look starts another one, and tells it everything
            self.leash.stdin.write(f"{sign}{group}\n")
            self.leash.stdin.flush()

    def _stop(self) -> None:
        groups = [child.process.pid for child in self.children if child.process is not None]
        end_groups(groups, self.grace)
        for child in self.children:
            if child.process is not None:
                child.process.wait()
        if self.relay is not None:
            self.relay.close()
        if self.leash is not None:
            for group in groups:
                self._tell_leash("-", group)
            assert self.leash.stdin is not None
            with suppress(BrokenPipeError):
                self.leash.stdin.close()
            try:
                self.leash.wait(GRACE)
            except subprocess.TimeoutExpired:  # it hangs, but its work is done already
                self.leash.kill()
                self.leash.wait()


def wake_by_signals(stop: Callable[[], None]) -> int:
    """Call `stop` on SIGTERM and SIGINT. Returns a descriptor that becomes readable with these and with SIGCHLD."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})  # `serve` held them off
    return readable


def end_groups(groups: list[int], grace: float = GRACE) -> None:
    """Ask the leaders of the groups to end, wait for `grace` seconds, and kill what is left of the groups.

    Only the leader is asked. django-q's workers would die in the middle of a task; their parent lets them finish it.
    """
    for leader in groups:
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(leads(leader) for leader in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        end_group(group, signal.SIGKILL)


def end_group(group: int, how: signal.Signals) -> None:
    """Send a signal to all that is left of a process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, how)


def leads(leader: int) -> bool:
    """Whether the leader of a group still runs; a zombie does not."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(leader).status() != psutil.STATUS_ZOMBIE
    return False
