"""Carries out wishes in a plan, with a reason for every change, and says why where it does not. Reads no text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llm_modes.language.text import clip, listed
from llm_modes.language.words import count_words
from llm_modes.offline.bank import RoleBank, role_bank
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import called
from llm_modes.offline.wishes import Wish
from llm_modes.suggest_plan.plan import (
    MAX_DAILY_MINUTES,
    MAX_TOPICS,
    MIN_DAILY_MINUTES,
    MIN_TOPIC_MINUTES,
    MIN_TOPICS,
    Topic,
    key,
    total,
)
from llm_modes.suggest_plan_changes.differences import Difference, differences

STEP, REASON_WORDS, RATIONALE_WORDS, MOST_NAMED = 5, 25, 60, 3
# What makes room comes before what takes it, so that the order of the wishes decides nothing.
ORDER = ("drop", "less", "total", "add", "minutes", "more", "first")


@dataclass(frozen=True)
class Changed:
    """A plan with the wishes carried out. `changes` hold topic, change, reason; `notes` is what else is to be said."""

    topics: list[Topic]
    changes: list[dict[str, str]]
    notes: list[str]


class _CannotBe(Exception):
    """Why a wish is not carried out, in a sentence."""

    def __init__(self, why: str, **figures: object) -> None:
        super().__init__(sayings("suggest_plan_changes")["why_not"][why].format(**figures))


def changed(plan: list[Topic], wishes: list[Wish], *, role: str, available: int, motivation: str = "") -> Changed:
    """The plan as wished for. `available`: the candidate's minutes a day; `motivation`: low, medium, high or ""."""
    plan = sorted(plan, key=lambda topic: topic.priority)
    available = min(max(available, MIN_DAILY_MINUTES), MAX_DAILY_MINUTES)
    # The last word on a topic counts, and on which comes first, and on the whole.
    last = {(wish.kind == "total", wish.kind == "first" or key(wish.topic)): wish for wish in wishes}
    making = _Making(plan, role_bank(role), available, frozenset(key(wish.topic) for wish in last.values()))
    topics, done, refused = making.after([]), list[Wish](), dict[Wish, str]()
    left = sorted(last.values(), key=lambda wish: ORDER.index(wish.kind))
    while len(left) != len(refused):
        # Again after the others: a topic that goes makes room for one that comes, also where it was asked for first.
        left, refused = [wish for wish in left if wish not in done], {}
        for wish in left:
            try:
                topics = making.after([*done, wish])
            except _CannotBe as why:
                refused[wish] = str(why)
            else:
                done.append(wish)
    notes = [*refused.values(), *_on_time(total(plan), total(topics), available, motivation)]
    return Changed(topics, list(_explained(plan, topics, done, available)), notes)


