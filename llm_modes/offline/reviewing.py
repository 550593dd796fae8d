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
        if look.minutes != look.before:
            notes = [note]
            break
        notes += [note] if note else []
    topics = [replace(one, daily_study_minutes=look.minutes[one.key]) for one in plan if one.key in look.minutes]
    topics = [replace(topic, priority=place) for place, topic in enumerate(topics, start=1)]
    found = differences(plan, topics)
    changes = [{"topic": one.topic, "change": one.change, "reason": look.reasons[key(one.topic)]} for one in found]
    notes = notes[:1] or [_say("left_in_peace" if look.leaves_in_peace else "nothing")]
    return Changed(topics, changes, notes if changes else [*notes, *_news(look)])


def _news(look: "_Look") -> list[str]:
    """What has changed in figures, for a day on which the plan does not: a sentence, or none."""
    moving = [topic for topic in look.minutes if look.trend(topic) and look.strength(topic) is not None]
    if moving:
        return [_say("moving", topic=look.names[moving[0]], marks=look.marks(moving[0]))]
    return [_say("week", **look.of_week)] if look.week.planned else []


def _say(name: str, **figures: object) -> str:
    return str(sayings("suggest_plan_changes")["review"][name]).format(**figures)


class _Look:
    """What a review sees of the plan, and what it does with its minutes. Topics go by their keys."""

    def __init__(self, plan: list[Topic], inputs: dict[str, Any]) -> None:
        self.names = {topic.key: topic.name for topic in plan}
        self.before = {topic.key: topic.daily_study_minutes for topic in plan}
        self.minutes, self.reasons = dict(self.before), dict[str, str]()
        self.most, self.available = most_moved(plan), inputs["daily_minutes"]
        self.week = WeekData(**(inputs["week"] or {"planned": 0, "done": 0}))
        self.progress = {key(line["topic"]): line for line in inputs["progress"]}
        self.not_now = {(key(idea["topic"]), idea["change"]): idea["why"] for idea in inputs["not_now"]}
        of_plan = [signal for signal in inputs["signals"] if key(signal["topic"]) in self.names]
        # The last of two signals of one topic counts; those of the largest topics come first.
        self.signals = {key(signal["topic"]): signal for signal in of_plan}
        self.of_week = {"done": self.week.done, "planned": self.week.planned, "days": self.week.days}
        # Whether something was not brought up because the candidate has decided on it.
        self.leaves_in_peace = False

    @property
    def total(self) -> int:
        return sum(self.minutes.values())

    def showing(self, name: str) -> list[str]:
        found = [topic for topic, signal in self.signals.items() if signal["signal"] == name]
        return sorted(found, key=lambda topic: -self.minutes[topic])

    def strength(self, topic: str) -> float | None:
        """From 1 to 10 as it is shown, None without marks."""
        rating = self.progress.get(topic, {}).get("strength_rating")
        return None if rating is None else round(float(rating), 1)

    def weakness(self, topic: str) -> float:
        strength = self.strength(topic)
        return UNKNOWN_STRENGTH if strength is None else strength

    def is_clearly_above(self, topic: str, other: str) -> bool:
        return round(self.weakness(topic) - self.weakness(other), 1) >= CLEAR_GAP

    def marks(self, topic: str) -> str:
        """What is known of a topic in figures, for a reason."""
        if self.strength(topic) is None:
            return _say("no_marks")
        sessions, trend = counted(self.progress[topic]["sessions"], "session"), self.trend(topic)
        return _say("marks", strength=self.strength(topic), sessions=sessions) + (trend and f" and {trend}")

    def trend(self, topic: str) -> str:
        told = self.progress.get(topic, {}).get("trend", "")
        return next((word for word in ("rising", "falling") if word in told), "")

    def may(self, topic: str, change: ChangeKind) -> bool:
        return (topic, change) not in self.not_now

    def why_not(self, topic: str, change: ChangeKind) -> str:
        """Why such a change is not brought up now, in a sentence; "" where it may be, or the candidate knows."""
        why = self.not_now.get((topic, change), "")
        self.leaves_in_peace |= why in ("refused", "raised")
        return _say("needs_time", topic=self.names.get(topic, "the plan")) if why == "moved" else ""

    def can_give(self, topic: str) -> bool:
        return self.minutes[topic] > MIN_TOPIC_MINUTES and self.may(topic, "less_time")

    def step(self, topic: str) -> int:
        """By how much a topic is made smaller."""
        return min(10 if self.minutes[topic] >= 20 else 5, self.minutes[topic] - MIN_TOPIC_MINUTES, self.most)

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
        self.minutes[topic] += by
        evidence = self.signals.get(topic, {}).get("said", "")
        said = _say(why, minutes=abs(by), marks=self.marks(topic), evidence=evidence, **figures)
        self.reasons[topic] = clip(said, REASON_WORDS)
        if not self.minutes[topic]:
            del self.minutes[topic]

    def spread(self, minutes: int, why: str, **figures: object) -> None:
        """Hand out minutes in fives, the weakest first; what nobody may take stays free."""
        given: dict[str, int] = {}
        while minutes and (able := [topic for topic in self.takers() if given.get(topic, 0) + STEP <= self.most]):
            for topic in able:
                part = min(STEP, minutes)
                given[topic] = given.get(topic, 0) + part
                minutes -= part
        for topic, part in given.items():
            if part:
                self.move(topic, part, why, **figures)


