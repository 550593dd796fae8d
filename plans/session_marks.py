"""A topic's marks, session by session: what plans/levels.py, trends.py, rungs.py and holds.py read."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class SessionMarks:
    """The marks that one session gave to questions of one topic, in order: (difficulty, mark 1 to 10).

    `rung`: the one that the session tried (plans/rungs.py), 0 for none. `is_own`: False if it was a session of another
    topic in which a question of this topic was due.
    """

    session_id: int
    started_at: datetime
    marks: tuple[tuple[str, int], ...]
    rung: int = 0
    is_own: bool = True

    @property
    def mean(self) -> float:
        """The mean of its marks. It needs at least one."""
        return mean(mark for _difficulty, mark in self.marks)


def own_sessions(sessions: Iterable[SessionMarks]) -> list[SessionMarks]:
    """The topic's own sessions with marks, oldest first. Each also has the marks that other sessions gave before it.

    One mark alone is too noisy to count as a session. Marks after the last own session wait for the next one.
    """
    found, before = list[SessionMarks](), tuple[tuple[str, int], ...]()
    for session in sessions:
        before += session.marks
        if session.is_own and before:
            found.append(replace(session, marks=before))
            before = ()
    return found


def mean(numbers: Iterable[float]) -> float:
    """The mean of one number or more, rounded to nine digits: so 4.0000000000000009 does not miss a bound of 4."""
    listed = list(numbers)
    return round(sum(listed) / len(listed), 9)
