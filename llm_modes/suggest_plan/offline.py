"""SuggestPlan without a model: a plan from role, weak spots, time and motivation, with what was wished for since."""

from dataclasses import replace
from typing import Any

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clip, listed, words
from llm_modes.offline.bank import RoleBank, general, role_bank
from llm_modes.offline.changing import changed, energy, in_words, new_topic
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import Spot, spots_of
from llm_modes.offline.wishes import read_wishes
from llm_modes.suggest_plan.plan import (
    MAX_DAILY_MINUTES,
    MAX_TOPICS,
    MIN_DAILY_MINUTES,
    MIN_TOPICS,
    ROLE_CHARACTERS,
    Topic,
    fitting_minutes,
    key,
    total,
)

TOPICS_BY_MOTIVATION = {"low": 3, "medium": 4, "high": 5}
# Below this a topic gets too little time to answer even one question and read the mark.
COMFORTABLE_MINUTES = 7
# Minutes a day, from which on a plan lasts so many weeks.
WEEKS = {60: 3, 30: 4, 20: 6, 0: 8}


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A first plan in the shape of SuggestPlanReply."""
    role, motivation = target_role(inputs["role"]), inputs["motivation"]
    bank, spots = role_bank(role), spots_of(inputs["weaknesses"], role_bank(role))
    available = min(max(inputs["daily_minutes"], MIN_DAILY_MINUTES), MAX_DAILY_MINUTES)
    topics, notes = _first_plan(bank, spots, energy(available, motivation), motivation), list[str]()
    for line in inputs["feedback"]:
        wishes = read_wishes(line, [topic.name for topic in topics])
        new = changed(topics, wishes, role=role, available=available, motivation=motivation)
        topics, notes = new.topics, new.notes
    is_again = _minutes(topics) == _minutes([Topic(**topic) for topic in inputs["rejected"]])
    parts = _parts(bank, spots, topics, low=motivation == "low" and total(topics) < available)
    parts["no_english"] = is_unread(role) or is_unread(inputs["weaknesses"])
    figures = {"topic": topics[0].name, "total": total(topics), "available": available, **_figures(spots, topics)}
    said = [
        sentence.format(role=bank.name, **figures)
        for name, sentence in sayings("suggest_plan")["rationale"].items()
        if {**parts, "again": is_again}[name]
    ]
    return {
        "plan_overview": {
            "target_role": role,
            "total_daily_minutes": total(topics),
            "time_horizon_weeks": next(weeks for minutes, weeks in WEEKS.items() if total(topics) >= minutes),
            "rationale": in_words([*notes, *said]),
        },
        "plan_topics": [topic.as_json() for topic in topics],
    }


def target_role(role: str) -> str:
    """The role on one line, at most 100 characters; never empty."""
    return clip(role, 8)[:ROLE_CHARACTERS].strip() or "General interview"


def is_unread(text: str) -> bool:
    """Whether it is in another language, or all of it in another script."""
    letters = [letter for letter in text if letter.isalpha()]
    return looks_foreign(text) or bool(letters and not any(map(str.isascii, letters)))


def _first_plan(bank: RoleBank, spots: list[Spot], minutes: int, motivation: str) -> list[Topic]:
    """Weak spots first, with twice the time, then what the role asks for, in the bank's order; together `minutes`."""
    weak = {key(spot.name): spot.name for spot in spots if spot.name}
    wanted = max(TOPICS_BY_MOTIVATION.get(motivation, 4), len(weak) + 1)
    count = max(MIN_TOPICS, min(wanted, minutes // COMFORTABLE_MINUTES, MAX_TOPICS))
    names = list({**weak, **{key(topic.name): topic.name for topic in bank.topics}}.values())[:count]
    weights = [new_topic(name, bank, 2 if key(name) in weak else 1, place) for place, name in enumerate(names, start=1)]
    return [
        replace(topic, daily_study_minutes=each)
        for topic, each in zip(weights, fitting_minutes(weights, minutes), strict=True)
    ]


def _parts(bank: RoleBank, spots: list[Spot], topics: list[Topic], *, low: bool) -> dict[str, object]:
    """Which sentences of the rationale are true of the plan."""
    figures, is_general = _figures(spots, topics), bank is general()
    return {
        "weak_spots": figures["spots"],
        "none_named": not spots or not (figures["spots"] or figures["lost"]),
        "not_found": figures["lost"],
        "general": is_general,
        "rest": not is_general and figures["spots"] and figures["minutes"] != total(topics),
        "of_role": not is_general and not figures["spots"],
        "low": low,
        "later": figures["later"],
    }


def _figures(spots: list[Spot], topics: list[Topic]) -> dict[str, object]:
    """What the rationale says of weak spots: those in the plan and their minutes a day, those for later, those lost."""
    minutes, no_names = _minutes(topics), set(sayings("suggest_plan")["no_names"].split())
    found, later = [], []
    for spot in spots:
        if spot.name:
            (found if key(spot.name) in minutes else later).append(spot)
    lost = [s.text for s in spots if not s.name and not is_unread(s.text) and set(words(s.text)) - no_names]
    return {
        "spots": clip(listed([spot.text for spot in found]), 14),
        "minutes": sum(minutes[name] for name in {key(spot.name) for spot in found}),
        "later": clip(listed([spot.text for spot in later]), 10),
        "lost": clip(lost[0], 12) if lost else "",
    }


def _minutes(topics: list[Topic]) -> dict[str, int]:
    return {topic.key: topic.daily_study_minutes for topic in topics}
