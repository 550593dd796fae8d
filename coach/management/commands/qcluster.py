"""manage.py qcluster: django-q's worker, which only starts with the right keys."""

from typing import Any

from django.db import connections
from django_q.management.commands import qcluster

from coach.encryption import canary


class Command(qcluster.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Run django-q's command when the keys fit the database."""
        canary.verify()
        connections.close_all()  # the worker forks, and processes must not share a connection
        super().handle(*args, **options)