def _rest_what_is_stuck(look: _Look) -> str:
    """Stuck on the last rung: fewer minutes for some days, to another topic; another topic where it has the least."""
    notes: list[str] = []
    for topic in look.showing("stuck"):
        name, rung, minutes = look.names[topic], look.signals[topic]["rung"], look.minutes[topic]
        taker = next(iter(look.takers()), "")
        change: ChangeKind = "less_time" if minutes > MIN_TOPIC_MINUTES else "removed"
        can_go = change == "less_time" or (taker and len(look.minutes) > MIN_TOPICS)
        if rung < LAST_RUNG:
            notes.append(_say("another_way", topic=name, rung=f", step {rung} of {LAST_RUNG}" if rung else ""))
        elif not can_go:
            notes.append(_say("stuck_with_least", topic=name))
        elif not look.may(topic, change):
            notes.append(look.why_not(topic, change))
        else:
            step = look.step(topic) if change == "less_time" else minutes
            look.move(topic, -step, "rests" if change == "less_time" else "left_out")
            if taker:
                look.move(taker, step, "takes", giver=name)
            return _say("may_rest" if change == "less_time" else "may_be_left_out", topic=name)
    return next(filter(None, notes), "")


def _fit_what_is_done(look: _Look) -> str:
    """More planned than done: a plan of the size that is done."""
    if look.week.signal != "more planned than done":
        return ""
    if not look.may("", "less_time"):
        return look.why_not("", "less_time")
    target, taken = max(MIN_TOPIC_MINUTES * len(look.minutes), look.week.done_a_day), dict.fromkeys(look.minutes, 0)
    while look.total > target:
        able = [topic for topic in look.minutes if look.can_give(topic) and taken[topic] < look.most]
        if not able:
            break
        topic = max(reversed(able), key=lambda one: look.minutes[one])
        step = min(STEP, look.total - target, look.minutes[topic] - MIN_TOPIC_MINUTES, look.most - taken[topic])
        taken[topic] += step
        look.move(topic, -step, "fits_what_is_done", **look.of_week)
    if any(taken.values()):
        return _say("smaller", **look.of_week)
    larger = [topic for topic, minutes in look.minutes.items() if minutes > MIN_TOPIC_MINUTES]
    return look.why_not(larger[0], "less_time") if larger else _say("cannot_be_smaller")


def _ask_about_untouched(look: _Look) -> str:
    """Never practised: start with it once, or drop it; asked by one proposal."""
    for topic in look.showing("untouched"):
        name, free = look.names[topic], look.minutes[topic]
        if not look.may(topic, "removed"):
            look.why_not(topic, "removed")
        elif len(look.minutes) <= MIN_TOPICS:
            return _say("untouched_stays", topic=name)
        else:
            look.move(topic, -free, "start_or_drop")
            if look.week.signal != "more planned than done":
                look.spread(free, "more_from", giver=name)
            return _say("never_practised", topic=name)
    return ""


