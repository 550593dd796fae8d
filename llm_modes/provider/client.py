"""The one door to the coach: `ask` a mode, and get a checked reply or an LLMFailure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from coach.running.watching import figures
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs, Mode, checking_against
from llm_modes.ledger.spending import OFFLINE_MODEL, Share, give_connection_back
from llm_modes.provider.exchange import Exchange, Watch
from llm_modes.provider.parking import parked
from llm_modes.stages import Stage

ReplyOf = Callable[[Exchange, Inputs], Any]


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
    watch: Watch | None = None,
) -> Answer:
    """Ask the coach in this mode and return its checked reply.

    `about` names the row that waits, for which its claim allows one call at a time. `on_progress` is called with the
    part of the reply that has arrived so far, unchecked, whenever it grows. `watch` lets another thread see that words
    come, and stop the call.
    It sends at most language_model.MAX_REQUESTS requests within COACH_LLM_TOTAL_SECONDS, within the candidate's share
    (ledger.spending) and the server's (provider.parking). Raises LLMFailure, "not_now" when the mode does not list the
    stage; RuntimeError when called inside a transaction.
    """
    if stage not in mode.stages:
        raise LLMFailure("not_now", f"{mode.name} is not a mode of the stage '{stage}'")
    with transaction.atomic(durable=True):
        pass  # refuses to run inside another one
    give_connection_back()
    model = model_for(mode)
    share = Share(candidate, mode=mode.name, model=model, about=about)
    exchange = Exchange(mode=mode, model=model, candidate=candidate, on_progress=on_progress, share=share, watch=watch)
    with figures.counted(mode.name, exchange.calls), parked(candidate.pk), figures.in_flight():
        try:
            return converse(exchange, inputs)
        finally:
            share.settle(exchange.calls)


def converse(exchange: Exchange, inputs: Inputs) -> Answer:
    """The asking itself, without stage, budget and ledger: for `ask`, and for check_llm. Raises LLMFailure."""
    with checking_against(inputs):
        reply = who_answers()(exchange, inputs)
    model, digest = exchange.answered_by, exchange.mode.prompt_digest
    return Answer(reply=reply, inputs=inputs, model=model, prompt_digest=digest)


def who_answers() -> ReplyOf:
    """A language model, or the offline coach where none is configured. Each is loaded where it answers.

    The SDK takes longer to load than all else, and most of the memory; the offline coach has its bank of questions.
    """
    if settings.OFFLINE_COACH:
        from llm_modes.provider.offline_coach import reply_of
    else:
        from llm_modes.provider.language_model import reply_of
    return reply_of
