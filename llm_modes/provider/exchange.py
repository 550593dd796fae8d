"""The HTTP requests of one action: at most MAX_REQUESTS, each with a row for the ledger."""

import time
from collections.abc import Callable
from typing import Any

import openai
from django.conf import settings
from django.utils import timezone
from openai.types.chat import ChatCompletion

from llm_modes.language.mode import Mode
from llm_modes.language.tokens import estimate
from llm_modes.models import LLMCall
from llm_modes.provider import counting, replies, transport
from llm_modes.provider.failures import LLMFailure
from llm_modes.provider.faults import EXPECTED, LONGEST_RETRY_AFTER, Retryable, failure_of, was_sent
from llm_modes.provider.shares import Share

MAX_REQUESTS = 3


class Exchange:
    """Sends the requests of one action. `create` has the signature that Instructor expects."""

    def __init__(
        self,
        *,
        mode: Mode,
        model: str,
        candidate: Any = None,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        share: Share | None = None,
    ) -> None:
        """`on_progress`: gets the reply so far as a dict; with it the reply is streamed. check_llm has no `share`."""
        self.mode = mode
        self.model = model
        self.answered_by = model
        self.candidate = candidate
        self.on_progress = on_progress
        self.share = share
        self.calls: list[LLMCall] = []
        self.retried = False
        self.failure: Exception | None = None
        self.last_content = ""
        self._streamed = ""

    def create(self, **request: Any) -> ChatCompletion:
        """One reply for Instructor to check. Raises LLMFailure.

        After a failed connection, a 429 or a 5xx it asks again, once in an action, if time and requests are left.
        """
        if self.calls:
            # Instructor asks again only if it could not accept the last reply.
            self.mark_last_invalid()
        try:
            return self._create(request)
        except Exception as failure:
            # Kept here, because Instructor hides whether the LLM failed or our own database.
            self.failure = failure
            raise

    def _create(self, request: dict[str, Any]) -> ChatCompletion:
        while True:
            try:
                return self._send(request)
            except Retryable as error:
                longest_pause = min(LONGEST_RETRY_AFTER, transport.seconds_left())
                if self.retried or len(self.calls) >= MAX_REQUESTS or error.retry_after > longest_pause:
                    raise LLMFailure(error.code, error.detail) from None
                self.retried = True
                time.sleep(error.retry_after)

    def _send(self, request: dict[str, Any]) -> ChatCompletion:
        """Send one HTTP request and note it for the ledger, also if it fails."""
        sent, limit = counting.prompt_tokens(request), counting.output_limit(request)
        if self.share:
            used = sum(call.input_tokens + call.output_tokens for call in self.calls)
            self.share.reserve(prompt=sent, output=limit, used=used)
        call = self._noted()
        started = time.monotonic()
        answer: Any = None
        received: Callable[[], int] = self._received
        try:
            answer = self._stream(request) if self.on_progress else self._whole(request)
            completion = replies.checked(answer)
        except LLMFailure as failure:
            call.outcome = failure.code
            raise
        except EXPECTED as error:
            failed = failure_of(error)
            call.outcome = failed.code
            sent = sent if was_sent(error) else 0
            received = int if isinstance(error, openai.APIStatusError) else received
            raise failed from None
        finally:
            call.milliseconds = round((time.monotonic() - started) * 1000)
            arrived = received() if answer is None else counting.text_tokens(answer)
            usage = counting.usage_of(answer, sent=sent, received=min(limit, arrived))
            call.input_tokens, call.cached_tokens, call.output_tokens, call.estimated = usage
        call.outcome = "ok"
        self.answered_by = str(completion.model or self.model)[: LLMCall._meta.get_field("model").max_length]
        self.last_content = completion.choices[0].message.content or ""
        return completion

    def _noted(self) -> LLMCall:
        """A new ledger row for the request that begins now."""
        transport.forget_received()
        self._streamed = ""
        call = LLMCall(
            user=self.candidate,
            mode=self.mode.name,
            model=self.model,
            prompt_digest=self.mode.prompt_digest,
            outcome="interrupted",
            at=timezone.now(),
        )
        self.calls.append(call)
        return call

    def _received(self) -> int:
        """About how many tokens of a broken-off reply have arrived."""
        return estimate(self._streamed) if self.on_progress else counting.byte_tokens(transport.bytes_received())

    def _whole(self, request: dict[str, Any]) -> Any:
        return self._sdk().chat.completions.create(**request)

    def _stream(self, request: dict[str, Any]) -> Any:
        request = {**request, "stream": True, "stream_options": {"include_usage": True}}
        with self._sdk().chat.completions.create(**request) as stream:
            return replies.assembled(stream, model=self.model, on_content=self._report)

    def _report(self, content: str) -> None:
        self._streamed = content
        part = replies.so_far(content)
        if self.on_progress and part is not None:
            self.on_progress(part)

    def _sdk(self) -> openai.OpenAI:
        return transport.sdk(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)

    def mark_last_invalid(self) -> None:
        """Note for the ledger that the last reply was paid for but cannot be used."""
        self.calls[-1].outcome = "invalid_reply"
