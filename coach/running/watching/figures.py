"""What is counted of requests, calls of the model, recovery and the pool. Nothing, unless /metrics is wanted.

Each process counts in files of its own, in one folder for all processes of a machine; a scrape adds them up
(exposition.py), so it does not matter which process answers it. Labels are patterns of addresses, modes and codes: none
says anything about one candidate, and none has more values than the program has pages, modes or failures.
"""

import logging
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from django.conf import settings

logger = logging.getLogger("coach.watching")

ON = bool(settings.METRICS_TOKEN or settings.METRICS_PORT)
FOLDER: Path = settings.METRICS_DIR

# Of the files of one process: more than all pages, modes and outcomes take.
BYTES = {"counter": 524_288, "histogram": 1_048_576, "gauge_livesum": 65_536, "gauge_livemax": 65_536}

REQUEST_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90)
CALL_SECONDS = (0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 900)
# What `recovered` counts.
SWEPT, LEASE_EXPIRED, RETRIED, LATE_REPLY = "swept", "lease_expired", "retried", "late_reply_dropped"


class Figures:
    """Every figure that a process counts."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        registry = CollectorRegistry()

        def gauge(name: str, says: str, *labels: str, mode: Any = "livesum") -> Gauge:
            return Gauge(name, says, labels, multiprocess_mode=mode, registry=registry)

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(name, says, labels, registry=registry)

        def histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, says, labels, buckets=buckets, registry=registry)

        self.registry = registry
        self.requests = counter("coach_http_requests_total", "Requests answered.", "route", "method", "status")
        self.request_seconds = histogram(
            "coach_http_request_seconds", "From the whole request to its reply.", REQUEST_SECONDS, "route", "method"
        )
        self.calls = counter("coach_llm_calls_total", "Requests to the model.", "mode", "outcome")
        self.call_seconds = histogram(
            "coach_llm_call_seconds", "What the model took for a request.", CALL_SECONDS, "mode"
        )
        self.tokens = counter("coach_llm_tokens_total", "Tokens of requests to the model.", "mode", "kind")
        self.unasked = counter(
            "coach_llm_unasked_total", "Actions that ended before the model was asked.", "mode", "reason"
        )
        self.in_flight = gauge("coach_llm_calls_in_flight", "Actions that ask the model now.")
        self.waiting = gauge("coach_llm_waiting_for_place", "Actions that wait until one of the places is free.")
        self.places = gauge("coach_llm_places", "Places to wait for the model in.", "state")
        self.recovery = counter("coach_recovery_total", "What was found lost or late, and mended.", "event")
        for event in (SWEPT, LEASE_EXPIRED, RETRIED, LATE_REPLY):
            self.recovery.labels(event)  # shown as 0 until it happens
        self.pool = gauge("coach_database_pool_connections", "Connections of the pools.", "state")
        self.pool_waiting = gauge("coach_database_pool_waiting", "Threads that wait for a connection.")
        self.pool_wait_seconds = counter("coach_database_pool_wait_seconds_total", "Waited for a connection.")
        self.pool_errors = counter("coach_database_pool_errors_total", "Requests that got no connection.")
        self.away = gauge("coach_database_away", "1 while a process finds the database away.", mode="livemax")
        self.absences = counter("coach_database_absences_total", "Times that the database went away.")


def _made() -> Figures | None:
    return Figures() if ON and _make_room() else None


def _make_room() -> bool:
    """Write the files in which this process counts, empty, in full length; False where the disk has no room for them.

    They are mapped into memory. A count that finds no place on the disk then would end the process.
    """
    global _room_in
    try:
        FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind, size in BYTES.items():
            file = FOLDER / f"{kind}_{os.getpid()}.db"
            if not file.exists():
                draft = file.with_suffix(".room")
                draft.write_bytes(bytes(size))
                draft.rename(file)  # a scrape must not meet half of it
    except OSError as error:
        logger.warning("nothing is counted by this process: %s", error.strerror)
        return False
    _room_in = os.getpid()
    return True


_room_in, _alone = 0, threading.Lock()
figures = _made()
_seen: set[tuple[str, str]] = set()


def counting() -> Figures | None:
    """Where this process counts; None where it does not. After a fork it has files of its own."""
    global figures
    if figures is not None and _room_in != os.getpid():
        with _alone:
            if _room_in != os.getpid() and not _make_room():
                figures = None
    return figures


def clean() -> None:
    """Forget the figures of earlier runs. Only `manage.py serve` does, which holds the data folder alone."""
    shutil.rmtree(FOLDER.parent, ignore_errors=True)


def show_zeros(modes: Iterable[str], outcomes: Iterable[str]) -> None:
    """Show each outcome of each mode as 0 from the start: Prometheus sees no rise in a figure that begins with 1."""
    into = counting()
    if into is not None:
        for mode, outcome in product(modes, outcomes):
            into.calls.labels(mode, outcome)


def request_answered(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request."""
    into = counting()
    if into is not None:
        if (route, method) not in _seen:
            _seen.add((route, method))
            for failed in ("500", "503"):
                into.requests.labels(route, method, failed)  # 0, for the same reason
        into.requests.labels(route, method, str(status)).inc()
        into.request_seconds.labels(route, method).observe(seconds)


def unasked(mode: str, reason: str) -> None:
    """Count an action that ended before the model was asked; `reason` is the code of its failure."""
    into = counting()
    if into is not None:
        into.unasked.labels(mode, reason).inc()


@contextmanager
def counted(mode: str, calls: list[Any]) -> Iterator[None]:
    """Count, at the end of this block, what an action asked the model: rows for the ledger, or why there are none."""
    into = counting()
    if into is None:
        yield
        return
    try:
        yield
    except Exception as problem:
        if not calls:
            unasked(mode, getattr(problem, "code", "mistake"))
        raise
    finally:
        for call in calls:
            _count(into, call)


def _count(into: Figures, call: Any) -> None:
    into.calls.labels(call.mode, call.outcome).inc()
    into.call_seconds.labels(call.mode).observe(call.milliseconds / 1000)
    fresh = max(0, call.input_tokens - call.cached_tokens)
    for kind, tokens in (("input", fresh), ("cached", call.cached_tokens), ("output", call.output_tokens)):
        into.tokens.labels(call.mode, kind).inc(tokens)


@contextmanager
def in_flight() -> Iterator[None]:
    """Count an action while it asks."""
    into = counting()
    if into is None:
        yield
        return
    with into.in_flight.track_inprogress():
        yield


@contextmanager
def waiting_for_place() -> Iterator[None]:
    """Count an action while it waits for a place."""
    into = counting()
    if into is None:
        yield
        return
    with into.waiting.track_inprogress():
        yield


def recovered(event: str, number: int = 1) -> None:
    """Count what was found lost or late: SWEPT, LEASE_EXPIRED, RETRIED, LATE_REPLY."""
    into = counting()
    if into is not None and number:
        into.recovery.labels(event).inc(number)


def database_went_away() -> None:
    """Count that a process finds the database away."""
    into = counting()
    if into is not None:
        into.absences.inc()
