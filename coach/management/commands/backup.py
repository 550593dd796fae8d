"""manage.py backup: the whole database in one encrypted file, read back before it counts."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coach.backups import making, sealing
from coach.backups.progress import bars
from coach.backups.refusals import BackupRefused
from coach.backups.secrets_given import seal
from coach.encryption import canary


class Command(BaseCommand):
    help = "Write the whole database into one encrypted file, and check it. Candidates may go on working meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the file to write")
        parser.add_argument("--new-key", action="store_true", help="print a new backup key, and do nothing else")
        parser.add_argument("--passphrase", action="store_true", help="ask for a passphrase, whatever the settings say")
        parser.add_argument("--with-keys", action="store_true", help="put the keys of secrets.env in, too")
        parser.add_argument("--unencrypted", action="store_true", help="leave the file open to whoever finds it")
        parser.add_argument("--replace", action="store_true", help="replace the file if it is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what was written. Exits with 1 and a sentence when there is no backup."""
        if options["new_key"]:
            self._tell_new_key()
            return
        if options["file"] is None:
            raise CommandError("Say which file to write: manage.py backup FILE")
        canary.verify()
        try:
            chosen = None if options["unencrypted"] else seal(passphrase=options["passphrase"])
            with bars() as steps:
                made = making.make(
                    options["file"],
                    chosen,
                    with_keys=options["with_keys"],
                    replaces=options["replace"],
                    steps=steps,
                )
        except BackupRefused as problem:
            raise CommandError(str(problem)) from None
        self._tell(options, made)

    def _tell(self, options: dict[str, Any], made: making.Made) -> None:
        self.stdout.write(
            f"{options['file']}: {made.bytes / 1_000_000:.1f} MB, in {made.seconds:.0f} s.\n"
            f"It was restored for a check: all {made.rows} rows are in it, and a value of each of {made.values} "
            "encrypted columns was read."
        )
        if options["with_keys"]:
            self.stdout.write("The keys are in it, too: whoever opens this file reads what candidates wrote.")
        else:
            self.stdout.write("The keys are not in it: keep a copy of secrets.env in another place.")

    def _tell_new_key(self) -> None:
        public, secret = sealing.new_key()
        self.stdout.write(
            f"COACH_BACKUP_KEY={public}\n{secret}\n\n"
            "The first line belongs into .env: it encrypts, and opens nothing.\n"
            "The second line opens the backups. Keep it away from this machine, and twice: it is written nowhere else."
        )
