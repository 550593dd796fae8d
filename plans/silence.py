"""What a review does not bring up: ideas that were refused lately, young changes, and topics that it has raised once.

An idea is a topic and a change of it. All is read from rows: the decisions on proposals, each with the numbers of
practice at that time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from coach.encryption.unreadable import is_untouched
from coach.models import User
from llm_modes.suggest_plan.plan import Topic, key
from llm_modes.suggest_plan_changes.differences import ChangeKind
from llm_modes.suggest_plan_changes.moves import NotNow
from plans.models import PlanProposal, PlanTopic, Signal, TopicProgress
from plans.proposals.change import Change
from plans.proposals.comparison import named

Source, Status = PlanProposal.Source, PlanProposal.Status
# Days of silence after the first, second and every later refusal of an idea.
SILENCE = (7, 14, 28)
# Sessions of a topic within which a change of it is not taken back.
SETTLING_SESSIONS = 4
# Older decisions do not count.
LOOKED_BACK = timedelta(days=365)
# A decision of release 0.1 was stored without numbers of sessions, so it counts for this long instead.
SETTLING_UNCOUNTED = timedelta(days=7)
# While an approved change is young, its opposite is not proposed; nor, for minutes and order, the same once more.
TIME: tuple[ChangeKind, ...] = ("more_time", "less_time")
SETTLING: dict[ChangeKind, tuple[ChangeKind, ...]] = {
    "more_time": (*TIME, "removed"),
    "less_time": TIME,
    "added": ("removed", "less_time"),
    "removed": ("added",),
    "reprioritised": ("reprioritised",),
    "reworded": ("reworded",),
}
_DIMENSION = {"more_time": "time", "less_time": "time", "added": "there", "removed": "there"}
# Stands for a topic's name in an idea about the whole plan, which should be smaller or larger.
WHOLE_PLAN = ""

Ideas = dict[tuple[str, ChangeKind], "Silent"]


@dataclass(frozen=True)
class Silent:
    """An idea that may not be brought up now. `topic`: the topic's present name. `at`: when that was decided.

    `until`: the day from which it may be brought up if there is new practice; None if only practice decides.
    """

    topic: str
    change: ChangeKind
    why: Literal["refused", "moved", "raised"]
    at: datetime
    until: datetime | None = None

    @property
    def not_now(self) -> NotNow:
        """The idea as the prompt of a review has it, and as the reply is checked."""
        return NotNow(topic=self.topic, change=self.change, why=self.why)


def noted(changes: list[Change], *plans: list[Topic]) -> list[Change]:
    """The changes, each with its topic's id and the present counts of its practice. `plans`: to find topics in.

    They are stored with a decision, so that a later review can tell what is new since then.
    """
    if is_untouched(changes):
        return changes
    found = [(change, _topic_id(change, *plans)) for change in changes]
    practice = {
        progress.topic_id: {
            "sessions": progress.sessions,
            "marks": progress.marked_attempts,
            "offers": progress.offers,
        }
        for progress in TopicProgress.objects.filter(topic__in={topic_id for _change, topic_id in found if topic_id})
    }
    nothing = {"sessions": 0, "marks": 0, "offers": 0}
    return [
        replace(change, topic_id=topic_id, then=practice.get(topic_id, nothing)) if topic_id else change
        for change, topic_id in found
    ]


def _topic_id(change: Change, *plans: list[Topic]) -> int | None:
    if change.topic_id:
        return change.topic_id
    return next((same.id for plan in plans if (same := named(change.topic, plan)) and same.id), None)


def silent_ideas(user: User) -> Ideas:
    """What a review may not propose now, by (key of the topic's name, change)."""
    topics = {topic.pk: topic for topic in PlanTopic.objects.filter(user=user).select_related("progress")}
    since = timezone.now() - LOOKED_BACK
    rows = user.proposals.filter(status__in=(Status.REJECTED, Status.APPROVED), decided_at__gte=since)
    decided = list(rows.order_by("decided_at", "pk"))
    ideas = _moved(decided, topics) | _refused(decided, topics)
    return ideas | _raised(user, topics)


def _seen(change: Change, proposal: PlanProposal, topics: dict[int, PlanTopic]) -> tuple[str, PlanTopic | None]:
    """The present name of the change's topic, and the topic if it is known."""
    topic = topics.get(_topic_id(change, proposal.topics, proposal.base_topics) or 0)
    return (topic.called if topic else change.topic), topic


# --- refused ---------------------------------------------------------------------------------------------------------


def refused_lines(proposal: PlanProposal, by_version: dict[int, PlanProposal]) -> list[Change]:
    """The coach's changes that the candidate did not want, by this decision."""
    if proposal.source == Source.UNDO:
        undone = by_version.get(proposal.base_version)
        return undone.changes if undone and undone.source in (Source.CHAT, Source.REVIEW) else []
    if proposal.source not in (Source.CHAT, Source.REVIEW):
        return []
    if proposal.status == Status.REJECTED and proposal.base_version:
        return proposal.declined or proposal.changes
    # A rejected first plan says nothing about its topics.
    return proposal.declined


def _refused(decided: list[PlanProposal], topics: dict[int, PlanTopic]) -> Ideas:
    by_version = {proposal.version: proposal for proposal in decided if proposal.version}
    refusals: dict[tuple[str, ChangeKind], list[tuple[PlanProposal, Change]]] = {}
    for proposal in decided:
        lines = refused_lines(proposal, by_version)
        for change in lines:
            name, _topic = _seen(change, proposal, topics)
            refusals.setdefault((key(name), change.change), []).append((proposal, change))
        # Whoever accepts a part of it has not refused another size of the plan.
        sized = next((change for change in lines if change.sizes_plan), None)
        if sized and (proposal.status == Status.REJECTED or proposal.source == Source.UNDO):
            whole = Change(topic=WHOLE_PLAN, change=sized.change)
            refusals.setdefault(whole.key, []).append((proposal, whole))
    ideas: Ideas = {}
    for idea, times in refusals.items():
        proposal, change = times[-1]
        at = proposal.decided_at or proposal.created_at
        until = at + timedelta(days=SILENCE[min(len(times), len(SILENCE)) - 1])
        name, topic = _seen(change, proposal, topics)
        if timezone.now() < until or not _is_new(topic, change.then, at):
            ideas[idea] = Silent(name, change.change, "refused", at, until)
    return ideas


def _is_new(topic: PlanTopic | None, then: dict[str, int] | None, at: datetime) -> bool:
    """Whether there is new evidence since the decision: a session with marks, or one in which it was passed over."""
    progress = getattr(topic, "progress", None)
    if topic is None or progress is None:
        return True  # it has no counts
    if not then:
        return progress.last_practised_at is None or progress.last_practised_at > at
    if not progress.sessions:
        return bool(progress.offers > then["offers"])
    return bool(progress.sessions > then["sessions"] and progress.marked_attempts > then["marks"])


# --- moved -----------------------------------------------------------------------------------------------------------


def _moved(decided: list[PlanProposal], topics: dict[int, PlanTopic]) -> Ideas:
    """Changes that were approved, until the topic has had enough sessions: they are neither undone nor repeated."""
    last: dict[tuple[str, str], tuple[PlanProposal, Change]] = {}
    for proposal in decided:
        if proposal.status != Status.APPROVED:
            continue
        for change in proposal.changes:
            if change.change in SETTLING:
                name, _topic = _seen(change, proposal, topics)
                last[key(name), _DIMENSION.get(change.change, change.change)] = (proposal, change)
    ideas: Ideas = {}
    for (name, _dimension), (proposal, change) in last.items():
        called, topic = _seen(change, proposal, topics)
        at = proposal.decided_at or proposal.created_at
        if not _has_settled(topic, change.then, at):
            ideas |= {(name, one): Silent(called, one, "moved", at) for one in SETTLING[change.change]}
    return ideas


def _has_settled(topic: PlanTopic | None, then: dict[str, int] | None, at: datetime) -> bool:
    if not then:
        return timezone.now() - at >= SETTLING_UNCOUNTED
    progress = getattr(topic, "progress", None)
    return progress is not None and progress.sessions - then["sessions"] >= SETTLING_SESSIONS


# --- raised once -----------------------------------------------------------------------------------------------------


def _raised(user: User, topics: dict[int, PlanTopic]) -> Ideas:
    """Topics without practice that a review has raised: it raises each of them only once, whatever was decided."""
    untouched = {
        topic.pk: topic
        for topic in topics.values()
        if topic.archived_at is None and getattr(topic, "progress", None) and topic.progress.signal == Signal.UNTOUCHED
    }
    ideas: Ideas = {}
    for proposal in user.proposals.filter(source=Source.REVIEW) if untouched else ():
        for change in (*proposal.changes, *proposal.declined):
            topic = untouched.get(_topic_id(change, proposal.topics, proposal.base_topics) or 0)
            if topic and change.change in ("removed", "less_time"):
                for one in ("removed", "less_time"):
                    ideas[key(topic.called), one] = Silent(topic.called, one, "raised", proposal.created_at)
    return ideas
