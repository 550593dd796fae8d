"""The keys of an installation inside its backup: written into it, and brought to the machine that it is restored on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from coach.backups.refusals import BackupRefused
from coach.running import secret_keys
from coach.running.secret_keys import SecretKeys


def text() -> str:
    """The lines of secrets.env for the keys of this process, wherever it has them from."""
    return secret_keys.as_lines(SecretKeys(settings.SECRET_KEY, settings.ENCRYPTION_KEYS))


@contextmanager
def brought(inside: str, *, unused: bool) -> Iterator[str]:
    """Let this process have the keys of a backup, and this machine too. Yields what was done, in a sentence.

    `unused`: whether nobody has stored anything under the keys of this machine, so that they may be put aside. Raises
    BackupRefused otherwise. When what follows fails, all is as before.
    """
    if not inside:
        yield ""
        return
    keys, path = secret_keys.parsed(inside), settings.DATA_DIR / "secrets.env"
    if set(keys.encryption_keys) <= set(settings.ENCRYPTION_KEYS):
        yield "The keys in the backup are those that are set here."
        return
    if os.environ.get("COACH_ENCRYPTION_KEYS", "").strip():
        raise BackupRefused(
            "COACH_ENCRYPTION_KEYS is set here, to other keys than those in the backup. Take that line away, and "
            "the backup's keys are used; or add them to it."
        )
    if not unused:
        raise BackupRefused(
            f"{path} has other keys than this backup, and what is stored here was written under them. Nothing was "
            "changed. To give the backup's keys their place, move that file away yourself, and keep it."
        )
    with _put_aside(path) as aside, _written(path, keys):
        yield f"Its keys are in {path} now: keep a copy of that file in a safe place." + (
            f"\nThe keys that were there had been used for nothing; they are in {aside.name}." if aside else ""
        )


@contextmanager
def _put_aside(path: Path) -> Iterator[Path | None]:
    if not path.exists():
        yield None
        return
    aside = path.with_name(f"secrets.env.unused-{timezone.now():%Y%m%d%H%M%S}")
    path.replace(aside)
    try:
        yield aside
    except BaseException:
        aside.replace(path)
        raise


@contextmanager
def _written(path: Path, keys: SecretKeys) -> Iterator[None]:
    before = settings.SECRET_KEY, settings.ENCRYPTION_KEYS
    secret_keys.write(path, keys)
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = keys
    try:
        yield
    except BaseException:
        path.unlink()
        raise
    finally:
        settings.SECRET_KEY, settings.ENCRYPTION_KEYS = before
