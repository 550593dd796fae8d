"""The marks that a session's summary lacks: which they are, whether they are coming, and trying to get them."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.asking.trying_again import FIRST_LOOK_AFTER, hand_to_worker, set_next_try
from llm_modes.failures import LEFT_ALONE, UNREAD_BY_RULES
from study import marking
from study.models import QuestionAttempt, Reconciliation, StudySession

# How often the summary tries to get a mark for an answer without one.
MOST_MARKING_TRIES = 10


def of(session: StudySession) -> QuerySet[QuestionAttempt]:
    """The submitted answers without a mark, those with the fewest tries first.

    The candidate closed the tab, for example, or the coach could not be reached.
    """
    unmarked = session.attempts.filter(ask_state__in=UNANSWERED, submitted_at__isnull=False, question__voided_at=None)
    return unmarked.order_by("ask_attempt", "pk")


def to_be_made(session: StudySession) -> QuerySet[QuestionAttempt]:
    """Those that the worker tries to get: none that is left to the candidate."""
    return of(session).exclude(ask_state=AskState.FAILED, ask_failure__in=LEFT_ALONE)


def failed(session: StudySession) -> QuerySet[QuestionAttempt]:
    """Those that failed and for which another try may help."""
    rows = of(session).filter(ask_state=AskState.FAILED)
    return rows.exclude(ask_failure__in=UNREAD_BY_RULES) if settings.OFFLINE_COACH else rows


def being_made(session: StudySession) -> QuestionAttempt | None:
    """The answer for whose mark somebody asks at this moment."""
    return session.attempts.filter(ask_state=AskState.ASKING, ask_lease_until__gt=timezone.now()).first()


def are_coming(reconciliation: Reconciliation) -> bool:
    """Whether the worker will still get marks that a written summary lacks."""
    if reconciliation.next_try_at is None or not reconciliation.is_answered:
        return False
    now = timezone.now()
    # After a failure the next try is later, also for the answers that were not tried.
    on_its_way = Q(ask_state=AskState.ASKING, ask_lease_until__gt=now)
    if reconciliation.next_try_at <= now + FIRST_LOOK_AFTER:
        on_its_way |= Q(ask_state=AskState.PENDING)
    return of(reconciliation.session).filter(on_its_way).exists()


def all_tried(without: list[QuestionAttempt], reconciliation: Reconciliation) -> bool:
    """Try to have one answer marked: only one in each task, so that a task stays within the worker's time limit.

    False when the row will be enqueued again: a mark enqueues it, the sweep does when there was no place for the call,
    and after a failure the next answer is tried.
    """
    attempt = marking.give_feedback(without[0])
    if attempt.is_answered or attempt.is_waiting:
        return False
    if any(other.ask_attempt < attempt.ask_attempt for other in without[1:]):
        hand_to_worker(reconciliation)
        return False
    return True


def plan_next_try(reconciliation: Reconciliation) -> None:
    """Set when the marks that a written summary lacks are tried again."""
    if first := to_be_made(reconciliation.session).first():
        set_next_try(reconciliation, first, reconciliation.session.user, most=MOST_MARKING_TRIES)
    elif reconciliation.next_try_at is not None:
        reconciliation.next_try_at = None
        reconciliation.save(update_fields=["next_try_at"])
