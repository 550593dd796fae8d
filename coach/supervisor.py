"""Runs the Procfile's processes: prefixes their output, and sees to it that they end together and leave nothing."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from honcho.compat import ProcessManager
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer
from honcho.process import Process

# How long a process may take to end by itself: a worker finishes its task, the web server its requests.
GRACE_SECONDS = 5


class Supervisor(Manager):
    """Honcho's Manager, less talkative, with a limit on how long stopping takes."""

    def __init__(
        self,
        processes: Mapping[str, str],
        env: Mapping[str, str],
        *,
        once_started: Callable[["Supervisor"], None],
    ) -> None:
        """`once_started` runs in a thread of its own when the processes have been started."""
        super().__init__(printer=QuietPrinter(sys.stdout))
        self._process_ctor = OwnProcess
        self._procmgr = GentleProcessManager()
        self._once_started = once_started
        self.failure = ""  # why it stopped, in words; empty when it was asked to
        for name, command in processes.items():
            self.add_process(name, command, env=dict(env))

    def fail(self, reason: str) -> None:
        """Stop everything because of `reason`; for the thread of `once_started`."""
        self.failure = reason
        os.kill(os.getpid(), signal.SIGTERM)

    def loop(self) -> None:
        """Run the processes until one of them ends or a signal comes, and all are gone."""
        super().loop()
        signal.alarm(0)  # nothing is left to kill
        # What relayed their output only has to exit. One that cannot (it waits for a lock of a process that was
        # killed) must not keep us, and so the database, from ending.
        for relay in multiprocessing.active_children():
            relay.join(timeout=1)
            relay.kill()

    def terminate(self) -> None:
        """Ask all processes to end, and kill what is left of them after the grace period."""
        if self._terminating:
            return
        if not self._all_started():  # a signal in the very first moments: honcho does not know all numbers yet
            signal.signal(signal.SIGALRM, lambda signum, frame: self.terminate())
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            return
        died = [name for name, process in self._processes.items() if "returncode" in process]
        if died:
            self.failure = f"The {died[0]} process ended by itself; its last words are above."
        signal.signal(signal.SIGALRM, lambda signum, frame: self.kill())
        signal.alarm(GRACE_SECONDS)
        super().terminate()

    def _start(self) -> None:
        super()._start()
        # Only now: a process that has threads is not safe to fork.
        threading.Thread(target=self._once_started, args=(self,), daemon=True).start()


class QuietPrinter(Printer):
    """Prints what the processes say, without honcho's own remarks."""

    def write(self, message: Message) -> None:
        """Print the lines of `message` with the time and the name of its process in front."""
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(message)


class GentleProcessManager(ProcessManager):
    """Ends a process by asking its leader.

    Honcho asks the whole group, which kills django-q's workers in the middle of a task: only their parent knows how
    to let them finish.
    """

    def terminate(self, pid: int) -> None:
        """Send SIGTERM to the leader of a process group."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


class OwnProcess(Process):
    """A process of the Procfile that neither outlives the supervisor nor is outlived by its own children."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Start the command and relay its output until it ends; runs in a process of its own, as honcho has it."""
        threading.Thread(target=self._watch, daemon=True).start()
        super().run(events, ignore_signals)

    def _watch(self) -> None:
        supervisor = multiprocessing.parent_process()
        assert supervisor is not None  # nobody but honcho runs it, in a process of its own
        while self._child is None or self._child.poll() is None:
            supervisor.join(timeout=0.5)
            if self._child is not None and not supervisor.is_alive():
                self._end_without_supervisor()
        # Whatever is left of its group would hold the output open, and go on working without a parent.
        GentleProcessManager().kill(self._child.pid)

    def _end_without_supervisor(self) -> None:
        """It was killed with no time to tell us."""
        GentleProcessManager().terminate(self._child.pid)
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(GRACE_SECONDS)
        GentleProcessManager().kill(self._child.pid)
        os._exit(1)  # nobody reads what we would still have to say
