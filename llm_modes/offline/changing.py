"""Carries out wishes in a plan, with a reason for every change, and says why where it does not. Reads no text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llm_modes.language.text import clip, listed
from llm_modes.language.words import count_words
from llm_modes.offline.bank import RoleBank, role_bank
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import called
from llm_modes.offline.wishes import Wish
from llm_modes.suggest_plan import plan as rules
from llm_modes.suggest_plan.plan import Topic, key, total
from llm_modes.suggest_plan_changes.differences import differences

STEP, REASON_WORDS, RATIONALE_WORDS, MOST_NAMED = 5, 25, 60, 3
# A day of so many minutes has larger steps.
LONG_DAY = 60
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


def changed(plan: list[Topic], wishes: list[Wish], *, role: str, available: int, motivation: str = "") -> Changed:
    """The plan as wished for. `available`: the candidate's minutes a day; `motivation`: low, medium, high or ""."""
    plan = sorted(plan, key=lambda topic: topic.priority)
    available = min(max(available, rules.MIN_DAILY_MINUTES), rules.MAX_DAILY_MINUTES)
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
                done.append(wish)
            except _CannotBe as why:
                refused[wish] = str(why)
    notes, before, fitting = sayings("suggest_plan_changes")["notes"], total(plan), energy(available, motivation)
    said = list(refused.values())
    if before > available:
        said.append(notes["over_time"].format(before=before, available=available))
    if total(topics) > max(before, fitting):
        said.append(notes["beyond_energy"].format(total=total(topics), energy=fitting))
    return Changed(topics, list(_explained(plan, topics, done, available)), said)


