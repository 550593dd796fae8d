"""Who tries again, and when: a person by a click, or the worker where nobody waits for the answer.

The queue may lose a task, and a worker may die in the middle of one. So each row of the worker says when it has to be
looked at again, and the sweep, a task of every minute, looks at those that are due.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from coach.models import User
from coach.running.watching import figures
from coach.time_zone import day_start, local_day
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import Asking, AskState, TriedAgain

# If no worker has asked for a row by then, the sweep enqueues it once more.
FIRST_LOOK_AFTER = timedelta(seconds=60)
# After a failure the sweep waits 1, 2, 4 … minutes, at most this long; failures that need a person wait the longest.
LONGEST_PAUSE = timedelta(hours=2)
# After so many tries only a person's click on “Try again” asks again: every try may cost money.
MOST_TRIES = 20


Row = TypeVar("Row", bound=TriedAgain)


def may_ask(row: Asking, *, by_itself: bool) -> bool:
    """Whether a request may try to claim the row: it waits for its turn, or it failed and a person wants another try.

    `by_itself`: a page sends the request without a click. It never asks again what has failed, which may cost money.
    """
    return row.ask_state == AskState.PENDING or (row.failure is not None and not by_itself)


def hand_to_worker(row: TriedAgain) -> bool:
    """Enqueue the row. The task is stored with the open transaction. False if the row does not exist any more."""
    now = timezone.now()
    row.next_try_at = now + FIRST_LOOK_AFTER if row.ask_state == AskState.PENDING else now
    is_there = bool(type(row)._base_manager.filter(pk=row.pk).update(next_try_at=row.next_try_at))
    if is_there:  # else it was erased with its candidate meanwhile
        async_task(row.TASK, row.pk)
    return is_there


def is_due(row: TriedAgain) -> bool:
    """Whether a task may ask now.

    While the worker is behind, the sweep enqueues a row every minute. The first of these tasks that fails sets the
    time of the next try, and the others must not ask before it.
    """
    if row.ask_state == AskState.PENDING or row.lease_expired:
        return True
    return row.next_try_at is not None and row.next_try_at <= timezone.now()


def due(model: type[Row], *, answered: bool = False) -> QuerySet[Row]:
    """The rows that wait, failed or were interrupted and are to be looked at now; `answered` ones too, if wanted."""
    now = timezone.now()
    states = (AskState.PENDING, AskState.DONE) if answered else (AskState.PENDING,)
    return model._base_manager.filter(
        Q(ask_state__in=states, next_try_at__lte=now)
        | Q(ask_state=AskState.FAILED, next_try_at__lte=now, ask_attempt__lt=MOST_TRIES)
        | Q(ask_state=AskState.ASKING, ask_lease_until__lte=now, ask_attempt__lt=MOST_TRIES)
    ).order_by("pk")


def hand_all_to_worker(rows: Iterable[TriedAgain]) -> int:
    """Hand these rows to the worker; returns how many."""
    handed = 0
    for row in rows:
        with transaction.atomic():
            handed += hand_to_worker(row)
    figures.recovered(figures.SWEPT, handed)
    return handed


def ask_and_come_back(row: Row, *, candidate: User, **asking: Any) -> Row:
    """As `ask_and_apply`; after a failure, or a mistake of ours, the row says when it is tried again."""
    try:
        return ask_and_apply(row, candidate=candidate, **asking)
    finally:
        row.refresh_from_db()
        if row.ask_state == AskState.FAILED:
            set_next_try(row, row, candidate)


def set_next_try(row: TriedAgain, failed: Asking, candidate: User, *, most: int = MOST_TRIES) -> None:
    """Back off: 1, 2, 4 … minutes after each failure of `failed`; None after `most` tries, or if it is left alone."""
    is_over = failed.ask_attempt >= most or failed.is_left_alone
    row.next_try_at = None if is_over else _next_try(failed, candidate)
    type(row)._base_manager.filter(pk=row.pk, ask_state=row.ask_state).update(next_try_at=row.next_try_at)


def _next_try(failed: Asking, candidate: User) -> datetime:
    if failed.ask_failure == "over_budget":
        return day_start(candidate, local_day(candidate) + timedelta(days=1))
    failure = failed.failure
    doubled = timedelta(minutes=2 ** min(max(failed.ask_attempt, 1) - 1, 10))
    pause = min(doubled, LONGEST_PAUSE) if failure is None or failure.can_retry else LONGEST_PAUSE
    return timezone.now() + pause