def _give_from_what_holds(look: _Look) -> str:
    """Holds: fewer minutes, given to the weakest."""
    holding = look.showing("holds")
    for topic in holding:
        if not look.can_give(topic):
            look.why_not(topic, "less_time")
            continue
        if not (takers := look.takers()):
            return _say("holds_for_nobody", topic=look.names[topic])
        step = look.step(topic)
        look.move(topic, -step, "holds_with_less")
        look.move(takers[0], step, "more_from", giver=look.names[topic])
        return _say("holds", topic=look.names[topic], taker=look.names[takers[0]])
    if holding and all(look.minutes[topic] <= MIN_TOPIC_MINUTES for topic in holding):
        return _say("holds_with_least", topics=listed([look.names[topic] for topic in holding[:3]]))
    return ""


def _use_the_time(look: _Look) -> str:
    """More done than planned: more minutes, within the time that there is."""
    if look.week.signal != "more done than planned":
        return ""
    if not look.may("", "more_time"):
        return look.why_not("", "more_time")
    room = min(look.available, look.week.done_a_day) - look.total
    if room <= 0:
        return _say("day_is_full", available=look.available)
    look.spread(room, "as_you_do_more")
    return _say("larger", **look.of_week) if look.minutes != look.before else ""


def _follow_the_marks(look: _Look) -> str:
    """Minutes from what goes well to what does not, where the marks are evidence enough."""
    marked = [topic for topic in look.minutes if look.strength(topic) is not None]
    known = sorted((t for t in marked if look.progress[t]["sessions"] >= ENOUGH_SESSIONS), key=look.weakness)
    if len(known) < 2:
        only = look.names[known[0]] if known else look.names[marked[0]] if len(marked) == 1 else ""
        return _say("one_marked" if len(marked) == 1 else "one_known" if known else "none_known", topic=only)
    low, high = known[0], known[-1]
    if not look.is_clearly_above(high, low) or look.weakness(low) >= WEAK_BELOW:
        figures = {"low": look.names[low], "low_marks": look.marks(low), "high": look.names[high]}
        close = not look.is_clearly_above(high, low)
        return _say("close" if close else "none_weak", high_marks=look.marks(high), **figures)
    weak = next((topic for topic in look.takers() if topic in known), "")
    if not weak or look.weakness(weak) >= WEAK_BELOW:
        return look.why_not(low, "more_time")
    if not (givers := _givers(look, weak)):
        return _help_without_a_giver(look, weak)
    step, giver, is_marked = look.step(givers[0]), look.names[givers[0]], givers[0] in marked
    look.move(givers[0], -step, "does_with_less" if is_marked else "has_the_time", taker=look.names[weak])
    look.move(weak, step, "more_from", giver=giver)
    return _say("follows", giver=giver, taker=look.names[weak])


def _givers(look: _Look, weak: str) -> list[str]:
    """Who can spare minutes for the weak topic: the strongest first, then what has no marks; never what is as weak."""
    able = [topic for topic in look.minutes if topic != weak and look.can_give(topic)]
    clearly = [topic for topic in able if look.strength(topic) is not None and look.is_clearly_above(topic, weak)]
    unmarked = [topic for topic in able if look.strength(topic) is None]
    return sorted(clearly, key=look.weakness, reverse=True) + sorted(unmarked, key=look.minutes.get, reverse=True)


def _help_without_a_giver(look: _Look, weak: str) -> str:
    """Minutes that the day has left for a weak topic, else why nothing gives any."""
    said = _say("is_weak", topic=look.names[weak], marks=look.marks(weak))
    # Whoever does less than the plan has is not helped by a longer one.
    if look.available - look.total >= MIN_TOPIC_MINUTES and look.week.done >= look.week.planned > 0:
        look.move(weak, STEP, "day_has_left")
        return f"{said} {_say('room_left')}"
    larger = [topic for topic, minutes in look.minutes.items() if topic != weak and minutes > MIN_TOPIC_MINUTES]
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
