"""A candidate's share of the LLM: calls at once, calls a minute, tokens a day. Counted in PostgreSQL.

So it holds for every door and every process. An action takes a place before its first request, and reserves the
tokens of each request before it is sent: the prompt as estimated, and the longest reply that it may get. Both in one
short transaction that holds the candidate's row, so that two actions at the same moment cannot both take what is left
for one. What was really used is written to the ledger when the action ends, and the reservation goes.

Who dies meanwhile keeps its place until its lease runs out, or until its row is claimed and asked about anew. What it
had sent counts for the day, as the provider has probably billed it; the ledger has requests that came to an end only.

The worker's calls (summaries, the daily review) belong to the candidate too, and count: the provider's bill and its
limits know no difference. But nobody clicked, so they yield: one starts only while a place more is free than it
needs, and waits for its next turn otherwise (asking.once puts its row back). So the candidate finds a place, and
no summary fails because of their clicks.

The offline coach is free: no tokens, and no limit a minute, as it costs milliseconds of our own processor. Its calls
at once are limited like all others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from coach.caps import counted_since
from coach.models import User
from llm_modes.models import LLMCall, StartedCall
from llm_modes.provider.failures import LLMFailure

OFFLINE_MODEL = "offline-coach"
MINUTE = timedelta(minutes=1)
# The longest that an action lasts. What it needs beyond its own limit is for reading the inputs and storing the reply.
LEASE = timedelta(seconds=settings.LLM_TOTAL_SECONDS + 15)

_in_background: ContextVar[bool] = ContextVar("in_background", default=False)


@contextmanager
def background() -> Iterator[None]:
    """Calls within this block were not asked for by a click: they yield to those that were."""
    token = _in_background.set(True)
    try:
        yield
    finally:
        _in_background.reset(token)


def is_background() -> bool:
    """Whether the running code is within `background`."""
    return _in_background.get()


class State(NamedTuple):
    """What a candidate uses just now: calls and tokens."""

    running: int
    last_minute: int
    used: int
    reserved: int


def tokens_used_today(candidate: User) -> int:
    """Tokens, in and out, of the candidate's calls since their day began, and what calls that died had sent.

    The offline coach is free.
    """
    since = counted_since(candidate)
    calls = LLMCall.objects.filter(user=candidate, at__gte=since).exclude(model=OFFLINE_MODEL)
    dead = StartedCall.objects.filter(user=candidate, started_at__gte=since, ended_at__isnull=False)
    return (calls.aggregate(total=Sum(F("input_tokens") + F("output_tokens")))["total"] or 0) + (
        dead.aggregate(total=Sum("reserved_tokens"))["total"] or 0
    )


def state_of(candidate: User) -> State:
    """Calls in flight, calls started within a minute, tokens used today and tokens reserved by calls in flight."""
    now = timezone.now()
    unfinished = Q(ended_at=None)
    sums = StartedCall.objects.filter(user=candidate).aggregate(
        running=Count("pk", filter=unfinished & Q(lease_until__gt=now)),
        last_minute=Count("pk", filter=Q(started_at__gt=now - MINUTE) & ~Q(model=OFFLINE_MODEL)),
        reserved=Sum("reserved_tokens", filter=unfinished, default=0),
    )
    return State(used=tokens_used_today(candidate), **sums)


def seconds_to_wait(candidate: User) -> int:
    """Seconds until the candidate may start another call, as far as the limit a minute goes; at least 1."""
    now, most = timezone.now(), settings.COACH_CALLS_PER_MINUTE
    latest = StartedCall.objects.filter(user=candidate, started_at__gt=now - MINUTE).exclude(model=OFFLINE_MODEL)
    starts = list(latest.order_by("-started_at").values_list("started_at", flat=True)[:most])
    if not most or len(starts) < most:
        return 1
    return max(1, 1 + int((starts[-1] + MINUTE - now).total_seconds()))


def reset(candidate: User) -> None:
    """Let the candidate begin afresh: tokens and rows of the day count from now on, and calls not at all."""
    with transaction.atomic():
        candidate.budget_reset_at = timezone.now()
        candidate.save(update_fields=["budget_reset_at"])
        StartedCall.objects.filter(user=candidate).delete()


class Share:
    """What one action takes of its candidate's share: a place, and tokens request by request."""

    def __init__(self, candidate: User, *, mode: str, model: str, about: str = "") -> None:
        """`about` names the row that is asked about: whoever has claimed it asks alone."""
        self.candidate = candidate
        self._row = StartedCall(user=candidate, mode=mode, model=model, about=about)

    @property
    def is_free(self) -> bool:
        """Whether the offline coach answers."""
        return self._row.model == OFFLINE_MODEL

    def reserve(self, *, prompt: int, output: int, used: int = 0) -> None:
        """Before each request: its tokens, with those `used` by the action's earlier ones; before the first a place.

        Raises LLMFailure: "too_many_at_once", "too_many_calls", or "over_budget" when the tokens would pass the cap
        of the day. Who has used nothing today may make one request whatever the cap. RuntimeError inside a
        transaction. Gives the connection back.
        """
        with transaction.atomic(durable=True):
            candidate = _locked(self.candidate)
            if candidate is None:
                raise LLMFailure("interrupted")  # erased meanwhile
            _write_off(candidate, self._row)
            state = state_of(candidate)
            if self._row._state.adding:
                _require_a_place(state, free=self.is_free)
            if not self.is_free:
                others = state._replace(reserved=state.reserved - self._row.reserved_tokens)
                _require_tokens(others, used + prompt + output, first=not used)
                self._row.sent_tokens = used + prompt
                self._row.reserved_tokens = used + prompt + output
            if self._row._state.adding:
                self._row.started_at = timezone.now()
                self._row.lease_until = self._row.started_at + LEASE
            self._row.save()
        give_connection_back()

    def settle(self, calls: list[LLMCall]) -> None:
        """When the action has ended: write its requests to the ledger, and give place and reservation back."""
        with transaction.atomic():
            if self._row._state.adding or _locked(self.candidate) is None:
                return
            LLMCall.objects.bulk_create(calls)
            StartedCall.objects.filter(pk=self._row.pk).update(ended_at=timezone.now(), reserved_tokens=0)


