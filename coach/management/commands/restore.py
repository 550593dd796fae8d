"""manage.py restore: a backup takes the place of the database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coach.backups import databases
from coach.backups.progress import bars
from coach.backups.reading import Backup
from coach.backups.refusals import BackupRefused
from coach.backups.restoring import Restored, restore
from coach.backups.secrets_given import open_backup
from coach.management.commands.serve import only_run_of


class Command(BaseCommand):
    help = "Put the database of a backup in the place of this one, when all of it is there and can be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a file that manage.py backup wrote")
        parser.add_argument("--key-file", type=Path, help="a file with the backup key's secret half, or the passphrase")
        parser.add_argument("--replace", action="store_true", help="put a database that has candidates in it aside")
        parser.add_argument("--drop-kept", action="store_true", help="drop what earlier restores have put aside")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what was restored. Exits with 1 and a sentence when database and keys are as they were."""
        if (options["file"] is None) is not options["drop_kept"]:
            raise CommandError("Say which file to restore, or --drop-kept alone.")
        lock = only_run_of(settings.DATA_DIR) if databases.is_embedded() else None
        try:
            if options["drop_kept"]:
                self.stdout.write(f"Dropped: {', '.join(databases.drop_kept()) or 'nothing was put aside'}.")
                return
            with Backup(options["file"]) as backup:
                open_backup(backup, options["key_file"])
                with bars() as steps:
                    restored = restore(backup, replace=options["replace"], steps=steps)
        except BackupRefused as problem:
            raise CommandError(str(problem)) from None
        finally:
            if lock is not None:
                lock.close()
        self._tell(restored)

    def _tell(self, restored: Restored) -> None:
        told = restored.told
        self.stdout.write(f"The database is that of {told.when:%d %B %Y, %H:%M} UTC again: {told.rows} rows.")
        if restored.keys:
            self.stdout.write(restored.keys)
        if restored.aside:
            self.stdout.write(
                f"The one before is kept as {restored.aside}. When you need it no more: manage.py restore --drop-kept"
            )
