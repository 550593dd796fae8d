"""How far one daily review may go: what any of its proposals keeps to, whoever wrote it."""

from typing import Literal

from pydantic import BaseModel

from llm_modes.suggest_plan.plan import Topic, key, total
from llm_modes.suggest_plan_changes.differences import ChangeKind, differences, place_of

# A review moves a topic by so many minutes, or by a quarter of the plan's day where that is more.
MOST_MINUTES, MOST_OF_A_DAY = 10, 4


class NotNow(BaseModel):
    """A change that is not to be proposed now: it was refused lately, or it would take back a young one.

    Of no topic ("") it is the size of the plan: less_time a smaller one, more_time a larger one.
    """

    topic: str
    change: ChangeKind
    why: Literal["refused", "moved", "raised"]


def most_moved(plan: list[Topic]) -> int:
    """By how many minutes a day one review may change a topic of this plan."""
    return max(MOST_MINUTES, total(plan) // MOST_OF_A_DAY)


def broken_rules(
    old: list[Topic],
    new: list[Topic],
    *,
    not_now: list[NotNow],
    untouched: list[str],
    available: int,
) -> list[str]:
    """What a review's plan breaks, in sentences for who wrote it.

    A topic of `untouched` may go whatever its minutes are. A plan that is longer than the `available` minutes a day
    has to become shorter, by whatever it takes.
    """
    before, after = _minutes(old), _minutes(new)
    is_too_long = sum(before.values()) > available
    may_go = {key(name) for name in untouched}
    most, errors = most_moved(old), []
    for name in sorted(before.keys() | after.keys()):
        moved = after.get(name, 0) - before.get(name, 0)
        is_free = (name in may_go and name not in after) or (is_too_long and moved < 0)
        if abs(moved) > most and not is_free:
            where = place_of(name, old, new)
            errors.append(f"{where} moves by {abs(moved)} minutes; a review moves a topic by at most {most}.")
    silent = {(key(idea.topic), idea.change) for idea in not_now}
    for found in differences(old, new):
        is_needed = is_too_long and found.change in ("less_time", "removed")
        if (key(found.topic), found.change) in silent and not is_needed:
            errors.append(f"{found.change} of {place_of(found.topic, old, new)} is not to be proposed now.")
    if not is_too_long and ("", _resized(before, after)) in silent:
        errors.append("Another size of the whole plan is not to be proposed now.")
    return errors


def _resized(before: dict[str, int], after: dict[str, int]) -> str:
    """ "less_time" where several topics make the plan smaller, "more_time" where they make it larger, else ""."""
    grows = sum(after.values()) - sum(before.values())
    moves = [minutes - before[name] for name, minutes in after.items() if name in before]
    if grows < 0 and sum(move < 0 for move in moves) > 1:
        return "less_time"
    return "more_time" if grows > 0 and sum(move > 0 for move in moves) > 1 else ""


def _minutes(plan: list[Topic]) -> dict[str, int]:
    return {topic.key: topic.daily_study_minutes for topic in plan}
