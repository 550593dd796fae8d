"""Who can open a backup: encryption in the age format, for a key of its own or for a passphrase.

Each backup has a fresh key in any case, which only its making knows, so that a server that holds nothing but the public
half of the backup key can read back what it has written. A passphrase seals that fresh key, and the key seals the rest:
a passphrase takes seconds to try, and pyrage takes it for whole texts only, not for streams.
"""

import shutil
from dataclasses import dataclass
from typing import Any, Protocol

import pyrage
from pyrage import passphrase, x25519

from coach.backups.refusals import BackupRefused, Damaged, WrongSecret

PASSPHRASE_LEAST = 12  # characters


@dataclass(frozen=True)
class Seal:
    """For whom a backup is encrypted. `fresh` opens it, too; `identity_file` is `fresh`, sealed by the passphrase."""

    recipients: tuple[Any, ...]
    fresh: Any
    identity_file: bytes | None = None


def by_key(public: str) -> Seal:
    """A seal that the secret half of this key opens (`age1…`). Raises BackupRefused for anything else."""
    fresh = x25519.Identity.generate()
    return Seal((public_key(public), fresh.to_public()), fresh)


def by_passphrase(words: str) -> Seal:
    """A seal that the passphrase opens. It takes a second or two, so that nobody tries many."""
    fresh = x25519.Identity.generate()
    return Seal((fresh.to_public(),), fresh, passphrase.encrypt(f"{fresh}\n".encode(), words))


def new_key() -> tuple[str, str]:
    """A fresh pair: the public half (`age1…`), and the secret half (`AGE-SECRET-KEY-1…`)."""
    secret = x25519.Identity.generate()
    return str(secret.to_public()), str(secret)


def public_key(written: str) -> Any:
    """The public half of a key. Raises BackupRefused."""
    try:
        return x25519.Recipient.from_str(written)
    except pyrage.RecipientError:
        raise BackupRefused("COACH_BACKUP_KEY was mistyped: copy the line that begins with age1 anew.") from None


def secret_key(written: str) -> Any:
    """The secret half of a key, from a file with remarks, as age writes it. Raises WrongSecret."""
    lines = [line.strip() for line in written.splitlines()]
    for line in lines:
        if line.startswith("AGE-SECRET-KEY-"):
            try:
                return x25519.Identity.from_str(line)
            except pyrage.IdentityError:
                break
    raise WrongSecret("That is no backup key: its secret half begins with AGE-SECRET-KEY-1.")


def opened_by_passphrase(identity_file: bytes, words: str) -> Any:
    """The backup's own key. Raises WrongSecret."""
    try:
        return secret_key(passphrase.decrypt(identity_file, words).decode())
    except (pyrage.DecryptError, ValueError):
        raise WrongSecret("The passphrase does not open this backup.") from None


class Source(Protocol):
    """Something to read bytes from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; none at the end."""


class Target(Protocol):
    """Something to write bytes to."""

    def write(self, data: Any, /) -> object:
        """Write all of them."""


class _Watched:
    """One end of a stream. What goes wrong in it is kept: pyrage would make another exception of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.problem: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except BaseException as problem:
            self.problem = problem
            raise

    def write(self, data: bytes) -> int:
        try:
            self._stream.write(data)
        except BaseException as problem:
            self.problem = problem
            raise
        return len(data)

    def flush(self) -> None:
        """Whoever opened the stream flushes it."""


def encrypt(source: Source, target: Target, seal: Seal | None) -> None:
    """Stream `source` into `target`, encrypted unless there is no seal. Raises what reading and writing raise."""
    if seal is None:
        shutil.copyfileobj(source, target, 262_144)
        return
    read, written = _Watched(source), _Watched(target)
    try:
        pyrage.encrypt_io(read, written, list(seal.recipients))
    except (pyrage.EncryptError, OSError):
        raise (read.problem or written.problem or BackupRefused("The backup could not be encrypted.")) from None


def decrypt(source: Source, target: Target, identity: Any) -> None:
    """Stream `source` into `target`, decrypted unless `identity` is None.

    Raises WrongSecret or Damaged, and what reading and writing raise. Until the end nobody knows that all of it is
    right, though each part that is written has been checked.
    """
    if identity is None:
        shutil.copyfileobj(source, target, 262_144)
        return
    read, written = _Watched(source), _Watched(target)
    try:
        pyrage.decrypt_io(read, written, [identity])
    except (pyrage.DecryptError, OSError) as problem:
        if kept := read.problem or written.problem:
            raise kept from None
        if "No matching keys" in str(problem):
            raise WrongSecret(
                "This key does not open this backup, or the first lines of the backup are damaged."
            ) from None
        raise Damaged("The backup is damaged: a part of it is missing, or not as it was written.") from None
