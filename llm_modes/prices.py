"""What calls cost, estimated from the table in COACH_PRICES."""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

MILLION = 1_000_000


class Price(NamedTuple):
    """US dollars for a million tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal


def read_prices(table: str) -> dict[str, Price]:
    """The prices by model, from "model=input/cached/output model=…". Raises ValueError."""
    prices = {}
    for entry in table.split():
        model, _, numbers = entry.rpartition("=")
        try:
            amounts = [Decimal(number) for number in numbers.split("/")]
            if not model or any(not amount.is_finite() or amount < 0 for amount in amounts):
                raise InvalidOperation
            prices[model] = Price(*amounts)
        except (InvalidOperation, TypeError):
            raise ValueError(
                "must have entries like gpt-4.1-mini=0.40/0.10/1.60 "
                "(US dollars for a million tokens: input, cached input, output)"
            ) from None
    return prices


_read_once = lru_cache(maxsize=4)(read_prices)


def price_of(model: str) -> Price | None:
    """The price of this model, or of the longest name in the table that it begins with; None where there is none."""
    prices = _read_once(settings.COACH_PRICES)
    names = [name for name in prices if model == name or model.startswith(f"{name}-")]
    return prices[max(names, key=len)] if names else None


def cost(model: str, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> Decimal | None:
    """Estimated US dollars of these tokens; `cached_tokens` are a part of the input. None without a price."""
    price = price_of(model)
    if price is None:
        return None
    fresh = max(0, input_tokens - cached_tokens)
    return (fresh * price.input + cached_tokens * price.cached + output_tokens * price.output) / MILLION
