"""Rewrites values under earlier keys, or in the form of release 0.1, under the first key of the ring.

It goes row by row, and changes a row only if it still holds what was read. So it never overwrites an edit, and other
requests wait for one row at most. A run that was stopped can be started again: it finds only what is left.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models

from coach.encryption import canary, key_ring
from coach.encryption.fields import Sealed, encrypted_fields
from coach.encryption.key_ring import CannotBeRead, UnknownKey

BATCH = 100
# How often a model's rows are looked through, while some of them are edited between reading and rewriting.
MOST_PASSES = 5


class Unread(NamedTuple):
    """A value that could not be rewritten. `key`: the id of its key. `why`: in words, without its content."""

    table: str
    pk: Any
    column: str
    key: bytes
    why: str


class Report:
    """What a run has done: the number of rewritten rows by table, and the values that could not be read."""

    def __init__(self) -> None:
        self.rewritten: Counter[str] = Counter()
        self.unread: list[Unread] = []


def models_with_values() -> list[type[models.Model]]:
    """Every model that has an encrypted field."""
    ours = (model for app in canary.OUR_APPS for model in apps.get_app_config(app).get_models())
    return [model for model in ours if encrypted_fields(model)]


def rows_left() -> int:
    """How many rows have a value that is not under the first key, or not in today's form."""
    total = 0
    for model in models_with_values():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {_table(model)} WHERE {_stale(model)}", _current(model))  # noqa: S608
            total += cursor.fetchone()[0]
    return total


def rewrite(on_row: Callable[[], None]) -> Report:
    """Rewrite all values that can be read. Calls `on_row` after each row that was looked at."""
    report = Report()
    with connection.cursor() as cursor:
        # After a crash the work of the last moments may be lost. The next run does it again.
        cursor.execute("SET synchronous_commit = off")
        try:
            for model in models_with_values():
                _rewrite_model(model, report, on_row)
        finally:
            cursor.execute("RESET synchronous_commit")
    return report


def _rewrite_model(model: type[models.Model], report: Report, on_row: Callable[[], None]) -> None:
    for _again in range(MOST_PASSES):
        report.unread = [one for one in report.unread if one.table != model._meta.db_table]
        changed_meanwhile = 0
        for row in _stale_rows(model):
            found = _rewritten(row, report)
            if found is None:
                changed_meanwhile += 1
            elif found:
                report.rewritten[model._meta.db_table] += 1
            on_row()
        if not changed_meanwhile:
            return


def _stale_rows(model: type[models.Model]) -> Iterator[Any]:
    """The rows with a stale value, read in batches of BATCH, with encrypted fields and owners only."""
    fields = encrypted_fields(model)
    needed = {field.attname for field in fields} | {field.owner for field in fields} - {"pk"}
    last = 0
    while True:
        with connection.cursor() as cursor:
            where = f"id > %s AND ({_stale(model)}) ORDER BY id LIMIT {BATCH}"
            cursor.execute(f"SELECT id FROM {_table(model)} WHERE {where}", [last, *_current(model)])  # noqa: S608
            ids = [pk for (pk,) in cursor.fetchall()]
        if not ids:
            return
        yield from model._base_manager.filter(pk__in=ids).only(*needed).order_by("pk")
        last = ids[-1]


def _rewritten(row: Any, report: Report) -> bool | None:
    """Rewrite the row's stale values. False if none could be read, None if the row was changed meanwhile."""
    before, after = {}, {}
    for field in encrypted_fields(type(row)):
        sealed = row.__dict__[field.attname]
        if sealed is None or key_ring.is_current(sealed.stored):
            continue
        place = field.place_in(row)
        try:
            plain = canary.unseal(sealed.stored, place)
        except (CannotBeRead, UnknownKey) as problem:
            key = key_ring.key_id_of(sealed.stored)
            report.unread.append(Unread(row._meta.db_table, row.pk, field.attname, key, str(problem)))
            continue
        before[field], after[field] = sealed, Sealed(key_ring.seal(plain, place))
    if not before:
        return False
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(field.attname)} = %s" for field in after)
    unchanged = " AND ".join(f"{quote(field.attname)} = %s" for field in before)
    values = [*(one.stored for one in after.values()), row.pk, *(one.stored for one in before.values())]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {_table(type(row))} SET {assignments} WHERE id = %s AND {unchanged}", values)  # noqa: S608
        return True if cursor.rowcount else None


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _stale(model: type[models.Model]) -> str:
    """SQL that is true for a row with a stale value: one whose first bytes are not `current_beginning`."""
    length = key_ring.KEY_ID_BYTES + 1
    columns = (connection.ops.quote_name(field.attname) for field in encrypted_fields(model))
    return " OR ".join(f"substring({column} from 1 for {length}) <> %s" for column in columns)


def _current(model: type[models.Model]) -> list[bytes]:
    return [key_ring.current_beginning()] * len(encrypted_fields(model))
