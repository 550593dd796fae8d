"""For callers that want the answer itself: ask, or wait for whoever is asking already."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from llm_modes.asking import LEASE, Asking, AskState
from llm_modes.errors import FAILURES

Row = TypeVar("Row", bound=Asking)

# Seconds between two looks at a row that someone else is asking for: from the first to the longest pause.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5
# By then whoever was asking has answered, failed or lost the lease.
LONGEST_WAIT = LEASE.total_seconds() + 5


def ask_or_wait(row: Row, ask: Callable[[Row], Row], *, seconds: float = LONGEST_WAIT) -> Row:
    """The row once it is answered or failed, through `ask(row)` or through someone else's claim.

    A row that waits for its turn is claimed as soon as it may be. Holds no database connection while it waits. After
    `seconds` (65) the row is returned as it is, still waiting.
    """
    until = time.monotonic() + seconds
    pause = FIRST_PAUSE
    row = ask(row)
    while row.is_waiting and time.monotonic() < until:
        if not connection.in_atomic_block:
            connection.close()
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        row.refresh_from_db()
        if row.ask_state == AskState.PENDING:
            row = ask(row)
    return row


def why_unanswered(row: Asking) -> tuple[str, str]:
    """The code and the message of what kept the row from its answer; "timeout" while someone is still asking."""
    code = "interrupted" if row.lease_expired else row.ask_failure or "timeout"
    return code, FAILURES[code].message
