"""manage.py check_llm: does the configured provider serve every mode?"""

import time
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs, Mode
from llm_modes.provider.client import converse, model_for
from llm_modes.provider.exchange import Exchange
from llm_modes.suggest_plan.schema import SuggestPlanInputs

# By code and detail, or by code alone.
ADVICE = {
    ("misconfigured", "HTTP 401"): "OPENAI_API_KEY is wrong, or belongs to another provider.",
    ("misconfigured", "HTTP 403"): "OPENAI_API_KEY may not use this model.",
    (
        "misconfigured",
        "HTTP 404",
    ): "Check the model's name (COACH_MODEL) and that OPENAI_BASE_URL ends as it should (/v1).",
    (
        "misconfigured",
        "HTTP 400",
    ): "The server or the model does not take JSON-schema replies: choose another (COACH_MODEL).",
    (
        "invalid_reply",
        "cut off",
    ): "The reply was cut off. A model that thinks first needs COACH_EXTRA_OUTPUT_TOKENS=4000.",
    (
        "invalid_reply",
        "not the protocol",
    ): "OPENAI_BASE_URL answers, but not in OpenAI's protocol. Does it need /v1 at its end?",
    "misconfigured": "Check OPENAI_BASE_URL, OPENAI_API_KEY and COACH_MODEL.",
    "unreachable": "Nobody answers there: check OPENAI_BASE_URL, and that the server runs.",
    "timeout": "Too slow: choose a smaller model, or raise COACH_LLM_TOTAL_SECONDS.",
    "stopped": "Somebody stopped the call.",
    "rate_limited": "The provider allows fewer calls than this: ask for a higher limit.",
    "quota": "The account has no credit left.",
    "refused": "The provider's filter stopped a harmless prompt: choose another model.",
    "invalid_reply": "The replies do not keep to the schema: choose a stronger model.",
}
# A prompt whose tokens the server counts as fewer than this was cut.
LONG_PROMPT_TOKENS = 4500


class Result(NamedTuple):
    """How one mode went."""

    mode: Mode
    failure: LLMFailure | None
    exchange: Exchange
    seconds: float


def advice(failure: LLMFailure) -> str:
    """What to change."""
    return ADVICE.get((failure.code, failure.detail)) or ADVICE[failure.code]


def try_out(mode: Mode, inputs: Inputs) -> Result:
    """Ask once as the program does: streamed where a page shows the reply while it is written."""
    exchange = Exchange(mode=mode, model=model_for(mode), on_progress=_ignore if mode.shown_live else None)
    started = time.monotonic()
    failure = None
    try:
        converse(exchange, inputs)
    except LLMFailure as failed:
        failure = failed
    return Result(mode, failure, exchange, time.monotonic() - started)


def _ignore(_part: dict[str, Any]) -> None:
    pass


def long_inputs() -> SuggestPlanInputs:
    """A prompt of some 5,000 tokens, as a long raw user context makes it."""
    context = "I planned the week's routes with two colleagues and wrote down what went wrong. " * 320
    return SuggestPlanInputs(role="Planner", context=context, daily_minutes=45, weaknesses="nerves", motivation="high")


class Command(BaseCommand):
    """Tries each mode with a tiny input, and says in a table what works, how long it takes, and what to change."""

    help = "Try each mode against the configured LLM. Costs about 6,000 tokens, 12,000 with --long."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("modes", nargs="*", choices=[[], *MODES], help="only these (default: all)")
        parser.add_argument("--long", action="store_true", help="also try whether a long prompt is read whole")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.OFFLINE_COACH:
            self.stdout.write("No LLM is configured (OPENAI_API_KEY, OPENAI_BASE_URL): the offline coach answers.\n\n")
        else:
            self.stdout.write(f"Asking {settings.OPENAI_BASE_URL or 'the OpenAI API'}.\n\n")
        row = "{:<21} {:<22} {:<15} {:>8} {:>8} {:>7} {:>7}  {}"
        titles = ("mode", "model", "result", "requests", "seconds", "input", "output", "what to change")
        self.stdout.write(row.format(*titles))
        failed = 0
        for name in options["modes"] or MODES:
            result = try_out(MODES[name], MODES[name].example.inputs)
            calls, failure = result.exchange.calls, result.failure
            failed += failure is not None
            self.stdout.write(
                row.format(
                    name,
                    result.exchange.answered_by[:22],
                    failure.code if failure else "works",
                    len(calls),
                    f"{result.seconds:.1f}",
                    sum(call.input_tokens for call in calls) or "?",
                    sum(call.output_tokens for call in calls) or "?",
                    self._remark(result),
                ).rstrip()
            )
            self.stdout.flush()
        if options["long"]:
            failed += not self._read_whole()
        if failed:
            raise SystemExit(1)

    def _remark(self, result: Result) -> str:
        if result.failure and settings.OFFLINE_COACH:
            return f"llm_modes/{result.mode.name}/offline.py answers what schema.py does not accept."
        if result.failure:
            return " ".join(
                filter(None, [result.failure.detail and f"{result.failure.detail}:", advice(result.failure)])
            )
        if len(result.exchange.calls) > 1:
            return "The first try failed or was not usable: the call costs twice."
        if not settings.OFFLINE_COACH and not result.exchange.calls[0].input_tokens:
            return "The server counts no tokens, so the daily budget cannot hold."
        return ""

    def _read_whole(self) -> bool:
        result = try_out(MODES["suggest_plan"], long_inputs())
        counted = max(call.input_tokens for call in result.exchange.calls)
        whole = result.failure is None and counted >= LONG_PROMPT_TOKENS
        remark = "A long prompt is read whole." if whole else "A long prompt fails."
        if result.failure is None and not whole:
            remark = "A long prompt is cut: raise the server's context length (Ollama: OLLAMA_CONTEXT_LENGTH=16384)."
        self.stdout.write(f"\n{remark} The server counted {counted} input tokens.")
        return whole
