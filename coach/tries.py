"""How often something was tried lately: passwords and new accounts, counted before they are looked at.

Not by a library. Those that could count sign-ins, read and tried in November 2026:

- django-axes 8.3 checks first and counts afterwards: of 40 guesses at once it let 40 through instead of 5. Its limits
  for a name at an address and for an address alone are one number, its rows differ by browser too, which whoever
  guesses chooses, and it keeps names and posted forms in the clear. A handler of ours would have had to replace
  everything that it counts by.
- django-defender needs Redis, django-ratelimit a cache that counts atomically, which Django's database cache does not.
- django-smart-ratelimit 4.12 counts right, with a lock and several statements, but cannot give a try back.

So: one row for a key (kind, digest of the name, address) with the times of what was tried in it, and one statement that
adds a time unless there are too many. PostgreSQL locks the row for it, and so counts one after the other.
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
    """What is counted together. `name_key` only finds the candidate, and is not stored."""

    what: RecentTries.What
    address: str
    name_digest: str = ""
    name_key: str | None = None


class TooMany(Exception):
    """It was tried too often. `seconds` from now it may be tried again."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = max(1, round(seconds))


def take(key: Key, *, limit: int, window: timedelta) -> datetime:
    """Count one more try; raises TooMany, and counts nothing, when `limit` of them lie within `window`.

    Returns the time by which it can be given back. A limit of 0 is none.
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
    """Seconds until so many times have left the window that there is room for one."""
    stored = _rows(key).values_list("times", flat=True).first() or []
    times = sorted(at for at in stored if at > now - window)
    return (times[-limit] + window - now).total_seconds() if len(times) >= limit else 0.0


def give_back(key: Key, taken: datetime) -> None:
    """Uncount one try: it was none after all, or a good one."""
    _rows(key).update(times=Func(F("times"), Value(taken), function="array_remove"))


def forget(key: Key) -> None:
    """Uncount all tries of this key."""
    _rows(key).delete()


def forget_old() -> None:
    """Delete what no longer counts for anything, expired invitations too."""
    now = timezone.now()
    RecentTries.objects.filter(ends_at__lte=now).delete()
    Invitation.objects.filter(expires_at__lte=now).delete()


def _rows(key: Key) -> QuerySet[RecentTries]:
    return RecentTries.objects.filter(what=key.what, name_digest=key.name_digest, address=key.address)
