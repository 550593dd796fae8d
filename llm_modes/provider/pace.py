"""How long a call may take: to the first token, between two tokens, and in all. A model's own pace is no failure.

A reply that is not streamed has its first byte when it is finished, so it has the time of the whole. A stream's signs
of life (comments, empty pieces) are no tokens: they lengthen nothing.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

# Seconds after which a call that nobody wants any more has noticed it.
LOOK_EVERY = 0.5


class Stopped(Exception):
    """Nobody wants the reply any more."""


class Pace:
    """The times of one action. All requests of it share the end; each has its own first token."""

    def __init__(self, seconds: float, stopped: threading.Event | None = None) -> None:
        """`seconds` in all; `stopped` ends the call when somebody sets it."""
        self._stopped = stopped or threading.Event()
        self._seconds, self._end = seconds, time.monotonic() + seconds
        self._until, self._why = self._end, ""
        self._began = time.monotonic()
        self.first_token_after: float | None = None

    def begin(self, *, streamed: bool) -> None:
        """A request begins; `streamed`: its first token may be awaited."""
        self._began, self.first_token_after = time.monotonic(), None
        self._until, self._why = self._end, ""
        if streamed:
            self._allow(settings.LLM_FIRST_TOKEN_SECONDS, "no first token within {:g} s")

    def token(self) -> bool:
        """A token has come: of the reply, or of the thoughts before it. True for the first one of a request."""
        is_first = self.first_token_after is None
        if is_first:
            self.first_token_after = time.monotonic() - self._began
        self._allow(settings.LLM_BETWEEN_TOKENS_SECONDS, "no further token for {:g} s")
        return is_first

    def ends_soon(self, seconds: float) -> None:
        """All has come that was awaited: nothing after it is waited for longer than that."""
        self._until = min(self._until, time.monotonic() + seconds)

    def _allow(self, seconds: float, why: str) -> None:
        self._until, self._why = time.monotonic() + seconds, why.format(seconds)

    @property
    def first_token_milliseconds(self) -> int | None:
        """When the first token of the request came; None for a reply that came whole, or not at all."""
        return None if self.first_token_after is None else round(self.first_token_after * 1000)

    @property
    def left(self) -> float:
        """Seconds until the action ends; may be negative."""
        return self._end - time.monotonic()

    def wait(self) -> float:
        """Seconds for which the connection may be waited for until this is asked again. 0 or less: the time is over.

        Raises Stopped.
        """
        if self._stopped.is_set():
            raise Stopped
        return min(min(self._until, self._end) - time.monotonic(), LOOK_EVERY)

    def may_sleep(self, seconds: float) -> bool:
        """Pause before the same request is sent once more, unless its time ends before. Raises Stopped."""
        if min(self._until, self._end) - time.monotonic() < seconds:
            return False
        self.sleep(seconds)
        return True

    def sleep(self, seconds: float) -> None:
        """Pause between two requests. Raises Stopped."""
        if self._stopped.wait(seconds):
            raise Stopped

    @property
    def why_over(self) -> str:
        """Which of the times was too short, for whoever runs the site."""
        return self._why if self._why and self._until < self._end else f"not finished within {self._seconds:g} s"


_running: ContextVar[Pace] = ContextVar("pace")


@contextmanager
def keeping(pace: Pace) -> Iterator[Pace]:
    """Within this block every request has to keep to `pace`, to its last byte."""
    token = _running.set(pace)
    try:
        yield pace
    finally:
        _running.reset(token)


def running() -> Pace:
    """The pace of the action that runs in this thread."""
    return _running.get()