def energy(available: int, motivation: str) -> int:
    """The minutes a day of a plan that suits the motivation: all there are, or about three quarters where it is low."""
    return max(MIN_DAILY_MINUTES, available * 3 // 4 // STEP * STEP) if motivation == "low" else available


def new_topic(name: str, bank: RoleBank, minutes: int, priority: int = 0) -> Topic:
    """A topic of the bank, else one of the candidate's own, as a plan has it."""
    topic, own = called(name, bank), sayings("suggest_plan")["own_topic"]
    return Topic(
        name=topic.name if topic else name,
        description=topic.description if topic else own["description"].format(name=name),
        priority=priority,
        daily_study_minutes=minutes,
        expected_outcome=topic.outcome if topic else own["outcome"],
    )


@dataclass(frozen=True)
class _Making:
    """How a plan is changed. `named`: the keys of topics that a wish names, also one that is not carried out."""

    plan: list[Topic]
    bank: RoleBank
    available: int
    named: frozenset[str]

    def after(self, wishes: list[Wish]) -> list[Topic]:
        """The plan with these wishes carried out, numbered. Raises _CannotBe where the last of them cannot be."""
        goal = next((self._goal(wish) for wish in wishes if wish.kind == "total"), None)
        dropped = {key(wish.topic) for wish in wishes if wish.kind == "drop"}
        topics = {topic.key: topic for topic in self.plan if topic.key not in dropped}
        spare = [name for name in topics if name not in self.named]
        while spare and len(topics) > max(MIN_TOPICS, (goal or self.available) // MIN_TOPIC_MINUTES):
            del topics[spare.pop()]
        for wish in wishes:
            self._carry_out(wish, topics)
        if wishes and not MIN_TOPICS <= len(topics) <= MAX_TOPICS:
            raise _CannotBe("eight" if wishes[-1].kind == "add" else "two_left", topic=wishes[-1].topic)
        self._fit(topics, wishes, goal)
        return [replace(topic, priority=place) for place, topic in enumerate(topics.values(), start=1)]

    def _goal(self, wish: Wish) -> int:
        minutes = wish.minutes or 0
        if not MIN_DAILY_MINUTES <= minutes <= MAX_DAILY_MINUTES:
            raise _CannotBe("total_range", minutes=minutes)
        if minutes > self.available:
            raise _CannotBe("beyond_time", minutes=minutes, available=self.available)
        return minutes

    def _carry_out(self, wish: Wish, topics: dict[str, Topic]) -> None:
        name, before = key(wish.topic), {topic.key: topic for topic in self.plan}
        if wish.kind == "total" or (wish.kind == "drop" and name in before):
            return
        if wish.kind == "add":
            if name in topics and wish.minutes is None:
                raise _CannotBe("twice", topic=wish.topic)
            topics.setdefault(name, new_topic(wish.topic, self.bank, 0))
        if name not in topics:
            raise _CannotBe("absent", topic=wish.topic)
        if wish.kind == "first":
            others = {one: topics.pop(one) for one in list(topics) if one != name}
            topics.update(others)
            return
        now = topics[name].daily_study_minutes
        minutes = self._minutes(wish, now)
        if wish.kind == "less" and now == MIN_TOPIC_MINUTES:
            raise _CannotBe("has_least", topic=wish.topic)
        if not MIN_TOPIC_MINUTES <= minutes <= MAX_DAILY_MINUTES:
            raise _CannotBe("out_of_range", topic=wish.topic, minutes=minutes)
        topics[name] = replace(topics[name], daily_study_minutes=minutes)

    def _minutes(self, wish: Wish, now: int) -> int:
        if wish.kind == "add":
            return wish.minutes or (2 * STEP if total(self.plan) >= 40 else STEP)
        usual = wish.minutes or (2 * STEP if total(self.plan) >= 60 else STEP)
        moved = {"more": now + usual, "less": max(MIN_TOPIC_MINUTES, now - usual)}
        return moved.get(wish.kind, wish.minutes or 0)

    def _fit(self, topics: dict[str, Topic], wishes: list[Wish], goal: int | None) -> None:
        """Bring the plan to the total that was asked for, else within the time, with what no wish names."""
        limit, held = goal or self.available, {key(wish.topic) for wish in wishes if wish.kind != "first"}
        while (over := total(topics.values()) - limit) > 0 or (goal and over < 0):
            able = [one for one in topics.values() if one.key not in held]
            able = [one for one in able if over < 0 or one.daily_study_minutes > MIN_TOPIC_MINUTES]
            free = [one for one in able if one.key not in self.named]
            # A plan that is too long by itself has to become shorter by whatever it takes.
            free = free or (able if goal or total(self.plan) > self.available else [])
            if not free:
                raise self._no_fit(topics, wishes[-1], limit)
            sizes = [one.daily_study_minutes for one in free]
            chosen = free[sizes.index(min(sizes))] if over < 0 else free[::-1][sizes[::-1].index(max(sizes))]
            step = min(STEP, -over) if over < 0 else -min(STEP, over, max(sizes) - MIN_TOPIC_MINUTES)
            topics[chosen.key] = replace(chosen, daily_study_minutes=chosen.daily_study_minutes + step)

    def _no_fit(self, topics: dict[str, Topic], wish: Wish, limit: int) -> _CannotBe:
        needed, topic = total(topics.values()), topics.get(key(wish.topic))
        if topic is None or wish.kind == "first":
            return _CannotBe("other_sum", minutes=limit, needed=needed)
        minutes = topic.daily_study_minutes
        return _CannotBe("no_giver", topic=topic.name, minutes=minutes, needed=needed, limit=limit)


def _on_time(before: int, after: int, available: int, motivation: str) -> list[str]:
    notes, fitting = sayings("suggest_plan_changes")["notes"], energy(available, motivation)
    said = [notes["over_time"].format(before=before, available=available)] if before > available else []
    if after > max(before, fitting):
        said.append(notes["beyond_energy"].format(total=after, energy=fitting))
    return said


def _explained(plan: list[Topic], topics: list[Topic], done: list[Wish], available: int) -> Iterator[dict[str, str]]:
    """The real differences, each with its reason: what was asked for, else what gave and took because of it."""
    by_topic = {key(wish.topic): wish for wish in done if wish.kind != "first"}
    goal = by_topic.pop("", None)
    found = differences(plan, topics)
    gaining = [one.topic for one in found if one.change in ("added", "more_time") and key(one.topic) in by_topic]
    figures = {
        "total": total(topics),
        "limit": goal.minutes if goal else available,
        "gaining": listed(gaining) if len(gaining) <= MOST_NAMED else "the topics that you named",
        "first": topics[0].name,
    }
    is_passed_on = gaining and not goal and total(plan) <= available
    minutes = {topic.key: topic.daily_study_minutes for topic in plan}
    minutes |= {topic.key: topic.daily_study_minutes - minutes.get(topic.key, 0) for topic in topics}
    for one in found:
        wish = by_topic.get(key(one.topic))
        reason = _reason(one, wish, is_passed_on=bool(is_passed_on), is_first=key(one.topic) == topics[0].key)
        said = sayings("suggest_plan_changes")["reasons"][reason]
        asked = wish.minutes if wish else None
        moved = abs(minutes[key(one.topic)])
        yield {
            "topic": one.topic,
            "change": one.change,
            "reason": clip(said.format(asked=asked, minutes=moved, **figures), REASON_WORDS),
        }


def _reason(found: Difference, wish: Wish | None, *, is_passed_on: bool, is_first: bool) -> str:
    """Which of the reasons it is, by its name."""
    if found.change == "reprioritised":
        return "first" if is_first else "after_first"
    if found.change == "removed":
        return "removed" if wish else "no_room"
    if wish:
        return found.change if found.change == "added" or wish.kind in ("more", "less") else "exactly"
    if found.change == "less_time" and is_passed_on:
        return "gives"
    return "shorter" if found.change == "less_time" else "longer"


def in_words(sentences: list[str], most: int = RATIONALE_WORDS) -> str:
    """As many whole sentences as go into so many words, the first in any case."""
    said = clip(sentences[0], most)
    for sentence in sentences[1:]:
        if count_words(longer := f"{said} {sentence}") <= most:
            said = longer
    return said
