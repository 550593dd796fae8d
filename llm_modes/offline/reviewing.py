"""The daily review: a table from what weeks of practice show to one gentle change of the plan, or why there is none."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from coach.counted import counted
from llm_modes.language.text import clip
from llm_modes.offline.changing import REASON_WORDS, STEP, Changed
from llm_modes.offline.sayings import sayings
from llm_modes.suggest_plan.plan import MIN_TOPIC_MINUTES, MIN_TOPICS, Topic, key
from llm_modes.suggest_plan_changes.differences import ChangeKind, differences
from llm_modes.suggest_plan_changes.moves import most_moved
from llm_modes.suggest_plan_changes.schema import WeekData

# A mark of one session may be chance; from two on the review takes it as evidence.
ENOUGH_SESSIONS = 2
# Of strengths from 1 to 10; the middle of the scale stands for a topic without marks.
WEAK_BELOW, CLEAR_GAP, UNKNOWN_STRENGTH = 6.0, 2.0, 5.0
LAST_RUNG, TRENDS = 4, ("rising", "falling")


def review_plan(plan: list[Topic], inputs: dict[str, Any]) -> Changed:
    """The plan after the first line of TABLE that leads to a change, with what is to be said; else why none did."""
    look, why = _Look(plan, inputs), ""
    for line in TABLE:
        note = line(look)
        why = note if look.minutes != look.before else why or note
        if look.minutes != look.before:
            break
    kept = [replace(one, daily_study_minutes=look.minutes[one.name]) for one in plan if one.name in look.minutes]
    topics = [replace(topic, priority=place) for place, topic in enumerate(kept, start=1)]
    found = differences(plan, topics)
    changes = [{"topic": name, "change": kind, "reason": look.reasons[name]} for name, kind in found]
    why = why or _say("left_in_peace" if look.leaves_in_peace else "nothing")
    # The same words every day say nothing: then its figures alone, or less.
    told = [] if not changes and why in inputs["said_last"] else [why]
    return Changed(topics, changes, told if changes else [*told, *_news(look, why)])


def _say(name: str, **figures: object) -> str:
    return str(sayings("suggest_plan_changes")["review"][name]).format(**figures)


class _Look:
    """What a review sees of the plan, and what it does with its minutes."""

    def __init__(self, plan: list[Topic], inputs: dict[str, Any]) -> None:
        names = {topic.key: topic.name for topic in plan}
        self.minutes = {topic.name: topic.daily_study_minutes for topic in plan}
        self.before, self.reasons = dict(self.minutes), dict[str, str]()
        self.most, self.available = most_moved(plan), inputs["daily_minutes"]
        self.week = WeekData(**(inputs["week"] or {"planned": 0, "done": 0}))
        self.progress, self.signals = (
            {names[key(line["topic"])]: line for line in inputs[told] if key(line["topic"]) in names}
            for told in ("progress", "signals")
        )
        # From 1 to 10, as it is shown.
        rated = ((name, line["strength_rating"]) for name, line in self.progress.items())
        self.strengths = {name: round(float(rating), 1) for name, rating in rated if rating is not None}
        not_now = ((key(idea["topic"]), idea) for idea in inputs["not_now"])
        self.not_now = {(names.get(topic, topic), idea["change"]): idea["why"] for topic, idea in not_now}
        # Whether something was not brought up because the candidate has decided on it.
        self.leaves_in_peace = False

    def showing(self, name: str) -> list[str]:
        """The topics with this signal, the largest first."""
        found = (topic for topic, signal in self.signals.items() if signal["signal"] == name)
        return sorted(found, key=self.minutes.__getitem__, reverse=True)

    def weakness(self, topic: str) -> float:
        return self.strengths.get(topic, UNKNOWN_STRENGTH)

    def is_clearly_above(self, topic: str, other: str) -> bool:
        return round(self.weakness(topic) - self.weakness(other), 1) >= CLEAR_GAP

    def marks(self, topic: str) -> str:
        """What is known of a topic in figures, for a reason."""
        if topic not in self.strengths:
            return _say("no_marks")
        line = self.progress[topic]
        trend = next((f" and {word}" for word in TRENDS if word in line["trend"]), "")
        sessions = counted(line["sessions"], "session")
        return _say("marks", strength=self.strengths[topic], sessions=sessions, trend=trend)

    def barred(self, topic: str, change: ChangeKind) -> str:
        """Why such a change is not brought up now, in a sentence; "" where it may be, or the candidate knows."""
        why = self.not_now.get((topic, change), "")
        self.leaves_in_peace |= why in ("refused", "raised")
        return _say("needs_time", topic=topic or "the plan") if why == "moved" else ""

    def is_least(self, topic: str) -> bool:
        return self.minutes[topic] <= MIN_TOPIC_MINUTES

    def can_give(self, topic: str) -> bool:
        return not self.is_least(topic) and (topic, "less_time") not in self.not_now

    def takers(self) -> list[str]:
        """The topics that may get more minutes, the weakest first; one that rests, holds or is left out gets none."""
        but = {topic for topic, signal in self.signals.items() if signal["signal"] in ("holds", "untouched", "stuck")}
        but |= {topic for (topic, change), why in self.not_now.items() if (change, why) == ("removed", "raised")}
        but |= {topic for topic, change in self.not_now if change == "more_time"}
        free = (topic for topic in self.minutes if topic not in but)
        return sorted(free, key=lambda topic: (self.weakness(topic), self.minutes[topic]))

    def move(self, topic: str, by: int, why: str, **figures: object) -> None:
        """Change a topic's minutes, or take it out where all of them go."""
        evidence = self.signals.get(topic, {}).get("said", "")
        said = _say(why, minutes=abs(by), marks=self.marks(topic), evidence=evidence, **figures)
        self.reasons[topic] = clip(said, REASON_WORDS)
        self.minutes[topic] += by
        if not self.minutes[topic]:
            del self.minutes[topic]

    def shift(self, giver: str, taker: str, why: str, why_taken: str, *, whole: bool = False) -> None:
        """Move a step, or all minutes, from one topic to another or to none; what is too much for it stays free."""
        minutes = self.minutes[giver]
        step = minutes if whole else min(10 if minutes >= 20 else STEP, minutes - MIN_TOPIC_MINUTES, self.most)
        self.move(giver, -step, why, taker=taker)
        if taker:
            self.move(taker, min(step, self.most), why_taken, giver=giver)


