"""SuggestPlan without a model: a plan from role, weak spots, time and motivation, with what was wished for since."""

from dataclasses import replace
from typing import Any

from llm_modes.language.text import clip, listed, words
from llm_modes.offline.bank import RoleBank, general, role_bank
from llm_modes.offline.changing import changed, energy, in_words, new_topic
from llm_modes.offline.fields import is_unreadable
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import Spot, spots_of
from llm_modes.offline.wishes import read_wishes
from llm_modes.suggest_plan import plan as rules
from llm_modes.suggest_plan.plan import Topic, fitting_minutes, key, total

# Below this a topic gets too little time to answer even one question and read the mark.
COMFORTABLE_MINUTES = 7


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A first plan in the shape of SuggestPlanReply."""
    role, motivation, data = target_role(inputs["role"]), inputs["motivation"], sayings("suggest_plan")
    available = min(max(inputs["daily_minutes"], rules.MIN_DAILY_MINUTES), rules.MAX_DAILY_MINUTES)
    bank, says_nothing = role_bank(role), {*data["no_names"].split()}
    spots = [spot for spot in spots_of(inputs["weaknesses"], bank) if {*words(spot.text)} - says_nothing]
    first = _first_plan(bank, spots, energy(available, motivation), motivation)
    wishes = [wish for line in inputs["feedback"] for wish in read_wishes(line, [topic.name for topic in first])]
    new = changed(first, wishes, role=role, available=available, motivation=motivation)
    true = _what_is_true(inputs, bank, spots, new.topics)
    true |= {"again": true["same"] and not wishes, "as_asked": true["same"] and wishes}
    known = {"topic": new.topics[0].name, "role": bank.name, "total": total(new.topics), "available": available}
    said = [sentence.format(**known, **true) for name, sentence in data["rationale"].items() if true[name]]
    return {
        "plan_overview": {
            "target_role": role,
            "total_daily_minutes": total(new.topics),
            "time_horizon_weeks": next(row["weeks"] for row in data["horizon"] if total(new.topics) >= row["from"]),
            "rationale": in_words([*new.notes, *said]),
        },
        "plan_topics": [topic.as_json() for topic in new.topics],
    }


def _what_is_true(inputs: dict[str, Any], bank: RoleBank, spots: list[Spot], topics: list[Topic]) -> dict[str, Any]:
    """Which sentences of the rationale are true of the plan; some with the candidate's words for which they are."""
    minutes = {topic.key: topic.daily_study_minutes for topic in topics}
    placed = [spot for spot in spots if key(spot.name) in minutes]
    on_weak_spots = sum(minutes[name] for name in {key(spot.name) for spot in placed})
    later = [spot.text for spot in spots if spot.name and spot not in placed]
    lost = [spot.text for spot in spots if not spot.name and not is_unreadable(spot.text)]
    usual = {key(topic.name) for topic in bank.topics} | {key(spot.name) for spot in spots}
    is_of_role = bank is not general() and minutes.keys() <= usual
    return {
        "same": minutes == {key(one["name"]): one["daily_study_minutes"] for one in inputs["rejected"]},
        "no_english": is_unreadable(inputs["role"]) or is_unreadable(inputs["weaknesses"]),
        "general": bank is general(),
        "low": inputs["motivation"] == "low" and sum(minutes.values()) < inputs["daily_minutes"],
        "not_found": clip("".join(lost[:1]), 8),
        "weak_spots": clip(listed([spot.text for spot in placed]), 14),
        "minutes": on_weak_spots,
        "none_named": not spots,
        "rest": is_of_role and placed and on_weak_spots < sum(minutes.values()),
        "of_role": is_of_role and not placed,
        "later": clip(listed(later), 10),
    }


def target_role(role: str) -> str:
    """The role on one line, at most 100 characters; never empty."""
    return clip(role, 8)[: rules.ROLE_CHARACTERS].strip() or "General interview"


def _first_plan(bank: RoleBank, spots: list[Spot], minutes: int, motivation: str) -> list[Topic]:
    """Weak spots first, with twice the time, then what the role asks for, in the bank's order; together `minutes`."""
    weak = {key(spot.name): new_topic(spot.name, bank, 2) for spot in spots if spot.name}
    of_role = {key(topic.name): new_topic(topic.name, bank, 1) for topic in bank.topics}
    wanted = max(sayings("suggest_plan")["topics"].get(motivation, 4), len(weak) + 1)
    count = max(rules.MIN_TOPICS, min(wanted, minutes // COMFORTABLE_MINUTES, rules.MAX_TOPICS))
    topics = list({**weak, **of_role, **weak}.values())[:count]
    shares = enumerate(zip(topics, fitting_minutes(topics, minutes), strict=True), start=1)
    return [replace(topic, daily_study_minutes=each, priority=place) for place, (topic, each) in shares]
