"""Carries out wishes in a plan, with a reason for every change, and says why where it does not. Reads no text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.language.words import count_words
from llm_modes.offline.bank import topic_called
from llm_modes.offline.sayings import sayings
from llm_modes.offline.wishes import Wish
from llm_modes.suggest_plan import plan as rules
from llm_modes.suggest_plan.plan import Topic, key, total
from llm_modes.suggest_plan_changes.differences import differences

STEP, REASON_WORDS, RATIONALE_WORDS = 5, 25, 60
# What makes room comes before what takes it, so that the order of the wishes decides nothing.
ORDER = ("drop", "less", "total", "add", "minutes", "more", "first")


@dataclass(frozen=True)
class Changed:
    """A plan with the wishes carried out. `changes` hold topic, change, reason; `notes` is what else is to be said."""

    topics: list[Topic]
    changes: list[dict[str, str]]
    notes: list[str]


def changed(plan: list[Topic], wishes: list[Wish], *, available: int, motivation: str = "") -> Changed:
    """The plan as wished for. `available`: the candidate's minutes a day; `motivation`: low, medium, high or ""."""
    available = min(available, rules.MAX_DAILY_MINUTES)
    # The last word on a topic counts, and on which comes first, and on the whole.
    last = {wish.kind == "first" or key(wish.topic): wish for wish in wishes}
    named, done, refused = {key(wish.topic) for wish in last.values()}, list[Wish](), dict[Wish, str]()
    topics, _ = _after([], plan, named, available)
    # Again and again: a topic that goes makes room for one that comes, and some can go only after that one came.
    for wish in len(last) * sorted(last.values(), key=lambda wish: ORDER.index(wish.kind)):
        if wish not in done:
            new, refused[wish] = _after([*done, wish], plan, named, available)
            if not refused[wish]:
                topics = new
                done.append(wish)
    said = [why for why in refused.values() if why]
    notes, before, fitting = sayings("suggest_plan_changes")["notes"], total(plan), energy(available, motivation)
    if before > available:
        said.append(notes["over_time"].format(before=before, available=available))
    if total(topics) > max(before, fitting):
        said.append(notes["beyond_energy"].format(total=total(topics), energy=fitting))
    return Changed(topics, list(_explained(plan, topics, done)), said)


