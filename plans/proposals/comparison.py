"""Compares two plans: what differs and why, and what a proposal becomes when only some of it is accepted.

Nothing here reads or writes the database.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import NamedTuple

from llm_modes.suggest_plan.plan import Topic, key
from llm_modes.suggest_plan_changes.differences import ChangeKind, Difference, differences
from plans.proposals.change import Change

EDITED = "You changed this yourself."


def by_priority(topics: Iterable[Topic]) -> list[Topic]:
    """The topics, most important first."""
    return sorted(topics, key=lambda topic: topic.priority)


def numbered(topics: Iterable[Topic]) -> list[Topic]:
    """The topics with priorities 1, 2, 3 … in the order given."""
    return [replace(topic, priority=place) for place, topic in enumerate(topics, start=1)]


def named(name: str, topics: Iterable[Topic]) -> Topic | None:
    """The topic of this name in a plan."""
    return next((topic for topic in topics if topic.key == key(name)), None)


def same_row(topic: Topic, others: Iterable[Topic]) -> Topic | None:
    """The topic of the same id in another plan."""
    return next((other for other in others if topic.id and other.id == topic.id), None)


def counterpart(topic: Topic, others: Iterable[Topic]) -> Topic | None:
    """The same topic in another plan: by id, else by name."""
    others = list(others)
    return same_row(topic, others) or named(topic.name, others)


def identified(topics: Iterable[Topic], plan: list[Topic]) -> list[Topic]:
    """The topics, each with its id in the plan: its own if it has one, else that of the same name; no id twice."""
    topics = list(topics)
    by_name = {topic.key: topic.id for topic in plan if topic.id}
    left = set(by_name.values())
    given = left & {topic.id for topic in topics}
    found = []
    for topic in topics:
        namesake = by_name.get(topic.key)
        pk = topic.id if topic.id in given & left else namesake if namesake in left - given else None
        left.discard(pk)
        found.append(replace(topic, id=pk))
    return found


def compare(old: list[Topic], new: list[Topic]) -> list[Difference]:
    """All differences. A topic with the same id and another name is reworded, not removed and added."""
    renamed: dict[str, str] = {}
    seen_as = []
    for topic in new:
        same = same_row(topic, old)
        if same and same.key != topic.key:
            renamed[same.key] = topic.name
            topic = replace(topic, name=same.name)
        seen_as.append(topic)
    found = []
    for difference in differences(old, seen_as):
        name = renamed.get(key(difference.topic), difference.topic)
        found.append(Difference(name, difference.change))
    reworded = {key(difference.topic) for difference in found if difference.change == "reworded"}
    found += [Difference(name, "reworded") for name in renamed.values() if key(name) not in reworded]
    return found


def renamed(change: Change, old: list[Topic], plan: list[Topic]) -> Change:
    """The change, under its topic's present name in the plan."""
    known = named(change.topic, old)
    now = counterpart(known, plan) if known and known.id else None
    return replace(change, topic=now.name) if now else change


def called_now(topic: Topic, old: list[Topic], plan: list[Topic]) -> Topic:
    """The proposed topic under its present name in the plan, unless the proposal renames it."""
    known = counterpart(topic, old)
    now = counterpart(known, plan) if known and known.id else None
    return replace(topic, name=now.name) if known and now and known.key == topic.key else topic


def explained(
    old: list[Topic], new: list[Topic], changes: Iterable[Change], *, otherwise: str = EDITED
) -> list[Change]:
    """All differences between two plans, each with its reason from `changes` if they have one."""
    given = {change.key: change for change in changes}
    order = next((change for change in given.values() if change.change == "reprioritised"), None)
    found = []
    for difference in compare(old, new):
        change = Change(topic=difference.topic, change=difference.change, reason=otherwise)
        if change.key in given:
            change = replace(given[change.key], topic=difference.topic)
        elif order and difference.change == "reprioritised":
            change = replace(change, reason=order.reason)  # moving one topic also moves its neighbours
        found.append(change)
    return found


def merged(plan: list[Topic], proposed: list[Topic], accepted: Collection[tuple[str, ChangeKind]]) -> list[Topic]:
    """The plan after these changes of a proposal, and no others.

    `accepted`: (key of the topic's name, change). The order of the topics is one change: it is taken over when any
    "reprioritised" is accepted. A change that the plan has already (as much time as was proposed, a topic that is
    there) does nothing.
    """
    left = [topic for topic in by_priority(plan) if (topic.key, "removed") not in accepted]
    kept = [_changed(topic, counterpart(topic, proposed), accepted) for topic in left]
    if any(change == "reprioritised" for _name, change in accepted):
        kept = _in_order_of(kept, proposed)
    for topic in by_priority(proposed):
        if (topic.key, "added") in accepted and counterpart(topic, kept) is None:
            kept.insert(topic.priority - 1, replace(topic, id=None))
    return numbered(kept)


def _changed(topic: Topic, wanted: Topic | None, accepted: Collection[tuple[str, ChangeKind]]) -> Topic:
    """A topic of the plan after the accepted ones of its changes."""
    if wanted is None:
        return topic
    minutes = topic.daily_study_minutes
    if (wanted.key, "more_time") in accepted:
        minutes = max(wanted.daily_study_minutes, minutes)
    if (wanted.key, "less_time") in accepted:
        minutes = min(wanted.daily_study_minutes, minutes)
    worded = wanted if (wanted.key, "reworded") in accepted else topic
    return replace(worded, id=topic.id, priority=topic.priority, daily_study_minutes=minutes)


def _in_order_of(topics: list[Topic], proposed: list[Topic]) -> list[Topic]:
    """The topics in the proposed order. Those that the proposal does not have keep their place."""
    known = [topic for topic in topics if counterpart(topic, proposed)]
    known.sort(key=lambda topic: (counterpart(topic, proposed) or topic).priority)
    queue = iter(known)
    return [next(queue) if counterpart(topic, proposed) else topic for topic in topics]


class Edit(NamedTuple):
    """What the candidate typed over a proposed topic. None: unchanged."""

    name: str | None = None
    minutes: int | None = None
    priority: int | None = None


def with_own(topics: list[Topic], own: Iterable[Topic]) -> list[Topic]:
    """The topics, and those that the candidate adds: each at its priority, or at the end without one."""
    result = list(topics)
    for topic in own:
        wanted = topic.priority or len(result) + 1
        result.insert(wanted - 1, topic)
    return numbered(result)


def edited(topics: list[Topic], proposed: list[Topic], edits: dict[int, Edit]) -> list[Topic]:
    """The topics with the candidate's numbers and names. `edits`: by the topic's place in the proposal.

    Of topics with the same typed priority, one that was moved up comes first, and one that was moved down last.
    """
    result = []
    for topic in topics:
        place = next((index for index, other in enumerate(proposed) if counterpart(topic, [other])), None)
        edit = edits.get(place, Edit()) if place is not None else Edit()
        wish = edit.priority or topic.priority
        moved = (wish > topic.priority) - (wish < topic.priority)
        name, minutes = edit.name or topic.name, edit.minutes or topic.daily_study_minutes
        result.append(((wish, moved), replace(topic, name=name, daily_study_minutes=minutes)))
    return numbered(topic for _place, topic in sorted(result, key=lambda pair: pair[0]))
