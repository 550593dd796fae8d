"""What the program takes while it is under load: memory every 5 s, and seconds of processor by kind of process."""

import threading
import time
from contextlib import suppress
from statistics import fmean

import psutil

from tests.stack.serving import Stack

EVERY = 5.0  # seconds
# Shorter runs are not asked whether they grow, and of the others the first half is not: all has to work once.
LONG_ENOUGH = 170.0
KINDS = {"postgres": "database", "web_server": "web", "worker": "worker"}


class Memory:
    """Samples of the whole stack, as a context manager. Linux only."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.samples: list[tuple[float, float]] = []  # seconds since the start, MB
        self.first: dict[int, float] = {}
        self.last: dict[int, tuple[str, float]] = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.began = time.monotonic()

    def __enter__(self) -> "Memory":
        self.samples.append((0.0, self.stack.megabytes()))
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.thread.join()

    def _run(self) -> None:
        self._note_processor(is_first=True)
        while not self.over.wait(EVERY):
            self._note()
        self._note()

    def _note(self) -> None:
        self.samples.append((time.monotonic() - self.began, self.stack.megabytes()))
        self._note_processor(is_first=False)

    def _note_processor(self, *, is_first: bool) -> None:
        for process in self.stack.processes():
            with suppress(psutil.NoSuchProcess):
                times, command = process.cpu_times(), " ".join(process.cmdline())
                kind = next((kind for word, kind in KINDS.items() if word in command), "supervisor")
                spent = times.user + times.system
                self.first.setdefault(process.pid, spent if is_first else 0.0)
                self.last[process.pid] = (kind, spent)

    @property
    def peak(self) -> float:
        """MB at most."""
        return max(megabytes for _at, megabytes in self.samples)

    @property
    def growth(self) -> float | None:
        """MB a minute over the second half, by least squares; None of a short run."""
        end = self.samples[-1][0]
        if end < LONG_ENOUGH:
            return None
        half = [(at / 60, megabytes) for at, megabytes in self.samples if at >= end / 2]
        middle, level = fmean(at for at, _ in half), fmean(megabytes for _, megabytes in half)
        spread = sum((at - middle) ** 2 for at, _ in half)
        return sum((at - middle) * (megabytes - level) for at, megabytes in half) / spread

    def processor(self) -> dict[str, float]:
        """Seconds of processor, by kind of process."""
        found: dict[str, float] = {}
        for pid, (kind, spent) in self.last.items():
            found[kind] = found.get(kind, 0.0) + spent - self.first[pid]
        return found

    def lines(self, requests: int, marks: int) -> list[str]:
        """Memory and processor, as sentences."""
        spent = self.processor()
        total = sum(spent.values())
        kinds = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in sorted(spent.items()))
        return [
            f"Memory of all processes: {self.samples[0][1]:.0f} MB at the start, {self.samples[-1][1]:.0f} MB at the "
            f"end, {self.peak:.0f} MB at most.",
            "",
            f"Processor: {total:.1f} s in {self.samples[-1][0]:.0f} s ({kinds}): "
            f"{1000 * total / max(1, requests):.0f} ms for each of {requests} requests; "
            f"{marks} answers were marked.",
        ]
