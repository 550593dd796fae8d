"""What the plan's pages show of practising. Study tells it when the program starts: the plan does not know study."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from coach.models import User
from plans.models import PlanTopic


@dataclass(frozen=True)
class PractisedSession:
    """An ended session. `note_set_aside`: what the coach would have written in place of the candidate's own note."""

    pk: int
    start_time: datetime
    note_set_aside: str = ""


class Practice(Protocol):
    """The functions that study sets (study/practised.py)."""

    def running_session(self, user: User) -> Any:
        """The running session, for templates/study/_running.html; None without one."""

    def latest_sessions(self, topics: Sequence[PlanTopic], most: int) -> dict[int, list[PractisedSession]]:
        """The last ended sessions of each topic, by its id, the latest first: at most this many."""

    def last_summed_up(self, topics: Sequence[PlanTopic]) -> dict[int, PractisedSession]:
        """The last session that has a summary, by the ids of those of these topics that have one."""


# Set by study/apps.py.
told: Practice
