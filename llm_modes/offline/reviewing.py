"""The daily review: a table from what weeks of practice show to one gentle change of the plan, or why there is none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from coach.counted import counted
from llm_modes.language.text import clip, listed
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
LAST_RUNG = 4


def review_plan(plan: list[Topic], inputs: dict[str, Any]) -> Changed:
    """The plan after the first line of TABLE that leads to a change, with what is to be said; else why none did."""
    look, notes = _Look(plan, inputs), list[str]()
    for line in TABLE:
        note = line(look)
        notes = [note] if look.has_changed else [*notes, note]
        if look.has_changed:
            break
    kept = [replace(one, daily_study_minutes=look.minutes[one.name]) for one in plan if one.name in look.minutes]
    topics = [replace(topic, priority=place) for place, topic in enumerate(kept, start=1)]
    changes = [
        {"topic": name, "change": kind, "reason": look.reasons[name]} for name, kind in differences(plan, topics)
    ]
    why = next(filter(None, notes), _say("left_in_peace" if look.leaves_in_peace else "nothing"))
    return Changed(topics, changes, [why] if changes else [why, *look.news()])


def _say(name: str, **figures: object) -> str:
    return str(sayings("suggest_plan_changes")["review"][name]).format(**figures)


class _Look:
    """What a review sees of the plan, and what it does with its minutes."""

    def __init__(self, plan: list[Topic], inputs: dict[str, Any]) -> None:
        names = {topic.key: topic.name for topic in plan}
        self.minutes = {topic.name: topic.daily_study_minutes for topic in plan}
        self.before, self.reasons = dict(self.minutes), dict[str, str]()
        self.most, self.available = most_moved(plan), inputs["daily_minutes"]
        week = self.week = WeekData(**(inputs["week"] or {"planned": 0, "done": 0}))
        self.of_week = {"done": week.done, "planned": week.planned, "days": week.days}
        self.progress, self.signals = (
            {names[key(line["topic"])]: line for line in inputs[told] if key(line["topic"]) in names}
            for told in ("progress", "signals")
        )
        not_now = ((key(idea["topic"]), idea) for idea in inputs["not_now"])
        self.not_now = {(names.get(topic, topic), idea["change"]): idea["why"] for topic, idea in not_now}
        # Whether something was not brought up because the candidate has decided on it.
        self.leaves_in_peace = False

    @property
    def has_changed(self) -> bool:
        return self.minutes != self.before

    @property
    def total(self) -> int:
        return sum(self.minutes.values())

    def showing(self, name: str) -> list[str]:
        """The topics with this signal, the largest first."""
        found = [topic for topic, signal in self.signals.items() if signal["signal"] == name]
        return sorted(found, key=self.minutes.__getitem__, reverse=True)

    def strength(self, topic: str) -> float | None:
        """From 1 to 10 as it is shown, None without marks."""
        rating = self.progress.get(topic, {}).get("strength_rating")
        return None if rating is None else round(float(rating), 1)

    def weakness(self, topic: str) -> float:
        strength = self.strength(topic)
        return UNKNOWN_STRENGTH if strength is None else strength

    def is_clearly_above(self, topic: str, other: str) -> bool:
        return round(self.weakness(topic) - self.weakness(other), 1) >= CLEAR_GAP

    def trend(self, topic: str) -> str:
        told = self.progress.get(topic, {}).get("trend", "")
        return next((f" and {word}" for word in ("rising", "falling") if word in told), "")

    def marks(self, topic: str) -> str:
        """What is known of a topic in figures, for a reason."""
        if (strength := self.strength(topic)) is None:
            return _say("no_marks")
        sessions = counted(self.progress[topic]["sessions"], "session")
        return _say("marks", strength=strength, sessions=sessions, trend=self.trend(topic))

    def news(self) -> list[str]:
        """What has changed in figures, for a day on which the plan does not: a sentence, or none."""
        for topic in self.minutes:
            if self.trend(topic) and self.strength(topic) is not None:
                return [_say("moving", topic=topic, marks=self.marks(topic))]
        return [_say("week", **self.of_week)] if self.week.planned else []

    def may(self, topic: str, change: ChangeKind) -> bool:
        return (topic, change) not in self.not_now

    def why_not(self, topic: str, change: ChangeKind) -> str:
        """Why such a change is not brought up now, in a sentence; "" where it may be, or the candidate knows."""
        why = self.not_now.get((topic, change), "")
        self.leaves_in_peace |= why in ("refused", "raised")
        return _say("needs_time", topic=topic or "the plan") if why == "moved" else ""

    def is_least(self, topic: str) -> bool:
        return self.minutes[topic] <= MIN_TOPIC_MINUTES

    def can_give(self, topic: str) -> bool:
        return not self.is_least(topic) and self.may(topic, "less_time")

    def takers(self) -> list[str]:
        """The topics that may get more minutes, the weakest first; one that rests, holds or is left out gets none."""
        free = [
            topic
            for topic in self.minutes
            if self.may(topic, "more_time")
            and self.not_now.get((topic, "removed")) != "raised"
            and self.signals.get(topic, {}).get("signal") not in ("holds", "untouched", "stuck")
        ]
        return sorted(free, key=lambda topic: (self.weakness(topic), self.minutes[topic]))

    def move(self, topic: str, by: int, why: str, **figures: object) -> None:
        """Change a topic's minutes, or take it out where all of them go."""
        evidence = self.signals.get(topic, {}).get("said", "")
        said = _say(why, minutes=abs(by), marks=self.marks(topic), evidence=evidence, **figures)
        self.reasons[topic] = clip(said, REASON_WORDS)
        self.minutes[topic] += by
        if not self.minutes[topic]:
            del self.minutes[topic]

    def shift(self, giver: str, taker: str, why: str, why_taken: str, *, note: str, whole: bool = False) -> str:
        """Move a step, or the `whole` time, from one topic to another one, or to none; returns the note of it."""
        now = self.minutes[giver]
        step = now if whole else min(10 if now >= 20 else STEP, now - MIN_TOPIC_MINUTES, self.most)
        self.move(giver, -step, why, taker=taker)
        if taker:
            self.move(taker, step, why_taken, giver=giver)
        return _say(note, topic=giver, taker=taker)

    def spread(self, minutes: int, why: str, **figures: object) -> None:
        """Hand out minutes in fives, the weakest first; what nobody may take stays free."""
        given = dict.fromkeys(self.takers(), 0)
        while minutes and (able := [topic for topic in given if given[topic] + STEP <= self.most]):
            for topic in able:
                part = min(STEP, minutes)
                given[topic] += part
                minutes -= part
        for topic, part in given.items():
            if part:
                self.move(topic, part, why, **figures)


