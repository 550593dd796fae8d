"""How hard a topic's questions are: one step up where they are answered well, one step down where they are too hard.

Up at 80 % and down at 45 % of the last ten, at least five: the rule of LTLTutor, which aims at 75 to 85 % right.
"""

from collections.abc import Iterable

from plans.models import Level
from plans.session_marks import SessionMarks, mean

# Easiest first.
LEVELS = (Level.EASY, Level.MEDIUM, Level.HARD)
START = Level.MEDIUM
WINDOW, FEWEST = 10, 5
RAISES, LOWERS = 8, 4.5


def level_after(sessions: Iterable[SessionMarks]) -> Level:
    """The level after these sessions, oldest first.

    After each session the last ten marks of questions of this level since it was reached, at least five, decide: a mean
    of 8 or more raises it one step, one of 4.5 or less lowers it, and the window starts anew.
    """
    level, window = START, list[int]()
    for session in sessions:
        window += [mark for difficulty, mark in session.marks if difficulty == level]
        following = _following(level, window[-WINDOW:])
        if following != level:
            level, window = following, []
    return level


def _following(level: Level, window: list[int]) -> Level:
    if len(window) < FEWEST:
        return level
    place, average = LEVELS.index(level), mean(window)
    if average >= RAISES:
        place = min(place + 1, len(LEVELS) - 1)
    elif average <= LOWERS:
        place = max(place - 1, 0)
    return LEVELS[place]
