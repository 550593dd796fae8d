"""Keeps a form that is posted after the login has ended, or with the CSRF token of an earlier login.

The answer is a page with the posted fields (templates/kept.html). The writer logs in on it, or presses a button, and
the same form is sent again to the same address. It is never sent by itself, nor for another candidate, nor if it came
from another site: a careless click must not send words that another site has put into the form. Our scripts get only a
status, because they keep the words in their field (static/app.js).
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import resolve_url
from django.utils import timezone

from coach.forms import LoginForm
from coach.htmx import respond, wants_fragment
from coach.kept import MARK, SIGN_IN, posted_of, take_sign_in_out, writer_of
from coach.refusals import wants_json
from coach.running.setting_values import origin_of
from coach.time_zone import zone_of
from coach.views import enter

logger = logging.getLogger("coach.going_on")

# Pages that need no login.
DOOR = ("login", "join", "logout")
DONE_ONCE = ("logout", "deletion", "password")


class Held(NamedTuple):
    """Why a form was not processed: status and words of the page. `kept`: shown if the page has the posted fields."""

    status: int
    title: str
    message: str
    kept: str
    button: str = ""  # "" if the page must not send the form again
    sign_in: bool = False


SIGNED_OUT = Held(
    401,
    "Log in to go on",
    "You are logged out, so this was not saved yet.",
    "It is kept on this page: log in here, and it is sent as it stands.",
    "Log in and send it",
    sign_in=True,
)
SOMEBODY_ELSE = Held(
    403,
    "Someone else is logged in now",
    "That page was opened by another account than the one that is logged in at present, so nothing was saved.",
    "Whoever wrote this can log in here, and it is sent.",
    "Log in and send it",
    sign_in=True,
)
STALE = Held(
    403,
    "Not sent yet",
    "You logged in or out since that page was opened, so nothing was saved yet.",
    "What you sent is kept on this page: send it once more.",
    "Send it",
)
NO_COOKIE = Held(
    403,
    "Not sent yet",
    "Your browser brought no cookie of this site, and without one nobody can log in. Allow cookies for this site.",
    "Then send it once more. A password has to be typed again.",
    "Send it",
)
UNKNOWN = Held(
    403,
    "This was not sent",
    "It cannot be told whether it came from a page of this site, so nothing was done with it.",
    "If you wrote it here, copy it from below, open the page again and put it in there.",
)
UNTOLD = UNKNOWN._replace(
    kept=f"{UNKNOWN.kept} If it happens again, tell whoever runs this site: its log says what to mend."
)
FOREIGN = Held(
    403,
    "This was not sent",
    "It came from another address than the one this site knows as its own, so nothing was done with it. If it was you, "
    "tell whoever runs this site: its log says what to mend.",
    "What you wrote is below, to be copied.",
)
OTHERS_WORDS = "This was written with another account. Log in with that one to send it."


class GoingOnMiddleware:
    """Replaces the way to the login page by a page with the posted fields, and logs in candidates from that page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asked_to = f"{resolve_url('login')}?"
        if request.method == "POST" and response.headers.get("Location", "").startswith(asked_to):
            return _signed_out(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Log in a candidate who comes from that page, then call the view. The CSRF check was made before."""
        if request.method != "POST" or wants_json(request) or f"{SIGN_IN}-username" not in request.POST:
            return None
        writer = writer_of(request)
        if not (request.user.is_authenticated and writer == request.user.pk):
            form = LoginForm(request, request.POST, prefix=SIGN_IN)
            if form.is_valid() and form.user and writer not in (None, form.user.pk):
                form.add_error(None, OTHERS_WORDS)
            if not form.is_valid() or form.user is None:
                return _page(request, SIGNED_OUT, form=form)
            enter(request, form.user, form.cleaned_data["time_zone"])
        take_sign_in_out(request)
        if writer is None:
            # The form does not tell who wrote it. So the candidate sees their user name and sends it once more.
            return _page(request, STALE)
        with timezone.override(zone_of(request.user)):  # type: ignore[arg-type] # signed in by now
            return view(request, *args, **kwargs)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: tells whether the token is old or the form is from another site, and what to do."""
    foreign = reason.startswith(("Origin", "Referer"))
    origin = origin_of(request.headers.get("Origin") or request.headers.get("Referer", ""))
    if foreign:
        _tell_operator(request, origin)
    if wants_json(request):
        error = {"code": "csrf", "message": "This page is from before the last login. Reload it."}
        return JsonResponse({"error": error}, status=403, headers=_told(foreign))
    if wants_fragment(request):
        status = 403 if request.user.is_authenticated or foreign else 401
        text = "Not sent: the page is from before the last login."
        return HttpResponse(text, "text/plain", status, headers=_told(foreign))
    if foreign:
        return _page(request, FOREIGN if origin else UNTOLD)
    return _page(request, _held(request, reason))


def _told(foreign: bool) -> dict[str, str]:
    """The header that tells our script that a new token would not help (static/app.js)."""
    return {"Coach-Foreign": "yes"} if foreign else {}


def _held(request: HttpRequest, reason: str) -> Held:
    match = request.resolver_match
    writer = writer_of(request)
    before_the_door = match is not None and match.view_name in DOOR
    if not before_the_door and not _is_from_here(request):
        return UNKNOWN
    if reason == REASON_NO_CSRF_COOKIE and (before_the_door or f"{SIGN_IN}-username" in request.POST):
        return NO_COOKIE
    if before_the_door:
        return STALE
    if request.user.is_authenticated:
        return STALE if writer in (None, request.user.pk) else SOMEBODY_ELSE
    return SIGNED_OUT


def _is_from_here(request: HttpRequest) -> bool:
    """Whether a page of ours sent the form. Django has checked an Origin header before the token."""
    if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    page = origin_of(request.headers.get("Referer", ""))
    return page.partition("://")[2] == request.get_host() or writer_of(request) is not None


def _signed_out(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page with the posted fields instead of `response`, the way to the login page; `response` if there are none."""
    if wants_fragment(request):
        # Not the login page: htmx would put it in the place of the candidate's words.
        return HttpResponse("Log in first.", "text/plain", 401)
    if wants_json(request) or _is_done_once(request) or not (posted_of(request) or request.FILES):
        return response
    return _page(request, SIGNED_OUT)


def _is_done_once(request: HttpRequest) -> bool:
    """Whether the form must not be sent a second time: what admins do, logging out, erasing, a new password."""
    match = request.resolver_match
    return match is None or "admin" in match.namespaces or match.view_name in DONE_ONCE


def _instead(request: HttpRequest) -> str:
    """What the candidate has to do if the page could not keep the form."""
    if request.FILES:
        return "Open the page again and choose the file once more."
    if any("password" in name for name in request.POST):
        return "Open the page again and type the password once more."
    return "Open the page again and do it once more."


def _page(request: HttpRequest, held: Held, *, form: LoginForm | None = None) -> HttpResponse:
    posted = [] if _is_done_once(request) else posted_of(request)
    sign_in = held.sign_in and bool(posted)
    data = {
        "held": held,
        "posted": posted,
        "instead": _instead(request),
        "mark": request.POST.get(MARK, ""),
        "mark_name": MARK,
        "form": (form or LoginForm(request, prefix=SIGN_IN)) if sign_in else None,
    }
    failures = form.too_many_failures if form else None
    response = respond(request, "kept.html", data, status=429 if failures else 422 if form else held.status)
    if failures:
        response["Retry-After"] = str(failures.seconds)
    return response


def _tell_operator(request: HttpRequest, origin: str) -> None:
    """Log the origin of a foreign form. Behind a proxy it may be the address under which people know this site."""
    known = f"{request.scheme}://{request.get_host()}"
    if not origin:
        logger.warning(
            "A form was refused that does not say from where it came (does a proxy set Referrer-Policy: no-referrer?); "
            "this site is %s",
            known,
        )
        return
    logger.warning(
        "A form from %s was refused, since this site is %s. If people open the site as the former: let the proxy pass "
        "on Host and X-Forwarded-Proto (with COACH_HTTPS=true for https), or set CSRF_TRUSTED_ORIGINS=%s",
        origin,
        known,
        origin,
    )
