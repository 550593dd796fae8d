"""Save, ask, apply: the one way in which a row gets its answer from the LLM.

save    the caller stores what the candidate wrote and marks the row PENDING, in a short transaction
ask     `ask_and_apply` claims the row, then asks with no transaction open and no connection held
apply   a short transaction stores the reply, if the row still waits for this very attempt
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

from coach.encryption.unreadable import read_what_can_be_read
from coach.running.watching import figures
from llm_modes.asking.rows import Asking, AskState, claim
from llm_modes.failures import UNASKED, UNSENT, LLMFailure
from llm_modes.language.mode import Inputs, Mode
from llm_modes.ledger import leases
from llm_modes.ledger.spending import is_background
from llm_modes.provider import client
from llm_modes.provider.exchange import Watch
from llm_modes.stages import Stage

Row = TypeVar("Row", bound=Asking)


@read_what_can_be_read()
def ask_and_apply(
    row: Row,
    *,
    mode: Mode,
    candidate: Any,
    stage: Callable[[Row], Stage],
    inputs: Callable[[Row], Inputs],
    apply: Callable[[Row, Any], bool | None],
    on_progress: Callable[[dict[str, Any]], None] | None = None,
) -> Row:
    """Claim the row, ask, and store what came: the reply through `apply`, or the failure's code.

    `stage(row)` reads from rows where the candidate is at this moment; where that stage does not list the mode, nobody
    is asked, and the row has failed. `inputs(row)` reads what the prompt needs, and writes nothing. `apply(row,
    answer)` runs inside the transaction that holds the row's lock and sets fields on the row, which is saved
    afterwards, unless it returns True: then it has saved it. `answer.inputs` is what the prompt said. Returns the row
    as it is then; never raises LLMFailure. A row that someone else has claimed, or that is answered, is returned as it
    is; so is one for which a task in the background finds no place among the candidate's calls: it waits for the
    task's next turn.
    """
    # Claimed and read in one transaction, so that the number that is read is this attempt's own, and no later one's.
    # It refuses to run inside another transaction.
    with transaction.atomic(durable=True):
        claimed = claim(row)
    if not claimed:
        return row
    attempt, watch = row.ask_attempt, Watch()
    try:
        with leases.kept(_lease_of(row, watch)):
            answer = client.ask(
                mode,
                inputs(row),
                candidate=candidate,
                stage=stage(row),
                on_progress=on_progress,
                about=f"{row._meta.label_lower} {row.pk}",
                watch=watch,
            )
            _settle(row, attempt, answer=answer, apply=apply)
    except LLMFailure as failure:
        _settle(row, attempt, failure=failure.code)
    except BaseException:
        # Our own mistake, or the process is going down: the row must not wait for its lease to be retried.
        _settle(row, attempt, failure="interrupted")
        raise
    row.read_anew()
    return row


def _lease_of(row: Asking, watch: Watch) -> leases.Lease:
    """The lease of a row that was just claimed. When the row is taken from this attempt, its call is stopped."""
    return leases.Lease(
        type(row),
        row.pk,
        column="ask_lease_until",
        ours={"ask_state": AskState.ASKING, "ask_attempt": row.ask_attempt},
        lost=watch.stopped,
        begun=watch.writing,
        begun_column="ask_writing_since",
    )


def _settle(
    row: Asking, attempt: int, *, failure: str = "", answer: Any = None, apply: Callable[..., bool | None] | None = None
) -> None:
    """Store the outcome of this attempt, unless the row has moved on to a later one."""
    with transaction.atomic():
        locked = (
            type(row)
            .whole()
            .select_for_update(of=("self",))
            .filter(pk=row.pk, ask_state=AskState.ASKING, ask_attempt=attempt)
            .first()
        )
        if locked is None:
            figures.recovered(figures.LATE_REPLY, number=int(answer is not None))
            return
        locked.ask_state = AskState.FAILED if failure else AskState.DONE
        locked.ask_failure = failure
        if failure in UNSENT:
            locked.ask_attempt = attempt - 1
        if failure in UNASKED and is_background():
            locked.mark_pending()
        locked.ask_lease_until = None
        is_saved = apply is not None and apply(locked, answer)
        if not is_saved:
            locked.save()
