"""The pages as a WSGI application. The web server runs it by coach.asgi; any other WSGI server could."""

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

# Only here: the worker forks, and processes that share a pool's connections take each other's replies, and wait for
# ever. A thread that waits for an LLM holds none.
if connections:
    from coach.running.postgresql.base import pool_options

    settings.DATABASES["default"].setdefault("OPTIONS", {})["pool"] = pool_options(connections)


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever it says: Python's codecs are many, and not all of them give text."""

    @property
    def encoding(self) -> None:
        """None, for the default. Django would set it to the charset of the Content-Type, and read all by that."""

    @encoding.setter
    def encoding(self, _charset: str) -> None:
        pass


class Pages(WSGIHandler):
    """Django's, with requests that are UTF-8."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Pages()

from coach.encryption import canary  # noqa: E402 - its model has to be loaded first
from llm_modes.provider import client  # noqa: E402, F401 - before threads ask at once, and hold connections

try:
    canary.verify()
except (canary.WrongKeys, ImproperlyConfigured) as problem:
    sys.exit(str(problem))
