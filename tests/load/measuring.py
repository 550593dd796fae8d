"""What a request costs: queries, and milliseconds of processor. A header of the reply says it."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

HEADER = "X-Measured"


class MeasuringMiddleware:
    """Sets HEADER to "queries milliseconds". Of a stream it is what was done before its first byte."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        queries = 0

        def counted(execute: Callable[..., Any], *query: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*query)

        began = time.thread_time()
        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response[HEADER] = f"{queries} {(time.thread_time() - began) * 1000:.2f}"
        return response
