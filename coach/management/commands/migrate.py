"""manage.py migrate: Django's, which steps back when pages are in its way, and tries again.

A migration that changes several tables would hold one and wait for the next. A page that holds that one and waits for
the first makes a deadlock, and after a second PostgreSQL ends either. So a migration first locks all tables that it
changes, by one statement that takes less than that second, or gives up and tries again.
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations import Migration

# Milliseconds for all its locks together: less than PostgreSQL's deadlock_timeout, of a second.
LOCK_WAIT = 600
# For some ten minutes, as long as a backup of a large database reads all tables. Seconds between two tries.
TRIES, PAUSE = 600, 0.4
TOLD_AFTER = 10  # tries
IN_THE_WAY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.QueryCanceled)


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command, again where a migration gave up. Each is done as a whole, or not at all."""
        connection = connections[options["database"]]
        usual = connection.SchemaEditorClass
        connection.SchemaEditorClass = self._locking(usual)
        try:
            for left in reversed(range(TRIES)):
                self._tables: list[str] = []
                try:
                    super().handle(*args, **options)
                    return
                except OperationalError as problem:
                    if not (left and self._tables and isinstance(problem.__cause__, IN_THE_WAY)):
                        raise
                    if left == TRIES - TOLD_AFTER:
                        self.stderr.write("A migration waits until nobody uses its tables; is a backup being made?")
                    time.sleep(PAUSE)
        finally:
            connection.SchemaEditorClass = usual

    def migration_progress_callback(self, action: str, migration: Migration | None = None, fake: bool = False) -> None:
        """Django's, before and after each migration. One that is no transaction locks nothing at its beginning."""
        super().migration_progress_callback(action, migration, fake)
        if action in ("apply_start", "unapply_start") and migration is not None:
            self._tables = sorted(set(tables_of(migration))) if migration.atomic else []

    def _locking(self, usual: Any) -> Any:
        command = self

        class Locking(usual):
            """Locks the tables of the migration when its transaction begins."""

            def __enter__(self) -> Any:
                entered = super().__enter__()
                try:
                    if self.atomic_migration:
                        lock(self.connection, command._tables)
                except BaseException:
                    self.__exit__(*sys.exc_info())
                    raise
                return entered

        return Locking


def tables_of(migration: Migration) -> Iterator[str]:
    """The tables that a migration may change: those of its operations' models, and of those that they refer to."""
    for operation in migration.operations:
        name = getattr(operation, "model_name", None) or getattr(operation, "name", None)
        if name:
            yield f"{migration.app_label}_{name}".lower()
        fields = [getattr(operation, "field", None), *dict(getattr(operation, "fields", ())).values()]
        for field in fields:
            if related := getattr(getattr(field, "remote_field", None), "model", None):
                yield str(related).replace(".", "_").lower()


def lock(connection: Any, tables: list[str]) -> None:
    """Lock those of the tables that are there, or raise OperationalError within LOCK_WAIT."""
    with connection.cursor() as cursor:
        there = [name for name in tables if name in connection.introspection.table_names(cursor)]
        if there:
            quoted = ", ".join(connection.ops.quote_name(name) for name in there)
            cursor.execute(f"SET LOCAL statement_timeout = {LOCK_WAIT}; LOCK TABLE {quoted}")
            cursor.execute("SET LOCAL statement_timeout = 0")
