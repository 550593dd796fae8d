"""Whether a topic holds: answered well for three sessions on end, and not lost by a little less."""

from collections.abc import Sequence

from plans.session_marks import SessionMarks, mean

FEWEST_SESSIONS, FEWEST_MARKS = 3, 10
# It begins at 8 on average and ends below 7: in between it stays what it was.
BEGINS, ENDS = 8, 7


def holds(sessions: Sequence[SessionMarks]) -> bool:
    """Whether it does after these sessions, oldest first, of a topic's marks across all levels."""
    held, marks = False, 0
    for place, session in enumerate(sessions, start=1):
        marks += len(session.marks)
        if place >= FEWEST_SESSIONS and marks >= FEWEST_MARKS:
            lately = mean(one.mean for one in sessions[place - FEWEST_SESSIONS : place])
            held = lately >= (ENDS if held else BEGINS)
    return held
