"""The entry point of the web server (see Procfile)."""

from django.conf import settings

from coach.running.web import WholeRequests
from coach.wsgi import application as pages

application = WholeRequests(pages, settings.COACH_WEB_THREADS)
