"""A plan while it is being changed, with the reasons noted on the way."""

from dataclasses import dataclass, field, replace
from typing import Any

from llm_modes.language.text import clip
from llm_modes.suggest_plan.plan import MAX_TOPICS, MIN_TOPIC_MINUTES, MIN_TOPICS, Topic, key, total
from llm_modes.suggest_plan_changes.differences import ChangeKind, differences

DEFAULT_REASONS: dict[ChangeKind, str] = {
    "added": "A plan needs at least two topics with names of their own.",
    "removed": "Removed so that the plan stays within its limits.",
    "more_time": "Takes the minutes that the other changes set free.",
    "less_time": "Gives its minutes to the other changes, so that the total fits your time.",
    "reprioritised": "Its place follows from the other changes.",
    "reworded": "Worded more clearly.",
}


@dataclass
class Draft:
    """Topics in order of priority, the reason for each change, and what was asked for: more, less, or exact minutes."""

    topics: list[Topic]
    reasons: dict[tuple[str, ChangeKind], str] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        return total(self.topics)

    def find(self, name: str) -> Topic | None:
        """The topic of this name, without regard to case."""
        return next((topic for topic in self.topics if topic.key == key(name)), None)

    def explain(self, name: str, change: ChangeKind, reason: str) -> None:
        """Note why a topic changes; the first reason is kept."""
        self.reasons.setdefault((key(name), change), reason)

    def set_minutes(self, name: str, minutes: int, reason: str) -> None:
        """Give a topic so many minutes (at least 5)."""
        topic = self.find(name)
        if topic is None:
            return
        minutes = max(MIN_TOPIC_MINUTES, minutes)
        if minutes > topic.daily_study_minutes:
            self.wanted.add(topic.key)
            self.explain(name, "more_time", reason)
        elif minutes < topic.daily_study_minutes:
            self.unwanted.add(topic.key)
            self.explain(name, "less_time", reason)
        self.put(topic, replace(topic, daily_study_minutes=minutes))

    def put(self, before: Topic, after: Topic) -> None:
        """Put a topic in the place of another one."""
        self.topics[self.topics.index(before)] = after

    def remove(self, name: str, reason: str) -> bool:
        """Take a topic out; False when the plan would become too small."""
        topic = self.find(name)
        if topic is None or len(self.topics) <= MIN_TOPICS:
            return False
        self.topics.remove(topic)
        self.explain(name, "removed", reason)
        return True

    def keep(self, count: int, reason: str) -> None:
        """Take out the lowest priorities until so many topics are left."""
        while len(self.topics) > count and self.remove(self.topics[-1].name, reason):
            pass

    def add(self, topic: Topic, reason: str) -> bool:
        """Put a topic at the end; False when the plan is full or has one of that name."""
        if len(self.topics) >= MAX_TOPICS or self.find(topic.name):
            return False
        self.topics.append(topic)
        self.wanted.add(topic.key)
        self.explain(topic.name, "added", reason)
        return True

    def move_first(self, name: str, reason: str) -> None:
        """Make a topic the first in priority."""
        topic = self.find(name)
        if topic is None or topic is self.topics[0]:
            return
        for other in self.topics[: self.topics.index(topic)]:
            self.explain(other.name, "reprioritised", f"Moves down one place, because {topic.name} comes first now.")
        self.topics.remove(topic)
        self.topics.insert(0, topic)
        self.explain(name, "reprioritised", reason)

    def fit(self, target: int) -> None:
        """Bring the total to `target` minutes, sparing what was asked for; drops last topics when they are too many."""
        while len(self.topics) * MIN_TOPIC_MINUTES > target and len(self.topics) > MIN_TOPICS:
            spare = [topic for topic in self.topics if topic.key not in self.wanted] or self.topics
            self.remove(spare[-1].name, f"{target} minutes a day leave no room for it; it had the lowest priority.")
        while self.total > target and (giver := self._giver()):
            step = min(5, self.total - target, giver.daily_study_minutes - MIN_TOPIC_MINUTES)
            self.put(giver, replace(giver, daily_study_minutes=giver.daily_study_minutes - step))
            self.explain(giver.name, "less_time", self._why_less(giver, target))
        if self.total < target:
            taker = self._taker()
            self.put(taker, replace(taker, daily_study_minutes=taker.daily_study_minutes + target - self.total))
            self.explain(taker.name, "more_time", "Takes the minutes that became free, having the highest priority.")

    def _giver(self) -> Topic | None:
        """The topic that can best spare minutes: not one asked for, the largest, the lowest in priority."""
        able = [topic for topic in self.topics if topic.daily_study_minutes > MIN_TOPIC_MINUTES]
        spare = [topic for topic in able if topic.key not in self.wanted] or able
        return max(reversed(spare), key=lambda topic: topic.daily_study_minutes, default=None)

    def _taker(self) -> Topic:
        """The topic that gets free minutes: one asked for, else the first that was not asked to shrink."""
        free = [topic for topic in self.topics if topic.key not in self.fixed]
        asked = [topic for topic in free if topic.key in self.wanted]
        others = [topic for topic in free if topic.key not in self.unwanted]
        return (asked or others or free or self.topics)[0]

    def _why_less(self, giver: Topic, target: int) -> str:
        asked = [topic.name for topic in self.topics if topic.key != giver.key and topic.key in self.wanted]
        if asked:
            return clip(f"Gives time to {asked[0]}, so that the total is {target} minutes.", 25)
        return f"So that the whole plan takes {target} minutes a day."

    def numbered(self) -> list[Topic]:
        """The topics as a plan has them, with their priorities."""
        return [replace(topic, priority=rank) for rank, topic in enumerate(self.topics, start=1)]

    def changes_since(self, before: list[Topic]) -> list[dict[str, str]]:
        """Every real difference to the plan before, each with its reason."""
        return [
            {
                "topic": found.topic,
                "change": found.change,
                "reason": clip(self.reasons.get((key(found.topic), found.change), DEFAULT_REASONS[found.change]), 25),
            }
            for found in differences(before, self.numbered())
        ]


def plan_of(topics: list[dict[str, Any]]) -> list[Topic]:
    """The topics of inputs, or of a reply."""
    return [Topic(**topic) for topic in topics]


def draft_of(plan: list[Topic]) -> Draft:
    """A draft of the plan in force, its texts word for word: a text that differs would count as reworded."""
    return Draft(sorted(plan, key=lambda topic: topic.priority))
