"""Whether marks rise or fall over weeks: against the first sessions, and each mark against others of its difficulty.

An exponentially weighted mean of session means (lambda 0.3) with hysteresis: of the labels that were simulated on noisy
marks it cried wolf least, and found a rise of a quarter point a session within nine sessions.

Where the level changes, the marks of the new difficulty are linked to those before, as a price index links its baskets:
what was gained by then is where the new ones begin. So harder questions neither cry falling nor make a rise forgotten.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from plans.levels import LEVELS
from plans.session_marks import SessionMarks, mean

LAMBDA = 0.3
ON, OFF = 1.25, 0.6
# What the mark to expect of a difficulty rests on at least.
FIRST_SESSIONS, FEWEST_MARKS = 3, 3
# So much of a difference between two difficulties may be chance, and counts as none.
CHANCE = 0.25


@dataclass(frozen=True)
class Trend:
    """`name`: rising, steady, falling, "" while unknown. `points`: how far the marks lie above the first sessions'."""

    name: str = ""
    points: float = 0.0


def trend(sessions: Iterable[SessionMarks]) -> Trend:
    """The trend after these sessions, oldest first; unknown before the fourth."""
    course = _Course()
    for session in sessions:
        course.take(session)
    return Trend(course.name, round(course.points, 2))


@dataclass
class _Course:
    name: str = ""
    points: float = 0.0
    sessions: int = 0
    # By difficulty: the mark to expect of somebody as in the first sessions, and the marks it is learned from.
    expected: dict[str, float] = field(default_factory=dict)
    heard: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def take(self, session: SessionMarks) -> None:
        self.sessions += 1
        if self.expected:
            above = mean(self._above(difficulty, mark) for difficulty, mark in session.marks)
            self.points += LAMBDA * (above - self.points)
            self.name = self._named()
        for difficulty, mark in session.marks:
            self.heard[difficulty].append(mark - self.points)
        if self.sessions >= FIRST_SESSIONS:
            self._learn()

    def _above(self, difficulty: str, mark: int) -> float:
        """By how many points the mark lies above the one to expect.

        Of a difficulty that is new only half of it is known: a harder question answered as well as an easier one is no
        worse, an easier one no better.
        """
        if difficulty in self.expected:
            return mark - self.expected[difficulty]
        nearest, is_harder = self._nearest(difficulty)
        above = mark - nearest
        return max(above, self.points) if is_harder else min(above, self.points)

    def _learn(self) -> None:
        for difficulty, marks in self.heard.items():
            if difficulty not in self.expected and len(marks) >= FEWEST_MARKS:
                self.expected[difficulty] = self._linked(difficulty, mean(marks))

    def _linked(self, difficulty: str, average: float) -> float:
        if not self.expected:
            return average
        nearest, is_harder = self._nearest(difficulty)
        return min(nearest, average + CHANCE) if is_harder else max(nearest, average - CHANCE)

    def _nearest(self, difficulty: str) -> tuple[float, bool]:
        """The mark to expect of the nearest difficulty that is known, and whether this one is harder."""
        place = LEVELS.index(difficulty)
        nearest = min(self.expected, key=lambda known: abs(LEVELS.index(known) - place))
        return self.expected[nearest], place > LEVELS.index(nearest)

    def _named(self) -> str:
        if self.points >= (OFF if self.name == "rising" else ON):
            return "rising"
        return "falling" if self.points <= -(OFF if self.name == "falling" else ON) else "steady"
