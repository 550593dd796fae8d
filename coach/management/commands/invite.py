"""manage.py invite: links with which people may join while COACH_JOINING is `invite`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from coach.joining import invite

DAYS = 14


class Command(BaseCommand):
    help = "Print links with which one person each may make an account while COACH_JOINING is 'invite'."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--number", type=int, default=1, help="how many links (default: 1)")
        parser.add_argument("--days", type=int, default=DAYS, help=f"for how many days they hold (default: {DAYS})")
        parser.add_argument("--address", default=address(), help="of the coach in a browser (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["number"] <= 1000 or not 1 <= options["days"] <= 365:
            raise CommandError("A number from 1 to 1000, please, and from 1 to 365 days.")
        for _ in range(options["number"]):
            self.stdout.write(
                f"{options['address'].rstrip('/')}{reverse('join')}?invitation={invite(days=options['days'])}"
            )
        if settings.JOINING != "invite":
            self.stderr.write(f"COACH_JOINING is '{settings.JOINING}' here, so these links change nothing.")


def address() -> str:
    """The address by which browsers reach the coach, as far as the settings say."""
    known = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin]
    return known[0] if known else f"http{'s' if settings.HTTPS else ''}://{settings.HOST}:{settings.PORT}"
