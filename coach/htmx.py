"""Whether a request gets a whole page or a fragment: decided here, and nowhere else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from coach.models import User


class CandidateRequest(HttpRequest):
    """The type of a request after @login_required and our middleware, for annotations."""

    user: User
    htmx: HtmxDetails


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx will swap the answer into the page. A boosted link and a restored page get the whole page."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def respond(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or only its partial `fragment` when htmx asked, with the Vary headers that fit."""
    name = f"{template}#{fragment}" if fragment and wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    response["Cache-Control"] = "no-store"
    return response


def go_to(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """Redirect the whole page to a URL, by name. After a plain redirect htmx would put the page into the fragment."""
    if wants_fragment(request):
        return HttpResponseClientRedirect(resolve_url(to, *args))
    return redirect(to, *args)


def next_page(request: HttpRequest, otherwise: str) -> str:
    """The address that the candidate wanted to open, if it is one of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    # Only a path: redirect() takes a bare word for the name of a page, and fails with that word in its message.
    ours = target.startswith("/") and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return target if ours else otherwise
