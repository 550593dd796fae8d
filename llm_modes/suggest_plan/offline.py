"""SuggestPlan without a model: a plan from role, weak spots, time and motivation, with what was wished for since."""

from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.offline.bank import RoleBank, general, role_bank
from llm_modes.offline.changing import Changed, as_asked, as_reply, energy, new_topic
from llm_modes.offline.fields import is_unreadable
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import spots_of
from llm_modes.suggest_plan.plan import MIN_TOPICS, Topic, key, nearest_plan, total

# Below this a topic gets too little time to answer even one question and read the mark.
COMFORTABLE_MINUTES = 7


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A first plan in the shape of SuggestPlanReply."""
    available, motivation, data = inputs["daily_minutes"], inputs["motivation"], sayings("suggest_plan")
    bank = role_bank(inputs["role"])
    spots = spots_of(inputs["weaknesses"], bank)
    asked = inputs["feedback"] if inputs["asked"] is None else inputs["asked"]
    begun = [Topic(**topic) for topic in inputs["rejected"]] if inputs["goes_on"] else []
    begun = begun or _first_plan(bank, spots, energy(available, motivation), motivation)
    new = as_asked(begun, asked, available=available, motivation=motivation)
    true = _what_is_true(inputs, bank, spots, new)
    known = {"topic": new.topics[0].name, "role": bank.name, "total": total(new.topics), "available": available}
    said = [sentence.format(**known, **true) for name, sentence in data["rationale"].items() if true[name]]
    weeks = next(row["weeks"] for row in data["horizon"] if total(new.topics) >= row["from"])
    return as_reply(inputs["role"], new.topics, weeks, [*new.notes, *said])


def _what_is_true(inputs: dict[str, Any], bank: RoleBank, spots: dict[str, str], new: Changed) -> dict[str, Any]:
    """Which sentences of the rationale are true of the plan; some with the candidate's words for which they are."""
    minutes = {topic.key: topic.daily_study_minutes for topic in new.topics}
    placed = {key(name): name for name in spots.values() if key(name) in minutes}
    come_first = [*placed] == [topic.key for topic in new.topics[: len(placed)]]
    readable = {text: name for text, name in spots.items() if not is_unreadable(text)}
    unplaced = [name for name in dict.fromkeys(readable.values()) if name and key(name) not in placed]
    return {
        "again": minutes == {key(one["name"]): one["daily_study_minutes"] for one in inputs["rejected"]},
        "goes_on": inputs["goes_on"] and clip(listed([*dict.fromkeys(one["topic"] for one in new.changes)]), 12),
        "no_english": is_unreadable(inputs["role"]) or is_unreadable(inputs["weaknesses"]),
        "general": bank is general(),
        "low": inputs["motivation"] == "low" and total(new.topics) < inputs["daily_minutes"],
        "no_place": clip(listed([text for text, name in readable.items() if not name]), 8),
        "no_room": clip(listed(unplaced), 8),
        "weak_spots": come_first and clip(listed([name for name in placed.values() if name in readable.values()]), 14),
        "none_named": not spots,
        "of_role": bank is not general() and not inputs["goes_on"] and len(placed) < len(new.topics),
    }


def _first_plan(bank: RoleBank, spots: dict[str, str], minutes: int, motivation: str) -> list[Topic]:
    """Weak spots first, with twice the time, then what the role asks for, in the bank's order; together `minutes`."""
    weak = {key(name): new_topic(name, 2) for name in spots.values() if name}
    of_role = {key(topic.name): new_topic(topic.name, 1) for topic in bank.topics}
    wanted = max(sayings("suggest_plan")["topics"].get(motivation, 4), len(weak) + 1)
    count = max(MIN_TOPICS, min(wanted, minutes // COMFORTABLE_MINUTES))
    topics = list({**weak, **of_role, **weak}.values())[:count]
    return nearest_plan(topics, stated=minutes, available=minutes)
