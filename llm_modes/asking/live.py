"""Showing a reply while it is being written, in the stream that answers a POST.

The asking runs in a thread of its own: what has to be stored is stored when the reader has left. The view only
passes on what arrives. The mode says which fields of a reply are shown (`shown_live` in its
schema.py), and the template says how:

    @login_required
    @require_POST
    def attempt_live(request, pk):
        attempt = get_object_or_404(request.user.question_attempts, pk=pk)
        return live.stream(
            attempt,
            mode=EVALUATE_ANSWER,
            ask=lambda on_progress: marking.give_feedback(attempt, on_progress=on_progress),
            render=lambda part: render_to_string("study/attempt_live.html", part),
        )

Each line is a JSON string: the HTML of everything that may be shown so far, in the place of what the last one brought.
An empty line is a sign of life. Whether the stream ends or breaks, the page then asks for the row's state as it always
does (static/live.js), so nobody pays twice: a row that is being asked about, has failed or is answered has no stream
(204).
"""

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from annotated_types import MaxLen
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from coach.encryption.unreadable import read_what_can_be_read
from coach.running.quiet_logging import place_of
from coach.running.watching import figures
from coach.running.watching.ids import in_its_name
from llm_modes.asking.rows import refuse
from llm_modes.asking.trying_again import may_ask
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Mode
from llm_modes.provider import parking

OnProgress = Callable[[dict[str, Any]], None]

# Seconds: a sign of life for the page and for proxies, and so that a reader who has left is noticed.
SIGN_OF_LIFE = 2.0

logger = logging.getLogger("coach.live")


def stream(
    row: Any, *, mode: Mode, ask: Callable[[OnProgress], Any], render: Callable[[dict[str, Any]], str]
) -> HttpResponseBase:
    """Ask about the row, if it waits to be asked, and stream what may be shown of the reply as it arrives; else 204.

    The row is an Asking that belongs to a candidate by its field `user`.
    `ask(on_progress)` claims, asks and applies (asking.once.ask_and_apply); it runs in another thread, to its end.
    `render(part)` gives the HTML for the fields of `mode.shown_live` that have arrived; it must not touch the
    database. Nothing is held while waiting but this thread, which is one of those that may
    (llm_modes.provider.parking).
    """
    if not may_ask(row, by_itself=True):
        return HttpResponse(status=204)
    response = StreamingHttpResponse(_quietly(_lines(row, mode, ask, render)), content_type="application/x-ndjson")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _quietly(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines; the stream ends where showing one fails. The web server would log the exception's text."""
    try:
        yield from lines
    except Exception as problem:
        logger.error("showing a reply failed: %s", place_of(problem))


def _lines(
    row: Any, mode: Mode, ask: Callable[[OnProgress], Any], render: Callable[[dict[str, Any]], str]
) -> Iterator[bytes]:
    if not _has_a_place(row, mode):
        return
    arrived: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    try:
        threading.Thread(target=in_its_name(_ask), args=(row, ask, arrived), name="live-ask", daemon=True).start()
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
            yield json.dumps(html).encode() + b"\n"
        elif not part:
            yield b"\n"


def _has_a_place(row: Any, mode: Mode) -> bool:
    """Take a place for the thread that asks: this one waits as long as that one. Without one, the row has failed."""
    try:
        parking.take(row.user_id)
    except LLMFailure as failure:
        figures.unasked(mode.name, failure.code)
        refuse(row, failure.code)
        return False
    return True


@read_what_can_be_read()
def _ask(row: Any, ask: Callable[[OnProgress], Any], arrived: "queue.SimpleQueue[dict[str, Any] | None]") -> None:
    try:
        with parking.handed_over(row.user_id):
            ask(arrived.put)
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
