"""How the nightly backups went: for the admin's first page."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from coach.models import NightlyBackup

# A night, and the time that a large backup takes.
LATE = timedelta(hours=26)


def state() -> dict[str, Any]:
    """`wanted`: whether any are made; `last`: the newest good one; `failed`: a newer one that failed; `late`."""
    good = NightlyBackup.objects.filter(failure="").order_by("-started_at").first()
    newest = NightlyBackup.objects.order_by("-started_at").first()
    return {
        "wanted": settings.BACKUP_DIR is not None,
        "last": good,
        "failed": newest if newest and newest.failure else None,
        "late": good is None or good.started_at < timezone.now() - LATE,
    }