def energy(available: int, motivation: str) -> int:
    """The minutes a day of a plan that suits the motivation: all there are, or about three quarters where it is low."""
    return max(rules.MIN_DAILY_MINUTES, available * 3 // 4 // STEP * STEP) if motivation == "low" else available


def new_topic(name: str, minutes: int = 0) -> Topic:
    """A topic of the bank, else one of the candidate's own, as a plan has it."""
    topic, own = topic_called(name), sayings("suggest_plan")["own_topic"]
    description = topic.description if topic else own["description"].format(name=name)
    outcome = topic.outcome if topic else own["outcome"]
    return Topic(name=name, description=description, daily_study_minutes=minutes, expected_outcome=outcome)


def as_reply(role: str, topics: list[Topic], weeks: int, sentences: list[str]) -> dict[str, Any]:
    """The plan in the shape of PlanReply, with as many whole sentences as it has words for, the first in any case."""
    said = clip(sentences[0], RATIONALE_WORDS)
    for sentence in sentences[1:]:
        if count_words(longer := f"{said} {sentence}") <= RATIONALE_WORDS:
            said = longer
    role = clip(role, 8)[: rules.ROLE_CHARACTERS].strip() or "General interview"
    overview = {"target_role": role, "total_daily_minutes": total(topics), "time_horizon_weeks": weeks}
    return {"plan_overview": overview | {"rationale": said}, "plan_topics": [topic.as_json() for topic in topics]}


def _after(wishes: list[Wish], plan: list[Topic], named: set[str], available: int) -> tuple[list[Topic], str]:
    """The plan with these wishes carried out, numbered; and in a sentence why the last of them cannot be, or "".

    `named`: the keys of the topics of all wishes, also of one that is not carried out.
    """
    goal, why = next((wish.minutes for wish in wishes if wish.kind == "total"), None), ""
    limit, dropped = goal or available, {key(wish.topic) for wish in wishes if wish.kind == "drop"}
    topics = {topic.key: topic for topic in plan if topic.key not in dropped}
    spare = [name for name in topics if name not in named]
    while spare and len(topics) > max(rules.MIN_TOPICS, limit // rules.MIN_TOPIC_MINUTES):
        del topics[spare.pop()]
    for wish in wishes:
        why = _carry_out(wish, topics)
    held = {key(wish.topic) for wish in wishes if wish.minutes or wish.kind in ("more", "less")}
    # A plan that is too long by itself has to become shorter by whatever it takes.
    _fit(topics, limit, held if goal or total(plan) > available else named, named, may_grow=bool(goal))
    new = [replace(topic, priority=place) for place, topic in enumerate(topics.values(), start=1)]
    broken = rules.rules_broken_by(new, stated=goal or total(new), available=min(limit, available))
    why = why or next((rule.name.lower() for rule in rules.Rule if rule in broken), "")
    if not wishes or not why:
        return new, ""
    wish, topic = wishes[-1], topics.get(key(wishes[-1].topic))
    figures = {"minutes": topic.daily_study_minutes if topic else wish.minutes, "needed": total(new), "limit": limit}
    sentences = sayings("suggest_plan_changes")["why_not"]
    said = sentences.get(f"{wish.kind}_{why}") or sentences[why]
    return new, said.format(topic=wish.topic, available=available, **figures)


def _carry_out(wish: Wish, topics: dict[str, Topic]) -> str:
    """Change the topics as one wish says, whether or not that leaves a plan; or the name of why it cannot be."""
    name, by, topic = key(wish.topic), wish.minutes or STEP, topics.get(key(wish.topic))
    now = topic.daily_study_minutes if topic else 0
    match wish.kind:
        case "total" | "drop":
            return ""
        case "first":
            topics.update({other: topics.pop(other) for other in list(topics) if topic and other != name})
            return ""
        case "add" if now and not wish.minutes:
            return "twice"
        case "more" | "less" | "minutes" if not now:
            return "absent"
        case "less" if now <= rules.MIN_TOPIC_MINUTES:
            return "has_least"
    minutes = {"more": now + by, "less": max(rules.MIN_TOPIC_MINUTES, now - by)}.get(wish.kind, by)
    topics[name] = replace(topic or new_topic(wish.topic), daily_study_minutes=minutes)
    return ""


def _fit(topics: dict[str, Topic], limit: int, kept: set[str], named: set[str], *, may_grow: bool) -> None:
    """Bring the plan to so many minutes by topics that are not `kept`; by those that no wish names, while it can."""
    while (over := total(topics.values()) - limit) > 0 or (over and may_grow):
        able = [topic for topic in reversed(topics.values()) if topic.key not in kept]
        able = [topic for topic in able if over < 0 or topic.daily_study_minutes > rules.MIN_TOPIC_MINUTES]
        if not able:
            return
        able.sort(key=lambda topic: topic.daily_study_minutes, reverse=over > 0)
        chosen = min(able, key=lambda topic: topic.key in named)
        minutes = chosen.daily_study_minutes - max(-STEP, min(STEP, over))
        topics[chosen.key] = replace(chosen, daily_study_minutes=max(rules.MIN_TOPIC_MINUTES, minutes))


def _explained(plan: list[Topic], topics: list[Topic], done: list[Wish]) -> Iterator[dict[str, str]]:
    """The real differences, each with its reason: what was asked for, else what it makes room for."""
    reasons, by_topic = sayings("suggest_plan_changes")["reasons"], {key(w.topic): w for w in done if w.kind != "first"}
    minutes, after = ({topic.key: topic.daily_study_minutes for topic in some} for some in (plan, topics))
    found = differences(plan, topics)
    gaining = [one.topic for one in found if one.change in ("added", "more_time") and key(one.topic) in by_topic]
    fitted = clip(listed(gaining), 12) or "the plan"
    for topic, change in found:
        wish, moved = by_topic.get(key(topic)), abs(after.get(key(topic), 0) - minutes.get(key(topic), 0))
        name = change if change == "reprioritised" else f"{wish.kind if wish else 'unasked'}_{change}"
        figures = {"minutes": moved, "total": total(topics), "fitted": fitted, "first": topics[0].name}
        reason = reasons[name].format(asked=wish and wish.minutes, **figures)
        yield {"topic": topic, "change": change, "reason": clip(reason, REASON_WORDS)}
