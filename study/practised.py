"""What the plan's pages show of practising: told to plans/practice.py."""

from collections.abc import Sequence

from django.db.models import OuterRef, Subquery

from llm_modes.asking.rows import AskState
from plans.models import PlanTopic
from plans.practice import PractisedSession
from study.models import StudySession
from study.sessions import running_session

__all__ = ["last_summed_up", "latest_sessions", "running_session"]


def latest_sessions(topic: PlanTopic, most: int) -> list[PractisedSession]:
    """The topic's last ended sessions, the latest first, at most so many."""
    ended = StudySession.objects.filter(topic=topic).exclude(end_time=None).order_by("-start_time")
    return [PractisedSession(session.pk, session.start_time) for session in ended[:most]]


def last_summed_up(topics: Sequence[PlanTopic]) -> dict[int, PractisedSession]:
    """The last session that has a summary, by the ids of those of these topics that have one. Makes one query."""
    summed_up = StudySession.objects.filter(topic=OuterRef("pk"), reconciliation__ask_state=AskState.DONE)
    last = Subquery(summed_up.order_by("-end_time").values("pk")[:1])
    of_topics = PlanTopic.objects.filter(pk__in=[topic.pk for topic in topics])
    needed = ("topic_id", "start_time", "reconciliation__session_id", "reconciliation__note_set_aside")
    sessions = StudySession.objects.filter(pk__in=of_topics.annotate(last=last).values("last"))
    sessions = sessions.select_related("reconciliation").only(*needed, "reconciliation__note")
    return {session.topic_id: _summed_up(session) for session in sessions}


def _summed_up(session: StudySession) -> PractisedSession:
    written = session.reconciliation
    return PractisedSession(session.pk, session.start_time, written.note if written.note_set_aside else "")
