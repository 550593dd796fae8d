"""Carries out wishes in a plan, with a reason for every change, and says why where it does not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.language.words import count_words
from llm_modes.offline.bank import topic_called
from llm_modes.offline.sayings import sayings
from llm_modes.offline.wishes import Wish, read_wishes
from llm_modes.suggest_plan import plan as rules
from llm_modes.suggest_plan.plan import Topic, key, total
from llm_modes.suggest_plan_changes.differences import differences

STEP, LATEST_LINES, REASON_WORDS, RATIONALE_WORDS = 5, 5, 25, 60
# What makes room comes before what takes it, so that the order of the wishes decides nothing.
ORDER = ("drop", "less", "total", "add", "minutes", "more", "first")


@dataclass(frozen=True)
class Changed:
    """A plan with the wishes carried out. `changes` hold topic, change, reason.

    `refused`: why what is not carried out; `notes`: that, and what else is to be said.
    """

    topics: list[Topic]
    changes: list[dict[str, str]]
    notes: list[str]
    refused: tuple[str, ...] = ()


def as_asked(plan: list[Topic], lines: list[str], *, available: int, motivation: str) -> Changed:
    """The plan as lines of feedback ask for it: the last one in any case, those before as far as they go with it."""
    said = [read_wishes(line, [topic.name for topic in plan]) for line in lines or [""]]
    later = [[*chain(*said[n:])] for n in sorted({0, *range(len(said))[-LATEST_LINES:]})]
    tried = [changed(plan, wishes, available=available, motivation=motivation) for wishes in later]
    fitting = (one for one in tried if one.refused == tried[-1].refused and (one.changes or not tried[-1].changes))
    if not said[-1] or (new := next(fitting)) is tried[0]:
        return tried[0]
    return replace(new, notes=[*new.notes, sayings("suggest_plan_changes")["notes"]["left_out"]])


def changed(plan: list[Topic], wishes: list[Wish], *, available: int, motivation: str = "") -> Changed:
    """The plan as wished for. `available`: the candidate's minutes a day; `motivation`: low, medium, high or ""."""
    available, base = min(available, rules.MAX_DAILY_MINUTES), {topic.key: topic for topic in plan}
    # The last word on a topic counts, and on which comes first, and on the whole.
    last = {wish.kind == "first" or key(wish.topic): wish for wish in wishes}
    spoken_of = {key(wish.topic) for wish in last.values() if wish.kind not in ("first", "drop")}
    gone = [wish for wish in last.values() if wish.kind == "drop" and key(wish.topic) in base]
    gone = gone[: len(base) - rules.MIN_TOPICS]
    base = {name: topic for name, topic in base.items() if name not in {key(wish.topic) for wish in gone}}
    # What is too long then has to fit first: by what is not spoken of, then by what is not to get more, then by all.
    for held in (spoken_of, {key(wish.topic) for wish in last.values() if wish.kind == "more"}, set[str]()):
        _fit(base, min(available, total(base.values())), held, is_exact=True)
    topics, done, refused = _after([], base, spoken_of, available)[0], gone, dict[Wish, str]()
    # Twice: some can go only after another one came.
    for wish in 2 * sorted(last.values(), key=lambda wish: ORDER.index(wish.kind)):
        if wish not in done:
            new, refused[wish] = _after([*done, wish], base, spoken_of, available)
            topics, done = (topics, done) if refused[wish] else (new, [*done, wish])
    why, fitting = [*filter(None, refused.values())], energy(available, motivation)
    figures = {"before": total(plan), "available": available, "energy": fitting, "total": total(topics)}
    is_so = {"over_time": total(plan) > available, "beyond_energy": total(topics) > max(total(plan), fitting)}
    said = [one.format(**figures) for name, one in sayings("suggest_plan_changes")["notes"].items() if is_so.get(name)]
    return Changed(topics, list(_explained(plan, topics, done)), [*why, *said], tuple(why))


