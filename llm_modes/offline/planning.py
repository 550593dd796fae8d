"""SuggestPlan: a plan from role, weak spots, time and motivation."""

import re
from dataclasses import dataclass
from typing import Any

from llm_modes.language.text import STOP_WORDS, clip, listed, lower_first, on_one_line, stems, upper_first, words
from llm_modes.offline.bank import BankTopic, RoleBank, closest_topic, general, role_bank
from llm_modes.offline.minutes import with_digits
from llm_modes.suggest_plan.plan import (
    DESCRIPTION_WORDS,
    MAX_DAILY_MINUTES,
    MIN_DAILY_MINUTES,
    MIN_TOPIC_MINUTES,
    NAME_WORDS,
    OUTCOME_WORDS,
    ROLE_CHARACTERS,
    Topic,
    key,
)

TOPICS_BY_MOTIVATION = {"low": 3, "medium": 4, "high": 5}
# Below this a topic gets too little time to answer even one question and read the mark.
COMFORTABLE_MINUTES = 7

_WEEKS_LEFT = re.compile(r"\bin (?:about |around |under )?(a|\d{1,2}) (day|week|month)s?\b")


@dataclass
class PlannedTopic:
    """A topic of the plan in the making; `spots` are the weak spots it was chosen for."""

    topic: BankTopic
    spots: list[str]

    @property
    def weight(self) -> float:
        return 2.0 if self.spots else 1.0


def suggest_plan(inputs: dict[str, Any]) -> dict[str, Any]:
    """A plan in the shape of SuggestPlanReply, whatever the inputs hold."""
    role = target_role(inputs["role"])
    bank = role_bank(role)
    motivation = inputs.get("motivation") or "medium"
    available = min(max(int(inputs["daily_minutes"]), MIN_DAILY_MINUTES), MAX_DAILY_MINUTES)
    total = total_minutes(available, motivation)
    chosen = choose_topics(
        bank, inputs.get("weaknesses", ""), inputs.get("context", ""), topic_count(total, motivation)
    )
    minutes = allot(total, [planned.weight for planned in chosen])
    return {
        "plan_overview": {
            "target_role": role,
            "total_daily_minutes": total,
            "time_horizon_weeks": horizon_weeks(inputs.get("context", ""), total),
            "rationale": _rationale(
                bank, motivation, available, list(zip(chosen, minutes, strict=True)), inputs.get("weaknesses", "")
            ),
        },
        "plan_topics": [
            described(planned.topic, share, rank).as_json()
            for rank, (planned, share) in enumerate(zip(chosen, minutes, strict=True), start=1)
        ],
    }


def target_role(role: object) -> str:
    """The role on one line, at most 100 characters; never empty."""
    return clip(role, 8)[:ROLE_CHARACTERS].strip() or "General interview"


def described(topic: BankTopic, minutes: int, priority: int = 0) -> Topic:
    """A topic of the bank as one of a plan, with its texts within their limits."""
    return Topic(
        name=clip(topic.name, NAME_WORDS),
        description=clip(topic.description, DESCRIPTION_WORDS),
        priority=priority,
        daily_study_minutes=minutes,
        expected_outcome=clip(topic.outcome, OUTCOME_WORDS),
    )


