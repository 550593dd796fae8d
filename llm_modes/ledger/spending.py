"""What a candidate spends, and may spend: their share of the LLM, in calls at once, calls a minute and tokens a day.

The share is counted in PostgreSQL, so it holds for pages, the REST facade and all processes. An action takes a place
before its first request. Before each request it reserves tokens: the estimated prompt, and the longest reply allowed.
Both happen in one short transaction that locks the candidate's row, so two actions cannot take the same last place.
When the action ends, the ledger gets what was really used, and the reservation ends.

A process that dies keeps its place until its lease ends (ledger.leases), or until its row is claimed again. The tokens
that it had sent count for the day, because the provider has probably billed them. The ledger has only requests that
ended.

The worker's calls (summaries, the daily review) count for the candidate, too: the provider bills them alike. But nobody
waits for them, so they start only if they leave a place free (where there is more than one). Otherwise the row waits
for its next turn (asking.once). So candidates find a place, and no summary fails because of their clicks.

The offline coach costs no tokens and has no limit a minute. Its calls at once are limited like all others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from coach.caps import counted_since
from coach.composed import composed_once
from coach.models import User
from llm_modes.failures import LLMFailure
from llm_modes.ledger import leases
from llm_modes.models import LLMCall, StartedCall

OFFLINE_MODEL = "offline-coach"
MINUTE = timedelta(minutes=1)

_in_background: ContextVar[bool] = ContextVar("in_background", default=False)


@contextmanager
def background() -> Iterator[None]:
    """Calls within this block come from no click: they leave a place free for calls that do."""
    token = _in_background.set(True)
    try:
        yield
    finally:
        _in_background.reset(token)


def is_background() -> bool:
    """Whether the running code is within `background`."""
    return _in_background.get()


class State(NamedTuple):
    """What a candidate uses now: calls running and started in the last minute, tokens used today and reserved."""

    running: int
    last_minute: int
    used: int
    reserved: int


def tokens_used_today(candidate: User) -> int:
    """Input and output tokens of the candidate's calls today, and what calls whose process died had sent.

    Calls of the offline coach do not count.
    """
    return next(iter(_used_by(candidate.pk, counted_since(candidate))), 0)


def used_since(candidate: int, since: datetime) -> Any:
    """The same since this moment, as a part of a query. `candidate`: an id."""
    calls = LLMCall.objects.filter(user=candidate, at__gte=since).exclude(model=OFFLINE_MODEL)
    dead = StartedCall.objects.filter(user=candidate, started_at__gte=since, ended_at__isnull=False)
    return _sum(calls, F("input_tokens") + F("output_tokens")) + _sum(dead, F("reserved_tokens"))


def _sum(rows: QuerySet[Any], what: Any) -> Any:
    return Coalesce(Subquery(rows.order_by().values("user").annotate(total=Sum(what)).values("total")), 0)


@composed_once
def _used_by(candidate: int, since: datetime) -> Any:
    return User.objects.filter(pk=candidate).values_list(used_since(candidate, since), flat=True)


def state_of(candidate: User) -> State:
    """What the candidate uses now, read from the database."""
    return _state(_started(candidate.pk), candidate)


@composed_once
def _started(candidate: int) -> Any:
    return StartedCall.objects.filter(user=candidate)


def _state(started: list[StartedCall], candidate: User) -> State:
    now = timezone.now()
    unfinished = [call for call in started if call.ended_at is None]
    paid = [call for call in started if call.model != OFFLINE_MODEL]
    return State(
        running=sum(call.lease_until > now for call in unfinished),
        last_minute=sum(call.started_at > now - MINUTE for call in paid),
        used=tokens_used_today(candidate),
        reserved=sum(call.reserved_tokens for call in unfinished),
    )


def is_counted() -> bool:
    """Whether the candidates' tokens are counted."""
    return settings.COACH_DAILY_TOKENS > 0 and not settings.OFFLINE_COACH


def is_used_up(candidate: User, *, wanted: int, used: int | None = None) -> bool:
    """Whether a request of so many tokens has to wait for the candidate's next day. `used`: today, if it is known.

    What calls in flight have reserved does not count: most of it comes back when they end.
    """
    return is_counted() and _passes_cap(tokens_used_today(candidate) if used is None else used, wanted)


def seconds_to_wait(candidate: User) -> int:
    """Seconds until COACH_CALLS_PER_MINUTE allows the candidate another call; at least 1."""
    now, most = timezone.now(), settings.COACH_CALLS_PER_MINUTE
    latest = StartedCall.objects.filter(user=candidate, started_at__gt=now - MINUTE).exclude(model=OFFLINE_MODEL)
    starts = list(latest.order_by("-started_at").values_list("started_at", flat=True)[:most])
    if not most or len(starts) < most:
        return 1
    return max(1, 1 + int((starts[-1] + MINUTE - now).total_seconds()))


