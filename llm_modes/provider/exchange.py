"""One action that asks: each request is taken from the candidate's share first, and leaves a row for the ledger."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Mode
from llm_modes.ledger.spending import Share
from llm_modes.models import LLMCall
from llm_modes.provider import replies


@dataclass(frozen=True)
class Watch:
    """What passes between a running call and who watches over it from another thread.

    `writing` is set when the first token of a reply has come; the call ends within a second, as the failure "stopped",
    when `stopped` is set.
    """

    writing: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)


class Exchange:
    """What is asked, by whom, and the requests so far. Whoever answers (a model, the offline coach) makes them."""

    def __init__(
        self,
        *,
        mode: Mode,
        model: str,
        candidate: Any = None,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        share: Share | None = None,
        watch: Watch | None = None,
    ) -> None:
        """`share` is the candidate's, from which each request is taken; check_llm asks without one."""
        self.mode = mode
        self.model = model
        self.answered_by = model
        self.candidate = candidate
        self.on_progress = on_progress
        self.share = share
        self.watch = watch or Watch()
        self.calls: list[LLMCall] = []

    @contextmanager
    def request(self, *, prompt: int, output: int) -> Iterator[LLMCall]:
        """One request of so many tokens, and at most so many in reply; its row for the ledger, whose tokens to fill in.

        Raises LLMFailure when the candidate's share has nothing left for it.
        """
        if self.share:
            used = sum(call.input_tokens + call.output_tokens for call in self.calls)
            self.share.reserve(prompt=prompt, output=output, used=used)
        call = LLMCall(
            user=self.candidate,
            mode=self.mode.name,
            model=self.model,
            prompt_digest=self.mode.prompt_digest,
            outcome="interrupted",
            at=timezone.now(),
        )
        self.calls.append(call)
        started = time.monotonic()
        try:
            yield call
            call.outcome = "ok"
        except LLMFailure as failure:
            call.outcome = failure.code
            raise
        finally:
            call.milliseconds = round((time.monotonic() - started) * 1000)

    def show(self, content: str) -> None:
        """Pass on what can be read of a reply that has come so far, where somebody looks on."""
        part = replies.so_far(content) if self.on_progress else None
        if self.on_progress and part is not None:
            self.on_progress(part)
