"""Where a topic is stuck, and how far the ladder of other approaches has been climbed. What is tried on a rung is told
elsewhere; this only says which rung it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from plans.session_marks import SessionMarks, mean

FEWEST_SESSIONS, FEWEST_MARKS = 3, 10
# The last three sessions: at most so much on average, and none of them above.
LOW, NONE_ABOVE = 4, 4.5
# It is no longer called stuck a whole point above where it was: a candidate at the bound does not flip.
MOVED_ON = LOW + 1
GAIN = 1
SESSIONS_A_RUNG = 2
GOOD = 6
HIGHEST_RUNG = 4


@dataclass(frozen=True)
class Standing:
    """Where the ladder stands. `rung` 0 (nothing is tried) to 4; `sessions`: those practised on it so far.

    `is_stuck` ends before the rung is 0: what helps goes on while it helps. `gained` are the points by which the last
    three sessions lie above the three on which it was found to be stuck, `lately` those above the three before them.
    """

    rung: int = 0
    sessions: int = 0
    is_stuck: bool = False
    gained: float = 0.0
    lately: float = 0.0


def replay(sessions: Iterable[SessionMarks]) -> Standing:
    """The ladder after these sessions, oldest first, of a topic's marks across all levels.

    Stuck is who has 3 sessions and 10 marks, averages 4 or less in the last three, none of them above 4.5, and gained
    less than a point against the three before (or the first). Then one rung further after every two sessions that tried
    something without a point gained, while it is stuck; two sessions in a row at 6 or more go one back.
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
    # What the sessions since are compared with, and those sessions.
    start: float = 0.0
    base: float = 0.0
    since: list[float] = field(default_factory=list)
    good_in_a_row: int = 0

    @property
    def lately(self) -> float:
        return mean(self.means[-3:])

    @property
    def before(self) -> float:
        """The three sessions before the last three, or the first."""
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
            # What was not tried, because the marks came days later, has not failed.
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
