"""The file of a backup: an ordinary tar file with a few members, which age, tar and pg_restore open too.

    identity.age            the backup's own key, sealed by the passphrase; only where there is one
    keys.env.age            SECRET_KEY and COACH_ENCRYPTION_KEYS; only where they were asked for
    database.dump.age       what pg_dump wrote, in its custom format
    manifest.json.age       what the database held at that moment (coach.backups.manifest)

Without encryption the names do not end in .age. A file that differs from what was written in a single bit is refused:
age checks what is in the members, and this module what is around them.
"""

import os
import tarfile
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from coach.backups.refusals import BackupRefused, Damaged, NotABackup

IDENTITY, KEYS, DUMP, MANIFEST = "identity", "keys.env", "database.dump", "manifest.json"
BLOCK = tarfile.BLOCKSIZE
END = b"\0" * 2 * BLOCK
UNFINISHED = ".unfinished"


class Draft:
    """A backup in the making, beside the file that it becomes. To be used as a context manager."""

    def __init__(self, path: Path, *, replaces: bool) -> None:
        """Raises BackupRefused when the file cannot be made there, or is there already and is not to be replaced."""
        self.path, self._replaces = path, replaces
        if path.is_dir():
            raise BackupRefused(f"{path} is a folder: name a file in it.")
        if path.exists() and not path.is_file():
            raise BackupRefused(f"{path} is no ordinary file, and a backup is read back when it is written.")
        if path.exists() and not replaces:
            raise BackupRefused(f"{path} is there already, and is left as it is. Say --replace to write a new one.")
        try:
            descriptor, name = tempfile.mkstemp(
                dir=path.parent, prefix=f".{path.name}-", suffix=UNFINISHED
            )  # mode 0600
        except OSError as problem:
            raise BackupRefused(f"No file can be made in {path.parent.resolve()}: {problem.strerror}.") from None
        self.written = Path(name)
        self._file = os.fdopen(descriptor, "w+b")

    def add(self, name: str, write: Callable[[IO[bytes]], object]) -> int:
        """A member, whose content `write` writes into the file that it gets. Returns its bytes. Raises OSError."""
        begin = self._file.tell()
        self._file.write(b"\0" * BLOCK)
        write(self._file)
        size = self._file.tell() - begin - BLOCK
        self._file.write(b"\0" * (-size % BLOCK))
        end = self._file.tell()
        self._file.seek(begin)
        self._file.write(_head(name, size))
        self._file.seek(end)
        return size

    def close(self) -> None:
        """All members are there; the file is on the disk. Raises OSError."""
        self._file.write(END)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def keep(self) -> None:
        """Give the file its name. Raises BackupRefused when a file has taken that name meanwhile."""
        if self._replaces:
            self.written.replace(self.path)
        else:
            try:
                os.link(self.written, self.path)  # unlike a rename, it never replaces a file
            except FileExistsError:
                raise BackupRefused(f"{self.path} is there already, and is left as it is.") from None
            except OSError:  # a file system without links
                if self.path.exists():
                    raise BackupRefused(f"{self.path} is there already, and is left as it is.") from None
                self.written.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._file.close()
        self.written.unlink(missing_ok=True)


def _head(name: str, size: int, at: float | None = None) -> bytes:
    head = tarfile.TarInfo(name)
    head.size, head.mode, head.mtime = size, 0o600, int(time.time() if at is None else at)
    return head.tobuf(tarfile.GNU_FORMAT)


class Member(NamedTuple):
    """Where the content of a member stands in the file, in bytes."""

    begin: int
    size: int


class Part:
    """The content of a member, to be read once from its beginning. `told` gets the bytes of each reading."""

    def __init__(self, file: IO[bytes], member: Member, told: Callable[[int], None] = lambda _count: None) -> None:
        self._file, self._left, self._told = file, member.size, told
        file.seek(member.begin)

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        self._told(len(data))
        return data


def members_of(file: IO[bytes]) -> dict[str, Member]:
    """The members of a backup by their name, without .age. Raises NotABackup or Damaged."""
    found: dict[str, Member] = {}
    end = file.seek(0, os.SEEK_END)
    at = 0
    encrypted: set[bool] = set()
    while (block := _block_at(file, at)) != END[:BLOCK]:
        name, size = _head_of(block, first=at == 0)
        encrypted.add(name.endswith(".age"))
        plain = name.removesuffix(".age")
        if plain in found or at + BLOCK + size > end:
            raise Damaged("The backup is damaged, or only a part of it.")
        found[plain] = Member(at + BLOCK, size)
        _refuse_unless_zero(file, at + BLOCK + size, -size % BLOCK)
        at += BLOCK + size + -size % BLOCK
    if not {DUMP, MANIFEST} <= found.keys() or len(encrypted) != 1 or end != at + len(END):
        raise Damaged("The backup is damaged, or only a part of it.")
    _refuse_unless_zero(file, at, len(END))
    return found


def is_encrypted(file: IO[bytes]) -> bool:
    """Whether the members of a backup are encrypted. Raises NotABackup."""
    return _head_of(_block_at(file, 0), first=True)[0].endswith(".age")


def _block_at(file: IO[bytes], at: int) -> bytes:
    file.seek(at)
    block = file.read(BLOCK)
    if len(block) < BLOCK and at:
        raise Damaged("The backup is damaged, or only a part of it.")
    return block


def _head_of(block: bytes, *, first: bool) -> tuple[str, int]:
    try:
        head = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        known = head.name.removesuffix(".age") in (IDENTITY, KEYS, DUMP, MANIFEST)
        if known and _head(head.name, head.size, head.mtime) == block:
            return head.name, head.size
    except (tarfile.HeaderError, ValueError):
        known = False
    if first and not known:
        raise NotABackup("This file is no backup of the coach.")
    raise Damaged("The backup is damaged, or only a part of it.")


def _refuse_unless_zero(file: IO[bytes], at: int, size: int) -> None:
    file.seek(at)
    if file.read(size) != b"\0" * size:
        raise Damaged("The backup is damaged, or only a part of it.")
