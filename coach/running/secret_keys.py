"""The keys of an installation whose settings have none: made once, then read from the data folder."""

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from coach.running import data_folder
from coach.running.watching.lines import say

# Base64 of 32 bytes, in either alphabet; without the signs that Python's decoder skips (quotes, spaces).
_KEY = re.compile(r"[A-Za-z0-9_+/-]{43}=")


class SecretKeys(NamedTuple):
    """`encryption_keys` are Fernet keys: the first one encrypts, all of them decrypt."""

    secret_key: str
    encryption_keys: list[str]


def load_or_create(data_dir: Path) -> SecretKeys:
    """The keys in `data_dir`/secrets.env. The first call makes this file, which only its owner can read.

    It says so on stderr, because whoever loses the keys loses the data. Raises ImproperlyConfigured when the file is
    incomplete, or when there is a database but no file: new keys could not read it.
    """
    data_folder.ensure(data_dir)
    path = data_dir / "secrets.env"
    if not path.exists():
        if (data_dir / "postgres").exists():
            raise ImproperlyConfigured(
                f"{data_dir} holds a database, but the keys that read it are gone: {path} is missing.\n"
                "Put it back, set SECRET_KEY and COACH_ENCRYPTION_KEYS, or move the folder away to begin afresh."
            )
        if write(path, SecretKeys(secrets.token_urlsafe(50), [Fernet.generate_key().decode()])):
            say(
                f"New keys were written to {path}.\n"
                "Keep a copy of that file in a safe place: what candidates write cannot be read without it."
            )
    return _load(path)


def separated(keys: str) -> list[str]:
    """The keys in a line, separated by commas, with or without spaces."""
    return [key.strip() for key in keys.split(",") if key.strip()]


def checked(keys: list[str]) -> list[str]:
    """The same keys. Raises ValueError when one of them is no Fernet key."""
    if not all(_KEY.fullmatch(key) for key in keys):
        raise ValueError(
            "must be URL-safe base64 of 32 bytes each (44 characters, the last one a =), separated by commas, "
            "without quotes"
        )
    return keys


def parsed(text: str) -> SecretKeys:
    """The keys in the lines of a secrets.env; those that are missing are empty."""
    lines = text.splitlines()
    values = dict(line.strip().split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return SecretKeys(values.get("SECRET_KEY", ""), separated(values.get("COACH_ENCRYPTION_KEYS", "")))


def as_lines(keys: SecretKeys) -> str:
    """What `parsed` reads."""
    return (
        "# Losing these keys loses what candidates wrote; whoever has them can read it.\n"
        f"SECRET_KEY={keys.secret_key}\n"
        f"COACH_ENCRYPTION_KEYS={','.join(keys.encryption_keys)}\n"
    )


def _load(path: Path) -> SecretKeys:
    keys = parsed(path.read_text())
    if not (keys.secret_key and keys.encryption_keys):
        raise ImproperlyConfigured(f"{path} must set SECRET_KEY and COACH_ENCRYPTION_KEYS. Put back a copy of it.")
    return keys


def write(path: Path, keys: SecretKeys) -> bool:
    """Write keys to `path`, which only its owner can read, unless there is a file. Whether they were written."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix="secrets-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(as_lines(keys))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, a link never replaces the keys of a quicker process
    except FileExistsError:
        return False
    finally:
        os.unlink(draft)
    return True
