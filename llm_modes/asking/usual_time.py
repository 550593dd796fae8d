"""How long the coach usually takes, by the ledger. Until the ledger has enough calls, a first guess."""

from collections import defaultdict
from math import ceil, floor

from django.core.cache import cache

from coach.counted import counted
from llm_modes.catalogue import MODES
from llm_modes.models import LLMCall
from llm_modes.provider.client import model_for

# Lines of the ledger that are read; answered calls of a mode by a model that are used at most, and at least.
LATEST, SAMPLE, FEWEST = 2000, 30, 5
# The part of the sample that is told: eight of ten calls.
LOW, HIGH = 0.1, 0.9
KEPT_SECONDS = 60


def usual_time(*modes: str) -> str:
    """ "3 to 8 seconds": what eight of ten of the last calls of these modes (at least one) took, read once a minute.

    Only calls of the model that is now asked in the mode: another one has a pace of its own.
    """
    took = cache.get_or_set("usual_time", _milliseconds, KEPT_SECONDS) or {}
    sample = sorted(one for mode in modes for one in took.get((mode, model_for(MODES[mode])), []))
    if len(sample) < FEWEST:
        return _said(*MODES[modes[0]].usual_seconds)
    return _said(sample[int(LOW * len(sample))] / 1000, sample[ceil(HIGH * (len(sample) - 1))] / 1000)


def _milliseconds() -> dict[tuple[str, str], list[int]]:
    """By mode and model, what the last answered calls took."""
    took: dict[tuple[str, str], list[int]] = defaultdict(list)
    latest = LLMCall.objects.order_by("-pk").values_list("mode", "model", "outcome", "milliseconds")
    for mode, model, outcome, milliseconds in latest[:LATEST]:
        if outcome == "ok" and len(took[mode, model]) < SAMPLE:
            took[mode, model].append(milliseconds)
    return dict(took)


def _said(low: float, high: float) -> str:
    """A range of seconds in words, its lower end rounded down and its upper end up; in minutes from 120 seconds on."""
    unit, size = ("minute", 60) if high >= 120 else ("second", 1)
    first, last = max(1, floor(low / size)), max(1, ceil(high / size))
    if first == last:
        return f"about a {unit}" if last == 1 else f"about {counted(last, unit)}"
    return f"{first} to {counted(last, unit)}"