def _news(look: _Look, said: str) -> list[str]:
    """What has changed in figures and is not said yet, for a day on which the plan does not: a sentence, or none."""
    moving = [topic for topic in look.strengths if look.marks(topic).endswith(TRENDS) and topic not in said]
    if moving:
        return [_say("moving", topic=moving[0], marks=look.marks(moving[0]))]
    return [_say("week", **look.week.model_dump())] if look.week.planned else []


def _of_signal(look: _Look, name: str) -> str:
    """Stuck on the last rung: rests, or goes where it has the least. Untouched: goes. Holds: gives to the weakest."""
    notes: list[str] = []
    for topic in look.showing(name):
        is_least, rung, taker = look.is_least(topic), look.signals[topic]["rung"], "".join(look.takers()[:1])
        change: ChangeKind = "removed" if name == "untouched" or (name == "stuck" and is_least) else "less_time"
        needs_taker = name == "holds" or (name == "stuck" and is_least)
        if name == "stuck" and rung < LAST_RUNG:
            notes.append(_say("another_way", topic=topic, rung=f", step {rung} of {LAST_RUNG}" if rung else ""))
        elif change == "less_time" and is_least:
            notes.append(_say("least_already", topic=topic))
        elif (topic, change) in look.not_now:
            notes.append(look.barred(topic, change))
        elif (needs_taker and not taker) or (change == "removed" and len(look.minutes) <= MIN_TOPICS):
            notes.append(_say(f"{name}_stays", topic=topic))
        else:
            # Whoever does less than the plan has is not helped by minutes that become free.
            is_kept = name == "untouched" and look.week.signal == "more planned than done"
            taken = "" if is_kept else taker
            look.shift(topic, taken, f"{name}_{change}", f"{name}_gives", whole=change == "removed")
            return _say(f"{name}_{change}_said", topic=topic, taker=taker)
    return next(filter(None, notes), "")


