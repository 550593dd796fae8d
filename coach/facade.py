"""The REST facade: what all of its calls have in common. See /api/docs."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from coach.api import router as users_router
from coach.api_errors import CHOICE, MEANINGS, ApiError, SessionCookie
from coach.caps import CapReached
from coach.encryption.key_ring import UnknownKey
from coach.numbers import whole_number
from coach.refusals import REASONS, reason_of, refuse
from coach.running.quiet_logging import place_of
from plans.api import router as plans_router
from study.api import router as study_router

logger = logging.getLogger("coach.api")

# Bytes. The longest texts, raw user context and job advert, have COACH_CONTEXT_CHARACTERS each; JSON may write 12 bytes
# for each of them.
MAX_BODY = 512 * 1024

DOCUMENTS = ("openapi-json", "openapi-view")
CSRF_PARAMETERS = [
    {
        "in": place,
        "name": name,
        # They are required; but the page of the documentation sends them by itself, and would ask for them otherwise.
        "required": False,
        "schema": {"type": "string", "minLength": 32},
        "description": description,
    }
    for place, name, description in (
        ("cookie", "csrftoken", "set by signing in; a new one each time"),
        ("header", "X-CSRFToken", "the same value"),
    )
]
DESCRIPTION = f"""\
The interview coach for programs: a phone app, a script. `POST /users/create` or `/users/login` sets the `sessionid` and
`csrftoken` cookies; every other call needs the session, and those that change something the `X-CSRFToken` header with
the value of the `csrftoken` cookie. Bodies are JSON. What waits for the coach takes up to
{settings.LLM_TOTAL_SECONDS:.0f} seconds.
"""


class CoachAPI(NinjaAPI):
    """Ninja with our form of errors: also for methods that are not allowed, and in the OpenAPI document."""

    @property
    def urls(self) -> Any:
        """What Django includes: the patterns, the name of the application, the namespace."""
        patterns, application, namespace = super().urls
        for pattern in patterns:
            # Without this Ninja would answer any method with its documents.
            view: Any = pattern.callback
            is_document = getattr(pattern, "name", "") in DOCUMENTS
            pattern.callback = _in_our_form(require_safe(view) if is_document else view)
        return patterns, application, namespace

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        """The document, whatever parameters an address has: ours has none."""
        return self._document

    @functools.cached_property
    def _document(self) -> Any:
        """Ninja's document, with our meaning of each error status, and with the CSRF token.

        Made once: that takes a quarter of a second, and anybody may ask for it.
        """
        schema = super().get_openapi_schema()
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    response["description"] = MEANINGS.get(status, response["description"])
                if 403 in operation["responses"] and "security" in operation:
                    operation["parameters"] += CSRF_PARAMETERS
        return schema


def _in_our_form(view: Any) -> Callable[..., HttpResponse]:
    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = {"Allow": response["Allow"]}
            return _response(ApiError(405, "method_not_allowed", f"Allowed here: {allowed['Allow']}."), headers=allowed)
        response["Cache-Control"] = "no-store"
        return response

    return wrapped


api = CoachAPI(
    title="Interview coach",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url="/api/openapi.json",
    docs_url="/api/docs",
    auth=SessionCookie(),
)


# --- what goes wrong -------------------------------------------------------------------------------------------------


def _response(problem: ApiError, *, headers: dict[str, str] | None = None) -> JsonResponse:
    response = JsonResponse({"error": problem.error}, status=problem.status, headers=headers)
    response["Cache-Control"] = "no-store"
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def _is_acceptable(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a body that is too large or is no JSON, before it is read."""

    @functools.wraps(run)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "GET":
            return run(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()):
            return unreadable(request, ValueError())
        if whole_number(length, most=MAX_BODY) is None:
            return _response(ApiError(413, "too_large", f"A body has at most {MAX_BODY // 1024} KB."))
        # Also without a body: in a form the CSRF check would look for its token.
        form = str(request.content_type).startswith("multipart/")
        if form or (length != "0" and request.content_type != "application/json"):
            return _response(ApiError(415, "not_json", MEANINGS[415]))
        return run(request, *args, **kwargs)

    return wrapped


api.add_decorator(_is_acceptable, mode="view")


@api.exception_handler(ApiError)
def api_error(request: HttpRequest, problem: ApiError) -> HttpResponse:
    """Our own errors."""
    return _response(problem)


@api.exception_handler(CapReached)
def cap_reached(request: HttpRequest, cap: CapReached) -> HttpResponse:
    """The candidate has made as many rows as they may; nothing was stored."""
    return _response(ApiError(cap.status, "cap_reached", cap.message, cap.wait))


@api.exception_handler(AuthenticationError)
def no_session(request: HttpRequest, problem: AuthenticationError) -> HttpResponse:
    """401; never a redirect to a page."""
    return _response(ApiError(401, "not_signed_in", MEANINGS[401]))


@api.exception_handler(Http404)
@api.exception_handler(ObjectDoesNotExist)
def not_found(request: HttpRequest, problem: Exception) -> HttpResponse:
    """404. It does not say whether somebody else has such a row."""
    return _response(ApiError(404, "not_found", MEANINGS[404]))


@api.exception_handler(HttpError)
@api.exception_handler(RequestDataTooBig)
def unreadable(request: HttpRequest, problem: Exception) -> HttpResponse:
    """422: Ninja could not read the body."""
    return _response(ApiError(422, "invalid_json", "The body is not JSON that can be read."))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    """422 with the name of each field and what is wrong with it, and nothing of what was sent."""
    fields: dict[str, str] = {}
    for error in problem.errors:
        source, *path = (str(step) for step in error["loc"])
        if source == "body":
            # Without the name of the view's argument in front, and the tag of a choice between two bodies.
            path = [step for step in path[1:] if not step.startswith(CHOICE)]
        fields.setdefault(".".join(path) or source, _in_words(error))
    return _response(ApiError(422, "invalid", "Some fields are not as they have to be.", fields=fields))


def _in_words(error: dict[str, Any]) -> str:
    return "There is no such field." if error["type"] == "extra_forbidden" else str(error["msg"])


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
@api.exception_handler(UnknownKey)
def database_away(request: HttpRequest, problem: Exception) -> HttpResponse:
    """The database does not answer, is too busy or is full; or a key to what it holds is missing."""
    logger.error("%s %s: %s", request.method, request.path, type(problem).__name__)
    return refuse(request, reason_of(problem) or REASONS["away"])


@api.exception_handler(Exception)
def our_mistake(request: HttpRequest, problem: Exception) -> HttpResponse:
    """A mistake of ours. Its text may quote the candidate, so only its type and place are logged."""
    logger.error("%s %s: %s", request.method, request.path, place_of(problem))
    got_request_exception.send(sender=None, request=request)
    return _response(ApiError(500, "our_mistake", "Something went wrong here. What was saved before is safe."))


@csrf_exempt
def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    """404 as JSON for an address that begins like a call of the facade and is none."""
    return _response(ApiError(404, "not_found", "There is no such call. /api/docs lists them, with their slashes."))


api.add_router("/users", users_router)
api.add_router("/plan", plans_router)
api.add_router("/study", study_router)
