"""Threads of the web server that wait for the LLM: never more than half of them, so that pages are always served.

Counted per process, and without waiting: who finds no place is told so ("busy"). A thread counts once, however many
of the doors it stands in: a call of the REST facade that waits for a row, and then asks about it itself.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from llm_modes.errors import LLMFailure

_lock = threading.Lock()
_taken = 0
# Whether this thread has a place already.
_here: ContextVar[bool] = ContextVar("parked", default=False)


def places() -> int:
    """How many threads of a process may wait at the same time: half of COACH_WEB_THREADS, at least one."""
    return max(1, settings.COACH_WEB_THREADS // 2)


@contextmanager
def parked() -> Iterator[None]:
    """Wait for the LLM within this block. Raises LLMFailure ("busy") when there is no place."""
    if _here.get():
        yield
        return
    take()
    with handed_over():
        yield


def take() -> None:
    """Take a place for another thread, which frees it with `handed_over`. Raises LLMFailure ("busy")."""
    global _taken
    with _lock:
        if _taken >= places():
            raise LLMFailure("busy")
        _taken += 1


@contextmanager
def handed_over() -> Iterator[None]:
    """This thread has the place that was taken for it, and frees it at the end of the block."""
    token = _here.set(True)
    try:
        yield
    finally:
        _here.reset(token)
        free()


def free() -> None:
    """Give a place back that was taken and not handed over."""
    global _taken
    with _lock:
        _taken -= 1