def reset(candidate: User) -> None:
    """Let the candidate's day begin again now: tokens and rows count from now on, earlier calls no longer."""
    with transaction.atomic():
        candidate.budget_reset_at = timezone.now()
        candidate.save(update_fields=["budget_reset_at"])
        StartedCall.objects.filter(user=candidate).delete()


class Share:
    """What one action takes of its candidate's share: a place, and tokens for each request."""

    def __init__(self, candidate: User, *, mode: str, model: str, about: str = "") -> None:
        """`about`: the row that the LLM is asked about, "" for none. A new share for it ends the old one's place."""
        self.candidate = candidate
        self._row = StartedCall(user=candidate, mode=mode, model=model, about=about)
        self._lease: leases.Lease | None = None

    @property
    def is_free(self) -> bool:
        """Whether the offline coach answers."""
        return self._row.model == OFFLINE_MODEL

    def reserve(self, *, prompt: int, output: int, used: int = 0) -> None:
        """Reserve the tokens of the next request: `used` by earlier requests of the action, `prompt` and `output`.

        The first call also takes a place. Call it before each request; it gives the database connection back. Raises
        LLMFailure "too_many_at_once", "too_many_calls", or "over_budget" if the tokens would pass COACH_DAILY_TOKENS;
        and RuntimeError inside a transaction.
        """
        with transaction.atomic(durable=True):
            candidate = _locked(self.candidate)
            if candidate is None:
                raise LLMFailure("interrupted")  # erased meanwhile
            state = _state(_counted(candidate, self._row), candidate)
            if self._row._state.adding:
                _require_a_place(state, free=self.is_free)
            if not self.is_free:
                others = state.used + state.reserved - self._row.reserved_tokens
                if _passes_cap(others, used + prompt + output, first=not used):
                    raise LLMFailure("over_budget")
                self._row.sent_tokens = used + prompt
                self._row.reserved_tokens = used + prompt + output
            if self._row._state.adding:
                self._row.started_at = timezone.now()
                self._row.lease_until = self._row.started_at + leases.LEASE
            self._row.save()
        if self._lease is None:
            self._lease = leases.Lease(StartedCall, self._row.pk, column="lease_until", ours={"ended_at": None})
            leases.keep(self._lease)
        give_connection_back()

    def settle(self, calls: list[LLMCall]) -> None:
        """Write the action's requests to the ledger, and give its place and reservation back. Call it at the end."""
        if self._lease is not None:
            leases.let_go(self._lease)
        with transaction.atomic():
            if self._row._state.adding or _locked(self.candidate) is None:
                return
            LLMCall.objects.bulk_create(calls)
            StartedCall.objects.filter(pk=self._row.pk).update(ended_at=timezone.now(), reserved_tokens=0)


def give_connection_back() -> None:
    """Hold no database connection while waiting. In a transaction of a TestCase it stays open."""
    if not connection.in_atomic_block:
        connection.close()


def _locked(candidate: User) -> User | None:
    """Lock the candidate's row until the transaction ends; None if it is gone. Inserts that refer to it do not wait."""
    rows = User.objects.select_for_update(no_key=True).only("time_zone", "budget_reset_at")
    return rows.filter(pk=candidate.pk).first()


def _counted(candidate: User, coming: StartedCall) -> list[StartedCall]:
    """The candidate's calls that count, once those are ended whose process has died.

    Deletes those that count no more: ended more than a minute ago, and nothing of them was lost today.
    """
    now, since = timezone.now(), counted_since(candidate)
    started = _started(candidate.pk)
    dead = [
        call
        for call in started
        if call.ended_at is None
        and call.pk != coming.pk
        and (call.lease_until <= now or (coming.about and call.about == coming.about))
    ]
    if dead:
        ended = StartedCall.objects.filter(pk__in=[call.pk for call in dead], ended_at=None)
        ended.update(ended_at=now, reserved_tokens=F("sent_tokens"))
        started = _started(candidate.pk)
    over = [call for call in started if call.ended_at is not None and call.started_at <= now - MINUTE]
    over = [call for call in over if not (call.reserved_tokens > 0 and call.started_at >= since)]
    if over:
        StartedCall.objects.filter(pk__in=[call.pk for call in over]).delete()
    return [call for call in started if call not in over]


def _require_a_place(state: State, *, free: bool) -> None:
    at_once, per_minute = settings.COACH_CALLS_AT_ONCE, settings.COACH_CALLS_PER_MINUTE
    if at_once and is_background():
        at_once = max(1, at_once - 1)
    if at_once and state.running >= at_once:
        raise LLMFailure("too_many_at_once")
    if per_minute and not free and state.last_minute >= per_minute:
        raise LLMFailure("too_many_calls")


def _passes_cap(taken: int, wanted: int, *, first: bool = True) -> bool:
    """Whether `wanted` tokens pass the cap. The first request of a day may pass it, unless it is 0."""
    cap = settings.COACH_DAILY_TOKENS
    return taken + wanted > cap and not (first and taken == 0 and cap > 0)
