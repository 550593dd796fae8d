"""manage.py qcluster: django-q's worker, which starts with the right keys only."""

from typing import Any

from django.db import connections
from django_q.management.commands import qcluster

from coach.encryption import canary


class Command(qcluster.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """As django-q's, once the keys are known to fit the database."""
        canary.verify()
        connections.close_all()  # the worker forks
        super().handle(*args, **options)
