"""manage.py limits: shows who has used how much, and resets a candidate's day."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F, Q, Sum
from django.utils import timezone

from coach.limits import limits_of
from coach.models import User
from llm_modes.ledger import spending

MOST_SHOWN = 50


class Command(BaseCommand):
    """Shows a candidate's limits, or those who used most. With --reset the candidate's day counts from now on."""

    help = "Show what a candidate has used of each limit, or who used the most tokens in the last 24 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", help="one candidate; without it, the greediest of the day")
        parser.add_argument("--reset", action="store_true", help="count tokens, calls and rows of the day from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["username"] is None:
            if options["reset"]:
                raise CommandError("Whose? Name a candidate to reset.")
            self._list()
            return
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist:
            raise CommandError(f"There is no candidate “{options['username']}”.") from None
        if options["reset"]:
            spending.reset(user)
            self.stdout.write(f"The limits of {user.username} are reset; what was used stays in the ledger.\n\n")
        for limit in limits_of(user):
            self.stdout.write(f"{'!' if limit.is_met else ' '} {limit.told:<20} {limit.name}")

    def _list(self) -> None:
        day = Q(llm_calls__at__gte=timezone.now() - timedelta(days=1)) & ~Q(llm_calls__model=spending.OFFLINE_MODEL)
        tokens = Sum(F("llm_calls__input_tokens") + F("llm_calls__output_tokens"), filter=day)
        users = (
            User.objects.only("username", "time_zone", "budget_reset_at")
            .annotate(tokens=tokens)
            .filter(tokens__gt=0)
            .order_by("-tokens")
        )
        self.stdout.write(f"{'tokens':>10} {'running':>8} {'minute':>7}  candidate")
        for user in users[:MOST_SHOWN]:
            state = spending.state_of(user)
            self.stdout.write(f"{user.tokens:>10,} {state.running:>8} {state.last_minute:>7}  {user.username}")
