"""What is asked, new and again."""

from collections.abc import Iterator

from tests.fortnight import measures
from tests.fortnight.bounds.bound import bound
from tests.fortnight.diary import Diary


@bound
def new_means_new(diary: Diary) -> Iterator[str]:
    """Questions: none is called new twice within 60 days."""
    for question, day, earlier in measures.repeated(diary):
        yield f"day {day} and day {earlier}: {question}"


@bound
def no_frames(diary: Diary) -> Iterator[str]:
    """Questions: none is another one with a few words replaced."""
    if diary.coach == "offline":
        for one, other in measures.framed(diary):
            yield f"“{other}” and “{one}”"


@bound
def room_for_news(diary: Diary) -> Iterator[str]:
    """Questions: at most half of a list is asked again while there is news, after days away as well."""
    for session in diary.sessions:
        if session.new and session.redos > session.listed / 2:
            yield (
                f"day {session.day}, {session.away_before} days after the last session: {session.redos} again, "
                f"{len(session.new)} new, {session.listed} in all."
            )


@bound
def longest_due_first(diary: Diary) -> Iterator[str]:
    """Questions: of those due in a topic the longest due are asked first."""
    for session in diary.sessions:
        if not session.rung:  # where somebody is stuck, the easier ones come first
            yield from (f"day {session.day}: {question}" for question in session.passed_over)


@bound
def failed_four_times_rests(diary: Diary) -> Iterator[str]:
    """Questions: one that had four low marks in a row is not suggested for two weeks."""
    for session in diary.sessions:
        yield from (f"day {session.day}: {question}" for question in session.tired)


@bound
def always_something_to_do(diary: Diary) -> Iterator[str]:
    """Questions: every session has at least two questions."""
    for session in diary.sessions:
        if session.listed < 2 and session.after:
            yield f"day {session.day}, {diary.names[session.practised]}: {session.listed}."
