"""A backup is restored: into a fresh database beside the coach's own, which it replaces when all of it is right."""

from typing import Any, NamedTuple

from django.core.management import call_command
from django.db import DatabaseError, connection

from coach.backups import databases, keys_inside, manifest
from coach.backups.databases import pointed_at
from coach.backups.manifest import Manifest
from coach.backups.progress import Steps
from coach.backups.reading import Backup, restoring_program
from coach.backups.refusals import BackupRefused
from coach.backups.room import refuse_without_room
from coach.encryption import canary
from coach.running.quiet_logging import place_of


class Restored(NamedTuple):
    """`aside`: the name that the database before has now; "" where there was none. `keys`: a sentence about them."""

    told: Manifest
    aside: str
    keys: str


def restore(backup: Backup, *, replace: bool, steps: Steps) -> Restored:
    """Put the database of a backup, which is open, in the place of the coach's own.

    With `replace` False only an empty database is replaced. Raises BackupRefused or WrongKeys; then database and keys
    are as they were. The coach must not run.
    """
    told = backup.manifest()
    manifest.refuse_newer(told)
    _refuse_older_server(told)
    restoring_program()
    refuse_while_it_runs()
    empty = is_empty()
    if not (empty or replace):
        raise BackupRefused(
            "There are candidates in the database, and nothing was changed. With --replace the backup takes its "
            "place, and it is put aside."
        )
    databases.refuse_without_right()
    refuse_without_room(at_least=told.dump_bytes)
    try:
        with databases.fresh() as beside, keys_inside.brought(backup.keys(), unused=empty) as keys:
            manifest.refuse_foreign_keys(told)
            backup.restore_into(beside.name, steps)
            with pointed_at(beside.name):
                bring_up_to_date(told, steps)
            aside = databases.put_in_place(beside, keep=not empty)
    except DatabaseError as problem:  # without its text, which may quote a row
        raise BackupRefused(f"The server refused something: {place_of(problem)}.") from None
    return Restored(told, aside, keys)


def bring_up_to_date(told: Manifest, steps: Steps) -> None:
    """Check the database that Django's connection leads to against its manifest, and migrate it to this release.

    Raises BackupRefused, or WrongKeys.
    """
    steps.begin("Counting rows")
    manifest.refuse_other_rows(told)
    steps.begin("Bringing up to date")
    call_command("migrate", interactive=False, verbosity=0)
    canary.verify()
    steps.begin("Reading")
    manifest.refuse_unreadable_values(told)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def refuse_while_it_runs() -> None:
    """Raise BackupRefused while anybody else is connected to the database."""
    if others := databases.others_connected():
        raise BackupRefused(
            f"The database is in use: {others} other connections are open. Stop the coach, on every machine, first."
        )


def is_empty() -> bool:
    """Whether there is no candidate in the coach's database."""
    with connection.cursor() as cursor:
        if "coach_user" not in connection.introspection.table_names(cursor):
            return True
        cursor.execute("SELECT NOT EXISTS (SELECT FROM coach_user)")
        return bool(cursor.fetchone()[0])


def _refuse_older_server(told: Manifest) -> None:
    here: Any = databases.server_version()
    if told.postgresql > here:
        raise BackupRefused(
            f"This backup was made by PostgreSQL {told.postgresql}, and the server here is PostgreSQL {here}. "
            f"Restore it with a server of version {told.postgresql} or newer."
        )
