"""Two plans side by side: what differs, why, and what is left of a proposal when only some of it is accepted.

A plan is a list of topics as dictionaries: name, description, priority (1 = highest), daily_study_minutes,
expected_outcome, and `id` where it is a topic that exists. Nothing here reads or writes the database.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from llm_modes.suggest_plan.plan import key
from llm_modes.suggest_plan_changes.differences import Difference, differences

Topic = dict[str, Any]
EDITED = "You changed this yourself."


def by_priority(topics: Iterable[Topic]) -> list[Topic]:
    """The topics, most important first."""
    return sorted(topics, key=lambda topic: topic["priority"])


def numbered(topics: Iterable[Topic]) -> list[Topic]:
    """The topics with priorities 1, 2, 3 … in the order given."""
    return [{**topic, "priority": place} for place, topic in enumerate(topics, start=1)]


def total(topics: Iterable[Topic]) -> int:
    """Minutes a day of all topics."""
    return sum(topic["daily_study_minutes"] for topic in topics)


def counterpart(topic: Topic, others: Iterable[Topic]) -> Topic | None:
    """The same topic in another plan: by id, else by name."""
    others = list(others)
    if topic.get("id"):
        for other in others:
            if other.get("id") == topic["id"]:
                return other
    return next((other for other in others if key(other["name"]) == key(topic["name"])), None)


def identified(topics: Iterable[Topic], plan: list[Topic]) -> list[Topic]:
    """The topics, each with the id it has in the plan: its own if it came with one, else its namesake's; none twice."""
    topics = list(topics)
    by_name = {key(topic["name"]): topic["id"] for topic in plan if topic.get("id")}
    left = set(by_name.values())
    given = left & {topic.get("id") for topic in topics}
    found = []
    for topic in topics:
        own, namesake = topic.get("id"), by_name.get(key(topic["name"]))
        pk = own if own in given & left else namesake if namesake in left - given else None
        left.discard(pk)
        found.append({name: value for name, value in topic.items() if name != "id"} | ({"id": pk} if pk else {}))
    return found


def compare(old: list[Topic], new: list[Topic]) -> list[Difference]:
    """Every difference. A topic that kept its id and got another name is reworded, not removed and added."""
    renamed: dict[str, str] = {}
    seen_as = []
    for topic in new:
        same = next((other for other in old if topic.get("id") and other.get("id") == topic["id"]), None)
        if same and key(same["name"]) != key(topic["name"]):
            renamed[key(same["name"])] = topic["name"]
            topic = {**topic, "name": same["name"]}
        seen_as.append(topic)
    found = []
    for difference in differences(old, seen_as):
        name = renamed.get(key(difference.topic), difference.topic)
        found.append(Difference(name, difference.change))
    reworded = {key(difference.topic) for difference in found if difference.change == "reworded"}
    found += [Difference(name, "reworded") for name in renamed.values() if key(name) not in reworded]
    return found


def renamed(change: dict[str, Any], old: list[Topic], plan: list[Topic]) -> dict[str, Any]:
    """The change under the name that its topic has in the plan by now."""
    known = counterpart({"name": change["topic"]}, old)
    now = counterpart(known, plan) if known and known.get("id") else None
    return {**change, "topic": now["name"]} if now else change


def called_now(topic: Topic, old: list[Topic], plan: list[Topic]) -> Topic:
    """The proposed topic under the name that it has in the plan by now, unless the proposal is to rename it."""
    known = counterpart(topic, old)
    now = counterpart(known, plan) if known and known.get("id") else None
    return {**topic, "name": now["name"]} if known and now and key(known["name"]) == key(topic["name"]) else topic


def explained(
    old: list[Topic], new: list[Topic], changes: Iterable[dict[str, Any]], *, otherwise: str = EDITED
) -> list[dict[str, Any]]:
    """Every difference between two plans with its reason, taken from `changes` where they name it."""
    given = {(key(change["topic"]), change["change"]): change for change in changes}
    order = next((change for change in given.values() if change["change"] == "reprioritised"), None)
    found = []
    for difference in compare(old, new):
        change = given.get((key(difference.topic), difference.change))
        if change is None and difference.change == "reprioritised":
            change = order  # moving one topic moves its neighbours
        reason = change["reason"] if change else otherwise
        found.append({**(change or {}), "topic": difference.topic, "change": difference.change, "reason": reason})
    return found


def merged(plan: list[Topic], proposed: list[Topic], accepted: Collection[tuple[str, str]]) -> list[Topic]:
    """The plan with these changes of a proposal carried out, and no others.

    `accepted` holds (key of the topic's name, change). The order of the topics is one change: it is taken over
    when any "reprioritised" is accepted. A change that the plan has overtaken (more time than was proposed, a topic
    that is there already) does nothing.
    """
    kept = [dict(topic) for topic in by_priority(plan) if (key(topic["name"]), "removed") not in accepted]
    for topic in kept:
        wanted = counterpart(topic, proposed)
        if wanted is None:
            continue
        name, minutes = key(wanted["name"]), wanted["daily_study_minutes"]
        if (name, "more_time") in accepted:
            topic["daily_study_minutes"] = max(minutes, topic["daily_study_minutes"])
        if (name, "less_time") in accepted:
            topic["daily_study_minutes"] = min(minutes, topic["daily_study_minutes"])
        if (name, "reworded") in accepted:
            topic.update({field: wanted[field] for field in ("name", "description", "expected_outcome")})
    if any(change == "reprioritised" for _name, change in accepted):
        kept = _in_order_of(kept, proposed)
    for topic in by_priority(proposed):
        if (key(topic["name"]), "added") in accepted and counterpart(topic, kept) is None:
            kept.insert(topic["priority"] - 1, {**topic, "id": None})
    return numbered(kept)


def _in_order_of(topics: list[Topic], proposed: list[Topic]) -> list[Topic]:
    """The topics in the proposed order; those that the proposal does not know keep their place."""
    known = [topic for topic in topics if counterpart(topic, proposed)]
    known.sort(key=lambda topic: (counterpart(topic, proposed) or topic)["priority"])
    queue = iter(known)
    return [next(queue) if counterpart(topic, proposed) else topic for topic in topics]


class Edit(NamedTuple):
    """What the candidate typed over a proposed topic; None where they left it as it was."""

    name: str | None = None
    minutes: int | None = None
    priority: int | None = None


def with_own(topics: list[Topic], own: Iterable[Topic]) -> list[Topic]:
    """The topics with those that the candidate adds: at the priority that each of them names, else at the end."""
    result = list(topics)
    for topic in own:
        wanted = topic.get("priority") or len(result) + 1
        result.insert(wanted - 1, topic)
    return numbered(result)


def edited(topics: list[Topic], proposed: list[Topic], edits: dict[int, Edit]) -> list[Topic]:
    """The topics with the candidate's own numbers and names. `edits` go by place in the proposal.

    Topics that share a typed priority: the one that was moved up goes first, the one moved down last.
    """
    result = []
    for topic in topics:
        place = next((index for index, other in enumerate(proposed) if counterpart(topic, [other])), None)
        edit = edits.get(place, Edit()) if place is not None else Edit()
        wish = edit.priority or topic["priority"]
        moved = (wish > topic["priority"]) - (wish < topic["priority"])
        name, minutes = edit.name or topic["name"], edit.minutes or topic["daily_study_minutes"]
        result.append(((wish, moved), {**topic, "name": name, "daily_study_minutes": minutes}))
    return numbered(topic for _place, topic in sorted(result, key=lambda pair: pair[0]))
