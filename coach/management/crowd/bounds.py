"""How large a crowd may be, and how much room it takes on the disk."""

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from coach.counted import counted

MOST_USERS, MOST_DAYS = 10_000, 730
DAYS = 180
# Measured: bytes that a usual candidate's day takes, with its indexes; and how many times as much the heavy one's does.
DAY_BYTES, HEAVY = 13_000, 10
# The database's journal, which is written beside its tables, and cleared later.
JOURNAL_BYTES = 1_100_000_000


def check(users: int, days: int) -> None:
    """Raise CommandError, in words, unless so many candidates and days can be made."""
    for given, most, option in ((users, MOST_USERS, "--users"), (days, MOST_DAYS, "--days")):
        if not 1 <= given <= most:
            raise CommandError(f"{option} has to be from 1 to {most:,}; {given:,} was given. Nothing was changed.")
    free = _free()
    if free is not None and free < bytes_for(users, days):
        raise CommandError(
            f"{counted(users, 'candidate')} with {counted(days, 'day')} take about {size(bytes_for(users, days))} of "
            f"disk, and {settings.DATA_DIR} has {size(free)} left. Nothing was changed."
        )


def bytes_for(users: int, days: int) -> int:
    """What the database takes for them, the heavy one among them, with its journal."""
    return DAY_BYTES * days * (users + HEAVY) + JOURNAL_BYTES


def size(many: int) -> str:
    """Bytes in words: "2.3 GB"."""
    return f"{many / 1e9:.1f} GB"


def _free() -> int | None:
    """Bytes that are free where the embedded database lies; None where another server is used."""
    folder = Path(settings.DATA_DIR)
    return shutil.disk_usage(folder).free if (folder / "postgres").exists() else None
