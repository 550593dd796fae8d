"""The daily review: from what weeks of practice show to one gentle change of the plan, or why there is none."""

from dataclasses import replace
from typing import Any

from coach.counted import counted
from llm_modes.language.text import clip
from llm_modes.offline.changing import REASON_WORDS, STEP, Changed
from llm_modes.offline.sayings import sayings
from llm_modes.suggest_plan.plan import MIN_TOPIC_MINUTES, MIN_TOPICS, Topic
from llm_modes.suggest_plan_changes.differences import ChangeKind, differences
from llm_modes.suggest_plan_changes.moves import most_moved
from llm_modes.suggest_plan_changes.schema import WeekData

# A mark of one session may be chance; from two on the review takes it as evidence.
ENOUGH_SESSIONS, LAST_RUNG = 2, 4
# Of strengths from 1 to 10, as they are shown; the middle of the scale stands for a topic without marks.
WEAK_BELOW, CLEAR_GAP, UNKNOWN_STRENGTH = 6.0, 2.0, 5.0


def review_plan(plan: list[Topic], inputs: dict[str, Any]) -> Changed:
    """The plan after the first line of the table that leads to a change, with what is to be said; else why none did."""
    look, notes = _Look(plan, inputs), list[str]()
    table = [
        lambda: _of_signal(look, "stuck"),
        lambda: _of_week(look, "less_time") if look.week.signal == "more planned than done" else "",
        lambda: _of_signal(look, "untouched"),
        lambda: _of_signal(look, "holds"),
        lambda: _of_week(look, "more_time") if look.week.signal == "more done than planned" else "",
        lambda: _follow_the_marks(look),
    ]
    for line in table:
        notes.append(line())
        if look.minutes != look.before:
            break
    kept = enumerate((topic for topic in plan if look.minutes[topic.name]), start=1)
    topics = [replace(one, daily_study_minutes=look.minutes[one.name], priority=place) for place, one in kept]
    found = differences(plan, topics)
    if changes := [{"topic": name, "change": kind, "reason": look.reasons[name]} for name, kind in found]:
        return Changed(topics, changes, notes[-1:])
    why = next(filter(None, notes), _say("nothing"))
    week = [_say("week", **look.week.model_dump())] if look.week.planned else []
    # The same words every day say nothing: then its figures alone, or less.
    return Changed(topics, [], week if why in inputs["said_last"] else [why, *week])


def _say(name: str, **figures: object) -> str:
    return str(sayings("suggest_plan_changes")["review"][name]).format(**figures)


class _Look:
    """What a review sees of the plan, and what it does with its minutes."""

    def __init__(self, plan: list[Topic], inputs: dict[str, Any]) -> None:
        self.minutes = {topic.name: topic.daily_study_minutes for topic in plan}
        self.before, self.reasons = dict(self.minutes), dict[str, str]()
        self.most, self.available = most_moved(plan), inputs["daily_minutes"]
        self.week = WeekData(**(inputs["week"] or {"planned": 0, "done": 0}))
        self.signals = {one["topic"]: one for one in inputs["signals"] if one["topic"] in self.minutes}
        progress = [one for one in inputs["progress"] if one["topic"] in self.minutes]
        # What is known of a topic in figures, for a reason.
        self.strengths, self.marks = dict[str, float](), dict.fromkeys(self.minutes, _say("no_marks"))
        for one in (one for one in progress if one["strength_rating"] is not None):
            self.strengths[one["topic"]] = strength = round(float(one["strength_rating"]), 1)
            self.marks[one["topic"]] = _say("marks", strength=strength, sessions=counted(one["sessions"], "session"))
        often = [one["topic"] for one in progress if one["sessions"] >= ENOUGH_SESSIONS]
        self.known = [topic for topic in often if topic in self.strengths]
        self.weakness = dict.fromkeys(self.minutes, UNKNOWN_STRENGTH) | self.strengths
        self.not_now = {(idea["topic"], idea["change"]): idea["why"] for idea in inputs["not_now"]}

    def barred(self, topic: str, change: ChangeKind) -> str:
        """Why such a change is not brought up now, in a sentence; "" where it may be."""
        return _say(self.not_now[topic, change], topic=topic or "the plan") if (topic, change) in self.not_now else ""

    def givers(self) -> list[str]:
        """The topics with more than the least time, the largest first."""
        by_size = sorted(self.minutes, key=self.minutes.__getitem__, reverse=True)
        return [topic for topic in by_size if self.minutes[topic] > MIN_TOPIC_MINUTES]

    def takers(self) -> list[str]:
        """The topics that may get more minutes, the weakest first; one that rests, holds or is left out gets none."""
        but = {topic for topic, signal in self.signals.items() if signal["signal"] in ("holds", "untouched", "stuck")}
        but |= {topic for (topic, change), why in self.not_now.items() if (change, why) == ("removed", "raised")}
        free = (topic for topic in self.minutes if topic not in but and not self.barred(topic, "more_time"))
        return sorted(free, key=lambda topic: (self.weakness[topic], self.minutes[topic]))

    def move(self, topic: str, by: int, why: str, **figures: object) -> None:
        """Change a topic's minutes; one that is left with none goes."""
        said = self.signals.get(topic, {}).get("said", "")
        reason = _say(why, minutes=abs(by), marks=self.marks[topic], evidence=said, **figures)
        self.reasons[topic] = clip(reason, REASON_WORDS)
        self.minutes[topic] += by

    def shift(self, giver: str, taker: str, why: str, why_taken: str, *, whole: bool = False) -> None:
        """Move a step, or all minutes, from one topic to another or to none; what is too much for it stays free."""
        minutes = self.minutes[giver]
        step = minutes if whole else min(10 if minutes >= 20 else STEP, minutes - MIN_TOPIC_MINUTES)
        self.move(giver, -step, why, taker=taker)
        if taker:
            self.move(taker, min(step, self.most), why_taken, giver=giver)


