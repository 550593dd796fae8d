"""Sums of the ledger: calls, failures, mended replies, tokens and estimated price by day, candidate and mode."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from llm_modes.ledger.prices import cost
from llm_modes.models import LLMCall

# How the ledger can be grouped, and the fields for it.
GROUPS: dict[str, tuple[str, ...]] = {
    "day": ("day",),
    "candidate": ("user__username",),
    "mode": ("mode",),
    "day, candidate and mode": ("day", "user__username", "mode"),
}
DAYS = (1, 7, 30, 90)
MOST_LINES = 500


@dataclass
class Sums:
    """Sums of one group. `mended`: replies, however much of each. `price`: in US dollars.

    `unpriced`: a model in it has no price, so the sum is too low.
    """

    key: tuple[Any, ...]
    calls: int = 0
    failures: int = 0
    mended: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    price: Decimal = field(default_factory=Decimal)
    unpriced: bool = False

    def add(self, sums: dict[str, Any]) -> None:
        """Add the sums of one model in this group."""
        for name in ("calls", "failures", "mended", "input_tokens", "cached_tokens", "output_tokens"):
            setattr(self, name, getattr(self, name) + sums[f"{name}_sum"])
        price = cost(
            sums["model"],
            input_tokens=sums["input_tokens_sum"],
            cached_tokens=sums["cached_tokens_sum"],
            output_tokens=sums["output_tokens_sum"],
        )
        self.price += price or 0
        self.unpriced = self.unpriced or price is None


def summed(group: str, days: int) -> tuple[list[Sums], Sums]:
    """The sums of each group over the last `days` days, the latest day first, then by name; and the total.

    `group`: a key of GROUPS. Days are UTC. There are at most MOST_LINES lines; the total counts every call.
    """
    keys = GROUPS[group]
    since = timezone.now() - timedelta(days=days)
    sums = (
        LLMCall.objects.filter(at__gte=since)
        .annotate(day=TruncDate("at"))
        .values(*keys, "model")
        .annotate(
            calls_sum=Count("pk"),
            failures_sum=Count("pk", filter=~Q(outcome="ok")),
            mended_sum=Count("pk", filter=Q(mended__gt=0)),
            input_tokens_sum=Sum("input_tokens"),
            cached_tokens_sum=Sum("cached_tokens"),
            output_tokens_sum=Sum("output_tokens"),
        )
        .order_by(*("-day" if key == "day" else key for key in keys), "model")
    )
    lines: dict[tuple[Any, ...], Sums] = {}
    total = Sums(key=("all",))
    for row in sums:
        key = tuple(row[name] for name in keys)
        lines.setdefault(key, Sums(key)).add(row)
        total.add(row)
    return list(lines.values())[:MOST_LINES], total
