"""A backup that is read: what it says about itself, its keys, and its database."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from coach.backups import container, databases, manifest, sealing
from coach.backups.container import DUMP, IDENTITY, KEYS, MANIFEST, Part
from coach.backups.manifest import Manifest
from coach.backups.progress import Steps
from coach.backups.refusals import BackupRefused, Damaged
from coach.backups.sealing import Target
from coach.running.postgresql.clients import Client, ClientFailed
from coach.running.postgresql.programs import programs_of

# Nobody relies on what pg_restore has written before the database is checked and put in its place.
QUICKLY = "-c synchronous_commit=off"


class Backup:
    """The file of a backup, open. To be used as a context manager."""

    def __init__(self, path: Path) -> None:
        """Raises BackupRefused (NotABackup, Damaged) when it cannot be read."""
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as problem:
            raise BackupRefused(f"{path} cannot be read: {problem.strerror}.") from None
        try:
            self.is_encrypted = container.is_encrypted(self._file)
            self._members = container.members_of(self._file)
        except BaseException:
            self._file.close()
            raise
        self._identity: Any = None

    def __enter__(self) -> "Backup":
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: object, trace: TracebackType | None) -> None:
        self._file.close()

    @property
    def has_passphrase(self) -> bool:
        """Whether a passphrase opens it, and not a key."""
        return IDENTITY in self._members

    def open_by_key(self, secret: str) -> None:
        """Open it by the secret half of the backup key. Raises WrongSecret."""
        self.open_by(sealing.secret_key(secret))

    def open_by_passphrase(self, words: str) -> None:
        """Open it by its passphrase. Raises WrongSecret."""
        sealed = Part(self._file, self._members[IDENTITY]).read()
        self.open_by(sealing.opened_by_passphrase(sealed, words))

    def open_by(self, identity: Any) -> None:
        """Open it by an identity of age. Raises WrongSecret."""
        self._identity = identity
        self.manifest()

    def manifest(self) -> Manifest:
        """What it says about itself. Raises WrongSecret or Damaged."""
        return manifest.from_json(self._small(MANIFEST))

    def keys(self) -> str:
        """The lines of secrets.env, "" where they are not in it. Raises WrongSecret or Damaged."""
        return self._small(KEYS).decode() if KEYS in self._members else ""

    def _small(self, name: str) -> bytes:
        read = io.BytesIO()
        sealing.decrypt(Part(self._file, self._members[name]), read, self._identity)
        return read.getvalue()

    def dump_to(self, target: Target, told: Callable[[int], None] = lambda _count: None) -> None:
        """Write what pg_dump wrote into `target`. Raises Damaged, at its end too, and what writing raises.

        `told` gets the bytes that are read of the file, as they are read.
        """
        written = _Digested(target)
        sealing.decrypt(Part(self._file, self._members[DUMP], told), written, self._identity)
        if (written.size, written.digest.hexdigest()) != (self.manifest().dump_bytes, self.manifest().dump_sha256):
            raise Damaged("The backup is damaged: its database is not the one that it was made of.")

    def restore_into(self, name: str, steps: Steps) -> None:
        """Fill the empty database `name`. Raises BackupRefused, and leaves it half filled then."""
        program = restoring_program()
        steps.begin("Restoring", self._members[DUMP].size)
        try:
            with restoring(program, name) as client:
                self.dump_to(client.input, steps.advance)
                client.finish()
        except ClientFailed as problem:
            raise BackupRefused(str(problem)) from None


@contextmanager
def restoring(program: Path, name: str) -> Iterator[Client]:
    """A pg_restore that fills the empty database `name`. Raises ClientFailed, also when it stops to read."""
    address, password = databases.address_of(name, options=QUICKLY)
    arguments = ("--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={address}")
    with Client(program, *arguments, password=password, feeds=True) as client:
        try:
            yield client
        except BrokenPipeError:
            client.finish()  # it has ended, and says why
            raise ClientFailed("pg_restore stopped reading in the middle of the backup.") from None


class _Digested:
    """Passes on what is written, and counts and digests it."""

    def __init__(self, target: Target) -> None:
        self._target, self.size, self.digest = target, 0, sha256()

    def write(self, data: Any) -> int:
        self._target.write(data)
        self.size += len(data)
        self.digest.update(data)
        return len(data)


def restoring_program() -> Path:
    """pg_restore for the coach's server. Raises BackupRefused where this machine has none that fits."""
    return client_programs(databases.server_version(), "pg_restore") / "pg_restore"


def client_programs(major: int, *needed: str) -> Path:
    """The folder of PostgreSQL's programs for a server of this major version. Raises BackupRefused."""
    found = programs_of(major, needed)
    if found is None:
        raise BackupRefused(
            f"The database server is PostgreSQL {major}, and {' and '.join(needed)} of that version are not on this "
            f"machine. Install them (on Debian and Ubuntu: postgresql-client-{major}), or put them on the PATH."
        )
    return found
