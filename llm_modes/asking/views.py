"""The address that asks about a row: who comes there pays, waits, hears what failed, or gets the answer.

Every page decides it here. Such an address takes POST only. It is sent one in three ways:

- by a button without scripts: it asks, and leads back to the page;
- by the pending fragment, by itself, with `?again=1`: it asks when the row's turn has come. It never asks anew what has
  failed, since each try may cost money: that is for a person's click;
- by a click on "Try again", with scripts: the row waits anew, and the pending fragment that takes the place of the
  failure asks. So the seconds run, and what can be shown while it is written is shown.

With `?look=` it is asked by the pending fragment how far the row is, and never asks the coach. Below such an address
stands another one, `stop/`, at which the candidate stops the asking.
"""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from coach.htmx import go_to, respond, wants_fragment
from llm_modes.asking.rows import Asking, stop, wait_again
from llm_modes.asking.trying_again import may_ask

Row = TypeVar("Row", bound=Asking)
# The URL name of a page and its arguments.
Page = tuple[object, ...]
# Renders the page's fragment as the row is by then, with this HTTP status.
Fragment = Callable[[int], HttpResponse]


def ask_and_show(
    request: HttpRequest, row: Row | None, *, ask: Callable[[Row], Row], page: Page, fragment: Fragment
) -> HttpResponse:
    """Have the row asked for through `ask(row)`, which claims it, if it is its turn; then as `show`.

    `row` is None where nothing waits any more.
    """
    if row is not None and not _only_looks(request) and may_ask(row, by_itself=_by_itself(request)):
        if row.failure and wants_fragment(request):
            wait_again(row)
        else:
            ask(row)
    return show(request, row, page=page, fragment=fragment)


def show(
    request: HttpRequest, row: Asking | None, *, page: Page, fragment: Fragment, is_waiting: bool | None = None
) -> HttpResponse:
    """What the request gets: the way back to the page, or the page's fragment with 200 or the failure's own status.

    Nothing (204) for a pending fragment while the answer is on its way. `is_waiting` says that instead of the row,
    where it takes more than this row.
    """
    if not wants_fragment(request):
        return go_to(request, *page)  # type: ignore[arg-type]
    if _only_looks(request):
        return _phase(request, row)
    if is_waiting is None:
        is_waiting = row is not None and row.is_waiting
    if is_waiting and _by_itself(request):
        return HttpResponse(status=204)
    return fragment(row.failure.status if row is not None and row.failure else 200)


def stop_and_show(request: HttpRequest, row: Asking | None, *, page: Page, fragment: Fragment) -> HttpResponse:
    """Stop the asking for the row, if it still waits, and show what became of it."""
    if row is not None:
        stop(row)
    return fragment(200) if wants_fragment(request) else go_to(request, *page)  # type: ignore[arg-type]


def _by_itself(request: HttpRequest) -> bool:
    return "again" in request.GET


def _only_looks(request: HttpRequest) -> bool:
    return "look" in request.GET


def _phase(request: HttpRequest, row: Asking | None) -> HttpResponse:
    """How far the row is, if the fragment does not say so already; once it waits no more, the fragment goes anyway."""
    if row is None or not row.is_waiting or row.phase == request.GET["look"]:
        return HttpResponse(status=204)
    return respond(request, "_pending_phase.html", {"phase": row.phase, "url": request.path})