def _of_signal(look: _Look, name: str) -> str:
    """Stuck on the last rung: rests, or goes where it has the least. Untouched: goes. Holds: gives to the weakest."""
    first, taker = "", "".join(look.takers()[:1])
    showing = [topic for topic, signal in look.signals.items() if signal["signal"] == name]
    for topic in sorted(showing, key=look.minutes.__getitem__, reverse=True):
        rung, is_least = look.signals[topic]["rung"], topic not in look.givers()
        goes = name == "untouched" or (name == "stuck" and is_least)
        stays = len(look.minutes) <= MIN_TOPICS if goes else is_least or (name == "holds" and not taker)
        change: ChangeKind = "removed" if goes else "less_time"
        note = look.barred(topic, change) or (_say(f"{name}_stays", topic=topic) if stays else "")
        if name == "stuck" and rung < LAST_RUNG:
            note = _say("another_way", topic=topic, rung=f", step {rung} of {LAST_RUNG}" if rung else "")
        if not note:
            look.shift(topic, taker, f"{name}_{change}", f"{name}_gives", whole=goes)
            return _say(f"{name}_{change}_said", topic=topic, taker=taker)
        first = first or note
    return first


def _of_week(look: _Look, change: ChangeKind) -> str:
    """A plan of the size that is done: smaller by its largest topics, larger by its weakest, within the time."""
    figures, sign = {**look.week.model_dump(), "available": look.available}, -1 if change == "less_time" else 1
    able, target = look.givers() if sign < 0 else look.takers(), min(look.available, look.week.done_a_day)
    for topic in able if not look.barred("", change) else []:
        room = look.minutes[topic] - MIN_TOPIC_MINUTES if sign < 0 else look.most
        by = min(look.most, room, sign * (target - sum(look.minutes.values())))
        if by > 0 and not look.barred(topic, change):
            look.move(topic, sign * by, f"{change}_as_done", **figures)
    if look.minutes != look.before:
        return _say(f"{change}_as_done_said", **figures)
    barred = (look.barred(topic, change) for topic in ("", *able))
    return next(filter(None, barred), _say(f"{change}_cannot", **figures))


def _follow_the_marks(look: _Look) -> str:
    """Minutes from what goes well to what does not, where the marks are evidence enough."""
    strength, known = look.strengths, look.known
    if len(known) < 2:
        return _say("too_little", topic=f"only {known[0]}" if known else "no topic")
    low, high = min(known, key=strength.__getitem__), max(known, key=strength.__getitem__)
    if strength[high] < round(strength[low] + CLEAR_GAP, 1) or strength[low] >= WEAK_BELOW:
        return _say("stays", low=low, low_marks=look.marks[low], high=high, high_marks=look.marks[high])
    weak = next((topic for topic in look.takers() if topic in known and strength[topic] < WEAK_BELOW), "")
    if not weak:
        return look.barred(low, "more_time")
    # The strongest give first, and of two the largest; never what is as weak.
    clearly = round(strength[weak] + CLEAR_GAP, 1)
    clearer = (topic for topic in look.givers() if strength.get(topic, clearly) >= clearly)
    whys = {one: look.barred(one, "less_time") for one in sorted(clearer, key=lambda one: -look.weakness[one])}
    if giver := next((one for one, why in whys.items() if not why), ""):
        look.shift(giver, weak, "does_with_less" if giver in strength else "has_the_time", "holds_gives")
        return _say("follows", topic=giver, taker=weak)
    return " ".join([_say("is_weak", topic=weak, marks=look.marks[weak]), *whys.values(), _say("none_above")][:2])