def give_connection_back() -> None:
    """Hold no connection while waiting. Inside a TestCase's own transaction it has to stay open."""
    if not connection.in_atomic_block:
        connection.close()


def _locked(candidate: User) -> User | None:
    """The candidate's row, held until the transaction ends, without what they wrote. Inserts that point at it go on."""
    rows = User.objects.select_for_update(no_key=True).only("time_zone", "budget_reset_at")
    return rows.filter(pk=candidate.pk).first()


def _write_off(candidate: User, coming: StartedCall) -> None:
    """End the calls whose process has died; forget what is older than a minute and counts for nothing any more."""
    now = timezone.now()
    rows = StartedCall.objects.filter(user=candidate)
    dead = Q(lease_until__lte=now)
    if coming.about:
        dead |= Q(about=coming.about)
    rows.filter(dead, ended_at=None).exclude(pk=coming.pk).update(ended_at=now, reserved_tokens=F("sent_tokens"))
    counts = Q(reserved_tokens__gt=0, started_at__gte=counted_since(candidate))
    rows.filter(ended_at__isnull=False, started_at__lte=now - MINUTE).exclude(counts).delete()


def _require_a_place(state: State, *, free: bool) -> None:
    at_once, per_minute = settings.COACH_CALLS_AT_ONCE, settings.COACH_CALLS_PER_MINUTE
    if at_once and is_background():
        at_once = max(1, at_once - 1)
    if at_once and state.running >= at_once:
        raise LLMFailure("too_many_at_once")
    if per_minute and not free and state.last_minute >= per_minute:
        raise LLMFailure("too_many_calls")


def _require_tokens(state: State, wanted: int, *, first: bool) -> None:
    """A cap that is smaller than a single request would shut the coach: the first one of a day goes through."""
    cap, taken = settings.COACH_DAILY_TOKENS, state.used + state.reserved
    if taken + wanted > cap and not (first and taken == 0 and cap > 0):
        raise LLMFailure("over_budget")
