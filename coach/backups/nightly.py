"""The backup of each night: made and checked by the worker, and the older ones deleted after it, never before."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.utils import timezone

from coach.backups import databases, making
from coach.backups.container import UNFINISHED
from coach.backups.making import Made
from coach.backups.progress import Steps
from coach.backups.refusals import BackupRefused
from coach.backups.secrets_given import seal_of_settings
from coach.models import NightlyBackup
from coach.running.quiet_logging import place_of
from coach.running.quiet_tasks import quiet

logger = logging.getLogger("coach.backups")

# Seconds that a night's backup may take, told to the queue by the schedule (coach/migrations/0012_nightly_backups.py).
# It is far beyond what any other task may.
TASK_SECONDS = 6 * 3600
LOCK = 7_201_995  # any number, the same in every worker
_OURS = re.compile(r"coach-\d{8}-\d{6}\.backup")


@quiet
def back_up() -> None:
    """Make the backup of this night where COACH_BACKUP_DIR says, if it says so. How it went is a row."""
    if settings.BACKUP_DIR is None:
        return
    with _alone() as alone:
        # The queue hands a task out again when it takes longer than Q_CLUSTER's `retry`, and the first one goes on.
        if alone:
            _back_up(settings.BACKUP_DIR)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other worker is at it. For that a session of its own is open, and no transaction."""
    address, password = databases.address_of(databases.own_name())
    with psycopg.connect(address, password=password, autocommit=True) as session:
        row = session.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        yield bool(row and row[0])


def _back_up(folder: Path) -> None:
    started = timezone.now()
    try:
        made = _made(folder, f"coach-{started:%Y%m%d-%H%M%S}.backup")
    except BackupRefused as problem:
        _note_failure(started, str(problem))
    except Exception as problem:  # the time limit, too
        _note_failure(started, f"It ended by {place_of(problem)}.")
        raise
    else:
        row = NightlyBackup.objects.create(started_at=started, seconds=made.seconds, bytes=made.bytes, rows=made.rows)
        logger.info("Nightly backup %d: %d bytes, %d rows, %.0f s.", row.pk, made.bytes, made.rows, made.seconds)
        _delete_older(folder)


def _made(folder: Path, name: str) -> Made:
    if not folder.is_dir():  # it is not made here: on a disk that is not mounted it would be in the wrong place
        raise BackupRefused(f"The folder {folder} is not there.")
    for left in folder.glob(f".coach-*{UNFINISHED}"):  # of a run that was killed
        left.unlink()
    with_keys = settings.BACKUP_WITH_KEYS
    return making.make(folder / name, seal_of_settings(), with_keys=with_keys, replaces=False, steps=Steps())


def _note_failure(started: datetime, why: str) -> None:
    row = NightlyBackup.objects.create(started_at=started, failure=why[: NightlyBackup.WHY])
    logger.error("Nightly backup %d failed: %s", row.pk, why)


def _delete_older(folder: Path) -> None:
    ours = sorted(file for file in folder.iterdir() if _OURS.fullmatch(file.name))
    for file in ours[: -settings.BACKUPS_KEPT]:
        file.unlink()
