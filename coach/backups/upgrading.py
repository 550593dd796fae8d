"""The embedded database moves to a new major version of PostgreSQL: into a new folder, and the old one is kept.

Django's connection leads to the new server, in a data folder of its own (coach/settings.py). It is filled by the old
server, if this machine has programs of that version, or from a backup that was made before.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from coach.backups import databases, manifest
from coach.backups.databases import Fresh, pointed_at
from coach.backups.making import dump_of_one_moment
from coach.backups.manifest import Manifest
from coach.backups.progress import Steps
from coach.backups.reading import Backup, restoring
from coach.backups.refusals import BackupRefused
from coach.backups.restoring import bring_up_to_date
from coach.running.database import UPGRADED, EmbeddedServer, made_by
from coach.running.postgresql.clients import ClientFailed
from coach.running.postgresql.programs import programs, programs_of


def old_version(data_dir: Path) -> int | None:
    """The major version of a folder that this program cannot read; None where there is nothing to upgrade."""
    version = made_by(data_dir / "postgres")
    return None if version == made_by(data_dir / settings.UPGRADE_FOLDER / "postgres") else version


def from_old_server(data_dir: Path, version: int, given: Path | None, steps: Steps) -> Manifest:
    """Fill the new server from the old one, which runs for this time. Raises BackupRefused."""
    folder = programs_of(version, ("pg_ctl", "postgres", "pg_dump"), given=given)
    if folder is None:
        raise BackupRefused(
            f"{data_dir / 'postgres'} was made by PostgreSQL {version}, and this machine has no programs of that "
            f"version to read it. Install them (on Debian and Ubuntu: postgresql-{version}), say where they are "
            "(--programs FOLDER), or name a backup that was made with the coach before: upgrade_database FILE."
        )
    with _running(EmbeddedServer(data_dir, major=version, programs_in=folder)) as old, databases.fresh() as beside:
        told = _copied(old, folder / "pg_dump", beside, steps)
        with pointed_at(beside.name):
            bring_up_to_date(told, steps)
        databases.put_in_place(beside, keep=False)
    return told


@contextmanager
def _running(server: EmbeddedServer) -> Iterator[EmbeddedServer]:
    try:
        server.attach()
    except ImproperlyConfigured as problem:
        raise BackupRefused(str(problem)) from None
    try:
        yield server
    finally:
        server.detach()


def _copied(old: EmbeddedServer, pg_dump: Path, beside: Fresh, steps: Steps) -> Manifest:
    name, socket_dir = databases.own_name(), str(old.socket_dir())
    try:
        with ExitStack() as stack:
            with pointed_at(name, socket_dir=socket_dir):
                client, told = stack.enter_context(dump_of_one_moment(pg_dump, steps))
            into = stack.enter_context(restoring(programs() / "pg_restore", beside.name))
            while part := client.output.read(262_144):
                into.input.write(part)
                steps.advance(len(part))
            client.finish()
            into.finish()
    except ClientFailed as problem:
        raise BackupRefused(str(problem)) from None
    return told


def from_backup(backup: Backup, steps: Steps) -> Manifest:
    """Fill the new server from a backup, which is open. Raises BackupRefused or WrongKeys."""
    told = backup.manifest()
    manifest.refuse_newer(told)
    manifest.refuse_foreign_keys(told)
    with databases.fresh() as beside:
        backup.restore_into(beside.name, steps)
        with pointed_at(beside.name):
            bring_up_to_date(told, steps)
        databases.put_in_place(beside, keep=False)
    return told


def change_folders(data_dir: Path, version: int) -> Path:
    """Put the new server's folder, which has stopped, in the place of the old one. Returns where the old one is now.

    A crash in the middle is mended by the next start (coach.running.database).
    """
    new, old, upgraded = data_dir / settings.UPGRADE_FOLDER / "postgres", data_dir / "postgres", data_dir / UPGRADED
    aside = data_dir / f"postgres.{version}-{timezone.now():%Y%m%d%H%M%S}"
    if upgraded.exists():  # of an upgrade that a crash has ended before the old folder had moved
        shutil.rmtree(upgraded)
    new.rename(upgraded)
    old.rename(aside)
    upgraded.rename(old)
    return aside


def forget_new_folder(data_dir: Path) -> None:
    """Delete what is left of the new server's data folder, which has stopped."""
    with suppress(FileNotFoundError):
        shutil.rmtree(data_dir / settings.UPGRADE_FOLDER)
