"""Leases: what a process holds in the database while it asks, and how the others notice that it has died.

A lease ends LEASE after it was renewed last. One thread of each process, the keeper, renews those of all its running
calls, so a call may take as long as it needs, and still a process that was killed is noticed within LEASE. Every few
moments the keeper also looks whether a row is still its process's own: who lost it (it was stopped, erased, or claimed
by another process while this one was held up) is told to end its call, which is paid for nothing.

The keeper holds no connection while it sleeps. When the database is away it tries again at its next look, long before a
lease ends.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from coach.running.quiet_logging import place_of

LEASE = timedelta(seconds=45)
# Seconds: between two renewals, and between two looks.
RENEW_EVERY, LOOK_EVERY = 15.0, 1.5
# Seconds: the longest that an action lasts, with the reading of its inputs and the storing of its reply. What has not
# ended by then hangs, and is renewed no more.
LONGEST_ACTION = settings.LLM_TOTAL_SECONDS + 15

logger = logging.getLogger("coach.leases")


@dataclass(eq=False)
class Lease:
    """A row that this process holds as long as its columns have the values `ours`; `column` says until when.

    `lost` is set when they no longer have. When `begun` is set, the keeper writes the time into `begun_column`.
    """

    model: type[Model]
    pk: int
    column: str
    ours: dict[str, Any]
    lost: threading.Event | None = None
    begun: threading.Event | None = None
    begun_column: str = ""
    since: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    begun_is_noted: bool = False

    @property
    def where(self) -> Q:
        """Finds the row while it is ours."""
        return Q(pk=self.pk, **self.ours)

    @property
    def is_due(self) -> bool:
        """Whether it has to be renewed now."""
        now, is_lost = time.monotonic(), self.lost is not None and self.lost.is_set()
        return not is_lost and now - self.renewed >= RENEW_EVERY and now - self.since < LONGEST_ACTION


@contextmanager
def kept(lease: Lease) -> Iterator[None]:
    """Have the lease renewed within this block."""
    keep(lease)
    try:
        yield
    finally:
        let_go(lease)


def keep(lease: Lease) -> None:
    """Have the lease renewed from now on, until `let_go`. Its row has to be committed."""
    if connection.in_atomic_block:
        return  # only in a TestCase, whose rows no other connection sees
    _keeper.keep(lease)


def let_go(lease: Lease) -> None:
    """Renew the lease no more."""
    _keeper.let_go(lease)


class _Keeper:
    """The leases of this process, and the thread that looks after them: it is there from the first lease on."""

    def __init__(self) -> None:
        self.leases: set[Lease] = set()
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None

    def keep(self, lease: Lease) -> None:
        with self.changed:
            if self.thread is None:
                thread = threading.Thread(target=self.run, name="keeper", daemon=True)
                thread.start()  # raises RuntimeError when the machine has no thread left: then the call does not begin
                self.thread = thread
            self.leases.add(lease)
            self.changed.notify()

    def let_go(self, lease: Lease) -> None:
        with self.changed:
            self.leases.discard(lease)

    def run(self) -> None:
        troubled = False
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.leases)
            time.sleep(LOOK_EVERY)
            with self.changed:
                held = list(self.leases)
            try:
                _look_after(held)
                troubled = False
            except Exception as problem:  # the database is away: at the next look it may be back
                if not troubled:
                    logger.warning("leases could not be renewed: %s", place_of(problem))
                troubled = True
            finally:
                _close()


_keeper = _Keeper()


def _begin_anew() -> None:
    """In a process that was forked, which has none of its parent's threads and calls."""
    global _keeper
    _keeper = _Keeper()


os.register_at_fork(after_in_child=_begin_anew)


def _close() -> None:
    try:
        connection.close()
    except Exception as problem:
        logger.warning("a connection could not be closed: %s", place_of(problem))


def _look_after(leases: list[Lease]) -> None:
    """Find out which rows are lost, write down which replies have begun, and renew what is due."""
    by_model: dict[type[Model], list[Lease]] = defaultdict(list)
    for lease in leases:
        by_model[lease.model].append(lease)
    for model, held in by_model.items():
        _notice_lost(model, [lease for lease in held if lease.lost is not None])
        for lease in held:
            _note_begun(lease)
        _renew(model, [lease for lease in held if lease.is_due])


def _notice_lost(model: type[Model], held: list[Lease]) -> None:
    if not held:
        return
    columns = {name for lease in held for name in lease.ours}
    found = _rows(model).filter(pk__in=[lease.pk for lease in held]).values("pk", *columns)
    stored = {row["pk"]: row for row in found}
    for lease in held:
        row = stored.get(lease.pk)
        if row is None or any(row[name] != value for name, value in lease.ours.items()):
            assert lease.lost is not None
            lease.lost.set()


def _note_begun(lease: Lease) -> None:
    if lease.begun is not None and lease.begun.is_set() and not lease.begun_is_noted:
        free = _write(lease.model, lease.where, **{lease.begun_column: timezone.now()})
        lease.begun_is_noted = lease.pk in free


def _renew(model: type[Model], due: list[Lease]) -> None:
    """Renew these leases of one kind of row; those of locked rows stay due."""
    if not due:
        return
    now, columns = time.monotonic(), {lease.column for lease in due}
    ours = reduce(or_, [lease.where for lease in due])
    free = _write(model, ours, **dict.fromkeys(columns, timezone.now() + LEASE))
    for lease in due:
        if lease.pk in free:
            lease.renewed = now


def _write(model: type[Model], where: Q, **values: Any) -> set[int]:
    """Write these values into the rows; not into those that somebody has locked. Returns the keys of the others."""
    with transaction.atomic():
        free = _rows(model).filter(where).select_for_update(skip_locked=True, no_key=True)
        keys = set(free.values_list("pk", flat=True))
        _rows(model).filter(pk__in=keys).update(**values)
    return keys


def _rows(model: type[Model]) -> QuerySet[Model]:
    return model._base_manager.all()
