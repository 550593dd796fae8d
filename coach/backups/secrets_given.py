"""The key or the passphrase of a backup: from the settings, a file, or whoever sits at the terminal."""

import getpass
import sys
from pathlib import Path

from django.conf import settings

from coach.backups import sealing
from coach.backups.reading import Backup
from coach.backups.refusals import BackupRefused
from coach.backups.sealing import PASSPHRASE_LEAST, Seal

SAY_FOR_WHOM = (
    "A backup is encrypted, and nothing says for whom. Set COACH_BACKUP_KEY (manage.py backup --new-key makes one), or "
    "COACH_BACKUP_PASSPHRASE_FILE; on a terminal a passphrase is asked for."
)


def seal_of_settings() -> Seal:
    """The seal that the settings ask for. Raises BackupRefused where they ask for none."""
    if settings.BACKUP_KEY:
        return sealing.by_key(settings.BACKUP_KEY)
    if settings.BACKUP_PASSPHRASE_FILE:
        return sealing.by_passphrase(passphrase_in(Path(settings.BACKUP_PASSPHRASE_FILE)))
    raise BackupRefused(SAY_FOR_WHOM)


def seal(*, passphrase: bool) -> Seal:
    """The seal of the settings; with `passphrase`, or where they have none, one for a passphrase that is typed."""
    if not passphrase and (settings.BACKUP_KEY or settings.BACKUP_PASSPHRASE_FILE):
        return seal_of_settings()
    if not sys.stdin.isatty():
        raise BackupRefused(SAY_FOR_WHOM)
    words = getpass.getpass(f"Passphrase for this backup, {PASSPHRASE_LEAST} characters or more: ")
    if len(words) < PASSPHRASE_LEAST:
        raise BackupRefused(f"A passphrase has {PASSPHRASE_LEAST} characters or more: several words, for example.")
    if getpass.getpass("The same again: ") != words:
        raise BackupRefused("These were two different passphrases.")
    return sealing.by_passphrase(words)


def open_backup(backup: Backup, key_file: Path | None) -> None:
    """Open a backup by what is at hand. Raises BackupRefused (WrongSecret)."""
    if not backup.is_encrypted:
        backup.open_by(None)
    elif key_file is not None:
        words = _text_of(key_file)
        backup.open_by_passphrase(words) if backup.has_passphrase else backup.open_by_key(words)
    elif backup.has_passphrase:
        file = settings.BACKUP_PASSPHRASE_FILE
        backup.open_by_passphrase(passphrase_in(Path(file)) if file else _typed("The passphrase of this backup: "))
    else:
        backup.open_by_key(_typed("The secret half of the backup key (AGE-SECRET-KEY-1…): "))


def passphrase_in(file: Path) -> str:
    """The passphrase in the first line of a file. Raises BackupRefused."""
    words = _text_of(file)
    if len(words) < PASSPHRASE_LEAST:
        raise BackupRefused(f"The passphrase in {file} has less than {PASSPHRASE_LEAST} characters.")
    return words


def _text_of(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise BackupRefused(f"{file} cannot be read.") from None


def _typed(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise BackupRefused("This backup is encrypted: say --key-file FILE, with its key or its passphrase in it.")
    return getpass.getpass(prompt)
