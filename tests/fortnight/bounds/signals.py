"""What weeks show of a topic, and what is tried where nothing moves."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from llm_modes.generate_questions.difficulties import STEPS
from tests.fortnight import measures
from tests.fortnight.bounds.bound import bound
from tests.fortnight.diary import Diary, SessionSeen


@bound
def stored(diary: Diary) -> Iterator[str]:
    """Signals: what REST says of a topic stands in its row, so it survives a restart."""
    for day in diary.days:
        for topic, progress in day.progress.items():
            for name in ("signal", "trend", "level"):
                if name not in progress:
                    yield f"progress.{name} is not in the answer of /plan/view."
                elif topic in day.stored and (progress[name] or "") != (day.stored[topic][name] or ""):
                    yield f"day {day.number}, {diary.names[topic]}: {name} is {progress[name]}, the row says otherwise."


def _clearly(sessions: list[SessionSeen], guests: list[int], *, least: int, most: int) -> bool:
    """Whether there are three sessions and ten marks, those of the last three sessions all within these.

    And so are the `guests`, marks that came in sessions of other topics meanwhile: they count with the next one.
    """
    marks = [*guests, *(mark for session in sessions[-3:] for mark in session.marks)]
    enough = len(sessions) >= 3 and sum(len(session.marks) for session in sessions) >= 10
    return enough and all(least <= mark <= most for mark in marks)


def _guests(diary: Diary, topic: int, sessions: list[SessionSeen]) -> list[int]:
    """The topic's marks from sessions of others that count with the last three of these."""
    since, until = (sessions[-4].number if len(sessions) > 3 else 0), sessions[-1].number
    between = [session for session in diary.sessions if since < session.number < until]
    return [mark for session in between for mark in session.elsewhere.get(topic, [])]


@bound
def stuck_is_seen(diary: Diary) -> Iterator[str]:
    """Signals: who had three sessions up to 3, with ten marks in all, is said to be stuck."""
    yield from _unsaid(diary, "stuck", least=1, most=3)


@bound
def holding_is_seen(diary: Diary) -> Iterator[str]:
    """Signals: who had three sessions from 8 on, with ten marks in all, is said to hold the topic."""
    yield from _unsaid(diary, "holds", least=8, most=10)


def _unsaid(diary: Diary, signal: str, *, least: int, most: int) -> Iterator[str]:
    if diary.persona.voids:
        return
    for topic in diary.topics():
        sessions = [session for session in diary.of(topic) if session.marks]
        for at in range(3, len(sessions) + 1):
            said = sessions[at - 1].after.get(topic, {"signal": signal}).get("signal")
            so_far = sessions[:at]
            if _clearly(so_far, _guests(diary, topic, so_far), least=least, most=most) and said != signal:
                yield f"{diary.names[topic]}, day {sessions[at - 1].day}, after {at} sessions: {said or 'nothing'}."


@bound
def untouched_is_seen(diary: Diary) -> Iterator[str]:
    """Signals: a topic that was suggested twice and never practised is said to be untouched."""
    offers: Counter[int] = Counter()
    practised: set[int] = set()
    for session in diary.sessions:
        offers[session.suggested or 0] += 1
        practised.add(session.practised)
        for topic, progress in session.after.items():
            untouched = progress.get("signal") == "untouched"
            if offers[topic] >= 3 and topic not in practised and not untouched:
                yield f"{diary.names[topic]}, day {session.day}: suggested {offers[topic]} times."
            if untouched and topic in practised:
                yield f"{diary.names[topic]}, day {session.day}: it was practised."


@bound
def plan_and_practice_are_compared(diary: Diary) -> Iterator[str]:
    """Signals: home or review says when less than half, or far more, of a week's plan was done, and only then."""
    for day in diary.days[9:]:
        week = [one for one in diary.sessions if day.number - 8 <= one.day < day.number]
        if len({tuple(one.plan.values()) for one in week}) != 1 or len({one.day for one in week}) < 7:
            continue
        planned = 7 * sum(week[0].plan.values())
        part = sum(one.minutes for one in week if one.day >= day.number - 7) / planned
        said = re.search(r"\d+ of \d+ planned minutes|where the plan has", f"{day.home} {day.rests_on}")
        if bool(said) != (part < 0.5 or part > 1.6) and not (0.5 <= part <= 0.7 or 1.3 <= part <= 1.6):
            yield f"day {day.number}: {part:.0%} of {planned} minutes; said: {said[0] if said else 'nothing'}."


