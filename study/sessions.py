"""A study session: starts it, notes that it goes on, and ends it once."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from coach.models import User
from llm_modes.asking.rows import AskState
from llm_modes.asking.trying_again import hand_to_worker
from llm_modes.stages import Stage
from plans import signals
from plans.models import PlanTopic
from plans.progress import record_session
from plans.turns import take_turn
from study import approach, caps
from study.models import QuestionRound, Reconciliation, Story, StudySession


class SessionRunning(Exception):
    """The candidate has a running session already: `session`."""

    def __init__(self, session: StudySession) -> None:
        self.session = session
        super().__init__(f"session {session.pk} is running")


def stage_of(session: StudySession | None) -> Stage:
    """IN_SESSION while this session runs; SESSION_ENDED after it, and where there is none."""
    return Stage.IN_SESSION if session is not None and session.is_running else Stage.SESSION_ENDED


def running_session(user: User) -> StudySession | None:
    """The candidate's running session, or None. An abandoned one does not run, even if nobody has ended it yet."""
    session = StudySession.objects.filter(user=user, end_time=None).select_related("topic").first()
    return None if session is None or session.is_abandoned else session


def as_shown(session: StudySession) -> StudySession:
    """The session as its page shows it: an abandoned one as it will be when it is ended. Nothing is saved."""
    if session.is_abandoned:
        _close(session, by=StudySession.EndedBy.ABANDONED)
    return session


def start(user: User, topic: PlanTopic, minutes: int) -> StudySession:
    """Start a session of 1 to 480 minutes. Its first round of questions waits to be asked.

    Raises SessionRunning when one is running, and CapReached.
    """
    end_abandoned(user.study_sessions.all())
    running = running_session(user)
    if running:
        raise SessionRunning(running)
    caps.require_session(user)
    try:
        with transaction.atomic():
            session = StudySession.objects.create(
                user=user, topic=topic, planned_duration=minutes, **approach.at_start(topic)
            )
            # After the session's row, which only one of two clicks can make, so that the turn is taken once.
            session.suggested_topic = take_turn(user, topic)
            session.save(update_fields=["suggested_topic"])
            first = QuestionRound(session=session)
            first.mark_pending()
            first.save()
            signals.refresh(user, begun=topic)
    except IntegrityError:
        # Of two clicks at the same moment the constraint allows one.
        running = StudySession.objects.filter(user=user, end_time=None).first()
        if running is None:
            raise
        raise SessionRunning(running) from None
    return session


def touch(session: StudySession) -> None:
    """Note that the candidate did something in the session. An ended session stays as it is."""
    StudySession.objects.filter(pk=session.pk, end_time=None).update(last_interaction_time=timezone.now())


def end(session: StudySession, *, by: str = StudySession.EndedBy.CANDIDATE) -> StudySession:
    """End the session and enqueue its reconciliation, in one transaction. A second call changes nothing.

    An abandoned session ends at the candidate's last action: the time after it was no practice.
    """
    with transaction.atomic():
        locked = StudySession.objects.select_for_update(of=("self",)).select_related("topic__user").get(pk=session.pk)
        if locked.end_time is None:
            reconciliation = _close(locked, by=by)
            locked.save(update_fields=["end_time", "ended_by", "only_opened"])
            if not locked.only_opened:
                _record(locked)
            signals.refresh(locked.topic.user)
            reconciliation.save()
            hand_to_worker(reconciliation)
    session.refresh_from_db()
    return session


def _close(session: StudySession, *, by: str) -> Reconciliation:
    """Set the fields of an ended session. The caller saves it, and the returned reconciliation."""
    abandoned = by == StudySession.EndedBy.ABANDONED
    session.end_time = session.last_interaction_time if abandoned else timezone.now()
    session.ended_by = by
    session.only_opened = not was_practised(session)
    return Reconciliation(session=session, ask_state=AskState.PENDING)


def was_practised(session: StudySession) -> bool:
    """Whether something was done in it: an answer submitted or begun, or work on a story."""
    written = Q(submitted_at__isnull=False) | Q(draft_saved_at__isnull=False)
    until = session.end_time or timezone.now()
    stories = Story.objects.filter(user=session.user_id, updated_at__range=(session.start_time, until))
    return session.attempts.filter(written).exists() or stories.exists()


def _record(session: StudySession) -> None:
    """Report the time of an ended session to its topic."""
    assert session.end_time is not None
    record_session(session.topic, seconds=session.seconds_spent, ended_at=session.end_time)


def _count_after_all(session: StudySession) -> None:
    """Count the session as practised: an answer came after its end. It was written without drafts, so none showed."""
    opened = StudySession.objects.select_for_update(of=("self",)).select_related("topic__user")
    locked = opened.filter(pk=session.pk, only_opened=True).first()
    if locked is not None:
        locked.only_opened = False
        locked.save(update_fields=["only_opened"])
        _record(locked)


def await_mark(session: StudySession, *, came: bool = False) -> None:
    """An answer of this session was submitted, or its mark `came`. If the session has ended, enqueue mark and summary.

    A summary that is there is written again with the mark, unless a later session of the topic has a summary: the
    latest one says what to practise next.
    """
    if not came:
        _count_after_all(session)
    # Locked: a summary that is stored at this moment either has the mark, or is there to be written again.
    reconciliation = Reconciliation.objects.select_for_update(of=("self",)).filter(session=session).first()
    if reconciliation is None or reconciliation.is_being_asked:
        return
    if came and reconciliation.ask_state != AskState.PENDING and not is_summed_up_since(session):
        reconciliation.mark_pending()
        reconciliation.save(update_fields=["ask_state", "ask_failure"])
    hand_to_worker(reconciliation)


def is_summed_up_since(session: StudySession) -> bool:
    """Whether a later session of the topic has said what to practise next. A session without marks says nothing."""
    later = Reconciliation.objects.filter(session__topic=session.topic_id, session__start_time__gt=session.start_time)
    return later.filter(ask_state=AskState.DONE, session__attempts__ask_state=AskState.DONE).exists()


def end_abandoned(among: QuerySet[StudySession]) -> list[StudySession]:
    """End the abandoned ones among these sessions, and return them."""
    abandoned = [session for session in among.filter(end_time=None) if session.is_abandoned]
    for session in abandoned:
        end(session, by=StudySession.EndedBy.ABANDONED)
    return abandoned
