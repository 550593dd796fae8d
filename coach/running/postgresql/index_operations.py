"""Operations of migrations that make and drop indexes while candidates work: nobody who reads or writes waits.

Usually PostgreSQL lets nobody write to a table while an index of it is made, which takes seconds where there are a
million rows. CONCURRENTLY lets everybody work, but not within a transaction: such a migration has `atomic = False`. If
it is stopped, an unfinished index may be left, which is of no use and in the way; the next try drops it first.
"""

from functools import partial
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models
from django.db.migrations.operations import AlterField, RunPython, SeparateDatabaseAndState


class AddIndex(AddIndexConcurrently):
    """Add an index while others write, and before that drop what an interrupted try has left of it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Raises OperationalError when others hold their locks for too long; then it can be tried again."""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_class JOIN pg_index ON pg_index.indexrelid = pg_class.oid "
                "WHERE relname = %s AND NOT indisvalid AND pg_table_is_visible(pg_class.oid)",
                [self.index.name],
            )
            is_unfinished = cursor.fetchone() is not None
        if is_unfinished:
            _drop(schema_editor, self.index.name)
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def without_index_of_its_own(label: str, name: str, field: "models.Field[Any, Any]") -> SeparateDatabaseAndState:
    """The field `name` of a model ("study.Question") becomes `field`, which has no index: a named one serves instead.

    It drops every plain index of this column alone, so a named one that has no other column is added after this.
    """
    drop, make = (partial(work, label=label, name=name) for work in (_drop_index_of, _make_index_of))
    return SeparateDatabaseAndState(
        database_operations=[RunPython(drop, make)],
        state_operations=[AlterField(label.split(".")[1], name, field)],
    )


def _drop_index_of(apps: Any, schema_editor: Any, *, label: str, name: str) -> None:
    """Drop the plain index of this column alone, whatever its name."""
    table, column = _column(apps, label, name)
    with schema_editor.connection.cursor() as cursor:
        known = schema_editor.connection.introspection.get_constraints(cursor, table)
    for index, found in known.items():
        if found["columns"] == [column] and found["index"] and not found["unique"]:
            _drop(schema_editor, index)


def _make_index_of(apps: Any, schema_editor: Any, *, label: str, name: str) -> None:
    table, column = _column(apps, label, name)
    quote = schema_editor.quote_name
    index = quote(f"{table}_{column}")
    schema_editor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {quote(table)} ({quote(column)})")


def _column(apps: Any, label: str, name: str) -> tuple[str, str]:
    """The table of the model, and the column of its field."""
    model = apps.get_model(label)
    return model._meta.db_table, model._meta.get_field(name).column


def _drop(schema_editor: Any, index: str) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(index)}")
