"""What `make bench-load` prints: tables that can stand in docs/performance.md as they are, and the bars."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from tests.load.figures import SAVED, WAITS, Lines, Route, Wait, beyond, percentile, routes_of, waits_of
from tests.load.memory import Memory

PAGE_MS, SAVED_MS, BEYOND_MS, MEGABYTES, GROWTH = 150, 150, 250, 700, 5.0
MOST_NAMED = 20  # of things that are wrong


@dataclass(frozen=True)
class Bar:
    """A figure, and what it has to keep to. `is_correctness`: it holds at any load."""

    name: str
    figure: str
    bar: str
    held: bool
    is_correctness: bool = False

    def row(self) -> str:
        """Its line of the table."""
        return f"| {self.name} | {self.figure} | {self.bar} | {'held' if self.held else '**missed**'} |"


class Report:
    """The figures of one run."""

    def __init__(self, diary: Lines, calls: Lines, wrong: list[str], memory: Memory, drained: float) -> None:
        self.diary, self.calls, self.wrong, self.memory, self.drained = diary, calls, wrong, memory, drained
        self.waits = waits_of(diary, calls)
        self.routes = routes_of(diary, self.waits, calls)
        self.troubles = [line for line in diary if line["kind"] == "trouble"]

    def bars(self) -> list[Bar]:
        """What the run is held to."""
        pages = [ms for route in self.routes if not route.asks for ms in route.took]
        saved = [ms for route in self.routes if route.name == SAVED for ms in route.took]
        real = sum(route.real for route in self.routes) + len(self.troubles)
        refused = sum(route.refused for route in self.routes)
        return [
            Bar("lost, doubled or stuck", f"{len(self.wrong)}", "0", not self.wrong, True),
            Bar("errors that are neither injected nor “come again”", f"{real - refused}", "0", real == refused, True),
            Bar("told to come again (429, 503)", f"{refused}", "0", not refused),
            _at_most("pages without a model, p95", percentile(pages, 0.95), PAGE_MS),
            _at_most("“Saved”, p95", percentile(saved, 0.95), SAVED_MS),
            _at_most("beyond the model's own, p95", percentile(beyond(self.waits), 0.95), BEYOND_MS),
            Bar("memory, peak", f"{self.memory.peak:.0f} MB", f"{MEGABYTES} MB", self.memory.peak <= MEGABYTES),
            *self._growth(),
        ]

    def _growth(self) -> list[Bar]:
        growth = self.memory.growth
        if growth is None:
            return []  # the run was too short to tell
        return [Bar("memory, growth", f"{growth:.1f} MB a minute", f"{GROWTH:.0f} MB a minute", growth <= GROWTH)]

    def lines(self, bars: list[Bar]) -> list[str]:
        """All of it."""
        return [
            *("| | figure | bar | |", "|---|---|---|---|", *(bar.row() for bar in bars), ""),
            *_of_routes(self.routes),
            "",
            *_of_waits([wait for _line, wait in self.waits]),
            "",
            *self.memory.lines(*self._amount()),
            "",
            self._told(),
            *_first(f"WRONG: {one}" for one in self.wrong),
            *_first(f"TROUBLE: {one['who']} at {one['path']}: {one['why']}" for one in self.troubles),
            *_first(f"ERROR: {one}" for one in self._real_errors()),
        ]

    def _amount(self) -> tuple[int, int]:
        """How many requests there were, and how many marks."""
        marks = sum(call["mode"] == "evaluate_answer" and not call["fault"] for call in self.calls)
        return sum(len(route.took) for route in self.routes), marks

    def _told(self) -> str:
        """How much there was to check."""
        told = [line["what"] for line in self.diary if line["kind"] == "told"]
        kinds = ("saved", "marked", "begun", "ended", "said", "answered", "unsure")
        counts = ", ".join(f"{told.count(kind)} {kind}" for kind in kinds)
        faults = sum(bool(call["fault"]) for call in self.calls)
        return (
            f"Told and checked: {counts}. The model was asked {len(self.calls)} times and failed {faults} times. "
            f"The last task was done {self.drained:.0f} s after the last candidate had gone. {self._summaries()}"
        )

    def _summaries(self) -> str:
        """How long those waited who stayed for their summary, which the worker has to come to."""
        lines = [line for line in self.diary if line["kind"] == "wait" and line["what"] == "summary"]
        took = [line["at"] - line["began"] for line in lines]
        p50, p95 = (percentile(took, share) for share in (0.5, 0.95))
        return f"{len(took)} stayed for their summary: {p50:.0f} s at p50, {p95:.0f} s at p95."

    def _real_errors(self) -> list[str]:
        names = {route.name for route in self.routes if route.real}
        lines = (line for line in self.diary if line["kind"] == "request" and line["route"] in names)
        return [f"{line['route']} {line['status']} {line['why']}" for line in lines if not 200 <= line["status"] < 400]


def _at_most(name: str, figure: float, bar: float) -> Bar:
    return Bar(name, f"{figure:.0f} ms", f"{bar:.0f} ms", figure <= bar)


def _first(lines: Iterable[str]) -> list[str]:
    return list(lines)[:MOST_NAMED]


def _of_routes(routes: list[Route]) -> list[str]:
    names = ("requests", "p50 ms", "p95 ms", "p99 ms", "bar", "injected", "other errors", "queries", "processor ms")
    head = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    return head + [_of_route(route) for route in routes]


def _of_route(route: Route) -> str:
    spread = " | ".join(f"{percentile(route.took, share):.0f}" for share in (0.5, 0.95, 0.99))
    cost = [f"{fmean(values):.1f}" if values else "" for values in (route.queries, route.processor)]
    bar = "" if route.asks else f"{SAVED_MS if route.name == SAVED else PAGE_MS}"
    errors = f"{route.injected} | {route.real}"
    return f"| `{route.name}` | {len(route.took)} | {spread} | {bar} | {errors} | {cost[0]} | {cost[1]} |"


def _of_waits(waits: list[Wait]) -> list[str]:
    head = ["| waited for | times | p50 s | p95 s | beyond p50 ms | p95 ms | p99 ms | bar | failed | not timed |"]
    rows = [_of_wait(what, [wait for wait in waits if wait.what == what]) for what in WAITS]
    return [*head, "|---|" + "---:|" * 9, *rows, _of_wait("all", waits)]


def _of_wait(what: str, waits: list[Wait]) -> str:
    seconds = [wait.seconds for wait in waits]
    timed = [wait.beyond * 1000 for wait in waits if wait.beyond is not None]
    whole = " | ".join(f"{percentile(seconds, share):.1f}" for share in (0.5, 0.95))
    spread = " | ".join(f"{percentile(timed, share):.0f}" for share in (0.5, 0.95, 0.99))
    failed = sum(wait.failed for wait in waits)
    return f"| {what} | {len(waits)} | {whole} | {spread} | {BEYOND_MS} | {failed} | {len(waits) - len(timed)} |"


def described(machine: dict[str, Any]) -> str:
    """The machine in a line."""
    return ", ".join(f"{name} {value}" for name, value in machine.items())
