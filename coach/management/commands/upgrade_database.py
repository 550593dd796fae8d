"""manage.py upgrade_database: bring the embedded database to the PostgreSQL that this program has."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from coach.backups import upgrading
from coach.backups.manifest import Manifest
from coach.backups.progress import bars
from coach.backups.reading import Backup
from coach.backups.refusals import BackupRefused
from coach.backups.secrets_given import open_backup
from coach.management.commands.serve import only_run_of
from coach.running import database


class Command(BaseCommand):
    help = "Bring the embedded database to the major version of PostgreSQL that this program has. The old one is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a backup to take, where the old programs are missing")
        parser.add_argument("--programs", type=Path, help="the folder with the old version's pg_ctl and pg_dump")
        parser.add_argument("--key-file", type=Path, help="a file with the backup key's secret half, or the passphrase")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints where the old database is. Exits with 1 and a sentence when nothing has changed."""
        data_dir: Path = settings.DATA_DIR
        server = database.attached(data_dir / settings.UPGRADE_FOLDER)
        if server is None:
            raise CommandError("DATABASE_URL names a server of your own: its administrator upgrades it.")
        lock = only_run_of(data_dir)
        try:
            version = upgrading.old_version(data_dir)
            if version is None:
                self.stdout.write("The database has the version of this program already; nothing was done.")
                return
            told = self._filled(data_dir, version, options)
            connection.close()
            server.detach()
            aside = upgrading.change_folders(data_dir, version)
        except BackupRefused as problem:
            raise CommandError(str(problem)) from None
        finally:
            connection.close()
            server.detach()
            upgrading.forget_new_folder(data_dir)
            lock.close()
        self.stdout.write(
            f"The database is one of PostgreSQL {server.major} now, with {told.rows} rows, as it was on "
            f"{told.when:%d %B %Y, %H:%M} UTC.\nThe old one is kept: {aside}. Delete it when you need it no more."
        )

    def _filled(self, data_dir: Path, version: int, options: dict[str, Any]) -> Manifest:
        if options["file"] is None:
            with bars() as steps:
                return upgrading.from_old_server(data_dir, version, options["programs"], steps)
        with Backup(options["file"]) as backup:
            open_backup(backup, options["key_file"])
            with bars() as steps:
                return upgrading.from_backup(backup, steps)
