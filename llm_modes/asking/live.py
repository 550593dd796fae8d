"""Showing a reply while it is being written, by server-sent events.

The asking runs in a thread of its own: what has to be stored is stored when the reader has left. The view only
passes on what arrives:

    @login_required
    @require_GET
    def attempt_live(request, pk):
        attempt = get_object_or_404(request.user.question_attempts, pk=pk)
        return live.stream(
            attempt,
            mode=EVALUATE_ANSWER,
            ask=lambda on_progress: answering.give_feedback(attempt, on_progress=on_progress),
            render=lambda part: render_to_string("study/attempt_live.html", part),
        )

Events: `part`, whose data is the HTML of everything that may be shown so far (it replaces what the last one brought),
and `done`, upon which the page asks for the row's state as it always does. Only a row that is PENDING is asked: a
browser that connects again after a broken stream gets `done` at once, finds the row being asked, and polls. No second
claim, no second bill.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from annotated_types import MaxLen
from django.db import connection, connections
from django.http import HttpRequest, StreamingHttpResponse

from coach.encryption.unreadable import read_what_can_be_read
from coach.running.quiet_logging import place_of
from llm_modes.asking.rows import AskState, refuse
from llm_modes.language.mode import Mode
from llm_modes.provider import parking
from llm_modes.provider.failures import LLMFailure

OnProgress = Callable[[dict[str, Any]], None]

# Seconds: a sign of life for proxies, and so that a reader who has left is noticed.
SIGN_OF_LIFE = 10.0
# Seconds until a row whose turn it is not yet is looked at again.
TURN_PAUSE = 2.0

logger = logging.getLogger("coach.live")


def stream(
    row: Any, *, mode: Mode, ask: Callable[[OnProgress], Any], render: Callable[[dict[str, Any]], str]
) -> StreamingHttpResponse:
    """Ask about the row, if it is PENDING, and stream what may be shown of the reply as it arrives.

    The row is an Asking that belongs to a candidate by its field `user`.
    `ask(on_progress)` claims, asks and applies (asking.once.ask_and_apply); it runs in another thread, to its end.
    `render(part)` gives the HTML for the fields of `mode.shown_live` that have arrived; it must not touch the
    database. Nothing is held while waiting but this thread, which is one of those that may
    (llm_modes.provider.parking).
    """
    response = StreamingHttpResponse(_quietly(_events(row, mode, ask, render)), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def is_opened_as_page(request: HttpRequest) -> bool:
    """True for a link that was followed, be it on a foreign page: the cookies come along, and it wants HTML.

    Asking costs, so it is for the reader of an event stream only, whose `Accept` no foreign page can send with cookies.
    """
    return "text/html" in request.headers.get("Accept", "")


def _quietly(events: Iterator[bytes]) -> Iterator[bytes]:
    """The events; the stream ends where showing one fails. The web server would log the exception's text."""
    try:
        yield from events
    except Exception as problem:
        logger.error("showing a reply failed: %s", place_of(problem))


def _events(
    row: Any, mode: Mode, ask: Callable[[OnProgress], Any], render: Callable[[dict[str, Any]], str]
) -> Iterator[bytes]:
    if row.ask_state == AskState.PENDING and _has_a_place(row):
        arrived: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        try:
            threading.Thread(target=_ask, args=(row, ask, arrived), name="live-ask", daemon=True).start()
        except RuntimeError:  # the machine has no thread left
            parking.free(row.user_id)
            raise
        if not connection.in_atomic_block:
            connection.close()
        shown = ""
        for part in _newest(arrived):
            html = render(shown_of(mode, part)) if part else shown
            if html != shown:
                shown = html
                yield _event("part", html)
            elif not part:
                yield b": waiting\n\n"
    yield _event("done", "done")


def _has_a_place(row: Any) -> bool:
    """Take a place for the thread that asks: this one waits as long as that one. Without one, the row has failed."""
    try:
        parking.take(row.user_id)
    except LLMFailure as failure:
        refuse(row, failure.code)
        return False
    return True


@read_what_can_be_read()
def _ask(row: Any, ask: Callable[[OnProgress], Any], arrived: "queue.SimpleQueue[dict[str, Any] | None]") -> None:
    try:
        with parking.handed_over(row.user_id):
            ask(arrived.put)
            row.refresh_from_db(fields=["ask_state"])
            if row.ask_state == AskState.PENDING:
                # Another row has to be answered first: do not make the page try again and again.
                time.sleep(TURN_PAUSE)
    except Exception as error:
        # Its text may carry what the candidate wrote.
        logger.error("asking about %s failed: %s", row, type(error).__name__)
    finally:
        arrived.put(None)
        connections.close_all()


def _newest(arrived: "queue.SimpleQueue[dict[str, Any] | None]") -> Iterator[dict[str, Any]]:
    """What has arrived so far, whenever that grows; {} as a sign of life; ends with the asking."""
    while True:
        try:
            part = arrived.get(timeout=SIGN_OF_LIFE)
        except queue.Empty:
            part = {}
        if part is None:
            return
        # Each part holds all of the earlier ones: a slow reader need not see them all.
        ended = False
        while not arrived.empty():
            following = arrived.get()
            ended = following is None
            part = part if following is None else following
        yield part
        if ended:
            return


def shown_of(mode: Mode, part: dict[str, Any]) -> dict[str, Any]:
    """Those fields of an unchecked part that may be shown: texts and lists of texts, never a mark or a quote.

    Of a list as many as a good reply has: a wild one may have a hundred thousand.
    """
    shown: dict[str, Any] = {}
    for name in mode.shown_live:
        value = part.get(name)
        if isinstance(value, str):
            shown[name] = value
        elif isinstance(value, list):
            texts = (item for item in value if isinstance(item, str) and item.strip())
            shown[name] = list(islice(texts, _most_items(mode, name)))
    return shown


def _most_items(mode: Mode, field: str) -> int | None:
    """How many items the reply's schema allows in a list."""
    rules = mode.reply.model_fields[field].metadata
    return next((rule.max_length for rule in rules if isinstance(rule, MaxLen)), None)


def _event(name: str, data: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
