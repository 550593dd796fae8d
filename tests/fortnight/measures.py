"""What a diary amounts to: counted here anew, by what the rules say, with nothing taken from the program."""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean
from typing import Any

from rapidfuzz import fuzz

from tests.fortnight.diary import Diary, SessionSeen

SHORTEST, LONGEST = 10, 45  # minutes of a session
# How much oftener a weak topic comes, and by how much less often a strong one.
MOST = 1.5


def weight(minutes: int) -> float:
    """A topic's weight by its minutes a day, before its strength is looked at."""
    return min(1.0, max(0.5, minutes / min(LONGEST, max(SHORTEST, minutes))))


def factor(strength: float | None) -> float:
    """1.5 where the strength is unknown or 2 at most, 1 in the middle of the scale, two thirds from 8 on."""
    if strength is None or strength <= 2:
        return MOST
    return MOST ** ((5 - min(strength, 8.0)) / 3)


def shares(session: SessionSeen) -> dict[int, float]:
    """The share of each topic at this session, by the plan and the strengths of then."""
    weights = {
        topic: weight(minutes) * factor(session.before[topic].get("strength_rating"))
        for topic, minutes in session.plan.items()
    }
    return {topic: each / sum(weights.values()) for topic, each in weights.items()}


def longest_wait(session: SessionSeen, topic: int) -> int:
    """Sessions within which this topic has its turn, at its share of then."""
    return math.ceil(2 / shares(session)[topic] - 1e-9)


def waits(diary: Diary, topic: int) -> list[tuple[int, int]]:
    """How many sessions the topic waited each time until it was offered or practised, and for how many it may."""
    found, waited, allowed = [], 0, 0
    for session in diary.sessions:
        if topic not in session.plan:
            waited = allowed = 0
            continue
        waited += 1
        allowed = max(allowed, longest_wait(session, topic))
        if topic in (session.suggested, session.practised):
            found.append((waited, allowed))
            waited = allowed = 0
    return [*found, (waited, allowed)] if waited else found


def first_offers(diary: Diary) -> dict[int, tuple[int, int]]:
    """By topic: at which session of its time in the plan it had its first turn, and how many topics the plan had."""
    found: dict[int, tuple[int, int]] = {}
    for topic in diary.topics():
        there = [session for session in diary.sessions if topic in session.plan]
        for place, session in enumerate(there, start=1):
            if topic in (session.suggested, session.practised):
                found[topic] = (place, len(session.plan))
                break
        else:
            if there:
                found[topic] = (len(there) + 1, len(there[-1].plan))
    return found


def in_a_row(diary: Diary) -> list[SessionSeen]:
    """Sessions for which was suggested what had just been suggested, at a share of a half or less."""
    return [
        session
        for before, session in pairwise(diary.sessions)
        if session.suggested == before.suggested
        and session.suggested in session.plan
        and len(session.plan) > 1
        and shares(session)[session.suggested] <= 0.5
    ]


def practised_share(diary: Diary, topic: int) -> tuple[float, float]:
    """The topic's part of all sessions while it was in the plan, and its share by plan and strength."""
    there = [session for session in diary.sessions if topic in session.plan]
    if not there:
        return 0.0, 0.0
    done = sum(session.practised == topic for session in there)
    return done / len(there), mean(shares(session)[topic] for session in there)


def series(diary: Diary, topic: int, name: str) -> list[Any]:
    """What REST said of the topic after each session that practised it: `name` is signal, trend or level."""
    return [session.after.get(topic, {}).get(name) for session in diary.of(topic)]


def flips(values: Sequence[Any]) -> int:
    """How often a label changed, its first appearance left out."""
    said = [value for value in values if value]
    return sum(before != after for before, after in pairwise(said))


def signal_days(diary: Diary) -> list[tuple[str, str, int]]:
    """(topic, signal, day) of each first appearance."""
    found: dict[tuple[int, str], int] = {}
    for session in diary.sessions:
        for topic, progress in session.after.items():
            if signal := progress.get("signal"):
                found.setdefault((topic, str(signal)), session.day)
    return [(diary.names[topic], signal, day) for (topic, signal), day in found.items()]


def words_of(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def repeated(diary: Diary) -> list[tuple[str, int, int]]:
    """(question, day, earlier day) of each that was called new twice within 60 days."""
    seen: dict[str, int] = {}
    found = []
    for session in diary.sessions:
        for question in session.new:
            said = words_of(question)
            if said in seen and session.day - seen[said] < 60:
                found.append((question, session.day, seen[said]))
            seen[said] = session.day
    return found


def framed(diary: Diary) -> list[tuple[str, str]]:
    """Pairs of new questions of which one is the other with a few words replaced."""
    asked = list(dict.fromkeys(question for session in diary.sessions for question in session.new))
    return [(one, other) for at, one in enumerate(asked) for other in asked[:at] if _same_frame(one, other)]


def _same_frame(one: str, other: str) -> bool:
    """Two thirds of the words of both are the same, at the beginning and at the end."""
    left, right = words_of(one).split(), words_of(other).split()
    if min(len(left), len(right)) < 6 or left == right:
        return False
    start = next((at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), 0)
    end = next((at for at, pair in enumerate(zip(left[::-1], right[::-1], strict=False)) if pair[0] != pair[1]), 0)
    return start + end >= 2 / 3 * max(len(left), len(right)) or fuzz.ratio(" ".join(left), " ".join(right)) >= 90


def stuck_sessions(diary: Diary) -> dict[int, list[SessionSeen]]:
    """By topic: the sessions that were practised on a rung."""
    return {topic: found for topic in diary.topics() if (found := [one for one in diary.of(topic) if one.rung])}


def reversals(diary: Diary) -> Iterator[tuple[str, int, int]]:
    """(topic, day, sessions of it in between) where a proposal moves back what an approved one has moved."""
    approved = [one for one in diary.proposals if one.decided == "approved"]
    for later in diary.proposals:
        for earlier in approved:
            if earlier.day >= later.day:
                continue
            for name in later.after:
                then = earlier.after.get(name, 0) - earlier.before.get(name, 0)
                now = later.after[name] - later.before.get(name, 0)
                if then * now < 0:
                    between = diary.sessions[earlier.sessions_so_far : later.sessions_so_far]
                    yield name, later.day, sum(diary.names[one.practised] == name for one in between)
