"""Counts recent tries of passwords and new accounts. Each try is counted before it is checked.

One row for a key (kind, digest of the name, address) holds the times of its tries. One statement adds a time, unless
there are too many. PostgreSQL locks the row for that, so tries at the same moment are counted one after the other.

Why no library? These were read and tried in November 2026:

- django-axes 8.3 checks first and counts afterwards: of 40 guesses at once it let 40 through, not 5. It has one limit
  for a name at an address and for an address alone. Its rows also differ by browser, which the attacker chooses. It
  stores names and posted forms unencrypted. To mend this, our handler would have had to replace all its counting.
- django-defender needs Redis. django-ratelimit needs a cache that counts atomically; Django's database cache does not.
- django-smart-ratelimit 4.12 counts right, with a lock and several statements, but cannot give a try back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Func, QuerySet, Value
from django.utils import timezone

from coach.models import Invitation, RecentTries

_TAKE = """
INSERT INTO coach_recenttries AS tries (what, name_digest, address, candidate_id, times, ends_at)
VALUES (%(what)s, %(name_digest)s, %(address)s, (SELECT id FROM coach_user WHERE name_key = %(name_key)s),
        ARRAY[%(now)s::timestamptz], %(now)s::timestamptz + %(window)s)
ON CONFLICT (what, name_digest, address) DO UPDATE
SET times = ARRAY(SELECT at FROM unnest(tries.times) AS at WHERE at > %(now)s::timestamptz - %(window)s)
            || EXCLUDED.times,
    candidate_id = EXCLUDED.candidate_id,
    ends_at = EXCLUDED.ends_at
WHERE (SELECT count(*) FROM unnest(tries.times) AS at WHERE at > %(now)s::timestamptz - %(window)s) < %(limit)s
RETURNING id
"""


@dataclass(frozen=True)
class Key:
    """What is counted together. `name_key` only serves to find the candidate; it is not stored."""

    what: RecentTries.What
    address: str
    name_digest: str = ""
    name_key: str | None = None


class TooMany(Exception):
    """There were too many tries. `seconds`: how long to wait for the next one, at least 1."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = max(1, round(seconds))


def take(key: Key, *, limit: int, window: timedelta) -> datetime:
    """Count one more try. Raises TooMany, and counts nothing, if there were `limit` tries within the last `window`.

    Returns the time that `give_back` needs. A limit of 0 means no limit.
    """
    now = timezone.now()
    if limit <= 0:
        return now
    values = {**vars(key), "what": str(key.what), "now": now, "window": window, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone() is None:
            raise TooMany(_wait(key, now, limit=limit, window=window))
    return now


def _wait(key: Key, now: datetime, *, limit: int, window: timedelta) -> float:
    """Seconds until enough tries are older than the window."""
    stored = _rows(key).values_list("times", flat=True).first() or []
    times = sorted(at for at in stored if at > now - window)
    return (times[-limit] + window - now).total_seconds() if len(times) >= limit else 0.0


def give_back(key: Key, taken: datetime) -> None:
    """Take back the try counted at the time `taken`: it was no real try, or it was right."""
    _rows(key).update(times=Func(F("times"), Value(taken), function="array_remove"))


def forget(key: Key) -> None:
    """Take back all tries of this key."""
    _rows(key).delete()


def forget_old() -> None:
    """Delete tries that no longer count, and expired invitations."""
    now = timezone.now()
    RecentTries.objects.filter(ends_at__lte=now).delete()
    Invitation.objects.filter(expires_at__lte=now).delete()


def _rows(key: Key) -> QuerySet[RecentTries]:
    return RecentTries.objects.filter(what=key.what, name_digest=key.name_digest, address=key.address)
