"""The bare project behind the same server code as ours: whole requests, given to threads."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from coach.running.web import WholeRequests

application = WholeRequests(get_wsgi_application(), settings.COACH_WEB_THREADS)
