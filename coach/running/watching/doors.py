"""The two doors to the figures: /metrics of the web server, with a token, and a port that the worker opens."""

import logging
import sys
from secrets import compare_digest

from django.conf import settings
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from coach.running.quiet_logging import place_of

logger = logging.getLogger("coach.watching")


@csrf_exempt
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for who has the token of COACH_METRICS_TOKEN, else 401. Without that setting it is a 404."""
    if not settings.METRICS_TOKEN:
        raise Http404
    sent = request.headers.get("Authorization", "")
    if not compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    from coach.running.watching.exposition import Everything

    registry = CollectorRegistry()
    registry.register(Everything())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def open_port() -> None:
    """Serve the figures on COACH_METRICS_PORT, from a thread of this process, which must not fork any more."""
    if not settings.METRICS_PORT:
        return
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.core import Metric

    from coach.running.watching.exposition import Everything

    class OutsideOfRequests(Everything):
        def collect(self) -> list[Metric]:
            try:
                return super().collect()
            except Exception as problem:  # the library would print its text
                logger.error("a scrape failed: %s", place_of(problem))
                return []
            finally:
                connections.close_all()  # each scrape has a thread of its own

    registry = CollectorRegistry()
    registry.register(OutsideOfRequests())
    try:
        start_http_server(settings.METRICS_PORT, settings.METRICS_HOST, registry)
    except OSError as error:
        sys.exit(f"Port {settings.METRICS_PORT} of COACH_METRICS_PORT cannot be used: {error.strerror}.")
