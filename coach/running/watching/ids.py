"""The id of what this thread works on: a request, or a task of the worker. Every record of the log has it."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from django.http import HttpRequest

from coach.client_address import parsed, trusted

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

request_id: ContextVar[str] = ContextVar("request_id", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")

# What proxies make: hex, a UUID, or a short word of such signs. Anything else is not an id, whoever sends it.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}", re.ASCII)


def id_for(request: HttpRequest) -> str:
    """The X-Request-ID that a proxy of COACH_TRUSTED_PROXIES has sent, if it is one; else a new one of 16 letters."""
    sent: str = request.META.get("HTTP_X_REQUEST_ID", "")
    if sent and _SANE.fullmatch(sent):
        nearest = parsed(request.META.get("REMOTE_ADDR", ""))
        if nearest is not None and trusted(nearest):
            return sent
    return secrets.token_hex(8)


def in_its_name(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function, for another thread, which works for the same request or task as this one."""
    request, task = request_id.get(), task_id.get()

    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        request_id.set(request)
        task_id.set(task)
        return function(*args, **kwargs)

    return run
