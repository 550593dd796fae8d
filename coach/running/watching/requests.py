"""Watches every request: gives it an id, and says when it is answered what it was and how long it took."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.db import Error
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from coach.running.quiet_logging import method_of
from coach.running.watching import figures, sampling
from coach.running.watching.ids import id_for, request_id

logger = logging.getLogger("coach.access")

# Routes of requests that reach no page: the files of the pages, and addresses that are none of ours.
STATIC, NONE = "static/", "none"


class WatchedRequests:
    """The outermost middleware. The id is sent back as X-Request-ID."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        since = time.perf_counter()
        own = id_for(request)
        request_id.set(own)  # until this thread's next request: Django logs a 404 when all of this is over
        response: Any = self.get_response(request)
        response["X-Request-ID"] = own
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = Followed(response, lambda: _answered(request, response, since))
        else:
            _answered(request, response, since)
        return response


class Followed:
    """The parts of a stream. `ended` is called when it has ended, or its reader has left."""

    def __init__(self, response: StreamingHttpResponse, ended: Callable[[], None]) -> None:
        self.parts: Any = response.streaming_content
        self.ended = ended

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        """Django calls it once, in the thread of the request."""
        self.ended()


def route_of(request: HttpRequest) -> str:
    """The pattern of the page's address, and never the address itself."""
    match = request.resolver_match
    if match is not None:
        return f"/{match.route}"
    return STATIC if request.path_info.startswith("/static/") else NONE


def _answered(request: HttpRequest, response: Any, since: float) -> None:
    seconds = time.perf_counter() - since
    method = method_of(request)
    route, status = route_of(request), response.status_code
    figures.request_answered(route, method, status, seconds)
    sampling.begin()
    if logger.isEnabledFor(logging.INFO):
        access = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)}
        candidate = _candidate(request)
        if candidate is not None:
            access["candidate"] = candidate
        logger.info("%s %s %s", method, route, status, extra={"access": access})


def _candidate(request: HttpRequest) -> int | None:
    """The id of the candidate, where the page has asked who it is. It costs no query: the session has been read."""
    session = getattr(request, "session", None)
    if session is None or not session.accessed:
        return None
    with suppress(Error):  # it could not be read
        key = session.get(SESSION_KEY)
        return int(key) if key else None
    return None
