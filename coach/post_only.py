"""Sends a browser that opens a form-only address to the page that the form belongs to.

This happens, for example, after a login that leads back to such an address. The path tells the page: a change is posted
to an address below its page ("/attempts/5/submission/" below "/attempts/5/").
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from coach.htmx import go_to
from coach.refusals import is_rest

# Addresses without a page above them, each with its page.
ELSEWHERE = {"study:question_void": "study:question_attempts"}


class PostOnlyMiddleware:
    """Redirects a GET to the form's page, instead of an empty 405."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code != 405 or request.method not in ("GET", "HEAD") or match is None or is_rest(request):
            return response
        return _to_its_page(request, match)


def _to_its_page(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    if match.view_name in ELSEWHERE:
        return go_to(request, ELSEWHERE[match.view_name], *match.kwargs.values())
    # If that address takes only forms, too, the browser is redirected again.
    return go_to(request, next(above for above in _above(request.path_info) if _exists(above)))


def _above(path: str) -> list[str]:
    """The paths above: for "/a/b/c/" these are "/a/b/", "/a/" and "/"."""
    parts = path.strip("/").split("/")
    return ["/" + "".join(f"{part}/" for part in parts[:number]) for number in range(len(parts) - 1, -1, -1)]


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