def energy(available: int, motivation: str) -> int:
    """The minutes a day of a plan that suits the motivation: all there are, or about three quarters where it is low."""
    return max(rules.MIN_DAILY_MINUTES, available * 3 // 4 // STEP * STEP) if motivation == "low" else available


def new_topic(name: str, minutes: int = 0) -> Topic:
    """A topic of the bank, else one of the candidate's own, as a plan has it."""
    topic, own = topic_called(name), sayings("suggest_plan")["own_topic"]
    texts = (topic.description, topic.outcome) if topic else (own["description"].format(name=name), own["outcome"])
    return Topic(name=name, description=texts[0], daily_study_minutes=minutes, expected_outcome=texts[1])


def as_reply(role: str, topics: list[Topic], weeks: int, sentences: list[str]) -> dict[str, Any]:
    """The plan in the shape of PlanReply, with as many whole sentences as it has words for, the first in any case."""
    said = clip(sentences[0], RATIONALE_WORDS)
    for sentence in sentences[1:]:
        if count_words(longer := f"{said} {sentence}") <= RATIONALE_WORDS:
            said = longer
    role = clip(role, 8)[: rules.ROLE_CHARACTERS].strip() or "General interview"
    overview = {"target_role": role, "total_daily_minutes": total(topics), "time_horizon_weeks": weeks}
    return {"plan_overview": overview | {"rationale": said}, "plan_topics": [topic.as_json() for topic in topics]}


def _after(wishes: list[Wish], base: dict[str, Topic], held: set[str], available: int) -> tuple[list[Topic], str]:
    """The plan with these wishes carried out, numbered; and in a sentence why the last of them cannot be, or "".

    `held`: the keys of topics whose minutes change by wishes only.
    """
    goal, topics, why = next((wish.minutes for wish in wishes if wish.kind == "total"), None), dict(base), ""
    for wish in wishes:
        why = _carry_out(wish, topics)
    _fit(topics, goal or available, held, is_exact=bool(goal))
    new = [replace(topic, priority=place) for place, topic in enumerate(topics.values(), start=1)]
    broken = rules.rules_broken_by(new, stated=goal or total(new), available=available)
    if not wishes or not (why := why or next((rule.name.lower() for rule in rules.Rule if rule in broken), "")):
        return new, ""
    wish, sentences = wishes[-1], sayings("suggest_plan_changes")["why_not"]
    minutes = topics[key(wish.topic)].daily_study_minutes if key(wish.topic) in topics else wish.minutes
    figures = {"minutes": minutes, "needed": total(new), "limit": goal or available, "available": available}
    return new, str(sentences.get(f"{wish.kind}_{why}") or sentences[why]).format(topic=wish.topic, **figures)


def _carry_out(wish: Wish, topics: dict[str, Topic]) -> str:
    """Change the topics as one wish says, whether or not that leaves a plan; or the name of why it cannot be."""
    name, topic, by = key(wish.topic), topics.get(key(wish.topic)), wish.minutes or STEP
    if wish.kind != "total" and (topic is None) != (wish.kind == "add"):
        return "twice" if topic else "absent"
    if wish.kind == "drop":
        del topics[name]
    elif wish.kind == "first":
        topics.update({other: topics.pop(other) for other in list(topics) if other != name})
    elif wish.kind != "total":
        now = topic.daily_study_minutes if topic else 0
        least = rules.MIN_TOPIC_MINUTES if now > rules.MIN_TOPIC_MINUTES else 0
        minutes = {"more": now + by, "less": max(least, now - by)}.get(wish.kind, by)
        topics[name] = replace(topic or new_topic(wish.topic), daily_study_minutes=minutes)
    return ""


def _fit(topics: dict[str, Topic], limit: int, held: set[str], *, is_exact: bool) -> None:
    """Bring topics that are not `held` down to so many minutes together; `is_exact`: also up, and without the last."""
    while (over := total(topics.values()) - limit) > 0 or (over and is_exact):
        free = [topic for topic in reversed(topics.values()) if topic.key not in held]
        able = [topic for topic in free if over < 0 or topic.daily_study_minutes > rules.MIN_TOPIC_MINUTES]
        if able:
            chosen = max(able, key=lambda topic: topic.daily_study_minutes * (1 if over > 0 else -1))
            minutes = chosen.daily_study_minutes - max(-STEP, min(STEP, over))
            topics[chosen.key] = replace(chosen, daily_study_minutes=max(rules.MIN_TOPIC_MINUTES, minutes))
        elif over > 0 and is_exact and free and len(topics) > rules.MIN_TOPICS:
            del topics[free[0].key]
        else:
            return


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
        reason = (reasons.get(name) or reasons[f"unasked_{change}"]).format(asked=wish and wish.minutes, **figures)
        yield {"topic": topic, "change": change, "reason": clip(reason, REASON_WORDS)}