def _rest_what_is_stuck(look: _Look) -> str:
    """Stuck on the last rung: fewer minutes for some days, to another topic; another topic where it has the least."""
    notes: list[str] = []
    for topic in look.showing("stuck"):
        rung, is_least, taker = look.signals[topic]["rung"], look.is_least(topic), "".join(look.takers()[:1])
        change: ChangeKind = "removed" if is_least else "less_time"
        if rung < LAST_RUNG:
            notes.append(_say("another_way", topic=topic, rung=f", step {rung} of {LAST_RUNG}" if rung else ""))
        elif is_least and (not taker or len(look.minutes) <= MIN_TOPICS):
            notes.append(_say("stuck_with_least", topic=topic))
        elif not look.may(topic, change):
            notes.append(look.why_not(topic, change))
        elif is_least:
            return look.shift(topic, taker, "left_out", "takes", note="may_be_left_out", whole=True)
        else:
            return look.shift(topic, taker, "rests", "takes", note="may_rest")
    return next(filter(None, notes), "")


def _fit_what_is_done(look: _Look) -> str:
    """More planned than done: a plan of the size that is done."""
    if look.week.signal != "more planned than done" or not look.may("", "less_time"):
        return look.why_not("", "less_time") if look.week.signal == "more planned than done" else ""
    target, able = max(MIN_TOPIC_MINUTES * len(look.minutes), look.week.done_a_day), list(look.minutes)
    while look.total > target and able:
        room = {topic: look.most - look.before[topic] + look.minutes[topic] for topic in look.minutes}
        able = [topic for topic in look.minutes if look.can_give(topic) and room[topic]]
        for topic in sorted(able, key=look.minutes.__getitem__)[-1:]:
            step = min(STEP, look.total - target, look.minutes[topic] - MIN_TOPIC_MINUTES, room[topic])
            look.move(topic, -step, "fits_what_is_done", **look.of_week)
    if look.has_changed:
        return _say("smaller", **look.of_week)
    larger = [topic for topic in look.minutes if not look.is_least(topic)]
    return look.why_not(larger[0], "less_time") if larger else _say("cannot_be_smaller")


