"""Logs that say what went wrong and where, and nothing that anybody wrote.

The text of an exception may quote a candidate: a value that does not fit, a line of a reply, a row of the database. So
only the type and the place of an exception are written, wherever it comes from. Of a request the route is written, and
not the address, in which anybody may type anything.
"""

import logging
import re
import sys
import threading
from traceback import extract_tb
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from coach.running.watching import lines

OURS = ("coach", "plans", "study", "llm_modes")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_HOST = re.compile(r"[\w.:\[\]-]{1,100}", re.ASCII)


# Instructor and the SDK log prompts and replies when something fails, so nothing of theirs is written. Of all other
# exceptions the type and the place are written, and never the text.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": f"{__name__}.TypeAndPlaceFormatter",
            "format": "{levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        **{
            name: {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False}
            for name in ("instructor", "openai", "httpx2", "httpcore2")
        },
        # The pool logs every attempt to connect; coach.running.postgresql logs it once.
        "psycopg.pool": {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False},
        # This replaces Django's own handlers, one of which sends whole requests by mail.
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "coach": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # A record for each request, which nobody wants to read in words.
        "coach.access": {"level": "WARNING"},
        "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}


def logging_as(form: str) -> dict[str, Any]:
    """Django's setting LOGGING for COACH_LOG_FORMAT: "plain" or "json"."""
    if form != "json":
        return LOGGING
    return {
        **LOGGING,
        "formatters": {"json": {"()": "coach.running.watching.json_log.JsonLines"}},
        "handlers": {**LOGGING["handlers"], "stderr": {**LOGGING["handlers"]["stderr"], "formatter": "json"}},
        "loggers": {**LOGGING["loggers"], "coach.access": {"level": "INFO"}},
    }


def place_of(problem: BaseException, trace: TracebackType | None = None) -> str:
    """Type and place: "ValueError at …/study/answering.py:87". In a library's code, with the last line of ours too."""
    frames = extract_tb(trace or problem.__traceback__)
    if not frames:
        return type(problem).__name__
    last = frames[-1]
    said = f"{type(problem).__name__} at {last.filename}:{last.lineno}"
    root = f"{settings.BASE_DIR}/"
    ours = [frame for frame in frames if frame.filename.removeprefix(root).split("/")[0] in OURS]
    if ours and ours[-1] is not last:
        said += f", called at {ours[-1].filename}:{ours[-1].lineno}"
    return said


class TypeAndPlaceFormatter(logging.Formatter):
    """Formats a record without the text of any exception."""

    def format(self, record: logging.LogRecord) -> str:
        """One line: level, logger, what happened, and where."""
        quiet = logging.makeLogRecord(record.__dict__)
        quiet.exc_text, quiet.stack_info = None, None
        if record.name.startswith("django.request") and getattr(record, "request", None) is not None:
            quiet.msg, quiet.args = _of_request(record), ()
        elif record.name.startswith("django.security"):
            quiet.msg, quiet.args = _of_security(record), ()
        else:
            quiet.msg, quiet.args = str(_without_texts(record.msg)), _arguments(record.args)
        return super().format(quiet)

    def formatException(self, ei: Any) -> str:
        """Type and place instead of a traceback."""
        return place_of(ei[1], ei[2]) if ei[1] is not None else ""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The record in one line."""
        return super().formatMessage(record).replace("\n", " ")


def _arguments(args: Any) -> Any:
    if isinstance(args, dict):
        return {name: _without_texts(value) for name, value in args.items()}
    return tuple(_without_texts(value) for value in args or ())


def _without_texts(value: Any) -> Any:
    return place_of(value) if isinstance(value, BaseException) else value


def _of_request(record: logging.LogRecord) -> str:
    request: Any = record.__dict__["request"]
    match = getattr(request, "resolver_match", None)
    route = f"/{match.route}" if match else "an address that is none of ours"
    return f"{record.__dict__.get('status_code', '')} {method_of(request)} {route}".strip()


def method_of(request: Any) -> str:
    """GET, POST and so on; "other" for what is none of HTTP's methods, since anybody may type anything there, too."""
    return request.method if request.method in METHODS else "other"


def _of_security(record: logging.LogRecord) -> str:
    """The kind of the record. A host that is not allowed is named: whoever runs this may have to allow it."""
    kind = record.name.rpartition(".")[2]
    request: Any = record.__dict__.get("request")
    said = f"{kind}: {_of_request(record)}" if request is not None else kind
    host = request.META.get("HTTP_HOST", "") if request is not None and kind == "DisallowedHost" else ""
    return f"{said}, host {host}" if _HOST.fullmatch(host) else said


def be_quiet() -> None:
    """Let Python itself print only type and place of an exception that nobody caught, in a thread or a program."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _uncaught(kind: type[BaseException], problem: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    said = place_of(problem, trace) if problem is not None else kind.__name__
    if isinstance(problem, CommandError | ImproperlyConfigured):
        said = str(problem)  # a sentence of ours, for whoever runs this
    lines.say(f"Stopped by {said}", "ERROR")
