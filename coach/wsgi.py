"""The pages as a WSGI application. Our web server runs it through coach.asgi; other WSGI servers can run it too."""

import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")
try:
    connections = settings.DATABASE_POOL
except ImproperlyConfigured as problem:
    sys.exit(str(problem))

# Only the web server has a pool. The worker forks, and processes that share connections take each other's replies, and
# wait for ever. A thread that waits for an LLM holds no connection.
if connections:
    from coach.running.postgresql.base import pool_options, prepared_options

    options = settings.DATABASES["default"].setdefault("OPTIONS", {})
    options["pool"] = pool_options(connections)
    if settings.DATABASE_PREPARES:
        options |= prepared_options()


class Utf8Request(WSGIRequest):
    """A request that is always read as UTF-8. Python has many codecs, and some of them give no text."""

    @property
    def encoding(self) -> None:
        """None: the default. Django would set it to the charset of the Content-Type, and read everything by that."""

    @encoding.setter
    def encoding(self, _charset: str) -> None:
        pass


class Pages(WSGIHandler):
    """Django's handler, with requests that are read as UTF-8."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Pages()

from coach import urls  # noqa: E402, F401 - before the first request, which would wait for all pages
from coach.encryption import canary  # noqa: E402 - its model has to be loaded first
from llm_modes.provider.client import who_answers  # noqa: E402 - its models have to be loaded first

who_answers()  # loaded before threads ask at once, and hold connections

try:
    canary.verify()
except (canary.WrongKeys, ImproperlyConfigured) as problem:
    sys.exit(str(problem))
