"""What `manage.py demo_data --users` does, with a bar, and what it prints."""

import secrets
import time
from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from coach.management.crowd import bounds
from coach.management.crowd.candidate import Order
from coach.management.crowd.erasing import crowd, erase_earlier, refuse_names_of_others
from coach.management.crowd.making import NAME, make, rows_made


def run(users: int, days: int, *, seed: int, say: Callable[[str], None]) -> None:
    """Erase the earlier crowd and make one of so many candidates, then `say` what there is.

    Raises CommandError if somebody else has one of their names.
    """
    refuse_names_of_others([NAME.format(number) for number in range(1, users + 1)])
    say(f"This takes about {bounds.size(bounds.bytes_for(users, days))} of disk, the database's journal included.")
    began, password = time.monotonic(), secrets.token_urlsafe(9)
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True)) as bar:
        if earlier := crowd().count():
            erasing = bar.add_task("Erasing the earlier ones", total=earlier)
            for gone in erase_earlier():
                bar.advance(erasing, gone)
        making = bar.add_task("Candidates", total=users)
        # The hash is made once: a thousand of them would take minutes.
        order = Order(make_password(password), timezone.now(), days, seed)
        make(users, order, lambda more: bar.advance(making, more))
    for table, rows in sorted(rows_made().items()):
        say(f"{table}: {rows:,} rows")
    say(f"Made in {time.monotonic() - began:.0f} s.")
    last = f" to {NAME.format(users)}" if users > 1 else ""
    say(f"User names: {NAME.format(1)} (the heavy one){last}\nPassword:   {password}")
