"""manage.py rotate_keys: rewrite everything under the first key of the ring, and say which keys may go."""

from typing import Any

from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from coach.encryption import canary, key_ring, key_rotation

SHOWN_UNREAD = 50


class Command(BaseCommand):
    help = (
        "Rewrites what is stored under earlier keys of COACH_ENCRYPTION_KEYS, or in the form of release 0.1, under the "
        "first key. Put the new key in front, restart the coach, then run this; it may run while candidates work, and "
        "be stopped and started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """--new-key."""
        parser.add_argument("--new-key", action="store_true", help="print a fresh key, and do nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints a line for each table and for each key that may go, or what remains and why."""
        if options["new_key"]:
            self.stdout.write(Fernet.generate_key().decode())
            return
        canary.verify(may_register=False)
        with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("Rows", total=key_rotation.rows_left())
            report = key_rotation.rewrite(lambda: bar.advance(task))
        for table, rows in sorted(report.rewritten.items()):
            self.stdout.write(f"{table}: {rows} rows rewritten")
        if not report.rewritten:
            self.stdout.write("Nothing had to be rewritten.")
        self._tell_unread(report)
        self._tell_keys(report)

    def _tell_unread(self, report: key_rotation.Report) -> None:
        if report.unread:
            self.stdout.write(f"{len(report.unread)} values cannot be read, and stay as they are:")
        for one in report.unread[:SHOWN_UNREAD]:
            self.stdout.write(f"  {one.table} id {one.pk}, {one.column}, key {one.key.hex()}: {one.why}")
        if len(report.unread) > SHOWN_UNREAD:
            self.stdout.write(f"  and {len(report.unread) - SHOWN_UNREAD} more")

    def _tell_keys(self, report: key_rotation.Report) -> None:
        """Retire the keys that no readable value names, and refuse the form of release 0.1 from now on."""
        first, *earlier = key_ring.key_ids()
        left = key_rotation.rows_left() - len({(one.table, one.pk) for one in report.unread})
        if left > 0:
            self.stdout.write(f"{left} rows were changed by others all the time: run this again. No key may go yet.")
            return
        canary.register(old_form=False, key=first)
        in_use = canary.keys_in_use(apps)
        for key in earlier:
            canary.retire(key, in_use[key])
            if in_use[key]:
                self.stdout.write(
                    f"The key {key.hex()} may go: only values that it does not read either name it. "
                    "Keep a copy if you mean to put those back from a backup."
                )
            else:
                self.stdout.write(f"The key {key.hex()} may go: no value names it any more.")
        if not earlier:
            self.stdout.write(f"Everything is under the key {first.hex()}; there is no other.")
        self.stdout.write("Values in the form of release 0.1 are refused from now on.")
