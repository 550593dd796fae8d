"""Where home's processor time goes: `make profile-home` prints it by layer, with the page's queries.

The whole stack answers, as in production, to a candidate with a believable history who sees every box of the page. A
timer that runs with the process's own processor time looks every few milliseconds at what is at work. It slows nothing
down, where a profiler of calls doubles what many small calls take.
"""

import io
import os
import re
import signal
import sys
import time
from collections import Counter
from types import FrameType
from typing import Any

from tests import environment

REQUESTS, WARMING_UP = 600, 30
EVERY = 0.001  # seconds of the processor; the system rounds it up to its own clock
# What is at work in a stack: of its innermost function that stands here, by a part of its file and its name ("": any).
COMPOSED, MADE, SENT = "queries: composed", "queries: rows made", "queries: sent, waited for, received"
LAYERS = (
    ("decryption", "coach/encryption/fields.py", "open"),
    (SENT, "django/db/backends/utils.py", ""),
    (SENT, "django/db/models/sql/compiler.py", "cursor_iter"),
    ("queries: a connection of the pool", "coach/running/postgresql/", ""),
    ("queries: a connection of the pool", "psycopg_pool/", ""),
    ("queries: a connection of the pool", "django/db/backends/base/base.py", ""),
    (MADE, "django/db/models/sql/compiler.py", "results_iter"),
    (MADE, "django/db/models/sql/compiler.py", "apply_converters"),
    (MADE, "django/db/models/base.py", ""),
    (MADE, "django/db/models/query.py", "__iter__"),
    (COMPOSED, "django/db/models/", ""),
    ("addresses of pages", "django/urls/base.py", "reverse"),
    ("addresses of static files", "django/templatetags/static.py", ""),
    ("order of sessions", "plans/agenda.py", "agenda_from"),
    ("what practice shows", "plans/signals.py", ""),
    ("what practice shows", "plans/progress.py", ""),
    ("zone and day", "coach/time_zone.py", "local_day"),
    ("zone and day", "coach/time_zone.py", "zone_of"),
    ("view", "coach/views.py", "home"),
    ("context processors", "django/template/context.py", "bind_template"),
)
REST = "middleware, request and reply"


def layer_of(frame: FrameType | None) -> str:
    """What is at work in this stack."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_render" and code.co_filename.endswith("django/template/base.py"):
            return f"template {frame.f_locals['self'].name}"
        for layer, file, name in LAYERS:
            if file in code.co_filename and name in ("", code.co_name):
                return layer
        frame = frame.f_back
    return REST


class Page:
    """Home of one candidate, asked for as the web server does."""

    def __init__(self, application: Any, cookie: str) -> None:
        self._application, self._cookie = application, cookie

    def get(self) -> bytes:
        """One request and its answer."""
        answers: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:8000",
            "HTTP_COOKIE": self._cookie,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        reply = self._application(environ, lambda status, _headers: answers.append(status))
        content = b"".join(reply)
        reply.close()
        assert answers == ["200 OK"], answers
        return content


def sampled(page: Page) -> tuple[Counter[str], float]:
    """How often each layer was seen at work, and the milliseconds of the processor that one request takes."""
    seen: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _number, frame: seen.update([layer_of(frame)]))
    started = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    for _ in range(REQUESTS):
        page.get()
    signal.setitimer(signal.ITIMER_PROF, 0)
    return seen, 1000 * (time.process_time() - started) / REQUESTS


def table(seen: Counter[str], milliseconds: float) -> str:
    """The layers as a table in Markdown, the longest first."""
    lines = ["| layer | ms of the processor | of the page |", "|---|---|---|"]
    for layer, times in seen.most_common():
        part = times / seen.total()
        if part >= 0.005:
            lines.append(f"| {layer} | {milliseconds * part:.2f} | {100 * part:.0f} % |")
    return "\n".join([*lines, f"| all of it | {milliseconds:.1f} | |"])


def main() -> None:
    """Print the table, and what the page asks the database for."""
    environment.prepare()
    os.environ["OPENAI_API_KEY"] = "nobody-is-asked"  # so that the day's tokens are counted
    from coach.running import static_files
    from coach.wsgi import application

    static_files.collect()
    page = Page(application, _login_of_candidate())
    for _ in range(WARMING_UP):
        page.get()
    print(table(*sampled(page)))
    from tests.bench.counting import decryptions

    with decryptions() as opened:
        page.get()
    print(f"\n{opened.number} values decrypted.")
    for number, sql in enumerate(_queries(page), start=1):
        print(f"{number}. {sql}")


def _login_of_candidate() -> str:
    """The cookie of a candidate with the demo's two weeks, and everything that home can show."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from coach.models import User
    from tests.bench.history import add_all_of_home

    call_command("demo_data", stdout=io.StringIO())
    user = User.objects.get()
    add_all_of_home(user)
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _queries(page: Page) -> list[str]:
    """Each query of the page, without the names of its columns."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        page.get()
    return [re.sub(r"^SELECT .* FROM (?=\")", "SELECT … FROM ", query["sql"])[:150] for query in captured]


if __name__ == "__main__":
    main()
