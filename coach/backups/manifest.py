"""What a database holds at one moment: its migrations, the rows of every table, and where a value can be read."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from coach.backups.refusals import BackupRefused, Damaged
from coach.encryption import CannotBeRead, Sealed, UnknownKey, canary, encrypted_fields, key_ring
from coach.models import EncryptionKey

FORM = 1
# Applications of older releases, which had migrations of their own.
GONE = {"sessions"}
# Of each encrypted column so many values are tried until one can be read.
TRIED = 20


@dataclass(frozen=True)
class Manifest:
    """`tables`: rows by "schema.table". `values`: by "table.column" the key of a row whose value there can be read."""

    made_at: str
    postgresql: int
    migrations: list[str]
    tables: dict[str, int]
    values: dict[str, int]
    keys: list[str]
    dump_bytes: int = 0
    dump_sha256: str = ""
    form: int = FORM

    def with_dump(self, size: int, digest: str) -> "Manifest":
        """The same, of the dump that was made at that moment."""
        return replace(self, dump_bytes=size, dump_sha256=digest)

    def as_json(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def from_json(text: bytes) -> Manifest:
    """Reads what `as_json` wrote. Raises Damaged, and BackupRefused for that of a newer release."""
    try:
        told = json.loads(text)
        if told["form"] != FORM:
            raise BackupRefused("This backup was made by a newer release of the coach. Bring in that release first.")
        return Manifest(**told)
    except (ValueError, KeyError, TypeError):
        raise Damaged("The backup is damaged: what it says about itself cannot be read.") from None


def taken(postgresql: int) -> Manifest:
    """What Django's connection sees. To be called within the snapshot that is dumped."""
    return Manifest(
        made_at=timezone.now().isoformat(timespec="seconds"),
        postgresql=postgresql,
        migrations=_migrations(),
        tables=count_rows(),
        values={f"{field.model._meta.db_table}.{field.column}": pk for field, pk in _readable()},
        keys=[key.hex() for key in key_ring.key_ids()],
    )


def _migrations() -> list[str]:
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            raise BackupRefused("The database holds nothing of the coach: there is nothing to back up.")
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [f"{app}.{name}" for app, name in cursor.fetchall()]


def count_rows() -> dict[str, int]:
    """The number of rows of every table, by "schema.table"."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        quote = connection.ops.quote_name
        counts = {}
        for schema, table in sorted(cursor.fetchall()):
            cursor.execute(f"SELECT count(*) FROM {quote(schema)}.{quote(table)}")  # noqa: S608
            counts[f"{schema}.{table}"] = cursor.fetchone()[0]
    return counts


def _encrypted() -> Iterator[Any]:
    """The encrypted fields whose columns are there: the database may be of an older release."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns")
        there = set(cursor.fetchall())
    for model in apps.get_models():
        if model._meta.app_label in canary.OUR_APPS:
            yield from (field for field in encrypted_fields(model) if (model._meta.db_table, field.column) in there)


def _readable() -> Iterator[tuple[Any, int]]:
    """Each encrypted field with the key of the newest row whose value can be read; none of those that cannot."""
    with connection.cursor() as cursor:
        if EncryptionKey._meta.db_table not in connection.introspection.table_names(cursor):
            return  # a database of release 0.1
    for field in _encrypted():
        rows = _rows_with(field).order_by("-pk")[:TRIED]
        if (pk := next((row.pk for row in rows if _is_read(field, row)), None)) is not None:
            yield field, pk


def _rows_with(field: Any) -> models.QuerySet[Any]:
    model: type[models.Model] = field.model
    return model._base_manager.only(field.owner, field.name).exclude(**{f"{field.name}__isnull": True})


def _is_read(field: Any, row: models.Model) -> bool:
    stored = row.__dict__[field.attname]
    try:
        canary.unseal(stored.stored if isinstance(stored, Sealed) else b"", field.place_in(row))
    except (CannotBeRead, UnknownKey):
        return False
    return True


def refuse_other_rows(manifest: Manifest) -> None:
    """Raise BackupRefused unless every table has the rows that the manifest tells of."""
    found = count_rows()
    for table in sorted(manifest.tables.keys() | found.keys()):
        expected, there = manifest.tables.get(table), found.get(table)
        if expected != there:
            raise BackupRefused(f"The table {table} has {there or 0} rows after restoring, and had {expected or 0}.")


def refuse_unreadable_values(manifest: Manifest) -> None:
    """Raise BackupRefused unless a value of every encrypted column can be read, as before the backup."""
    for field in _encrypted():
        name = f"{field.model._meta.db_table}.{field.column}"
        row = _rows_with(field).filter(pk=manifest.values.get(name)).first()
        if row is not None and not _is_read(field, row):
            raise BackupRefused(f"After restoring, a value of {name} cannot be read with the keys that are given here.")


def refuse_newer(manifest: Manifest) -> None:
    """Raise BackupRefused if the database had migrations that this release does not know."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{name}" for one in loader.disk_migrations.values() for app, name in one.replaces}
    unknown = [name for name in manifest.migrations if name not in known and name.split(".")[0] not in GONE]
    if unknown:
        raise BackupRefused(
            f"This backup was made by a newer release of the coach ({len(unknown)} steps of its database are unknown "
            f"here, the first is {unknown[0]}). Bring in that release, and restore again."
        )


def refuse_foreign_keys(manifest: Manifest) -> None:
    """Raise BackupRefused if this process has none of the keys that the database was written under."""
    if not set(manifest.keys) & {key.hex() for key in key_ring.key_ids()}:
        raise BackupRefused(
            f"The keys that are set here do not read this backup, which needs {' or '.join(manifest.keys)}. Put the "
            f"secrets.env that belongs to it into {settings.DATA_DIR}, or set COACH_ENCRYPTION_KEYS. Nothing changed."
        )
