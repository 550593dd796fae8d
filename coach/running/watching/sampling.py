"""Notes every few seconds how this web process's pool and places are: states, which no event tells as they are now."""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from coach.running.quiet_logging import place_of
from coach.running.watching.figures import Figures, counting

EVERY = 2.0  # seconds

logger = logging.getLogger("coach.watching")

# Other rooms' states, which they give: functions that return {state: number}.
_places: list[Callable[[], dict[str, int]]] = []
_started_in = 0


def tells_places(places: Callable[[], dict[str, int]]) -> Callable[[], dict[str, int]]:
    """Have the places counted that this function returns, by their state."""
    _places.append(places)
    return places


def begin() -> None:
    """Start the thread that looks, once in each process: a fork has none of its parent's threads."""
    global _started_in
    into = counting()
    if into is not None and _started_in != os.getpid():
        _started_in = os.getpid()
        threading.Thread(target=_look_on, args=(into,), name="watching", daemon=True).start()


def _look_on(into: Figures) -> None:
    troubled = False
    while True:
        time.sleep(EVERY)  # and not at once: the request that begins this has a connection
        try:
            sample(into)
            troubled = False
        except Exception as problem:
            if not troubled:
                logger.warning("the pool could not be looked at: %s", place_of(problem))
            troubled = True


def sample(into: Figures) -> None:
    """Note how it is now."""
    for places in _places:
        for state, number in places().items():
            into.places.labels(state).set(number)
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    if not wrapper.settings_dict["OPTIONS"].get("pool"):
        return
    from coach.running.postgresql.base import absence

    into.away.set(absence.lasts)
    # None of it is true while the server is away; the next look shows the new pool.
    stats = {} if absence.lasts else wrapper.pool.pop_stats()
    size = stats.get("pool_size", 0)
    into.pool.labels("open").set(size)
    into.pool.labels("in_use").set(max(0, size - stats.get("pool_available", 0)))
    into.pool.labels("most").set(stats.get("pool_max", 0))
    into.pool_waiting.set(stats.get("requests_waiting", 0))
    into.pool_wait_seconds.inc(stats.get("requests_wait_ms", 0) / 1000)
    into.pool_errors.inc(stats.get("requests_errors", 0))
