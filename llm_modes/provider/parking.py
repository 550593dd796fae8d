"""Threads of the web server that wait for the LLM: never more than half of them, so that pages are always served.

Counted per process. A thread counts once, however many of the doors it stands in: a call of the REST facade that
waits for a row, and then asks about it itself. Who finds no place is told so ("busy", or "too_many_at_once" to whoever
holds many of them), unless another candidate has many: those who only wait for an answer that somebody else is getting
(a REST client that sent the same call fifty times, say) then make room, the candidate with the most first. So one
candidate may fill the places while nobody else needs them, and keeps nobody out.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from llm_modes.provider.failures import LLMFailure

# Seconds that a newcomer waits for somebody who makes room; they look up every half second, on a busy machine later.
LONGEST_WAIT_FOR_ROOM = 3.0

_changed = threading.Condition()
# By candidate: threads that have a place, those of them that may leave, and how many of these were asked to.
_parked: Counter[int] = Counter()
_waiting: Counter[int] = Counter()
_leaving: Counter[int] = Counter()
# Places that are being made free for newcomers.
_promised = 0
# Whether this thread has a place already.
_here: ContextVar[bool] = ContextVar("parked", default=False)


def places() -> int:
    """How many threads of a process may wait at the same time: half of COACH_WEB_THREADS, at least one."""
    return max(1, settings.COACH_WEB_THREADS // 2)


@contextmanager
def parked(candidate_id: int) -> Iterator[None]:
    """Wait for the LLM within this block. Raises LLMFailure when there is no place."""
    if _here.get():
        yield
        return
    take(candidate_id)
    with handed_over(candidate_id):
        yield


def take(candidate_id: int) -> None:
    """Take a place for another thread, which frees it with `handed_over`. Raises LLMFailure."""
    global _promised
    with _changed:
        if _parked.total() + _promised >= places():
            if not _ask_somebody_to_leave(candidate_id):
                raise _no_place(candidate_id)
            _promised += 1
            try:
                if not _changed.wait_for(lambda: _parked.total() < places(), LONGEST_WAIT_FOR_ROOM):
                    raise _no_place(candidate_id)
            finally:
                _promised -= 1
        _parked[candidate_id] += 1


def _no_place(candidate_id: int) -> LLMFailure:
    """Too many of one's own calls are another thing than too many of others'."""
    own = settings.COACH_CALLS_AT_ONCE and _parked[candidate_id] > settings.COACH_CALLS_AT_ONCE
    return LLMFailure("too_many_at_once" if own else "busy")


def _ask_somebody_to_leave(newcomer: int) -> bool:
    """Whether a candidate who would still have more places than the newcomer makes room."""
    left = {candidate: _parked[candidate] - _leaving[candidate] for candidate in _waiting}
    can = [candidate for candidate in left if _waiting[candidate] > _leaving[candidate]]
    most = max(can, key=lambda candidate: left[candidate], default=None)
    if most is None or left[most] <= _parked[newcomer] + 1:
        return False
    _leaving[most] += 1
    return True


@contextmanager
def handed_over(candidate_id: int) -> Iterator[None]:
    """This thread has the place that was taken for it, and frees it at the end of the block."""
    token = _here.set(True)
    try:
        yield
    finally:
        _here.reset(token)
        free(candidate_id)


def free(candidate_id: int) -> None:
    """Give a place back that was taken and not handed over."""
    with _changed:
        _parked[candidate_id] -= 1
        _changed.notify_all()


@contextmanager
def waiting(candidate_id: int) -> Iterator[None]:
    """Within this block the thread waits for somebody else's asking; it calls `make_room` every half second."""
    with _changed:
        _waiting[candidate_id] += 1
    try:
        yield
    finally:
        with _changed:
            _waiting[candidate_id] -= 1
            _leaving[candidate_id] = min(_leaving[candidate_id], _waiting[candidate_id])


def make_room(candidate_id: int) -> None:
    """Raise LLMFailure when a place of this candidate's is needed by another one, who has fewer."""
    with _changed:
        if not _leaving[candidate_id]:
            return
        _leaving[candidate_id] -= 1
    raise _no_place(candidate_id)