def energy(available: int, motivation: str) -> int:
    """The minutes a day of a plan that suits the motivation: all there are, or about three quarters where it is low."""
    return max(rules.MIN_DAILY_MINUTES, available * 3 // 4 // STEP * STEP) if motivation == "low" else available


def new_topic(name: str, bank: RoleBank, minutes: int = 0) -> Topic:
    """A topic of the bank, else one of the candidate's own, as a plan has it."""
    topic, own = called(name, bank), sayings("suggest_plan")["own_topic"]
    description = topic.description if topic else own["description"].format(name=name)
    outcome = topic.outcome if topic else own["outcome"]
    return Topic(name=name, description=description, daily_study_minutes=minutes, expected_outcome=outcome)


def in_words(sentences: list[str], most: int = RATIONALE_WORDS) -> str:
    """As many whole sentences as go into so many words, the first in any case."""
    said = clip(sentences[0], most)
    for sentence in sentences[1:]:
        if count_words(longer := f"{said} {sentence}") <= most:
            said = longer
    return said


@dataclass(frozen=True)
class _Making:
    """How a plan is changed. `named`: the keys of topics that a wish names, also one that is not carried out."""

    plan: list[Topic]
    bank: RoleBank
    available: int
    named: frozenset[str]

    def after(self, wishes: list[Wish]) -> list[Topic]:
        """The plan with these wishes carried out, numbered. Raises _CannotBe where the last of them cannot be."""
        goal = next((wish.minutes for wish in wishes if wish.kind == "total"), None)
        dropped = {key(wish.topic) for wish in wishes if wish.kind == "drop"}
        topics = {topic.key: topic for topic in self.plan if topic.key not in dropped}
        spare = [name for name in topics if name not in self.named]
        while spare and len(topics) > max(rules.MIN_TOPICS, (goal or self.available) // rules.MIN_TOPIC_MINUTES):
            del topics[spare.pop()]
        for wish in wishes:
            if wish.kind != "first" or key(wish.topic) not in dropped:
                self._carry_out(wish, topics)
        self._fit(topics, {key(wish.topic) for wish in wishes if wish.kind != "first"}, goal)
        plan = [replace(topic, priority=place) for place, topic in enumerate(topics.values(), start=1)]
        limit = self.available if goal is None else min(goal, self.available)
        broken = rules.rules_broken_by(plan, stated=total(plan) if goal is None else goal, available=limit)
        if wishes and broken:
            self._refuse(wishes[-1], topics, next(rule.name for rule in rules.Rule if rule in broken), limit)
        return plan

    def _carry_out(self, wish: Wish, topics: dict[str, Topic]) -> None:
        """Change the topics as one wish says, whether or not that leaves a plan."""
        name, day = key(wish.topic), total(self.plan)
        if wish.kind == "total" or (wish.kind == "drop" and any(topic.key == name for topic in self.plan)):
            return
        if (name in topics and not wish.minutes) if wish.kind == "add" else name not in topics:
            self._refuse(wish, topics, "twice" if wish.kind == "add" else "absent", self.available)
        topic = topics.get(name) or new_topic(wish.topic, self.bank)
        if wish.kind == "first":
            topics.update({other: topics.pop(other) for other in list(topics) if other != name})
            return
        now, by = topic.daily_study_minutes, wish.minutes or (2 * STEP if day >= LONG_DAY else STEP)
        if wish.kind == "less" and now <= rules.MIN_TOPIC_MINUTES:
            self._refuse(wish, topics, "has_least", self.available)
        minutes = {"more": now + by, "less": max(rules.MIN_TOPIC_MINUTES, now - by)}.get(wish.kind, by)
        topics[name] = replace(topic, daily_study_minutes=minutes)

    def _fit(self, topics: dict[str, Topic], held: set[str], goal: int | None) -> None:
        """Bring the plan to the total asked for, else within the time, as far as what no wish names can."""
        is_too_long = goal is not None or total(self.plan) > self.available
        while over := total(topics.values()) - (self.available if goal is None else goal):
            able = [topic for topic in topics.values() if topic.key not in held]
            able = [topic for topic in able if over < 0 or topic.daily_study_minutes > rules.MIN_TOPIC_MINUTES]
            # A plan that is too long by itself has to become shorter by whatever it takes.
            free = [topic for topic in able if topic.key not in self.named] or (able if is_too_long else [])
            if not free or (goal is None and over < 0):
                return
            ranked = sorted(free, key=lambda topic: topic.daily_study_minutes)
            chosen = ranked[0] if over < 0 else ranked[-1]
            minutes = chosen.daily_study_minutes - max(-STEP, min(STEP, over))
            topics[chosen.key] = replace(chosen, daily_study_minutes=max(rules.MIN_TOPIC_MINUTES, minutes))

    def _refuse(self, wish: Wish, topics: dict[str, Topic], why: str, limit: int) -> None:
        if wish.kind == "total":
            why = "beyond_time" if (wish.minutes or 0) > self.available else "other_sum"
        minutes = topics[key(wish.topic)].daily_study_minutes if key(wish.topic) in topics else wish.minutes
        figures = {"topic": wish.topic, "minutes": minutes, "needed": total(topics.values()), "limit": limit}
        raise _CannotBe(sayings("suggest_plan_changes")["why_not"][why.lower()].format(**figures))


def _explained(plan: list[Topic], topics: list[Topic], done: list[Wish], available: int) -> Iterator[dict[str, str]]:
    """The real differences, each with its reason: what was asked for, else what gave and took because of it."""
    reasons, by_topic = sayings("suggest_plan_changes")["reasons"], {key(w.topic): w for w in done if w.kind != "first"}
    goal, found = by_topic.pop("", None), differences(plan, topics)
    gaining = [one.topic for one in found if one.change in ("added", "more_time") and key(one.topic) in by_topic]
    is_passed_on = gaining and not goal and total(plan) <= available
    figures = {
        "total": total(topics),
        "limit": goal.minutes if goal else available,
        "gaining": listed(gaining) if len(gaining) <= MOST_NAMED else "the topics that you named",
        "first": topics[0].name,
    }
    minutes, after = ({topic.key: topic.daily_study_minutes for topic in some} for some in (plan, topics))
    for topic, change in found:
        wish, moved = by_topic.get(key(topic)), abs(after.get(key(topic), 0) - minutes.get(key(topic), 0))
        name = f"{wish.kind if wish else 'unasked'}_{change}"
        if change == "reprioritised":
            name = "first" if key(topic) == topics[0].key else "after_first"
        elif change == "less_time" and not wish and is_passed_on:
            name = "gives"
        reason = reasons[name].format(asked=wish and wish.minutes, minutes=moved, **figures)
        yield {"topic": topic, "change": change, "reason": clip(reason, REASON_WORDS)}
