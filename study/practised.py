"""What the plan's pages show of practising: told to plans/practice.py."""

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


def last_summed_up(topic: PlanTopic) -> PractisedSession | None:
    """The topic's last session that has a summary."""
    summed_up = StudySession.objects.filter(topic=topic, reconciliation__ask_state=AskState.DONE)
    session = summed_up.select_related("reconciliation").order_by("-end_time").first()
    if session is None:
        return None
    written = session.reconciliation
    return PractisedSession(session.pk, session.start_time, written.note if written.note_set_aside else "")