@bound
def no_false_alarm(diary: Diary) -> Iterator[str]:
    """Signals: no topic is stuck with marks from 6 on, holds with marks under 7, or is left aside by the obedient."""
    for session in diary.sessions:
        for topic, progress in session.after.items():
            marks = [mark for one in diary.sessions[: session.number] if one.practised == topic for mark in one.marks]
            signal = progress.get("signal")
            wrong = (
                (signal == "stuck" and marks and min(marks) >= 6)
                or (signal == "holds" and marks and max(marks) < 7)
                or (signal in ("untouched", "neglected") and diary.persona.takes.__name__ == "as_suggested")
            )
            if wrong:
                yield f"{diary.names[topic]}, day {session.day}: {signal}."


@bound
def level_follows(diary: Diary) -> Iterator[str]:
    """Levels: all marks from 8 on lead to hard, all up to 3 to easy; one step a session at most."""
    for topic in diary.topics():
        if diary.persona.voids or None in (said := measures.series(diary, topic, "level")):
            continue
        sessions = diary.of(topic)
        for before, after in pairwise(said):
            if abs(STEPS.index(before) - STEPS.index(after)) > 1:
                yield f"{diary.names[topic]} went from {before} to {after} in one session."
        marks = [mark for session in sessions for mark in session.marks]
        if len(sessions) >= 5 and len(marks) >= 16 and min(marks) >= 8 and said[-1] != "hard":
            yield f"{diary.names[topic]} is {said[-1]} after {len(marks)} marks from 8 on."
        if len(sessions) >= 5 and len(marks) >= 16 and max(marks) <= 3 and said[-1] != "easy":
            yield f"{diary.names[topic]} is {said[-1]} after {len(marks)} marks up to 3."


@bound
def trend_is_named(diary: Diary) -> Iterator[str]:
    """Trends: a rising or falling candidate is named so by the tenth session, in at least half of the topics."""
    # Only the scripted model gives the very marks; the offline coach's lie too close together in the middle.
    exact = diary.coach == "scripted" and diary.persona.name in ("rising", "falling")
    wanted = diary.persona.name if exact else ""
    long = [topic for topic in diary.topics() if len(diary.of(topic)) >= 10]
    named = [topic for topic in long if wanted in measures.series(diary, topic, "trend")[:10]]
    if wanted and len(named) < len(long) / 2:
        yield f"{len(named)} of {len(long)} topics."


@bound
def noise_is_no_news(diary: Diary) -> Iterator[str]:
    """Trends: marks that wander by 1 around the same mark change no label, but for one topic."""
    if diary.persona.name == "steady":
        flipped = [topic for topic in diary.topics() if measures.flips(measures.series(diary, topic, "trend")[:20])]
        if len(flipped) > 1:
            yield f"{', '.join(diary.names[topic] for topic in flipped)}."


@bound
def approach_changes(diary: Diary) -> Iterator[str]:
    """Stuck: who gains nothing gets another rung after two sessions, and never the same advice twice running."""
    for topic, found in measures.stuck_sessions(diary).items():
        for before, after in pairwise(found):
            if before.approach == after.approach and before.rung == after.rung:
                yield f"{diary.names[topic]}, day {after.day}, rung {after.rung}: {after.approach or 'nothing'} again."
        if any(after.rung > before.rung + 1 for before, after in pairwise(found)):
            yield f"{diary.names[topic]} skipped a rung: {[session.rung for session in found]}."
        low = all(mark <= 3 for session in found for mark in session.marks)
        if low and len(found) >= 8 and found[7].rung < 4:
            yield f"{diary.names[topic]} is on rung {found[7].rung} after eight sessions without a gain."
    for topic in diary.topics():
        said = [one for one in diary.of(topic) if one.before.get(topic, {}).get("signal") == "stuck" and not one.rung]
        if len(said) > 1:
            yield f"{diary.names[topic]} is stuck on day {said[1].day}, and nothing else is tried."
