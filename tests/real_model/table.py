"""What is told of the calls of a run, and whether they reach the goal."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

# Of all calls of a mode, streamed and whole.
WANTED = 0.95
COLUMNS = "{:<21} {:<9} {:<13} {:>9} {:>9} {:>9} {:>8} {:>8} {:>7}"
TITLES = ("mode", "read", "dialect", "requests", "first, s", "tokens/s", "form", "valid", "mended")


@dataclass(frozen=True)
class Call:
    """One action as the program takes it, with as many requests as it needed."""

    mode: str
    streamed: bool
    dialect: str
    requests: int
    # Seconds to the first token, and tokens in a second after it; None where nothing came.
    first_token: float | None
    speed: float | None
    # Whether the reply parses and fits the schema as it is sent, bounds included; and whether all checks accept it.
    form: bool
    valid: bool
    mended: int = 0
    # The code of a failure and its detail; "" where there is none.
    failure: str = ""


def lines(calls: Iterable[Call]) -> list[str]:
    """The table of one server: a line for each mode, streamed and whole, and one for each cause of a failure."""
    groups: dict[tuple[str, bool], list[Call]] = {}
    for call in calls:
        groups.setdefault((call.mode, call.streamed), []).append(call)
    return [COLUMNS.format(*TITLES), *(line for group in groups.values() for line in (_line(group), *_causes(group)))]


def _line(calls: list[Call]) -> str:
    asked = len(calls)
    return COLUMNS.format(
        calls[0].mode,
        "streamed" if calls[0].streamed else "whole",
        " ".join(dict.fromkeys(call.dialect for call in calls)),
        _mean(sum(call.requests for call in calls) / asked),
        _median(call.first_token for call in calls),
        _median(call.speed for call in calls),
        f"{sum(call.form for call in calls)}/{asked}",
        f"{sum(call.valid for call in calls)}/{asked}",
        sum(call.mended > 0 for call in calls),
    )


def _causes(calls: list[Call]) -> list[str]:
    failures = [call.failure for call in calls if call.failure]
    return [f"    {failures.count(failure)} × {failure}" for failure in dict.fromkeys(failures)]


def _mean(value: float) -> str:
    return f"{value:.1f}"


def _median(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.1f}" if known else "-"


def modes_that_work(calls: Iterable[Call]) -> dict[str, bool]:
    """For each mode whether enough of its calls brought a valid reply."""
    by_mode: dict[str, list[bool]] = {}
    for call in calls:
        by_mode.setdefault(call.mode, []).append(call.valid)
    return {mode: sum(valid) >= WANTED * len(valid) for mode, valid in by_mode.items()}


def verdict(server: str, calls: list[Call]) -> tuple[bool, str]:
    """Whether a server reaches the goal, and what is told of it."""
    works = modes_that_work(calls)
    lacking = [mode for mode, enough in works.items() if not enough]
    form, valid = sum(call.form for call in calls), sum(call.valid for call in calls)
    shares = f"{len(calls)} calls, {form} in form, {valid} valid"
    told = f"{server}: {len(works) - len(lacking)} of {len(works)} modes; {shares}."
    return bool(calls) and not lacking, f"{told} Not: {', '.join(lacking)}." if lacking else told
