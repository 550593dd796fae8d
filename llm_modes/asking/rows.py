"""Rows that wait for an answer of the LLM, and the claim that keeps two from asking for the same one."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from coach.composed import composed_once
from coach.running.watching import figures
from llm_modes.failures import LEFT_ALONE, STOPPED, UNREAD_BY_RULES, Failure, told
from llm_modes.ledger import leases


class AskState(models.TextChoices):
    """How far a row's question to the LLM has come."""

    NONE = "none", "nothing to ask"
    PENDING = "pending", "saved, to be asked"
    ASKING = "asking", "being asked"
    DONE = "done", "answered"
    FAILED = "failed", "failed"


# Of a waiting row: the worker has not come to it yet; it is asked about; words of the answer come.
Phase = Literal["queued", "asked", "writing"]

UNANSWERED = (AskState.PENDING, AskState.ASKING, AskState.FAILED)


# For an index of the few rows that the sweep looks through, among all those that were answered long ago.
TO_ASK_FOR = Q(ask_state__in=UNANSWERED) | Q(next_try_at__isnull=False)


class Asking(models.Model):
    """A row that waits for an answer of the LLM."""

    # Relations that are read whenever the row is asked about: they come with it, in one query.
    READ_WITH: ClassVar[tuple[str, ...]] = ()

    ask_state = models.CharField(max_length=8, choices=AskState, default=AskState.NONE)
    ask_attempt = models.PositiveIntegerField(default=0)
    ask_lease_until = models.DateTimeField(null=True, blank=True)
    ask_failure = models.CharField(max_length=20, blank=True, default="")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="when the running or last attempt began")
    ask_writing_since = models.DateTimeField(
        null=True, blank=True, help_text="when the first words of the running or last attempt came"
    )

    class Meta:
        abstract = True

    @property
    def lease_expired(self) -> bool:
        """True when whoever was asking has gone away."""
        return (
            self.ask_state == AskState.ASKING
            and self.ask_lease_until is not None
            and self.ask_lease_until <= timezone.now()
        )

    @property
    def is_waiting(self) -> bool:
        """Saved and on its way: to be asked, or being asked by someone."""
        return self.ask_state == AskState.PENDING or (self.ask_state == AskState.ASKING and not self.lease_expired)

    @property
    def is_being_asked(self) -> bool:
        """Claimed by someone whose lease still runs: poll, do not ask again."""
        return self.ask_state == AskState.ASKING and not self.lease_expired

    @property
    def is_answered(self) -> bool:
        """The reply is stored."""
        return self.ask_state == AskState.DONE

    @property
    def is_stopped(self) -> bool:
        """The candidate has stopped it: nobody but them asks again."""
        return self.ask_state == AskState.FAILED and self.ask_failure == STOPPED

    @property
    def is_left_alone(self) -> bool:
        """Nothing went wrong, and nobody but the candidate asks again: it was stopped, or rules cannot read it."""
        return self.ask_state == AskState.FAILED and self.ask_failure in LEFT_ALONE

    @property
    def waits_for_model(self) -> bool:
        """Rules cannot read it, and no model is connected: another try cannot help."""
        return settings.OFFLINE_COACH and self.ask_state == AskState.FAILED and self.ask_failure in UNREAD_BY_RULES

    @property
    def failure(self) -> Failure | None:
        """What the candidate is told, when the last attempt failed or was interrupted."""
        if self.lease_expired:
            return told("interrupted")
        return told(self.ask_failure, since=self.asked_at) if self.ask_state == AskState.FAILED else None

    @property
    def phase(self) -> "Phase":
        """How far a waiting row is."""
        if self.is_being_asked:
            return "writing" if self.ask_writing_since else "asked"
        return "asked"  # its page asks as soon as it is there

    @classmethod
    @cache
    def _stored(cls) -> Callable[[int], list[Any]]:
        return composed_once(lambda pk: cls.whole().filter(pk=pk))

    @classmethod
    def whole(cls) -> "models.QuerySet[Self]":
        """All rows, each with READ_WITH."""
        rows = cls._base_manager.all()
        return rows.select_related(*cls.READ_WITH) if cls.READ_WITH else rows

    def read_anew(self) -> None:
        """Read the row and READ_WITH as they are stored now. Raises DoesNotExist when it is there no more."""
        stored = next(iter(self._stored()(self.pk)), None)
        if stored is None:
            raise type(self).DoesNotExist
        # Sealed texts stay sealed until they are read; a copy field by field would open them.
        self.__dict__.update(stored.__dict__)

    def mark_pending(self) -> None:
        """Say that this row waits to be asked; the caller saves it."""
        self.ask_state = AskState.PENDING
        self.ask_failure = ""


