"""What the plan's pages show of practising: told to plans/practice.py."""

from collections.abc import Sequence
from itertools import starmap

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from llm_modes.asking.rows import AskState
from plans.models import PlanTopic
from plans.practice import PractisedSession
from study.models import StudySession
from study.sessions import running_session

__all__ = ["last_summed_up", "latest_sessions", "running_session"]


def latest_sessions(topics: Sequence[PlanTopic], most: int) -> dict[int, list[PractisedSession]]:
    """The last ended sessions of each topic, by its id, the latest first, at most so many. Makes one query."""
    ended = StudySession.objects.filter(topic=OuterRef("pk")).exclude(end_time=None).order_by("-start_time", "-pk")
    lists = [ArraySubquery(ended.values(name)[:most]) for name in ("pk", "start_time")]
    found = PlanTopic.objects.filter(pk__in=[topic.pk for topic in topics]).values_list("pk", *lists)
    return {topic: list(starmap(PractisedSession, zip(pks, starts, strict=True))) for topic, pks, starts in found}


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
