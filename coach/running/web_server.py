"""Starts the web server: Granian, with all that its processes run loaded once, before they are forked from here.

So they share that memory, and one that died is replaced at once. Where processes cannot be forked, each loads its own.
"""

import gc
import importlib
import multiprocessing
import sys
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from coach.running import memory
from coach.running.watching import lines

PROCESSES = 2


def main(application: str = "coach.asgi:application") -> None:
    """Serve at HOST and PORT until told to stop. Exits with 1 and a sentence when a setting or a key is wrong.

    `application`: module and name of what is served.
    """
    lines.speak()
    memory.give_back()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
    gc.disable()
    from django.conf import settings
    from django.db import connections

    try:
        importlib.import_module(application.partition(":")[0])
    finally:
        lines.speak()  # perhaps it was .env that said how
    from coach.running.watching import figures

    if figures.ON:
        from coach.running.watching import exposition

        exposition.begin()
    database: Any = connections["default"]
    database.close()
    database.close_pool()  # forks must not share a connection
    server = Granian(
        application,
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        # Milliseconds until a request's head is there, and its bytes.
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536),
        websockets=False,
        workers=PROCESSES,
        respawn_failed_workers=True,
        workers_kill_timeout=settings.STOP_SECONDS,
        backlog=2048,
        backpressure=4000,
        log_level=LogLevels.error,
        log_dictconfig=its_log(settings.LOG_FORMAT),
    )
    gc.freeze()  # the collector would write into every page that the processes share
    gc.enable()
    server.serve()


def its_log(form: str) -> dict[str, Any] | None:
    """How Granian writes its own lines: by default as it likes, in JSON as we do."""
    if form != "json":
        return None
    handler = {"class": "logging.StreamHandler", "formatter": "json"}
    return {
        "formatters": {"json": {"()": "coach.running.watching.json_log.JsonLines"}},
        "handlers": {"console": handler, "access": handler},
    }


if __name__ == "__main__":
    main()
