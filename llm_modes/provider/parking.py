"""Lets at most half of the web server's threads wait for the LLM, so that pages are always served.

Places are counted per process. A thread takes one place, even if it first waits until another thread has asked, and
then asks itself. A candidate who finds no place gets LLMFailure "busy", or "too_many_at_once" if they hold many places.

Before that, the candidate with the most places has to free one. Threads that only wait for the answer to another
thread's call give theirs up (as when a REST client sends the same call fifty times). So one candidate may fill all
places while nobody else needs them, and keeps nobody out.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from coach.running.watching import figures, sampling
from llm_modes.failures import LLMFailure

# Seconds that a newcomer waits until a place is free. Waiting threads look every half second, on a busy machine later.
LONGEST_WAIT_FOR_ROOM = 3.0

_changed = threading.Condition()
# By candidate: threads with a place, those of them that could leave, and how many of these were asked to leave.
_parked: Counter[int] = Counter()
_waiting: Counter[int] = Counter()
_leaving: Counter[int] = Counter()
# How many newcomers wait for a place that is being freed.
_promised = 0
# Whether this thread has a place already.
_here: ContextVar[bool] = ContextVar("parked", default=False)


def places() -> int:
    """How many threads of a process may wait at the same time: half of COACH_WEB_THREADS, at least 1."""
    return max(1, settings.COACH_WEB_THREADS // 2)


@sampling.tells_places
def state_of_places() -> dict[str, int]:
    """How many places of this process are taken, and how many there are."""
    return {"taken": _parked.total(), "most": places()}


@contextmanager
def parked(candidate_id: int) -> Iterator[None]:
    """Hold a place within this block, to wait for the LLM there. Raises LLMFailure if there is no place."""
    if _here.get():
        yield
        return
    take(candidate_id)
    with handed_over(candidate_id):
        yield


def take(candidate_id: int) -> None:
    """Take a place for another thread, which frees it with `handed_over`. Raises LLMFailure if there is none."""
    global _promised
    with _changed:
        if _parked.total() + _promised >= places():
            if not _ask_somebody_to_leave(candidate_id):
                raise _no_place(candidate_id)
            _promised += 1
            try:
                with figures.waiting_for_place():
                    is_free = _changed.wait_for(lambda: _parked.total() < places(), LONGEST_WAIT_FOR_ROOM)
                if not is_free:
                    raise _no_place(candidate_id)
            finally:
                _promised -= 1
        _parked[candidate_id] += 1


def _no_place(candidate_id: int) -> LLMFailure:
    """ "too_many_at_once" if the candidate has more than COACH_CALLS_AT_ONCE places, else "busy"."""
    own = settings.COACH_CALLS_AT_ONCE and _parked[candidate_id] > settings.COACH_CALLS_AT_ONCE
    return LLMFailure("too_many_at_once" if own else "busy")


def _ask_somebody_to_leave(newcomer: int) -> bool:
    """Ask a candidate who will still have more places than the newcomer to free one. Returns whether there is one."""
    left = {candidate: _parked[candidate] - _leaving[candidate] for candidate in _waiting}
    can = [candidate for candidate in left if _waiting[candidate] > _leaving[candidate]]
    most = max(can, key=lambda candidate: left[candidate], default=None)
    if most is None or left[most] <= _parked[newcomer] + 1:
        return False
    _leaving[most] += 1
    return True


@contextmanager
def handed_over(candidate_id: int) -> Iterator[None]:
    """Hold the place that `take` took for this thread, and free it at the end of the block."""
    token = _here.set(True)
    try:
        yield
    finally:
        _here.reset(token)
        free(candidate_id)


def free(candidate_id: int) -> None:
    """Free a place that was taken. Call it yourself only if the place was not handed over."""
    with _changed:
        _parked[candidate_id] -= 1
        _changed.notify_all()


@contextmanager
def waiting(candidate_id: int) -> Iterator[None]:
    """Within this block the thread waits for an answer that another one asks for. It must call `make_room` often."""
    with _changed:
        _waiting[candidate_id] += 1
    try:
        yield
    finally:
        with _changed:
            _waiting[candidate_id] -= 1
            _leaving[candidate_id] = min(_leaving[candidate_id], _waiting[candidate_id])


def make_room(candidate_id: int) -> None:
    """Raise LLMFailure if the thread has to free its place for a candidate who has fewer."""
    with _changed:
        if not _leaving[candidate_id]:
            return
        _leaving[candidate_id] -= 1
    raise _no_place(candidate_id)
