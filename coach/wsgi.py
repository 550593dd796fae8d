"""The pages as a WSGI application. The web server runs it by coach.running.web; any other WSGI server could."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")

# Only here: the worker forks, and processes that share a pool's connections take each other's replies, and wait for
# ever. A thread that waits for an LLM holds none.
if settings.DATABASE_POOL:
    from coach.postgresql.base import pool_options

    settings.DATABASES["default"].setdefault("OPTIONS", {})["pool"] = pool_options(settings.DATABASE_POOL)

application = get_wsgi_application()
