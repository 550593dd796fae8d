"""Whether the disk has room: a server whose disk is full stops, and the coach with it."""

import shutil

from django.conf import settings

from coach.backups import databases
from coach.backups.refusals import BackupRefused

# Of the database's own size: the journal of what is written grows beside it.
NEEDED = 1.5


def refuse_without_room(*, at_least: int = 0) -> None:
    """Raise BackupRefused if the embedded server has no room for another copy of the database.

    `at_least`: bytes that this copy has in any case. Of another server's disk we know nothing.
    """
    if not databases.is_embedded():
        return
    needed = int(max(databases.bytes_of_own(), at_least) * NEEDED) + settings.FREE_DISK_MB * 1_000_000
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < needed:
        raise BackupRefused(
            f"A database is made beside the coach's own, and the disk of {settings.DATA_DIR} has no room for "
            f"it: {needed // 1_000_000} MB are needed, {free // 1_000_000} MB are free."
        )
