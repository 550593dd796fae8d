"""What has to be there before pages are served: tables of this version, keys that fit them, and static files."""

import sys

from django.core.management import call_command
from django.db import DatabaseError, connection

from coach.encryption import canary
from coach.running import static_files
from coach.running.quiet_logging import place_of

MIGRATION_LOCK = 7_201_993  # any number, the same in every process that migrates this database


def prepare() -> None:
    """Do all of it; where it is done already, that takes a moment. Exits with a sentence when something is wrong."""
    migrate()
    canary.verify()
    static_files.collect()


def migrate() -> None:
    """Bring the database up to date, one process at a time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                call_command("migrate", interactive=False, verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
    except DatabaseError as error:
        # Without the text of the error, which may quote a row.
        sys.exit(f"The database could not be brought up to date: {place_of(error)}")
