"""Answers requests that cannot be served, for people and for programs: what happened, what is safe, what to do.

These pages need neither the database nor the candidate, since either may be missing.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve
from django.views import defaults

from coach.encryption.key_ring import UnknownKey
from coach.kept import marks_of, posted_of

DISK_FULL = "53100"  # PostgreSQL's SQLSTATE
# Views that our scripts call. Like the REST facade, they get JSON.
FOR_SCRIPTS = {"study:attempt_draft", "study:dictation"}


class Reason(NamedTuple):
    """Why a request is refused. `seconds`: when the page tries again by itself; None if that cannot help."""

    status: int
    code: str
    title: str
    message: str
    seconds: int | None = None


REASONS = {
    "too_large": Reason(
        413,
        "too_large",
        "That is more than fits",
        "So much is not taken at once, and nothing of it was saved. Take it in parts from where you have it, and send "
        "one after the other.",
    ),
    "too_slow": Reason(
        408,
        "too_slow",
        "It did not arrive in time",
        "The connection was too slow or broke off before all of it was here, so nothing was saved. Send it again when "
        "the connection is better, or in parts.",
    ),
    "busy": Reason(
        503,
        "busy",
        "A great deal is arriving at once",
        "This was not saved yet. Your words are safe on this page, which tries again in a moment.",
        5,
    ),
    "away": Reason(
        503,
        "unavailable",
        "The coach is just being restarted",
        "Your words are safe, this page tries again in a moment. What was saved before is there as it was.",
        3,
    ),
    "key_missing": Reason(
        503,
        "unavailable",
        "The coach has no key to what is stored",
        "Whoever runs this site has to give it back. Nothing is lost, and your words are safe: this page tries again.",
        10,
    ),
    "disk_full": Reason(
        503,
        "disk_full",
        "The server has no room left",
        "This could not be saved. What was saved before is safe, and your words are still on this page: keep it open, "
        "or copy them. Whoever runs this site has to make room; then send it again.",
    ),
}


class RefusalMiddleware:
    """Answers requests whose body coach.running.web refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reason = request.META.get("coach.refusal")
        return refuse(request, REASONS[reason]) if reason else self.get_response(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400. It also gets errors of saving the session, which are rarely the visitor's fault."""
    reason = reason_of(exception)
    return refuse(request, reason) if reason else defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A database that is away or full, or a missing key, is no bug, and gets a page of its own."""
    reason = reason_of(sys.exc_info()[1])
    if reason:
        return refuse(request, reason)
    if wants_json(request):
        return _json(request, 500, "our_mistake", "Something went wrong here. What was saved before is safe.")
    return render(request, "500.html", status=500)


def reason_of(error: BaseException | None) -> Reason | None:
    """The reason if database, disk or key caused this exception; else None."""
    for cause in chain_of(error):
        if isinstance(cause, UnknownKey):
            return REASONS["key_missing"]
        if isinstance(cause, (OperationalError, InterfaceError)):
            sqlstate = getattr(cause.__cause__, "sqlstate", None)
            return REASONS["disk_full" if sqlstate == DISK_FULL else "away"]
    return None


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and those that caused it, the first cause last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def refuse(request: HttpRequest, reason: Reason) -> HttpResponse:
    """The answer with this reason: JSON for programs, else a page with the posted fields."""
    if wants_json(request):
        response: HttpResponse = _json(request, reason.status, reason.code, reason.message)
    else:
        posted = posted_of(request)
        data = {"reason": reason, "posted": posted, "marks": marks_of(request) if posted else []}
        response = render(request, "refused.html", data, status=reason.status)
    response["Cache-Control"] = "no-store"
    if reason.seconds:
        response["Retry-After"] = str(reason.seconds)
    return response


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: a client of the REST facade, or a script of ours."""
    match = _match(request)
    return is_rest(request) or (match is not None and match.view_name in FOR_SCRIPTS)


def is_rest(request: HttpRequest) -> bool:
    """Whether the request is a call of the REST facade, or its path begins like one."""
    match = _match(request)
    return request.path.startswith(("/users/", "/study/", "/api/")) or (match is not None and "api" in match.namespaces)


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return None


def _json(request: HttpRequest, status: int, code: str, message: str) -> JsonResponse:
    error: dict[str, Any] = {"code": code, "message": message}
    if request.path == "/dictation/":
        error["can_retry"] = status != REASONS["too_large"].status
        if status == REASONS["too_large"].status:
            megabytes = settings.DICTATION_BYTES // 1_000_000
            error["message"] = f"This is more than {megabytes} MB: dictate in parts."
    return JsonResponse({"error": error}, status=status)
