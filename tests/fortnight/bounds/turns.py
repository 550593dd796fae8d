"""Whose turn it is, and whether the pages agree about it."""

from collections.abc import Iterator

from tests.fortnight import measures
from tests.fortnight.bounds.bound import bound
from tests.fortnight.diary import Diary


@bound
def offered_first(diary: Diary) -> Iterator[str]:
    """Turns: a topic that was never offered comes before all others, in the order of the plan."""
    known: set[int | None] = set()
    for session in diary.sessions:
        new = next((topic for topic in session.plan if topic not in known), None)
        if new is not None and session.suggested != new:
            yield f"{diary.names[session.suggested or 0]} on day {session.day}, before {diary.names[new]}."
        known.add(session.suggested)


@bound
def within_the_longest_wait(diary: Diary) -> Iterator[str]:
    """Turns: no topic waits longer than two sessions divided by its share."""
    for topic in diary.topics():
        for waited, allowed in measures.waits(diary, topic):
            if waited > allowed:
                yield f"{diary.names[topic]} waited for {waited} sessions, allowed are {allowed}."


@bound
def not_twice_in_a_row(diary: Diary) -> Iterator[str]:
    """Turns: no topic is suggested twice in a row unless its share is over a half."""
    for session in measures.in_a_row(diary):
        yield f"{diary.names[session.suggested or 0]} on day {session.day}."


@bound
def pages_agree(diary: Diary) -> Iterator[str]:
    """Pages: home, plan and the list of sessions suggest the same session, every day."""
    for day in diary.days:
        if len(set(day.suggested.values())) > 1 or None in day.suggested.values():
            yield f"day {day.number}: {day.suggested}."


@bound
def pages_open(diary: Diary) -> Iterator[str]:
    """Pages: home, plan, notes, review and sessions answer 200, every day."""
    for day in diary.days:
        yield from (
            f"day {day.number}: {path} answered {status}." for path, status in day.pages.items() if status != 200
        )


@bound
def nothing_is_left_unanswered(diary: Diary) -> Iterator[str]:
    """Worker: a day after the end every answer has its mark, every session its note, every review its words."""
    yield from diary.unfinished


@bound
def nothing_went_wrong(diary: Diary) -> Iterator[str]:
    """Pages: nothing that the candidate did was refused."""
    yield from diary.trouble
