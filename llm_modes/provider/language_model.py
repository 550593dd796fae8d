"""A language model answers, on a server that speaks the OpenAI protocol: at most MAX_REQUESTS for one action."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import instructor
import openai
from django.conf import settings
from instructor import from_openai  # noqa: F401 - with it comes what would be loaded at the first call
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import ValidationError

from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs
from llm_modes.language.tokens import estimate
from llm_modes.models import LLMCall
from llm_modes.provider import completions, counting, replies, transport
from llm_modes.provider.exchange import Exchange
from llm_modes.provider.faults import EXPECTED, LONGEST_RETRY_AFTER, Retryable, failure_of, was_sent

MAX_REQUESTS = 3


def reply_of(exchange: Exchange, inputs: Inputs) -> Any:
    """The reply, validated; re-asked once when invalid; clipped when only word limits are still broken.

    COACH_LLM_TOTAL_SECONDS in all. Raises LLMFailure.
    """
    mode, requests = exchange.mode, _Requests(exchange)
    create: Any = instructor.patch(create=requests.create, mode=instructor.Mode.JSON_SCHEMA)
    try:
        with transport.deadline(settings.LLM_TOTAL_SECONDS):
            return create(
                response_model=mode.reply,
                messages=mode.messages(inputs),
                model=exchange.model,
                max_retries=1,
                strict=False,
                **{_limit_name(): mode.max_output_tokens + settings.COACH_EXTRA_OUTPUT_TOKENS},
            )
    except (InstructorRetryException, IncompleteOutputException, ValidationError):
        # `from None`: their texts carry prompt and reply.
        reply = replies.clipped(mode, requests.last_content)
        if reply is not None:
            return reply
        if requests.failure is None:
            requests.mark_last_invalid()
        raise requests.failure or LLMFailure("invalid_reply") from None


def _limit_name() -> str:
    """What the limit of a reply is called: other servers know the old name only, OpenAI's newer models the new one."""
    host = urlsplit(settings.OPENAI_BASE_URL).hostname or "api.openai.com"
    return "max_completion_tokens" if host.endswith((".openai.com", ".azure.com")) else "max_tokens"


class _Requests:
    """Sends the requests of one action. `create` has the signature that Instructor expects."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.retried = False
        self.failure: Exception | None = None
        self.last_content = ""
        self._streamed = ""

    def create(self, **request: Any) -> ChatCompletion:
        """One reply for Instructor to check. Raises LLMFailure.

        After a failed connection, a 429 or a 5xx it asks again, once in an action, if time and requests are left.
        """
        if self.exchange.calls:
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
                used_up = self.retried or len(self.exchange.calls) >= MAX_REQUESTS
                if used_up or error.retry_after > longest_pause:
                    raise LLMFailure(error.code, error.detail) from None
                self.retried = True
                time.sleep(error.retry_after)

    def _send(self, request: dict[str, Any]) -> ChatCompletion:
        """Send one HTTP request and note it for the ledger, also if it fails."""
        sent, limit = counting.prompt_tokens(request), counting.output_limit(request)
        with self.exchange.request(prompt=sent, output=limit) as call:
            transport.forget_received()
            self._streamed = ""
            answer: Any = None
            received: Callable[[], int] = self._received
            try:
                answer = self._stream(request) if self.exchange.on_progress else self._post(request)
                completion = completions.checked(answer)
            except EXPECTED as error:
                sent = sent if was_sent(error) else 0
                received = int if isinstance(error, openai.APIStatusError) else received
                raise failure_of(error) from None
            finally:
                arrived = received() if answer is None else counting.text_tokens(answer)
                usage = counting.usage_of(answer, sent=sent, received=min(limit, arrived))
                call.input_tokens, call.cached_tokens, call.output_tokens, call.estimated = usage
        longest = LLMCall._meta.get_field("model").max_length
        self.exchange.answered_by = str(completion.model or self.exchange.model)[:longest]
        self.last_content = completion.choices[0].message.content or ""
        return completion

    def _received(self) -> int:
        """About how many tokens of a broken-off reply have arrived."""
        is_streamed = self.exchange.on_progress is not None
        return estimate(self._streamed) if is_streamed else counting.byte_tokens(transport.bytes_received())

    def _stream(self, request: dict[str, Any]) -> Any:
        request = {**request, "stream": True, "stream_options": {"include_usage": True}}
        with self._post(request, stream=True, stream_cls=openai.Stream[ChatCompletionChunk]) as stream:
            return completions.assembled(stream, model=self.exchange.model, on_content=self._show)

    def _show(self, content: str) -> None:
        self._streamed = content
        self.exchange.show(content)

    def _post(self, request: dict[str, Any], **how: Any) -> Any:
        # By `chat.completions` the SDK would load all that a provider can do: 16 MB in each process, and a second.
        sdk = transport.sdk(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)
        return sdk.post("/chat/completions", cast_to=ChatCompletion, body=request, **how)

    def mark_last_invalid(self) -> None:
        """Note for the ledger that the last reply was paid for but cannot be used."""
        self.exchange.calls[-1].outcome = "invalid_reply"
