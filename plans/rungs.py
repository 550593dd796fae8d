"""Whether a topic is stuck, and on which rung of the ladder of other approaches it is.

What a rung tries is in llm_modes/generate_questions/approaches.py, not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from plans.session_marks import SessionMarks, mean

FEWEST_SESSIONS, FEWEST_MARKS = 3, 10
# A topic gets stuck when its last three sessions average at most LOW, and none of them is above NONE_ABOVE.
LOW, NONE_ABOVE = 4, 4.5
# It stays stuck below this average: so a topic whose marks are near LOW does not change back and forth.
MOVED_ON = LOW + 1
GAIN = 1
SESSIONS_A_RUNG = 2
GOOD = 6
HIGHEST_RUNG = 4


@dataclass(frozen=True)
class Standing:
    """Where a topic is on the ladder. `rung`: 0 (nothing is tried) to HIGHEST_RUNG. `sessions`: practised on it so far.

    `is_stuck` can be False while the rung is above 0: what helps goes on. `gained`: how many points the last three
    sessions are above the three at which it got stuck. `lately`: how many they are above the three before them.
    """

    rung: int = 0
    sessions: int = 0
    is_stuck: bool = False
    gained: float = 0.0
    lately: float = 0.0


def replay(sessions: Iterable[SessionMarks]) -> Standing:
    """Where the topic is after these sessions, oldest first, with marks of all levels.

    A topic gets stuck when it has FEWEST_SESSIONS and FEWEST_MARKS, its last three sessions are low (LOW, NONE_ABOVE),
    and they gained less than GAIN points over the three before (or over the first). While it is stuck, it goes one rung
    up after every SESSIONS_A_RUNG sessions that tried something and gained less than GAIN. It goes one rung down after
    two sessions in a row at GOOD or above.
    """
    ladder = _Ladder()
    for session in sessions:
        ladder.take(session)
    lately = round(ladder.lately - ladder.before, 1) if ladder.rung else 0.0
    return Standing(ladder.rung, ladder.sessions, ladder.is_stuck, ladder.gained, lately)


@dataclass
class _Ladder:
    rung: int = 0
    sessions: int = 0
    is_stuck: bool = False
    means: list[float] = field(default_factory=list)
    marks: int = 0
    # The mean at which the topic got stuck; the mean that the sessions `since` are compared with.
    start: float = 0.0
    base: float = 0.0
    since: list[float] = field(default_factory=list)
    good_in_a_row: int = 0

    @property
    def lately(self) -> float:
        return mean(self.means[-3:])

    @property
    def before(self) -> float:
        """The mean of the three sessions before the last three, or of the first."""
        return mean(self.means[-6:-3] or self.means[:1])

    @property
    def gained(self) -> float:
        return round(self.lately - self.start, 1) if self.rung else 0.0

    def take(self, session: SessionMarks) -> None:
        self.means.append(session.mean)
        self.marks += len(session.marks)
        found_stuck = self._is_found_stuck()
        self.is_stuck = found_stuck or (self.is_stuck and self.lately < MOVED_ON)
        if self.rung:
            self._climb(session)
        elif found_stuck:
            self.start = self.lately
            self._go_to(1, base=self.lately)
        self.is_stuck = self.is_stuck and self.rung > 0

    def _is_found_stuck(self) -> bool:
        return (
            len(self.means) >= FEWEST_SESSIONS
            and self.marks >= FEWEST_MARKS
            and self.lately <= LOW
            and max(self.means[-3:]) <= NONE_ABOVE
            and self.lately - self.before < GAIN
        )

    def _climb(self, session: SessionMarks) -> None:
        self.good_in_a_row = self.good_in_a_row + 1 if session.mean >= GOOD else 0
        if session.rung:
            # Marks can come days late. So a session may have tried nothing, and then nothing has failed.
            self.sessions += 1
            self.since.append(session.mean)
        if self.good_in_a_row == 2:
            self._go_to(self.rung - 1, base=self.lately)
        elif len(self.since) == SESSIONS_A_RUNG:
            reached = mean(self.since)
            if reached - self.base >= GAIN or not self.is_stuck or self.rung == HIGHEST_RUNG:
                self.base, self.since = reached, []
            else:
                self._go_to(self.rung + 1, base=reached)

    def _go_to(self, rung: int, *, base: float) -> None:
        self.rung, self.sessions, self.base, self.since, self.good_in_a_row = rung, 0, base, [], 0