def _of_week(look: _Look, signal: str, change: ChangeKind) -> str:
    """A plan of the size that is done: smaller by its largest topics, larger by its weakest, within the time."""
    if look.week.signal != signal or ("", change) in look.not_now:
        return look.barred("", change) if look.week.signal == signal else ""
    target, topics = min(look.available, look.week.done_a_day), look.takers()
    if change == "less_time":
        target = max(MIN_TOPIC_MINUTES * len(look.minutes), look.week.done_a_day)
        topics = sorted(filter(look.can_give, look.minutes), key=look.minutes.__getitem__, reverse=True)
    for topic in topics:
        by = max(-look.most, MIN_TOPIC_MINUTES - look.minutes[topic], target - sum(look.minutes.values()))
        if (by < 0) == (change == "less_time") and by:
            look.move(topic, min(by, look.most), f"{change}_as_done", **look.week.model_dump())
    larger = [topic for topic in look.minutes if not look.is_least(topic)]
    if look.minutes != look.before:
        return _say(f"{change}_as_done_said", **look.week.model_dump())
    if change == "more_time":
        return _say("day_is_full", available=look.available) if target <= sum(look.minutes.values()) else ""
    return look.barred(larger[0], "less_time") if larger else _say("cannot_be_smaller")


def _follow_the_marks(look: _Look) -> str:
    """Minutes from what goes well to what does not, where the marks are evidence enough."""
    marked = [topic for topic in look.minutes if topic in look.strengths]
    known = sorted((t for t in marked if look.progress[t]["sessions"] >= ENOUGH_SESSIONS), key=look.weakness)
    if len(known) < 2:
        name = "one_marked" if len(marked) == 1 else "one_known" if known else "none_known"
        return _say(name, topic="".join((known or marked)[:1]))
    low, high = known[0], known[-1]
    is_close = not look.is_clearly_above(high, low)
    if is_close or look.weakness(low) >= WEAK_BELOW:
        figures = {"low": low, "low_marks": look.marks(low), "high": high, "high_marks": look.marks(high)}
        return _say("close" if is_close else "none_weak", **figures)
    weak = next((topic for topic in look.takers() if topic in known), low)
    if (weak, "more_time") in look.not_now or weak not in look.takers() or look.weakness(weak) >= WEAK_BELOW:
        return look.barred(low, "more_time")
    # The strongest give first, then what has no marks, the largest first; never what is as weak.
    others = [topic for topic in look.minutes if topic != weak and not look.is_least(topic)]
    able = [topic for topic in others if topic not in marked or look.is_clearly_above(topic, weak)]
    able.sort(key=lambda topic: (topic not in marked, -look.weakness(topic), -look.minutes[topic]))
    for giver in filter(look.can_give, able):
        look.shift(giver, weak, "does_with_less" if giver in marked else "has_the_time", "holds_gives")
        return _say("follows", topic=giver, taker=weak)
    said = _say("is_weak", topic=weak, marks=look.marks(weak))
    # Whoever does less than the plan has is not helped by a longer one.
    if look.available - sum(look.minutes.values()) >= STEP and look.week.done >= look.week.planned > 0:
        look.move(weak, STEP, "day_has_left")
        return f"{said} {_say('room_left')}"
    decided = [topic for topic in others if (topic, "less_time") in look.not_now]
    why = look.barred(decided[0], "less_time") if decided else _say("none_above" if others else "all_have_least")
    return f"{said} {why}" if why else ""


TABLE: list[Callable[[_Look], str]] = [
    partial(_of_signal, name="stuck"),
    partial(_of_week, signal="more planned than done", change="less_time"),
    partial(_of_signal, name="untouched"),
    partial(_of_signal, name="holds"),
    partial(_of_week, signal="more done than planned", change="more_time"),
    _follow_the_marks,
]
