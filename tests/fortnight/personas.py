"""Who lives with the coach. A persona is a few lines: what differs from somebody who does as they are told.

Persona("hurried", "ends every session after a third of its time", pace=0.33)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import NamedTuple

SOFTWARE = "Senior backend engineer"
# The plan of the candidate whose weeks showed what was wrong: 60 minutes, two large topics, four small ones.
SIX = (
    ("System design", 20),
    ("Technical leadership", 20),
    ("Databases", 5),
    ("Algorithms", 5),
    ("Code quality", 5),
    ("Debugging and incidents", 5),
)
THREE = (("System design", 20), ("Technical leadership", 20), ("Databases", 20))
NURSE = (("Medication safety", 15), ("Shift priorities", 15), ("Handover and teamwork", 10), ("Hard conversations", 5))

Plan = tuple[tuple[str, int], ...]


class Now(NamedTuple):
    """What somebody knows who starts a session: topic ids in the plan's order, and how often each was practised."""

    suggested: int
    topics: list[int]
    practised: Mapping[int, int]
    random: Random


class Answering(NamedTuple):
    """Where somebody stands who answers: the topic's place in the plan, and sessions of it so far (0: the first)."""

    place: int
    session: int
    random: Random


def as_suggested(now: Now) -> int:
    return now.suggested


def favourite(now: Now) -> int:
    return now.topics[0]


def contrary(now: Now) -> int:
    """Whatever was practised least, but never what is suggested."""
    others = [topic for topic in now.topics if topic != now.suggested] or now.topics
    return min(others, key=lambda topic: (now.practised.get(topic, 0), topic))


def anything(now: Now) -> int:
    return now.random.choice(now.topics)


def always(mark: float) -> Callable[[Answering], float]:
    return lambda _at: mark


def around(mark: float, by: float) -> Callable[[Answering], float]:
    """Sessions whose mean wanders within ± `by` of the mark, from session to session."""
    return lambda at: mark + Random(f"{at.place} {at.session}").uniform(-by, by) + at.random.uniform(-0.5, 0.5)


def moving(start: float, a_session: float) -> Callable[[Answering], float]:
    return lambda at: start + a_session * at.session + at.random.uniform(-0.5, 0.5)


def mixed(at: Answering) -> float:
    """Somebody usual: better in the first topics, slowly improving, sometimes off."""
    return 6.5 - 0.4 * at.place + 0.1 * at.session + at.random.uniform(-1.5, 1.5)


def stuck_in_first(at: Answering) -> float:
    return 2 if at.place == 0 else mixed(at)


@dataclass(frozen=True)
class Persona:
    """How somebody differs from the obedient one.

    takes     which topic they start;  marks: what they would be marked with, 1 to 10;  decides: approve, refuse, leave
    pace      the share of a session's minutes that they spend;  most_minutes: what they have in a day, if it is less
    hours     when sessions begin by the clock of their place; the last ones where there are fewer sessions a day
    away      days (from 1) without any practice;  zones: from this day on they are there
    events    what they do on a day: one of events.EVENTS, or "clock_back"
    worker    every how many days the worker runs;  voids: whether they void every question they answered
    undecided whether they leave the very first proposal open as well;  answers: how many a session has
    long      whether the usual run of `make fortnight` has them for 60 days as well
    """

    name: str
    about: str
    takes: Callable[[Now], int] = as_suggested
    marks: Callable[[Answering], float] = mixed
    decides: str = "leave"
    plan: Plan = SIX
    role: str = SOFTWARE
    pace: float = 1.0
    most_minutes: int | None = None
    hours: tuple[float, ...] = (7.5, 12.5, 20.0)
    away: frozenset[int] = frozenset()
    begins: date = date(2027, 1, 11)
    zones: Mapping[int, str] = field(default_factory=lambda: {1: "Europe/Berlin"})
    events: Mapping[int, str] = field(default_factory=dict)
    worker: int = 1
    voids: bool = False
    undecided: bool = False
    answers: int = 3
    coaches: tuple[str, ...] = ("offline", "scripted")
    a_day: int = 2
    long: bool = False


PERSONAS = (
    Persona("obedient", "does what is suggested, approves what is proposed", decides="approve", long=True),
    Persona("favourite", "practises one topic whatever is suggested", favourite),
    Persona("contrary", "never takes the suggested one", contrary),
    Persona("fickle", "takes any topic", anything),
    Persona("absent", "is away for ten days after the fourth", away=frozenset(range(5, 15)), a_day=3),
    Persona("stuck", "gets 2 of 10 in everything", marks=always(2), answers=4, a_day=3),
    Persona(
        "stuck in one",
        "gets 2 of 10 in one topic, others go well",
        marks=stuck_in_first,
        answers=4,
        decides="approve",
        a_day=3,
    ),
    Persona("strong", "gets 9 in everything", marks=always(9), answers=4, plan=THREE, a_day=3),
    Persona("rising", "gains a quarter of a mark each session", marks=moving(4, 0.25), answers=4, plan=THREE, a_day=3),
    Persona(
        "falling", "loses a quarter of a mark each session", marks=moving(7.5, -0.25), answers=4, plan=THREE, a_day=3
    ),
    Persona("steady", "marks around 6, by 1 up and down", marks=around(6, 1), answers=4, plan=THREE, a_day=3),
    Persona("approves", "approves all that is proposed", decides="approve", marks=stuck_in_first, answers=4),
    Persona("refuses", "refuses all that is proposed", decides="refuse", marks=stuck_in_first, answers=4),
    Persona("undecided", "decides on nothing, not on the first proposal either", undecided=True),
    Persona("short of time", "has 20 of the 60 minutes", most_minutes=20, a_day=1),
    Persona("over midnight", "practises across midnight", hours=(8.0, 13.0, 23.85)),
    Persona("emigrant", "moves from Berlin to Auckland", zones={1: "Europe/Berlin", 7: "Pacific/Auckland"}),
    Persona("spring", "lives through the change to summer time", begins=date(2027, 3, 20), hours=(1.9, 2.5, 20.0)),
    Persona("autumn", "lives through the change to winter time", begins=date(2027, 10, 23), hours=(1.9, 2.5, 20.0)),
    Persona("replanner", "changes the plan on the fifth day", events={5: "change_plan"}),
    Persona("interrupter", "changes the plan in the middle of a session", events={5: "change_plan_in_session"}),
    Persona(
        "archivist",
        "drops topics while they are next, and takes them back",
        events={4: "archive_next", 9: "archive_next", 12: "restore"},
    ),
    Persona(
        "eight of five",
        "has eight topics of five minutes",
        plan=(*((name, 5) for name, _minutes in SIX), ("APIs and services", 5), ("Delivery and security", 5)),
    ),
    Persona("two of 180", "has two topics of three hours", plan=(("System design", 180), ("Databases", 180))),
    Persona("back in time", "has a clock that goes back a day", events={6: "clock_back"}),
    Persona("forty", "does forty sessions in one day", events={3: "forty_sessions"}, a_day=1),
    Persona("voids", "voids every question", voids=True),
    Persona("late marks", "gets marks three days late", worker=3),
    Persona("leaves", "leaves a session running for a week", events={4: "leave_session"}, away=frozenset(range(5, 11))),
    Persona("nurse", "comes back to nursing and takes her time", plan=NURSE, role="Registered nurse", pace=1.4),
)


def called(name: str) -> Persona:
    """The persona of this name. Raises LookupError with the names that there are."""
    for persona in PERSONAS:
        if persona.name == name:
            return persona
    raise LookupError(f"No persona is called {name!r}. There are: {', '.join(one.name for one in PERSONAS)}.")