class TriedAgain(Asking):
    """A row that the worker asks for: where nobody waits for the answer, it is tried again by itself."""

    TASK: ClassVar[str]  # the function of a tasks.py that takes the row's id

    next_try_at = models.DateTimeField(null=True, blank=True, help_text="when the sweep tries again")

    class Meta:
        abstract = True

    @property
    def phase(self) -> "Phase":
        """How far a waiting row is."""
        return super().phase if self.is_being_asked else "queued"


def claim(row: Asking) -> bool:
    """Take the row for one attempt. False when someone else has it or had it since it was read, or it is answered.

    So nobody pays twice, and who came for a row that waited does not ask for what another one's try has made of it.
    """
    was_left = row.lease_expired
    claimed = _claimed(row)
    if claimed is None:
        # A constraint allows one row at a time (an answer per session, say). Whoever has gone away must not block it.
        release_expired(type(row))
        claimed = _claimed(row)
    row.read_anew()
    if claimed and (was_left or row.ask_attempt > 1):
        figures.recovered(figures.LEASE_EXPIRED if was_left else figures.RETRIED)
    return bool(claimed)


def _claimed(row: Asking) -> bool | None:
    """None when another row has to be answered first."""
    now = timezone.now()
    free = Q(ask_state__in=(AskState.PENDING, AskState.FAILED)) | _expired(now)
    try:
        with transaction.atomic():
            rows = _as_read(row).filter(free)
            return bool(
                rows.update(
                    ask_state=AskState.ASKING,
                    ask_attempt=F("ask_attempt") + 1,
                    ask_lease_until=now + leases.LEASE,
                    asked_at=now,
                    ask_failure="",
                    ask_writing_since=None,
                )
            )
    except IntegrityError:
        return None


def refuse(row: Asking, code: str) -> None:
    """Mark the row as failed because there is no place for its call, unless somebody else had it since it was read."""
    _as_read(row).filter(ask_state__in=(AskState.PENDING, AskState.FAILED)).update(
        ask_state=AskState.FAILED, ask_failure=code, asked_at=timezone.now()
    )
    row.refresh_from_db()


def stop(row: Asking) -> None:
    """End the waiting for an answer, as its candidate wants it; what is answered or failed stays as it is.

    Whoever asks for it ends the call (ledger.leases). The number of the attempt rises, so that nobody who has read the
    row before asks for it now; nor does the sweep by itself.
    """
    fields: dict[str, Any] = {"next_try_at": None} if isinstance(row, TriedAgain) else {}
    rows = type(row)._base_manager.filter(pk=row.pk, ask_state__in=(AskState.PENDING, AskState.ASKING))
    rows.update(
        ask_state=AskState.FAILED,
        ask_failure=STOPPED,
        ask_attempt=F("ask_attempt") + 1,
        ask_lease_until=None,
        **fields,
    )
    row.refresh_from_db()


def wait_again(row: Asking) -> None:
    """Let a row that failed, or whose asker has gone away, wait anew: whoever comes next claims it."""
    rows = type(row)._base_manager.filter(Q(ask_state=AskState.FAILED) | _expired(timezone.now()), pk=row.pk)
    # A constraint may allow one waiting row at a time: then this one stays as it is.
    with suppress(IntegrityError), transaction.atomic():
        rows.update(ask_state=AskState.PENDING, ask_failure="", ask_lease_until=None)
    row.refresh_from_db()


def release_expired(model: type[Asking]) -> int:
    """Mark the rows as failed whose asker has gone away, so that they block no claim; returns how many."""
    return model._base_manager.filter(_expired(timezone.now())).update(
        ask_state=AskState.FAILED, ask_failure="interrupted", ask_lease_until=None
    )


def _as_read(row: Asking) -> models.QuerySet[Asking]:
    """The row, unless somebody has tried since it was read."""
    return type(row)._base_manager.filter(pk=row.pk, ask_attempt=row.ask_attempt)


def _expired(now: datetime) -> Q:
    return Q(ask_state=AskState.ASKING, ask_lease_until__lte=now)
