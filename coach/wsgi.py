"""The pages as a WSGI application. The web server runs it by coach.asgi; any other WSGI server could."""

import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")

# Only here: the worker forks, and processes that share a pool's connections take each other's replies, and wait for
# ever. A thread that waits for an LLM holds none.
if settings.DATABASE_POOL:
    from coach.postgresql.base import pool_options

    settings.DATABASES["default"].setdefault("OPTIONS", {})["pool"] = pool_options(settings.DATABASE_POOL)

application = get_wsgi_application()

from coach import encryption_canary  # noqa: E402 - its model has to be loaded first

try:
    encryption_canary.verify()
except encryption_canary.WrongKeys as problem:
    sys.exit(str(problem))
