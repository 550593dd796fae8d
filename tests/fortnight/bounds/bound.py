"""A bound: a function whose docstring says what must hold, and which yields a sentence for every breach in a diary."""

from collections.abc import Callable, Iterator

from tests.fortnight.diary import Diary

Bound = Callable[[Diary], Iterator[str]]
BOUNDS: list[Bound] = []


def bound(check: Bound) -> Bound:
    """Have it checked for every run."""
    BOUNDS.append(check)
    return check


def broken(diary: Diary) -> list[str]:
    """A sentence for each bound that this run broke, with how often; the first breach stands for all of its kind."""
    found = []
    for check in BOUNDS:
        breaches = list(check(diary))
        if breaches:
            more = f" ({len(breaches)} times)" if len(breaches) > 1 else ""
            found.append(f"{(check.__doc__ or '').strip().rstrip('.')}{more}. For one: {breaches[0]}")
    return found
