"""What a review of the plan sees, and what it may do: asked by the table of `reviewing`."""

from typing import Any

from llm_modes.language.text import clip
from llm_modes.offline.draft import Draft
from llm_modes.suggest_plan.plan import MIN_TOPIC_MINUTES, Topic, key
from llm_modes.suggest_plan_changes.differences import ChangeKind, differences
from llm_modes.suggest_plan_changes.moves import most_moved
from llm_modes.suggest_plan_changes.schema import WeekData

# The middle of the scale stands for a topic without marks.
UNKNOWN_STRENGTH = 5.0
REASON_WORDS = 25


class Look:
    """The plan under review, and what may still be done with it."""

    def __init__(self, draft: Draft, inputs: dict[str, Any]) -> None:
        self.draft = draft
        self.before = draft.numbered()
        self.most = most_moved(self.before)
        self.available: int = inputs["daily_minutes"]
        self.week = WeekData(**(inputs.get("week") or {"planned": 0, "done": 0}))
        self.progress = {key(line["topic"]): line for line in inputs["progress"]}
        # Whether something was not brought up because the candidate has decided on it.
        self.leaves_in_peace = False
        self.signals = [signal for signal in inputs.get("signals") or [] if draft.find(signal["topic"])]
        self.not_now = {(key(idea["topic"]), idea["change"]): idea["why"] for idea in inputs.get("not_now") or []}

    @property
    def has_changed(self) -> bool:
        return bool(differences(self.before, self.draft.numbered()))

    def showing(self, name: str) -> list[dict[str, Any]]:
        """The signals of this name, those of the largest topics first."""
        found = [signal for signal in self.signals if signal["signal"] == name]
        return sorted(found, key=lambda signal: -self.minutes(signal["topic"]))

    def minutes(self, name: str) -> int:
        topic = self.draft.find(name)
        return topic.daily_study_minutes if topic else 0

    def signal_of(self, name: str) -> dict[str, Any]:
        return next((signal for signal in self.signals if key(signal["topic"]) == key(name)), {})

    def strength(self, name: str) -> float | None:
        rating = self.progress.get(key(name), {}).get("strength_rating")
        return None if rating is None else float(rating)

    def evidence(self, name: str) -> str:
        """What is known of a topic in figures, for a reason."""
        line = self.progress.get(key(name), {})
        if self.strength(name) is None:
            return "No marks yet"
        trend = next((f" and {word}" for word in ("rising", "falling") if word in line.get("trend", "")), "")
        sessions = line["sessions"]
        return f"{self.strength(name):.1f} of 10 after {sessions} session{'' if sessions == 1 else 's'}{trend}"

    def may(self, name: str, change: ChangeKind) -> bool:
        return (key(name), change) not in self.not_now

    def why_not(self, name: str, change: ChangeKind) -> str:
        """Why such a change is not brought up now, in a sentence; "" where it may be, or the candidate knows."""
        why = self.not_now.get((key(name), change), "")
        self.leaves_in_peace |= why in ("refused", "raised")
        return f"The last change of {name} needs a few sessions to show." if why == "moved" else ""

    def can_give(self, name: str) -> bool:
        return self.minutes(name) > MIN_TOPIC_MINUTES and self.may(name, "less_time")

    def step(self, name: str) -> int:
        """By how much a topic is made smaller."""
        minutes = self.minutes(name)
        return min(10 if minutes >= 20 else 5, minutes - MIN_TOPIC_MINUTES, self.most)

    def takers(self, *but: str) -> list[Topic]:
        """The topics that may get more minutes, the weakest first; one that rests, holds or is left out gets none."""
        left_out = {key(name) for name in but}
        found = [
            topic
            for topic in self.draft.topics
            if topic.key not in left_out
            and self.may(topic.name, "more_time")
            and self.not_now.get((topic.key, "removed")) != "raised"
            and self.signal_of(topic.name).get("signal") not in ("holds", "untouched", "stuck")
        ]
        return sorted(found, key=lambda topic: (self.weakness(topic.name), topic.daily_study_minutes))

    def weakness(self, name: str) -> float:
        strength = self.strength(name)
        return UNKNOWN_STRENGTH if strength is None else strength

    def less(self, name: str, minutes: int, reason: str) -> None:
        self.draft.set_minutes(name, self.minutes(name) - minutes, clip(reason, REASON_WORDS))

    def more(self, name: str, minutes: int, reason: str) -> None:
        self.draft.set_minutes(name, self.minutes(name) + minutes, clip(reason, REASON_WORDS))

    def spread(self, minutes: int, takers: list[Topic], source: str) -> None:
        """Hand out minutes in fives, the weakest first; what nobody may take stays free."""
        given: dict[str, int] = {}
        while minutes and (with_room := [t.name for t in takers if given.get(t.name, 0) + 5 <= self.most]):
            for name in with_room:
                part = min(5, minutes)
                given[name] = given.get(name, 0) + part
                minutes -= part
        for name, part in given.items():
            if part:
                self.more(name, part, f"{self.evidence(name)}: {part} minutes more, {source}.")


def said(signal: dict[str, Any]) -> str:
    """The evidence of a signal in words."""
    return str(signal.get("said") or signal.get("evidence") or "")
