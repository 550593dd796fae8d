"""The entry point of the web server (see Procfile)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")
# Connections that the threads of one web process share. A thread that waits for an LLM holds none.
os.environ.setdefault("COACH_DATABASE_POOL", "10")

application = get_wsgi_application()
