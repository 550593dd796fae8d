"""How much of each limit a candidate has used, for the admin and `manage.py limits`."""

from dataclasses import dataclass

from django.conf import settings

from coach.models import User
from llm_modes.ledger import spending
from plans import caps as plans_caps
from study import caps as study_caps


@dataclass(frozen=True)
class Limit:
    """One limit: its name, how much is used, and the most there may be (0: no limit; None: only counted)."""

    name: str
    used: int
    most: int | None

    @property
    def told(self) -> str:
        """ "17 of 200", "17, no limit", or "17"."""
        if self.most is None:
            return f"{self.used:,}"
        return f"{self.used:,} of {self.most:,}" if self.most else f"{self.used:,}, no limit"

    @property
    def is_met(self) -> bool:
        """Whether the limit is reached."""
        return bool(self.most and self.used >= self.most)


def limits_of(user: User) -> list[Limit]:
    """Every limit that is counted per candidate."""
    state = spending.state_of(user)
    calls = [
        Limit("tokens used or reserved today", state.used + state.reserved, settings.COACH_DAILY_TOKENS),
        Limit("of them reserved by calls in flight", state.reserved, None),
        Limit("calls in flight", state.running, settings.COACH_CALLS_AT_ONCE),
        Limit("calls within the last minute", state.last_minute, settings.COACH_CALLS_PER_MINUTE),
    ]
    return calls + [Limit(*count) for count in (*plans_caps.counts(user), *study_caps.counts(user))]
