"""What the worker does. A task carries row ids only."""

from coach import tries
from coach.running.quiet_tasks import quiet
from llm_modes.asking.trying_again import is_due
from llm_modes.ledger import spending
from plans import context_reading, daily_review
from study import reconciliation, sessions
from study.models import Reconciliation, StudySession


@quiet
def reconcile(reconciliation_id: int) -> None:
    """Write down what a session showed. Doing it twice changes nothing."""
    row = Reconciliation.objects.select_related("session__user", "session__topic").filter(pk=reconciliation_id).first()
    if row is not None and is_due(row):  # None: erased with its candidate meanwhile
        with spending.background():
            reconciliation.reconcile(row)


@quiet
def sweep() -> None:
    """Every minute: end abandoned sessions, enqueue what got lost or is due, delete tries that no longer count."""
    sessions.end_abandoned(StudySession.objects.all())
    reconciliation.hand_due_to_worker()
    daily_review.hand_due_to_worker()
    context_reading.hand_due_to_worker()
    tries.forget_old()
