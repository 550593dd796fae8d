"""A backup is made: one snapshot is counted and dumped, encrypted as it streams by, and read back before it counts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import IO, Any

from django.db import connection, transaction

from coach.backups import databases, keys_inside, manifest, sealing
from coach.backups.container import DUMP, IDENTITY, KEYS, MANIFEST, Draft
from coach.backups.databases import pointed_at
from coach.backups.manifest import Manifest
from coach.backups.progress import Steps
from coach.backups.reading import Backup, client_programs
from coach.backups.refusals import BackupRefused
from coach.backups.room import refuse_without_room
from coach.backups.sealing import Seal
from coach.running.postgresql.clients import Client, ClientFailed

# Of gzip, which every pg_dump and pg_restore knows: what is encrypted does not get smaller by trying harder.
COMPRESSION = 1
LOCK_WAIT = "30s"


@dataclass(frozen=True)
class Made:
    """What was made: bytes of the file, rows in it, encrypted columns of which a value was read, seconds it took."""

    bytes: int
    rows: int
    values: int
    seconds: float


def make(path: Path, seal: Seal | None, *, with_keys: bool, replaces: bool, steps: Steps) -> Made:
    """Back the coach's database up into a file, and read it back. `seal`: None does not encrypt it.

    Raises BackupRefused; then there is no file, or the one that was there before. No transaction may be open.
    """
    if with_keys and seal is None:
        raise BackupRefused("The keys go into an encrypted backup only: whoever found the file would read everything.")
    begun = monotonic()
    program = client_programs(databases.server_version(), "pg_dump", "pg_restore") / "pg_dump"
    try:
        with Draft(path, replaces=replaces) as draft:
            databases.refuse_without_right()
            refuse_without_room()
            told = _written(draft, program, seal, with_keys=with_keys, steps=steps)
            check(draft.written, seal.fresh if seal else None, steps)
            size = draft.written.stat().st_size
            draft.keep()
    except OSError as problem:
        raise BackupRefused(f"{path} could not be written: {problem.strerror or type(problem).__name__}.") from None
    except ClientFailed as problem:
        raise BackupRefused(str(problem)) from None
    return Made(size, told.rows, len(told.values), monotonic() - begun)


def check(path: Path, identity: Any, steps: Steps) -> None:
    """Restore a backup into a database made for it, and compare. Raises BackupRefused."""
    with Backup(path) as backup, databases.fresh() as beside:
        backup.open_by(identity)
        backup.restore_into(beside.name, steps)
        steps.begin("Counting and reading")
        with pointed_at(beside.name):
            manifest.refuse_other_rows(backup.manifest())
            manifest.refuse_unreadable_values(backup.manifest())


def _written(draft: Draft, program: Path, seal: Seal | None, *, with_keys: bool, steps: Steps) -> Manifest:
    ending = ".age" if seal else ""
    if seal and seal.identity_file:
        identity_file = seal.identity_file
        draft.add(f"{IDENTITY}.age", lambda file: file.write(identity_file))
    if with_keys:
        draft.add(f"{KEYS}{ending}", lambda file: _small(keys_inside.text().encode(), file, seal))
    with dump_of_one_moment(program, steps) as (client, told):
        source = _Counted(client.output, steps)
        draft.add(f"{DUMP}{ending}", lambda file: sealing.encrypt(source, file, seal))
        client.finish()
    told = told.with_dump(source.size, source.digest.hexdigest())
    draft.add(f"{MANIFEST}{ending}", lambda file: _small(told.as_json(), file, seal))
    draft.close()
    return told


@contextmanager
def dump_of_one_moment(program: Path, steps: Steps) -> Iterator[tuple[Client, Manifest]]:
    """A pg_dump that begins to write, and the manifest of what it dumps. Our own transaction ends before that."""
    with ExitStack() as stack:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = cursor.fetchone()[0]
            steps.begin("Counting rows")
            told = manifest.taken(databases.server_version())
            steps.begin("Dumping")
            client = stack.enter_context(_pg_dump(program, snapshot))
            client.wait_for_output()  # with its first byte it has taken the snapshot over
        yield client, told


def _pg_dump(program: Path, snapshot: str) -> Client:
    address, password = databases.address_of(databases.own_name())
    return Client(
        program,
        "--format=custom",
        f"--compress={COMPRESSION}",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_WAIT}",
        f"--dbname={address}",
        password=password,
        feeds=False,
    )


def _small(content: bytes, file: IO[bytes], seal: Seal | None) -> None:
    sealing.encrypt(BytesIO(content), file, seal)


class _Counted:
    """Reads on, and counts and digests what is read."""

    def __init__(self, source: IO[bytes], steps: Steps) -> None:
        self._source, self._steps, self.size, self.digest = source, steps, 0, sha256()

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        data = self._source.read(size)
        self.size += len(data)
        self.digest.update(data)
        self._steps.advance(len(data))
        return data
