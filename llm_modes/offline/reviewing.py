"""The daily review: from what weeks of practice show to one gentle change of the plan, or why there is none."""

from dataclasses import replace
from typing import Any

from coach.counted import counted
from llm_modes.language.text import clip
from llm_modes.offline.changing import REASON_WORDS, STEP, Changed
from llm_modes.offline.sayings import sayings
from llm_modes.suggest_plan.plan import MIN_TOPIC_MINUTES, MIN_TOPICS, Topic
from llm_modes.suggest_plan_changes.differences import differences
from llm_modes.suggest_plan_changes.moves import most_moved
from llm_modes.suggest_plan_changes.schema import WeekData

# A mark of one session may be chance; from two on the review takes it as evidence.
ENOUGH_SESSIONS, LAST_RUNG = 2, 4
# Of strengths from 1 to 10, as they are shown; the middle of the scale stands for a topic without marks.
WEAK_BELOW, CLEAR_GAP, UNKNOWN_STRENGTH = 6.0, 2.0, 5.0


def review_plan(plan: list[Topic], inputs: dict[str, Any]) -> Changed:
    """The plan after the first line of the table that leads to a change, with what is to be said; else why none did."""
    look, notes = _Look(plan, inputs), list[str]()
    for line in ("stuck", "less_time", "untouched", "holds", "more_time", "marks"):
        if not look.reasons:
            does = {"less_time": _of_week, "more_time": _of_week, "marks": _of_marks}.get(line, _of_signal)
            notes.append(does(look, line))
    kept = enumerate((topic for topic in plan if look.minutes[topic.name]), start=1)
    topics = [replace(one, daily_study_minutes=look.minutes[one.name], priority=place) for place, one in kept]
    found = differences(plan, topics)
    if changes := [{"topic": name, "change": kind, "reason": look.reasons[name]} for name, kind in found]:
        return Changed(topics, changes, notes[-1:])
    why = next(filter(None, notes), _say("left" if look.not_now else "nothing"))
    week = [_say("week", **look.done)] if look.week.planned else []
    # The same words every day say nothing: then its figures alone, or less.
    return Changed(topics, [], week if why in inputs["said_last"] else [why, *week])


def _say(name: str, **figures: object) -> str:
    return str(sayings("suggest_plan_changes")["review"][name]).format(**figures)


class _Look:
    """What a review sees of the plan, and what it does with its minutes."""

    def __init__(self, plan: list[Topic], inputs: dict[str, Any]) -> None:
        self.minutes, self.reasons = {topic.name: topic.daily_study_minutes for topic in plan}, dict[str, str]()
        self.most, self.available = most_moved(plan), inputs["daily_minutes"]
        self.week = WeekData(**(inputs["week"] or {"planned": 0, "done": 0}))
        self.done = {**self.week.model_dump(), "days": counted(self.week.days, "day"), "available": self.available}
        self.signals = {one["topic"]: one for one in inputs["signals"] if one["topic"] in self.minutes}
        self.not_now = {(idea["topic"], idea["change"]) for idea in inputs["not_now"]}
        # What is known of a topic in figures, for a reason.
        self.marks, self.known = dict.fromkeys(self.minutes, _say("no_figures")), dict[str, float]()
        self.strengths = dict.fromkeys(self.minutes, UNKNOWN_STRENGTH)
        for one in inputs["progress"]:
            topic, strength, sessions = one["topic"], one["strength_rating"], one["sessions"]
            if topic in self.minutes and strength is not None:
                self.strengths[topic] = strength = round(float(strength), 1)
                self.marks[topic] = _say("figures", strength=strength, sessions=counted(sessions, "session"))
                self.known |= {topic: strength} if sessions >= ENOUGH_SESSIONS else {}

    def givers(self) -> list[str]:
        """The topics that may get fewer minutes, and have more than the least, the largest first."""
        by_size = sorted(self.minutes, key=self.minutes.__getitem__, reverse=True)
        free = (topic for topic in by_size if (topic, "less_time") not in self.not_now)
        return [topic for topic in free if self.minutes[topic] > MIN_TOPIC_MINUTES]

    def takers(self) -> list[str]:
        """The topics that may get more minutes, the weakest first; none that rests, holds, or was decided on lately."""
        but = {topic for topic, signal in self.signals.items() if signal["signal"] != "neglected"}
        but |= {topic for topic, _change in self.not_now}
        by_weakness = sorted(self.minutes, key=lambda topic: (self.strengths[topic], self.minutes[topic]))
        return [topic for topic in by_weakness if topic not in but]

    def move(self, topic: str, by: int, why: str, **figures: object) -> None:
        """Change a topic's minutes; one that is left with none goes."""
        evidence = self.signals.get(topic, {}).get("said", "")
        reason = _say(why, minutes=abs(by), marks=self.marks[topic], evidence=evidence, **figures)
        self.reasons[topic] = clip(reason, REASON_WORDS)
        self.minutes[topic] += by

    def shift(self, giver: str, taker: str, why: str, *, whole: bool = False) -> str:
        """Move a step, or all minutes, from one topic to another or to none, and say so; the rest stays free."""
        minutes = self.minutes[giver]
        step = minutes if whole else min(10 if minutes >= 20 else STEP, minutes - MIN_TOPIC_MINUTES)
        self.move(giver, -step, why, taker=taker)
        if taker:
            self.move(taker, min(step, self.most), f"{why}_taken", giver=giver)
        return _say(f"{why}_said", topic=giver, taker=taker)


