"""Estimates what calls cost, by the table in COACH_PRICES."""

from decimal import Decimal
from typing import NamedTuple

from django.conf import settings

MILLION = 1_000_000


class Price(NamedTuple):
    """US dollars for a million tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal


def price_of(model: str) -> Price | None:
    """The price of this model, else of the longest name in the table with which it begins; None if there is none."""
    prices = settings.COACH_PRICES
    names = [name for name in prices if model == name or model.startswith(f"{name}-")]
    return Price(*prices[max(names, key=len)]) if names else None


def cost(model: str, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> Decimal | None:
    """The estimated price in US dollars; None if the model has none. `cached_tokens` are a part of `input_tokens`."""
    price = price_of(model)
    if price is None:
        return None
    fresh = max(0, input_tokens - cached_tokens)
    return (fresh * price.input + cached_tokens * price.cached + output_tokens * price.output) / MILLION
