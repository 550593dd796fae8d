"""Whether a topic holds: it was answered well in its last three sessions. A slightly lower mean does not end it."""

from collections.abc import Sequence

from plans.session_marks import SessionMarks, mean

FEWEST_SESSIONS, FEWEST_MARKS = 3, 10
# It begins at a mean of BEGINS and ends below ENDS. Between them nothing changes.
BEGINS, ENDS = 8, 7


def holds(sessions: Sequence[SessionMarks]) -> bool:
    """Whether the topic holds after these sessions, oldest first, with marks of all levels."""
    held, marks = False, 0
    for place, session in enumerate(sessions, start=1):
        marks += len(session.marks)
        if place >= FEWEST_SESSIONS and marks >= FEWEST_MARKS:
            lately = mean(one.mean for one in sessions[place - FEWEST_SESSIONS : place])
            held = lately >= (ENDS if held else BEGINS)
    return held
