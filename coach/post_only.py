"""Addresses that only take a form: whoever opens one with the browser is led to the page that it belongs to.

So is whoever signs in again and is sent to where they came from. Paths say where that is: a change of something is
posted below the page of it ("/attempts/5/submission/" below "/attempts/5/").
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, ResolverMatch, resolve

from coach.refusals import is_rest

# Where nothing stands above: the question with its answers, from where it is taken out and put back.
ELSEWHERE = {"study:question_void": "study:question_attempts"}


class PostOnlyMiddleware:
    """Leads a GET that an address of ours does not take to a page, instead of an empty 405."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code != 405 or request.method not in ("GET", "HEAD") or match is None or is_rest(request):
            return response
        return _to_its_page(request.path_info, match)


def _to_its_page(path: str, match: ResolverMatch) -> HttpResponse:
    if match.view_name in ELSEWHERE:
        return redirect(ELSEWHERE[match.view_name], **match.kwargs)
    # Which may be such an address itself: then this happens once more.
    return redirect(next(above for above in _above(path) if _exists(above)))


def _above(path: str) -> list[str]:
    """ "/a/b/c/" has "/a/b/", "/a/" and "/" above it."""
    parts = path.strip("/").split("/")
    return ["/" + "".join(f"{part}/" for part in parts[:number]) for number in range(len(parts) - 1, -1, -1)]


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
