"""One try: a mode asked once, as the program does it, and what came of it; perhaps under other settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs, Mode
from llm_modes.models import LLMCall
from llm_modes.provider.client import converse, model_for
from llm_modes.provider.exchange import Exchange

# Fewer tokens, or less time, say nothing about speed.
_MEASURABLE_TOKENS, _MEASURABLE_SECONDS = 8, 0.05
# After these no other way of asking helps.
_HOPELESS = ("misconfigured", "quota", "unreachable", "timeout", "rate_limited")


@contextmanager
def under(**values: Any) -> Iterator[None]:
    """Within this block the program runs under these settings: how it would be if they were set."""
    before = {name: getattr(settings, name) for name in values}
    for name, value in values.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


def patiently(seconds: float) -> Any:
    """`under` time limits that are as long as a setting may make them, or as somebody wants to wait."""
    longest = max(seconds, settings.LLM_TOTAL_SECONDS)
    return under(LLM_TOTAL_SECONDS=longest, LLM_FIRST_TOKEN_SECONDS=longest, LLM_BETWEEN_TOKENS_SECONDS=longest)


@dataclass(frozen=True)
class Try:
    """How one asking went."""

    mode: Mode
    inputs: Inputs
    whole: bool
    failure: LLMFailure | None
    calls: list[LLMCall]
    answered_by: str
    reply: Any = None

    @property
    def helpless(self) -> bool:
        """Whether asking in another way would fail alike."""
        return self.failure is not None and self.failure.code in _HOPELESS

    @property
    def detail(self) -> str:
        """The failure's, "" where nothing failed."""
        return self.failure.detail if self.failure else ""

    @property
    def sent(self) -> list[LLMCall]:
        """The requests that the server took: without those in which it refused a parameter."""
        return [call for call in self.calls if call.outcome != "dialect"]

    @property
    def first_token(self) -> float | None:
        """Seconds to the first token of the first request; None where it came whole, or not at all."""
        first = next((call.first_token_milliseconds for call in self.sent), None)
        return None if first is None else first / 1000

    @property
    def seconds(self) -> float:
        """Of all requests."""
        return sum(call.milliseconds for call in self.calls) / 1000

    @property
    def written(self) -> tuple[int, float]:
        """Tokens of the last reply, and the seconds that it was written in, from its first token on.

        Where it came whole the time for reading the prompt is in it. (0, 0) where it says nothing about speed.
        """
        if not self.sent:
            return 0, 0.0
        call = self.sent[-1]
        seconds = (call.milliseconds - (call.first_token_milliseconds or 0)) / 1000
        measurable = call.output_tokens >= _MEASURABLE_TOKENS and seconds >= _MEASURABLE_SECONDS
        return (call.output_tokens, seconds) if measurable else (0, 0.0)

    @property
    def tokens_a_second(self) -> float | None:
        """How fast the last reply was written; None where that cannot be measured."""
        tokens, seconds = self.written
        return tokens / seconds if tokens else None

    @property
    def counted(self) -> bool:
        """Whether the server said how many tokens it read and wrote."""
        return not any(call.estimated for call in self.sent if call.outcome == "ok")

    def total(self, field: str) -> int:
        """The sum of a field of the ledger's rows."""
        return sum(getattr(call, field) for call in self.calls)


def try_out(mode: Mode, inputs: Inputs, *, model: str = "") -> Try:
    """Ask once, under the settings as they are: streamed where the server streams, and else whole.

    `model`: another one than the mode's.
    """
    exchange = Exchange(mode=mode, model=model or model_for(mode), on_progress=_look_on)
    reply = failure = None
    try:
        reply = converse(exchange, inputs).reply
    except LLMFailure as failed:
        failure = failed
    came_whole = not failure and exchange.calls[-1].first_token_milliseconds is None
    return Try(mode, inputs, came_whole, failure, exchange.calls, exchange.answered_by, reply)


def try_whole(mode: Mode, inputs: Inputs) -> Try:
    """Ask once for a reply that is not streamed."""
    with under(LLM_DIALECT={**settings.LLM_DIALECT, "streams": "no"}):
        return replace(try_out(mode, inputs), whole=True)


def try_both_ways(mode: Mode) -> Iterator[Try]:
    """Ask for the mode's example streamed, then whole, if that is another way and may help."""
    inputs = mode.example.inputs
    first = try_out(mode, inputs)
    yield first
    if not first.whole and not first.helpless and not settings.OFFLINE_COACH:
        yield try_whole(mode, inputs)


def _look_on(_part: dict[str, Any]) -> None:
    """As a page does, which shows a reply while it is written."""