def _ask_about_untouched(look: _Look) -> str:
    """Never practised: start with it once, or drop it; asked by one proposal."""
    for topic in look.showing("untouched"):
        free = look.minutes[topic]
        if not look.may(topic, "removed"):
            look.why_not(topic, "removed")
        elif len(look.minutes) <= MIN_TOPICS:
            return _say("untouched_stays", topic=topic)
        else:
            look.move(topic, -free, "start_or_drop")
            if look.week.signal != "more planned than done":
                look.spread(free, "more_from", giver=topic)
            return _say("never_practised", topic=topic)
    return ""


def _give_from_what_holds(look: _Look) -> str:
    """Holds: fewer minutes, given to the weakest."""
    holding, takers = look.showing("holds"), look.takers()
    for topic in holding:
        if look.can_give(topic) and takers:
            return look.shift(topic, takers[0], "holds_with_less", "more_from", note="holds")
        if look.can_give(topic):
            return _say("holds_for_nobody", topic=topic)
        look.why_not(topic, "less_time")
    is_least = holding and all(map(look.is_least, holding))
    return _say("holds_with_least", topics=listed(holding[:3])) if is_least else ""


def _use_the_time(look: _Look) -> str:
    """More done than planned: more minutes, within the time that there is."""
    if look.week.signal != "more done than planned" or not look.may("", "more_time"):
        return look.why_not("", "more_time") if look.week.signal == "more done than planned" else ""
    room = min(look.available, look.week.done_a_day) - look.total
    if room <= 0:
        return _say("day_is_full", available=look.available)
    look.spread(room, "as_you_do_more")
    return _say("larger", **look.of_week) if look.has_changed else ""


def _follow_the_marks(look: _Look) -> str:
    """Minutes from what goes well to what does not, where the marks are evidence enough."""
    marked = [topic for topic in look.minutes if look.strength(topic) is not None]
    known = sorted((t for t in marked if look.progress[t]["sessions"] >= ENOUGH_SESSIONS), key=look.weakness)
    if len(known) < 2:
        name = "one_marked" if len(marked) == 1 else "one_known" if known else "none_known"
        return _say(name, topic="".join((known or marked)[:1]))
    low, high = known[0], known[-1]
    is_close = not look.is_clearly_above(high, low)
    if is_close or look.weakness(low) >= WEAK_BELOW:
        figures = {"low": low, "low_marks": look.marks(low), "high": high, "high_marks": look.marks(high)}
        return _say("close" if is_close else "none_weak", **figures)
    weak = next((topic for topic in look.takers() if topic in known), "")
    if not weak or look.weakness(weak) >= WEAK_BELOW:
        return look.why_not(low, "more_time")
    # The strongest give first, then what has no marks; never what is as weak.
    able = [topic for topic in look.minutes if topic != weak and look.can_give(topic)]
    clearly = [topic for topic in able if topic in marked and look.is_clearly_above(topic, weak)]
    unmarked = [topic for topic in able if topic not in marked]
    if clearly:
        return look.shift(max(clearly, key=look.weakness), weak, "does_with_less", "more_from", note="follows")
    if unmarked:
        giver = max(unmarked, key=look.minutes.__getitem__)
        return look.shift(giver, weak, "has_the_time", "more_from", note="follows")
    return _help_without_a_giver(look, weak)


def _help_without_a_giver(look: _Look, weak: str) -> str:
    """Minutes that the day has left for a weak topic, else why nothing gives any."""
    said = _say("is_weak", topic=weak, marks=look.marks(weak))
    # Whoever does less than the plan has is not helped by a longer one.
    if look.available - look.total >= MIN_TOPIC_MINUTES and look.week.done >= look.week.planned > 0:
        look.move(weak, STEP, "day_has_left")
        return f"{said} {_say('room_left')}"
    larger = [topic for topic in look.minutes if topic != weak and not look.is_least(topic)]
    decided = [topic for topic in larger if not look.may(topic, "less_time")]
    why = look.why_not(decided[0], "less_time") if decided else _say("none_above" if larger else "all_have_least")
    return f"{said} {why}" if why else ""


TABLE: list[Callable[[_Look], str]] = [
    _rest_what_is_stuck,
    _fit_what_is_done,
    _ask_about_untouched,
    _give_from_what_holds,
    _use_the_time,
    _follow_the_marks,
]