def total_minutes(available: int, motivation: str) -> int:
    """Minutes a day for the plan: all there are, or about three quarters when motivation is low."""
    return max(MIN_DAILY_MINUTES, available * 3 // 4 // 5 * 5) if motivation == "low" else available


def topic_count(total: int, motivation: str) -> int:
    """How many topics fit the minutes a day and the motivation, from 2 to 6."""
    wanted = TOPICS_BY_MOTIVATION.get(motivation, 4) + (motivation == "high" and total >= 60)
    return max(2, min(wanted, total // COMFORTABLE_MINUTES))


def choose_topics(bank: RoleBank, weaknesses: str, context: str, count: int) -> list[PlannedTopic]:
    """The topics, most important first: weak spots, then what the role asks for; one of the latter at least."""
    by_name: dict[str, PlannedTopic] = {}
    for spot in split_spots(weaknesses):
        topic = topic_for(spot, bank)
        by_name.setdefault(key(topic.name), PlannedTopic(topic, [])).spots.append(spot)
    spots = list(by_name.values())
    chosen, left = spots[: max(1, count - 1)], spots[max(1, count - 1) :]
    # What the role asks for may be a weak spot itself: better that one than one that nobody named.
    of_role = {key(topic.name) for topic in bank.topics}
    if not any(key(planned.topic.name) in of_role for planned in chosen):
        left = [planned for planned in left if key(planned.topic.name) in of_role]
    chosen += left[: max(0, count - len(chosen))]
    taken = {key(planned.topic.name) for planned in chosen}
    rest = [topic for topic in _by_relevance(bank, context) if key(topic.name) not in taken]
    chosen += [PlannedTopic(topic, []) for topic in rest[: count - len(chosen)]]
    opening = general().topics[0]
    if count >= 5 and bank is not general() and key(opening.name) not in taken and not chosen[-1].spots:
        # Every interview begins with "tell me about yourself", whatever the role.
        chosen[-1] = PlannedTopic(opening, [])
    return chosen


def _by_relevance(bank: RoleBank, context: str) -> list[BankTopic]:
    """The role's topics in the bank's order, moved up by what the candidate's own account touches on."""
    told = stems(context)
    places = {id(topic): place - min(topic.closeness(told), 6) / 3 for place, topic in enumerate(bank.topics)}
    return sorted(bank.topics, key=lambda topic: places[id(topic)])


def allot(total: int, weights: list[float]) -> list[int]:
    """The total in minutes, split by weight in steps of 5; at least 5 each; what is left over goes to the first."""
    minutes = [MIN_TOPIC_MINUTES] * len(weights)
    while sum(minutes) + 5 <= total:
        neediest = max(range(len(weights)), key=lambda at: (weights[at] / (minutes[at] + 5), -at))
        minutes[neediest] += 5
    minutes[0] += total - sum(minutes)
    return minutes


def horizon_weeks(context: str, total: int) -> int:
    """Weeks until the interview where the context says so, else as many as the daily minutes ask for (1 to 26)."""
    text = with_digits(on_one_line(context).lower())
    for match in _WEEKS_LEFT.finditer(text):
        if "interview" in text[max(0, match.start() - 80) : match.end() + 40]:
            number = 1 if match[1] == "a" else int(match[1])
            weeks = {"day": (number + 6) // 7, "week": number, "month": number * 4}[match[2]]
            return min(max(weeks, 1), 26)
    return 3 if total >= 60 else 4 if total >= 30 else 6 if total >= 20 else 8


def _rationale(
    bank: RoleBank, motivation: str, available: int, shares: list[tuple[PlannedTopic, int]], weaknesses: str
) -> str:
    """What the plan rests on: weak spots, role, time and motivation."""
    total = sum(minutes for _planned, minutes in shares)
    spots = [spot for planned, _minutes in shares for spot in planned.spots]
    on_weak = sum(minutes for planned, minutes in shares if planned.spots)
    later = [lower_first(spot) for spot in split_spots(weaknesses) if spot not in spots]
    parts = []
    if spots:
        named = clip(listed([lower_first(spot) for spot in spots[:4]]), 14)
        parts.append(f"Your weak spots come first ({named}): {on_weak} of {total} minutes a day.")
    if later:
        parts.append(f"For later: {clip(listed(later[:3]), 8)}.")
    rest = "The rest" if spots else "No weak spot is named yet, so the first marks will show them. The plan"
    usual = "most interviews ask" if bank is general() else f"{bank.name} interviews usually ask"
    if bank is general():
        parts.append("I have no questions of my own for this role.")
    if on_weak < total:
        parts.append(f"{rest} covers what {usual}.")
    parts.append(_on_motivation(motivation, len(shares), total, available))
    return clip(" ".join(parts), 60)


def _on_motivation(motivation: str, topics: int, total: int, available: int) -> str:
    if motivation == "low":
        spare = f", and leaves {available - total} of your {available} minutes free" if total < available else ""
        return f"It is kept short{spare}: a tired day should still count."
    if motivation == "high":
        return f"With your motivation, {topics} topics side by side are realistic."
    return f"{topics} topics fit {total} minutes without rushing."


# Finds its words in a text on one line with single spaces only.
_BETWEEN_SPOTS = re.compile(r" ?[,;/•]+ ?(?:and )?| and |\. ", re.I)
_NOTHING_NAMED = stems("not sure yet, don't know, everything, all, none, nothing, anything, idea, weakness, weak")
_NOT_A_NAME = STOP_WORDS | frozenset(
    "forget ramble bad weak trouble hard difficult nervous scared questions question talking explaining giving under"
    " asking sure good"
    " always often sometimes knowledge skills especially part parts work working".split()
)


def split_spots(weaknesses: str) -> list[str]:
    """The single weak spots in a list of them, at most eight, none twice."""
    spots = [on_one_line(spot).strip(" .-") for spot in _BETWEEN_SPOTS.split(on_one_line(weaknesses))]
    return list(dict.fromkeys(clip(spot, 12) for spot in spots if stems(spot) - _NOTHING_NAMED))[:8]


def topic_for(spot: str, bank: RoleBank) -> BankTopic:
    """The topic that trains a weak spot: the bank's, else one made from the candidate's words."""
    return closest_topic(spot, bank) or made_topic(spot)


def made_topic(spot: str) -> BankTopic:
    """A topic in the candidate's own words, for what no bank knows."""
    name = topic_name(spot)
    return BankTopic(
        name=name,
        tags=tuple(words(spot)),
        description=clip(f"Practise what you named: {clip(spot, 10)}.", 20),
        outcome="Three answers in a row in which it no longer holds you back.",
        questions=(),
    )


def topic_name(spot: str) -> str:
    """At most three words of a weak spot that name it; never empty."""
    said = on_one_line(spot).strip(" .,;:!?\"'").split()
    kept = said if len(said) <= 3 else [word for word in said if not set(words(word)) <= _NOT_A_NAME]
    return upper_first(clip(" ".join((kept or said)[:3]).strip(" .,;:!?"), 3)) or "Own topic"
