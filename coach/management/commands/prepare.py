"""`manage.py prepare`: for machines where something else than `manage.py serve` starts the processes."""

from typing import Any

from django.core.management.base import BaseCommand

from coach.running import preparing
from coach.running.watching import lines


class Command(BaseCommand):
    """Prepare the database and the static files, and end."""

    help = "Brings the database up to date, checks the keys, collects the static files. Run it before web and worker."

    def handle(self, *args: Any, **options: Any) -> None:
        """May run on several machines at once: they take turns."""
        lines.speak()
        preparing.prepare()
