"""The figures of a run, from what candidates and model wrote down: by route, what waited for the model, and errors."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from tests.load.words import marked

Lines = list[dict[str, Any]]
# What waits, by the mode that is asked for it. A summary waits for the worker, too, and has no bar.
WAITS = {
    "mark": "evaluate_answer",
    "mark over REST": "evaluate_answer",
    "questions": "generate_questions",
    "questions over REST": "generate_questions",
    "chat": "plan_chat",
}
SUMMARY_MODE = "reconcile_session"
SAVED = "POST /attempts/<id>/submission/"
# These addresses wait for the model; the others are held to the bar of a page.
ASKS = (
    "/feedback/",
    "/live/",
    "/suggestion/",
    "/chat/reply/",
    "/evaluate_answer/",
    "/generate_questions/",
    "/summary/",
)
REFUSALS = (429, 503)
OVERLAP = 0.5  # seconds by which two clocks of what was sent and what was received may differ


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by `share` of all; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


@dataclass
class Route:
    """The requests of one route: milliseconds of each, queries and processor where the reply said them."""

    name: str
    took: list[float] = field(default_factory=list)
    queries: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    injected: int = 0
    real: int = 0
    refused: int = 0  # of the real ones: told to come again (429, 503)

    @property
    def asks(self) -> bool:
        """Whether it waits for the model."""
        path = self.name.split(" ", 1)[1]
        return "?look" not in path and any(part in f"{path.split('?')[0]}" for part in ASKS)


@dataclass
class Wait:
    """What one candidate waited for: seconds in all, and beyond the model's own; None where that cannot be told."""

    what: str
    seconds: float
    beyond: float | None
    faulty: bool
    failed: bool


def waits_of(diary: Lines, calls: Lines) -> list[tuple[dict[str, Any], Wait]]:
    """Each wait with its line. What the model took is known by the name of its call, which the reply quotes.

    Where it failed within the wait, what came on top is not told: the program may have waited before it tried again.
    """
    by_name = {call["call"]: call for call in calls}
    faults = [call for call in calls if call["fault"]]
    found = []
    for line in (line for line in diary if line["kind"] == "wait" and line["what"] in WAITS):
        call = by_name.get(line["call"])
        faulty = any(_is_in(fault, line, call) for fault in faults)
        seconds = line["at"] - line["began"]
        known = call is not None and call["began"] >= line["began"] - OVERLAP and not faulty
        beyond = seconds - call["own"] if known and call else None
        found.append((line, Wait(line["what"], seconds, beyond, faulty, line["status"] != 200)))
    return found


def _is_in(fault: dict[str, Any], line: dict[str, Any], made: dict[str, Any] | None) -> bool:
    """Whether this call failed for what the candidate waited for.

    A question's wait has no words of its own: the call that was `made` in the end tells by its prompt; where there was
    none, only the time can tell.
    """
    if fault["mode"] != WAITS[line["what"]] or fault["marker"] != marked(line["text"]):
        return False
    if made is not None and made["prompt"] != fault["prompt"]:
        return False
    return line["began"] - OVERLAP <= fault["began"] and fault["ended"] <= line["at"] + OVERLAP


def _summaries_that_failed(diary: Lines, calls: Lines) -> Lines:
    """The waits for a summary within which the model failed the worker, who asks for summaries."""
    owners = {marked(line["text"]): line["who"] for line in diary if line["kind"] == "told" and line.get("text")}
    faults = [call for call in calls if call["fault"] and call["mode"] == SUMMARY_MODE]
    return [
        line
        for line in diary
        if line["kind"] == "wait" and line["what"] == "summary"
        if any(
            owners.get(fault["marker"], line["who"]) == line["who"]
            and line["began"] - OVERLAP <= fault["ended"] <= line["at"] + OVERLAP
            for fault in faults
        )
    ]


def routes_of(diary: Lines, waits: list[tuple[dict[str, Any], Wait]], calls: Lines) -> list[Route]:
    """Every route, with its errors: those that the model's failures explain, and the others."""
    explained: dict[str, Lines] = defaultdict(list)
    for line in (*(line for line, wait in waits if wait.faulty), *_summaries_that_failed(diary, calls)):
        explained[line["who"]].append(line)
    routes: dict[str, Route] = {}
    for line in (line for line in diary if line["kind"] == "request"):
        route = routes.setdefault(line["route"], Route(line["route"]))
        route.took.append(line["ms"])
        if line["queries"] is not None:
            route.queries.append(line["queries"])
            route.processor.append(line["processor"])
        if not 200 <= line["status"] < 400:
            is_injected = any(one["began"] <= line["at"] <= one["at"] + OVERLAP for one in explained[line["who"]])
            route.injected += is_injected
            route.real += not is_injected
            route.refused += not is_injected and line["status"] in REFUSALS
    return sorted(routes.values(), key=lambda route: (route.asks, route.name.split(" ", 1)[1]))


def beyond(waits: list[tuple[dict[str, Any], Wait]]) -> list[float]:
    """Milliseconds beyond the model's own, where they can be told."""
    return [wait.beyond * 1000 for _line, wait in waits if wait.beyond is not None]
