"""How long the coach usually takes, by the ledger. Until the ledger has enough calls, a first guess."""

from collections import defaultdict
from math import ceil, floor

from django.conf import settings
from django.core.cache import cache

from coach.counted import counted
from llm_modes.catalogue import MODES
from llm_modes.ledger.spending import OFFLINE_MODEL
from llm_modes.models import LLMCall

# Lines of the ledger that are read; answered calls of a mode that are used at most, and at least.
LATEST, SAMPLE, FEWEST = 2000, 30, 5
# The part of the sample that is told: eight of ten calls.
LOW, HIGH = 0.1, 0.9
KEPT_SECONDS = 60


def usual_time(*modes: str) -> str:
    """ "3 to 8 seconds": what eight of ten of the last calls of these modes (at least one) took, read once a minute."""
    took = cache.get_or_set(f"usual_time_offline_{settings.OFFLINE_COACH}", _milliseconds, KEPT_SECONDS) or {}
    sample = sorted(one for mode in modes for one in took.get(mode, []))
    if len(sample) < FEWEST:
        return _said(*MODES[modes[0]].usual_seconds)
    return _said(sample[int(LOW * len(sample))] / 1000, sample[ceil(HIGH * (len(sample) - 1))] / 1000)


def _milliseconds() -> dict[str, list[int]]:
    """By mode, what its last answered calls took: only calls of the coach now in use, offline or a model."""
    took: dict[str, list[int]] = defaultdict(list)
    latest = LLMCall.objects.order_by("-pk").values_list("mode", "model", "outcome", "milliseconds")
    for mode, model, outcome, milliseconds in latest[:LATEST]:
        of_this_coach = (model == OFFLINE_MODEL) == settings.OFFLINE_COACH
        if outcome == "ok" and of_this_coach and len(took[mode]) < SAMPLE:
            took[mode].append(milliseconds)
    return dict(took)


def _said(low: float, high: float) -> str:
    """A range of seconds in words, its lower end rounded down and its upper end up; in minutes from 120 seconds on."""
    unit, size = ("minute", 60) if high >= 120 else ("second", 1)
    first, last = max(1, floor(low / size)), max(1, ceil(high / size))
    if first == last:
        return f"about a {unit}" if last == 1 else f"about {counted(last, unit)}"
    return f"{first} to {counted(last, unit)}"
