"""For callers that want the answer itself: ask, or wait for whoever is asking already."""

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.db import connection

from coach.models import User
from llm_modes.asking.rows import Asking, AskState, refuse
from llm_modes.failures import LLMFailure, told
from llm_modes.ledger.spending import seconds_to_wait
from llm_modes.provider.parking import make_room, parked, waiting

Row = TypeVar("Row", bound=Asking)

# Seconds between two looks at a row that someone else is asking for: from the first to the longest pause.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5
# By then whoever was asking has answered, failed or lost the lease.
LONGEST_WAIT = settings.PATIENCE_SECONDS


def ask_or_wait(row: Row, ask: Callable[[Row], Row], *, candidate: User, seconds: float = LONGEST_WAIT) -> Row:
    """The row once it is answered or failed, through `ask(row)` or through someone else's claim.

    A row that waits for its turn is claimed as soon as it may be. Holds no database connection while it waits. After
    `seconds` (a little more than a call may take) it returns the row as it is, still waiting. It returns earlier when
    another candidate needs the place (llm_modes.provider.parking).
    """
    try:
        with parked(candidate.pk):
            return _ask_or_wait(row, ask, candidate, until=time.monotonic() + seconds)
    except LLMFailure as failure:
        refuse(row, failure.code)
        return row


def _ask_or_wait(row: Row, ask: Callable[[Row], Row], candidate: User, *, until: float) -> Row:
    pause = FIRST_PAUSE
    row = ask(row)
    with waiting(candidate.pk):
        while row.is_waiting and time.monotonic() < until:
            if not connection.in_atomic_block:
                connection.close()
            make_room(candidate.pk)
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            row.refresh_from_db()
            if row.ask_state == AskState.PENDING:
                row = ask(row)
    return row


class Unanswered(NamedTuple):
    """What kept a row from its answer, for programs: the HTTP status, our code, the message, and seconds to wait."""

    status: int
    code: str
    message: str
    retry_after: int | None


def why_unanswered(row: Asking, candidate: User) -> Unanswered:
    """What kept the candidate's row from its answer; "busy" while someone is still asking."""
    code = "interrupted" if row.lease_expired else row.ask_failure or "busy"
    failure = told(code)
    wait = seconds_to_wait(candidate) if code == "too_many_calls" else failure.wait
    return Unanswered(failure.status, code, failure.message, wait)