def _of_signal(look: _Look, name: str) -> str:
    """Stuck on the last rung: rests, or goes where it has the least. Untouched: goes. Holds: gives to the weakest."""
    first, taker = "", "".join(look.takers()[:1])
    showing = [topic for topic, signal in look.signals.items() if signal["signal"] == name]
    for topic in sorted(showing, key=look.minutes.__getitem__, reverse=True):
        is_least = look.minutes[topic] == MIN_TOPIC_MINUTES
        goes = name == "untouched" or (name == "stuck" and is_least)
        stays = len(look.minutes) <= MIN_TOPICS if goes else is_least or (name == "holds" and not taker)
        change = "removed" if goes else "less_time"
        if name == "stuck" and look.signals[topic]["rung"] < LAST_RUNG:
            first = first or _say("another_way", topic=topic)
        elif stays:
            first = first or _say(f"{name}_stays", topic=topic)
        elif (topic, change) not in look.not_now:
            return look.shift(topic, taker, f"{name}_{change}", whole=goes)
    return first


def _of_week(look: _Look, change: str) -> str:
    """A plan of the size that is done: smaller by its largest topics, larger by its weakest, within the time."""
    sign = -1 if change == "less_time" else 1
    signal = "more planned than done" if sign < 0 else "more done than planned"
    if look.week.signal != signal or ("", change) in look.not_now:
        return ""
    for topic in look.givers() if sign < 0 else look.takers():
        room = look.minutes[topic] - MIN_TOPIC_MINUTES if sign < 0 else look.most
        missing = sign * (min(look.available, look.week.done_a_day) - sum(look.minutes.values()))
        if (by := min(look.most, room, missing)) > 0:
            look.move(topic, sign * by, f"{change}_as_done", **look.done)
    return _say(f"{change}_as_done_said" if look.reasons else f"{change}_cannot", **look.done)


def _of_marks(look: _Look, _line: str) -> str:
    """Minutes from what goes well to what does not, where the marks are evidence enough."""
    known = sorted(look.known, key=look.known.__getitem__)
    if len(known) < 2:
        return _say("too_little", topic=f"only {known[0]}" if known else "no topic")
    low, high = known[0], known[-1]
    if look.known[high] < round(look.known[low] + CLEAR_GAP, 1) or look.known[low] >= WEAK_BELOW:
        return _say("stays", low=low, low_marks=look.marks[low], high=high, high_marks=look.marks[high])
    weak = next((topic for topic in look.takers() if topic in known and look.known[topic] < WEAK_BELOW), "")
    if not weak:
        return ""
    # The strongest gives, and of two the largest; never what is as weak.
    able = [one for one in look.givers() if look.strengths[one] >= round(look.known[weak] + CLEAR_GAP, 1)]
    if not able:
        return _say("is_weak", topic=weak, marks=look.marks[weak])
    return look.shift(max(able, key=look.strengths.__getitem__), weak, "marks")
