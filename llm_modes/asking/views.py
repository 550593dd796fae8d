"""The address that asks about a row: who comes there pays, waits, or only looks. Every page decides it here."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from coach.htmx import go_to, wants_fragment
from llm_modes.asking.rows import Asking

Row = TypeVar("Row", bound=Asking)


def asked(request: HttpRequest, row: Row | None, ask: Callable[[Row], Row]) -> Row | None:
    """The row as it is after this request: a POST has it asked for through `ask(row)`, which claims it.

    With `?again=1` a page looks how far it is. It takes the row's turn when that comes, but never asks anew what has
    failed: each try may cost money, and is for the button.
    """
    if row is None or request.method != "POST" or (_looks_again(request) and row.failure):
        return row
    return ask(row)


def answered(
    request: HttpRequest, row: Asking | None, *, page: tuple[object, ...], fragment: Callable[[int], HttpResponse]
) -> HttpResponse:
    """What the request gets: the way back to the page (its URL name and arguments), or the page's fragment.

    `fragment(status)` renders it, with 200 or the failure's own status. Nothing (204) for a page that looks again
    while the row is still on its way.
    """
    if not wants_fragment(request):
        return go_to(request, *page)  # type: ignore[arg-type]
    if row is not None and row.is_waiting and _looks_again(request):
        return HttpResponse(status=204)
    return fragment(row.failure.status if row is not None and row.failure else 200)


def _looks_again(request: HttpRequest) -> bool:
    return "again" in request.GET
