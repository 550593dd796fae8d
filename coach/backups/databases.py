"""Databases beside the coach's own, on the same server: made for a restore, dropped, or put in its place."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import make_conninfo

from coach.backups.refusals import BackupRefused
from coach.running import database

FRESH, KEPT = "coach_restoring_", "coach_before_"
MAKING_LOCK = 7_201_994  # any number, the same in every process that makes such databases
# A server that is slow to write must not count as away: pg_restore may wait for it for minutes.
_NOT_FOR_PROGRAMS = {"tcp_user_timeout"}


def server_version() -> int:
    """The major version of the coach's database server."""
    with connection.cursor():
        return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]


def own_name() -> str:
    """The name of the coach's database."""
    return str(connection.settings_dict["NAME"])


def address_of(name: str, *, options: str = "") -> tuple[str, str]:
    """How a program reaches a database of this server: a connection string without the password, and the password.

    `options`: more of PostgreSQL's command-line options for the session.
    """
    config = connection.settings_dict
    known = {one.keyword.decode() for one in psycopg.pq.Conninfo.get_defaults()} - _NOT_FOR_PROGRAMS
    given: dict[str, Any] = {key: value for key, value in config["OPTIONS"].items() if key in known}
    given |= {"host": config["HOST"] or given.get("host"), "port": config["PORT"], "user": config["USER"]}
    given |= {"dbname": name, "options": f"{given.get('options', '')} {options}".strip()}
    return make_conninfo(**{key: value for key, value in given.items() if value}), config["PASSWORD"] or ""


@contextmanager
def from_another() -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database of the server that is not the coach's: its own cannot be renamed from inside."""
    names = [name for name in ("postgres", "template1") if name != own_name()]
    for name in names:
        address, password = address_of(name)
        try:
            opened = psycopg.connect(address, password=password, autocommit=True)
        except psycopg.OperationalError:
            if name == names[-1]:
                raise BackupRefused(f"The server lets us into none of its databases {', '.join(names)}.") from None
            continue
        with opened:
            yield opened
        return


class Fresh(NamedTuple):
    """A database made for a restore. While we are connected, nobody takes it for one that a killed run has left."""

    name: str
    hold: psycopg.Connection[Any]


@contextmanager
def fresh() -> Iterator[Fresh]:
    """An empty database under a name of its own, with the sorting of the coach's. It is dropped behind this.

    Those that killed runs have left go first.
    """
    name = f"{FRESH}{secrets.token_hex(6)}"
    try:
        with _made(name) as hold:
            yield Fresh(name, hold)
    finally:
        with from_another() as elsewhere:
            elsewhere.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _made(name: str) -> psycopg.Connection[Any]:
    """Make a database, and connect to it before anybody else looks for those that are left."""
    address, password = address_of(name)
    with from_another() as elsewhere:
        elsewhere.execute("SELECT pg_advisory_lock(%s)", [MAKING_LOCK])  # it ends with this connection
        for left in _like(elsewhere, FRESH):
            _drop(elsewhere, left)
        elsewhere.execute(_creation(elsewhere, name))
        return psycopg.connect(address, password=password, autocommit=True)


def _creation(elsewhere: psycopg.Connection[Any], name: str) -> sql.Composed:
    """CREATE DATABASE with the sorting of the coach's own, whose settings have other names in each release."""
    row = elsewhere.execute("SELECT to_jsonb(d) FROM pg_database d WHERE datname = %s", [own_name()]).fetchone()
    own = row[0] if row else {}
    provider = {"i": "icu", "b": "builtin"}.get(own.get("datlocprovider", "c"), "libc")
    chosen = {"LOCALE_PROVIDER": provider, "LC_COLLATE": own.get("datcollate"), "LC_CTYPE": own.get("datctype")}
    locale = own.get("datlocale") or own.get("daticulocale")
    if locale and provider != "libc":
        chosen["ICU_LOCALE" if provider == "icu" else "BUILTIN_LOCALE"] = locale
    if "datlocprovider" not in own:  # before PostgreSQL 15 there was one
        del chosen["LOCALE_PROVIDER"]
    parts = [sql.SQL(f"{key} {{}}").format(sql.Literal(value)) for key, value in chosen.items() if value]
    made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' ").format(sql.Identifier(name))
    return made + sql.SQL(" ").join(parts)


def _drop(elsewhere: psycopg.Connection[Any], name: str) -> None:
    # Whose it was may just be dropping it.
    elsewhere.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _like(elsewhere: psycopg.Connection[Any], beginning: str) -> list[str]:
    """The databases whose names begin so, and to which nobody is connected."""
    rows = elsewhere.execute(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, %s) "
        "AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        [beginning],
    )
    return sorted(name for (name,) in rows)


@contextmanager
def pointed_at(name: str, *, socket_dir: str = "") -> Iterator[None]:
    """Let Django's connection lead to another database of the server. Not for processes with several threads.

    `socket_dir`: that of another server.
    """
    config = connection.settings_dict
    before = config["NAME"], config["OPTIONS"]
    connection.close()
    config["NAME"] = name
    config["OPTIONS"] = {**config["OPTIONS"], **({"host": socket_dir} if socket_dir else {})}
    try:
        yield
    finally:
        connection.close()
        config["NAME"], config["OPTIONS"] = before


def put_in_place(new: Fresh, *, keep: bool) -> str:
    """Give a fresh database the name of the coach's, in one moment. Returns the name that the old one has now.

    With `keep` False the old one is dropped then, and "" is returned. Raises BackupRefused while somebody is connected.
    """
    own, aside = own_name(), f"{KEPT}{timezone.now():%Y%m%d_%H%M%S}"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with from_another() as elsewhere:
        elsewhere.execute("SELECT pg_advisory_lock(%s)", [MAKING_LOCK])  # nobody takes it for one that was left
        connection.close()
        new.hold.close()
        try:
            with elsewhere.transaction():
                elsewhere.execute(rename.format(sql.Identifier(own), sql.Identifier(aside)))
                elsewhere.execute(rename.format(sql.Identifier(new.name), sql.Identifier(own)))
        except psycopg.errors.ObjectInUse:
            raise BackupRefused(
                "Somebody has connected to the database meanwhile, so that it was left as it was. Stop the coach, on "
                "every machine, and restore again."
            ) from None
        if not keep:
            _drop(elsewhere, aside)
    return aside if keep else ""


def refuse_without_right() -> None:
    """Raise BackupRefused unless the role may make databases."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        role, may = cursor.fetchone()
    if not may:
        raise BackupRefused(
            "A backup is checked, and restored, in a database made for it, and the role in DATABASE_URL may make none. "
            f'Let it: ALTER ROLE "{role}" CREATEDB'
        )


def drop_kept() -> list[str]:
    """Drop the databases that restores have put aside. Returns their names."""
    with from_another() as elsewhere:
        names = _like(elsewhere, KEPT)
        for name in names:
            _drop(elsewhere, name)
    return names


def others_connected() -> int:
    """How many other sessions are connected to the coach's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def bytes_of_own() -> int:
    """The size of the coach's database on its disk, in bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def is_embedded() -> bool:
    """Whether the database is in the data folder of this process."""
    return database.attached(settings.DATA_DIR) is not None
