"""How hard a topic's questions are: one step harder after good answers, one step easier after poor ones.

Up at 80 % and down at 45 % of the last ten marks, at least five: the rule of LTLTutor, which aims at 75 to 85 % right.
"""

from collections.abc import Iterable

from llm_modes.generate_questions.difficulties import STEPS, Difficulty
from plans.session_marks import SessionMarks, mean

START: Difficulty = "medium"
WINDOW, FEWEST = 10, 5
RAISES, LOWERS = 8, 4.5


def level_after(sessions: Iterable[SessionMarks]) -> Difficulty:
    """The level after these sessions, oldest first.

    After each session, the last WINDOW marks of questions of the present level decide, if there are at least FEWEST
    since it was reached. A mean of RAISES or more raises the level one step; LOWERS or less lowers it one step.
    """
    level, window = START, list[int]()
    for session in sessions:
        window += [mark for difficulty, mark in session.marks if difficulty == level]
        following = _following(level, window[-WINDOW:])
        if following != level:
            level, window = following, []
    return level


def _following(level: Difficulty, window: list[int]) -> Difficulty:
    if len(window) < FEWEST:
        return level
    place, average = STEPS.index(level), mean(window)
    if average >= RAISES:
        place = min(place + 1, len(STEPS) - 1)
    elif average <= LOWERS:
        place = max(place - 1, 0)
    return STEPS[place]
