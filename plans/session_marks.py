"""What the folds of plans/levels.py, trends.py, rungs.py and holds.py read: a topic's marks, session by session."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class SessionMarks:
    """The marks that one session gave to questions of one topic, in order: (difficulty, mark 1 to 10).

    `rung` is the one that was tried in it (plans/rungs.py), 0 for none. `is_own` is False where it was a session of
    another topic, in which a question of this one was due.
    """

    session_id: int
    started_at: datetime
    marks: tuple[tuple[str, int], ...]
    rung: int = 0
    is_own: bool = True

    @property
    def mean(self) -> float:
        """The mean of its marks, of which it has to have some."""
        return mean(mark for _difficulty, mark in self.marks)


def own_sessions(sessions: Iterable[SessionMarks]) -> list[SessionMarks]:
    """The topic's own sessions with marks, oldest first, each with those that other topics' sessions gave before it.

    A single mark is no session: means of one are as noisy as marks are. What came since the last waits for the next.
    """
    found, before = list[SessionMarks](), tuple[tuple[str, int], ...]()
    for session in sessions:
        before += session.marks
        if session.is_own and before:
            found.append(replace(session, marks=before))
            before = ()
    return found


def mean(numbers: Iterable[float]) -> float:
    """Their mean, to nine digits: a bound of 4 is reached by a mean of 4, also where that is 4.0000000000000009."""
    listed = list(numbers)
    return round(sum(listed) / len(listed), 9)
