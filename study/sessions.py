"""A study session: start it, keep it alive, end it once."""

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
    """Where the candidate is with practising: in this session, or after it; None where no session runs."""
    return Stage.IN_SESSION if session is not None and session.is_running else Stage.SESSION_ENDED


def running_session(user: User) -> StudySession | None:
    """The candidate's running session, or None: one that was left alone is over, before anybody has ended it."""
    session = StudySession.objects.filter(user=user, end_time=None).select_related("topic").first()
    return None if session is None or session.is_abandoned else session


def as_shown(session: StudySession) -> StudySession:
    """The session as its page shows it: one that was left alone as it will be when it is ended. Nothing is saved."""
    if session.is_abandoned:
        _close(session, by=StudySession.EndedBy.ABANDONED)
    return session


def start(user: User, topic: PlanTopic, minutes: int) -> StudySession:
    """Start a session of 1 to 480 minutes; its first questions wait to be asked for.

    Raises SessionRunning when one runs already, CapReached.
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
            # After the row that only one of two clicks can make, so that its turn is taken once.
            session.suggested_topic = take_turn(user, topic)
            session.save(update_fields=["suggested_topic"])
            first = QuestionRound(session=session)
            first.mark_pending()
            first.save()
            signals.refresh(user, begun=topic)
    except IntegrityError:
        # Two clicks at once: the constraint let one through.
        running = StudySession.objects.filter(user=user, end_time=None).first()
        if running is None:
            raise
        raise SessionRunning(running) from None
    return session


def touch(session: StudySession) -> None:
    """Note that the candidate did something in the session. One that has ended stays as it is."""
    StudySession.objects.filter(pk=session.pk, end_time=None).update(last_interaction_time=timezone.now())


def end(session: StudySession, *, by: str = StudySession.EndedBy.CANDIDATE) -> StudySession:
    """End the session and hand its reconciliation to the worker, in one transaction. Ending twice changes nothing.

    One that was abandoned ends at the candidate's last action: the time after it was not practice.
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
    """Set what ending sets; the caller saves it, and the reconciliation that is to be asked for."""
    abandoned = by == StudySession.EndedBy.ABANDONED
    session.end_time = session.last_interaction_time if abandoned else timezone.now()
    session.ended_by = by
    session.only_opened = not was_practised(session)
    return Reconciliation(session=session, ask_state=AskState.PENDING)


def was_practised(session: StudySession) -> bool:
    """Whether something was done in it: an answer submitted or begun, or a story worked on."""
    written = Q(submitted_at__isnull=False) | Q(draft_saved_at__isnull=False)
    until = session.end_time or timezone.now()
    stories = Story.objects.filter(user=session.user_id, updated_at__range=(session.start_time, until))
    return session.attempts.filter(written).exists() or stories.exists()


def _record(session: StudySession) -> None:
    """Report the time of a session that has ended to its topic."""
    assert session.end_time is not None
    record_session(session.topic, seconds=session.seconds_spent, ended_at=session.end_time)


def _count_after_all(session: StudySession) -> None:
    """An answer came after the end of a session that seemed to be opened only: it was written without drafts."""
    opened = StudySession.objects.select_for_update(of=("self",)).select_related("topic__user")
    locked = opened.filter(pk=session.pk, only_opened=True).first()
    if locked is not None:
        locked.only_opened = False
        locked.save(update_fields=["only_opened"])
        _record(locked)


def await_mark(session: StudySession, *, came: bool = False) -> None:
    """An answer of this session was handed in, or its mark `came`. One that has ended gets mark and summary by itself.

    A summary that was there is written anew with the mark, unless a later session of the topic has its own: what to
    practise next is said by the latest one.
    """
    if not came:
        _count_after_all(session)
    # Locked, so that a summary being stored at this moment sees the mark, or is there to be written anew.
    reconciliation = Reconciliation.objects.select_for_update(of=("self",)).filter(session=session).first()
    if reconciliation is None or reconciliation.is_being_asked:
        return
    if came and reconciliation.ask_state != AskState.PENDING and not is_summed_up_since(session):
        reconciliation.mark_pending()
        reconciliation.save(update_fields=["ask_state", "ask_failure"])
    hand_to_worker(reconciliation)


def is_summed_up_since(session: StudySession) -> bool:
    """Whether a later session of the topic has said what to practise next; one without a mark says nothing."""
    later = Reconciliation.objects.filter(session__topic=session.topic_id, session__start_time__gt=session.start_time)
    return later.filter(ask_state=AskState.DONE, session__attempts__ask_state=AskState.DONE).exists()


def end_abandoned(among: QuerySet[StudySession]) -> list[StudySession]:
    """End those of these sessions that were left alone; returns them."""
    abandoned = [session for session in among.filter(end_time=None) if session.is_abandoned]
    for session in abandoned:
        end(session, by=StudySession.EndedBy.ABANDONED)
    return abandoned
