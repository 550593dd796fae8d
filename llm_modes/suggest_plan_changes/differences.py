"""The real difference between two plans, computed by code: what an explanation has to account for."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from llm_modes.suggest_plan.plan import Topic, key

ChangeKind = Literal["added", "removed", "more_time", "less_time", "reprioritised", "reworded"]


class Difference(NamedTuple):
    """One change of one topic. `topic` is its name in the new plan, or in the old one when it was removed."""

    topic: str
    change: ChangeKind


def place_of(name: str, old: list[Topic], new: list[Topic]) -> str:
    """Where a topic stands, for the text of an error, which holds nobody's words: "plan_topics[0]", "topic 2 of plan".

    The second is its number in the plan in force, as the prompt lists it, where the new plan does not have the topic.
    """
    for place, topic in enumerate(new):
        if topic.key == key(name):
            return f"plan_topics[{place}]"
    return next((f"topic {topic.priority} of plan" for topic in old if topic.key == key(name)), "a topic of no plan")


def _by_name(topics: list[Topic]) -> dict[str, Topic]:
    return {topic.key: topic for topic in topics}


def _ranks(topics: Mapping[str, Topic], among: set[str]) -> dict[str, int]:
    """The order of those topics that both plans have: adding or removing others does not reprioritise them."""
    kept = sorted((name for name in topics if name in among), key=lambda name: topics[name].priority)
    return {name: rank for rank, name in enumerate(kept)}


def _words(topic: Topic) -> tuple[str, str, str]:
    return topic.name, topic.description, topic.expected_outcome


def differences(old: list[Topic], new: list[Topic]) -> list[Difference]:
    """Every change from the old plan's topics to the new one's, in the new plan's order, removals last.

    Topics are matched by name without case. A topic counts as reprioritised when its place among the topics that
    both plans have is another.
    """
    before, after = _by_name(old), _by_name(new)
    common = before.keys() & after.keys()
    rank_before, rank_after = _ranks(before, common), _ranks(after, common)
    found = []
    for name, topic in after.items():
        if name not in before:
            found.append(Difference(topic.name, "added"))
            continue
        was = before[name]
        if topic.daily_study_minutes > was.daily_study_minutes:
            found.append(Difference(topic.name, "more_time"))
        if topic.daily_study_minutes < was.daily_study_minutes:
            found.append(Difference(topic.name, "less_time"))
        if rank_before[name] != rank_after[name]:
            found.append(Difference(topic.name, "reprioritised"))
        if _words(topic) != _words(was):
            found.append(Difference(topic.name, "reworded"))
    found += [Difference(topic.name, "removed") for name, topic in before.items() if name not in after]
    return found
