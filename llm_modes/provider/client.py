"""The one door to an LLM: `ask` a mode, and get a checked reply or an LLMFailure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import instructor
from django.conf import settings
from django.db import transaction
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from pydantic import ValidationError

from llm_modes.language.mode import Inputs, Mode, checking_against
from llm_modes.language.words import clipping
from llm_modes.provider import transport
from llm_modes.provider.exchange import Exchange
from llm_modes.provider.failures import LLMFailure
from llm_modes.provider.parking import parked
from llm_modes.provider.shares import OFFLINE_MODEL, Share, give_connection_back, tokens_used_today
from llm_modes.stages import Stage, require

__all__ = ["Answer", "ask", "converse", "limit_name", "model_for", "tokens_used_today"]


@dataclass(frozen=True)
class Answer:
    """A checked reply, what it answers, and what gave it: stored with every mark."""

    reply: Any
    inputs: Any
    model: str
    prompt_digest: str


def model_for(mode: Mode) -> str:
    """The configured model for this mode (COACH_MODEL_<MODE>, else COACH_MODEL)."""
    return OFFLINE_MODEL if settings.OFFLINE_COACH else settings.COACH_MODELS.get(mode.name, settings.COACH_MODEL)


def ask(
    mode: Mode,
    inputs: Inputs,
    *,
    candidate: Any,
    stage: Stage,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
    about: str = "",
) -> Answer:
    """Ask the LLM in this mode and return its checked reply.

    `about` names the row that waits, for which its claim allows one call at a time. `on_progress` is called with the
    part of the reply that has arrived so far, unchecked, whenever it grows.
    It sends at most exchange.MAX_REQUESTS requests within COACH_LLM_TOTAL_SECONDS, within the candidate's share
    (provider.shares) and the server's (provider.parking). Raises LLMFailure; NotAtThisStage when the stage does not
    list the mode; RuntimeError when called inside a transaction.
    """
    require(mode.name, stage)
    with transaction.atomic(durable=True):
        pass  # refuses to run inside another one
    give_connection_back()
    model = model_for(mode)
    share = Share(candidate, mode=mode.name, model=model, about=about)
    exchange = Exchange(mode=mode, model=model, candidate=candidate, on_progress=on_progress, share=share)
    with parked(candidate.pk):
        try:
            return converse(exchange, inputs)
        finally:
            share.settle(exchange.calls)


def converse(exchange: Exchange, inputs: Inputs) -> Answer:
    """The asking itself, without stage, budget and ledger: for `ask`, and for check_llm. Raises LLMFailure."""
    mode = exchange.mode
    with transport.deadline(settings.LLM_TOTAL_SECONDS), checking_against(inputs):
        reply = _checked_reply(mode, inputs, exchange)
    return Answer(reply=reply, inputs=inputs, model=exchange.answered_by, prompt_digest=mode.prompt_digest)


def _checked_reply(mode: Mode, inputs: Inputs, exchange: Exchange) -> Any:
    """The reply, validated; re-asked once when invalid; clipped when only word limits are still broken."""
    create: Any = instructor.patch(create=exchange.create, mode=instructor.Mode.JSON_SCHEMA)
    extra: dict[str, Any] = {limit_name(): mode.max_output_tokens + settings.COACH_EXTRA_OUTPUT_TOKENS}
    if settings.OFFLINE_COACH:
        extra |= {"extra_headers": {"X-Coach-Mode": mode.name}, "extra_body": {"coach_inputs": inputs.model_dump()}}
    try:
        return create(
            response_model=mode.reply,
            messages=mode.messages(inputs),
            model=exchange.model,
            max_retries=1,
            strict=False,
            **extra,
        )
    except (InstructorRetryException, IncompleteOutputException, ValidationError):
        # `from None`: their texts carry prompt and reply.
        reply = _clipped_reply(mode, exchange.last_content)
        if reply is not None:
            return reply
        if exchange.failure is None:
            exchange.mark_last_invalid()
        raise exchange.failure or LLMFailure("invalid_reply") from None


def limit_name() -> str:
    """What the limit of a reply is called: other servers know the old name only, OpenAI's newer models the new one."""
    host = urlsplit(settings.OPENAI_BASE_URL).hostname or "api.openai.com"
    return "max_completion_tokens" if host.endswith((".openai.com", ".azure.com")) else "max_tokens"


def _clipped_reply(mode: Mode, content: str) -> Any | None:
    """The last reply with its texts clipped, when word limits were all that was wrong with it; else None."""
    try:
        with clipping():
            return mode.reply.model_validate_json(content)
    except ValidationError:
        return None
