"""What a made-up candidate does day by day: which questions are asked, and what is answered. Nothing is stored here."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.offline.bank import BankQuestion, BankTopic, banks
from plans.turns import Place, after, next_turn

HISTORY = Path(__file__).resolve().parents[2] / "demo_history.toml"
ROLE_BANK, TOPICS = "software", 6
# Behind a question of the bank, so that there are enough different ones for half a year.
EXAMPLES = (
    "a ticket shop",
    "a hospital's laboratory",
    "a public library",
    "a parcel service",
    "a bank's ledger",
    "a food delivery",
    "a weather service",
    "a bicycle hire",
    "a school's timetable",
    "a car park",
    "a film archive",
    "a power grid",
    "a hotel's bookings",
    "a tax office",
    "a football league",
    "a pharmacy",
    "a news site",
    "a farm's sensors",
    "a payroll",
    "a museum",
    "a call centre",
    "an airport",
    "a job market",
    "a water works",
)
# Hours (UTC) at which sessions begin, by how many there are a day. A single one is late: copies have it earlier.
HOURS = {1: (18,), 3: (7, 12, 18)}
NEW_OF = 3  # one in so many answers is to a new question, as long as there are new ones
ELSEWHERE_EVERY = 7  # in one of so many sessions another topic is taken than the suggested one
MINUTES = 25


@dataclass
class Asked:
    """A question of a topic (its place in the plan), with the places of its answers among all of them."""

    topic: int
    text: str
    of: BankQuestion
    first_at: datetime
    answers: list[int] = field(default_factory=list)


@dataclass
class Given:
    """An answer: which question (its place), in which sitting, when it was begun, its mark, and what was written."""

    question: int
    sitting: int
    at: datetime
    score: int
    told: dict[str, Any]


@dataclass
class Sitting:
    """A session: the topic taken and the one suggested (places), when it began, what was answered and what was left."""

    topic: int
    suggested: int
    at: datetime
    told: dict[str, Any]
    given: list[int] = field(default_factory=list)
    left: int | None = None


@dataclass
class Life:
    """All that a candidate did. `places`: where each topic stands in the turns at the end."""

    topics: list[BankTopic]
    asked: list[Asked] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


@cache
def demo_history() -> dict[str, Any]:
    """The two weeks of `manage.py demo_data`; the crowd's words are taken from them."""
    return tomllib.loads(HISTORY.read_text(encoding="utf-8"))


def topics_of_plan() -> list[BankTopic]:
    """The topics of every demo plan of the crowd, the most important first."""
    return list(banks()[ROLE_BANK].topics[:TOPICS])


def minutes_of(place: int) -> int:
    """Minutes a day of the topic at this place of the plan."""
    return max(5, 20 - 5 * place)


def live(today: datetime, *, days: int, sessions: int, answers: int, seed: int) -> Life:
    """`days` days up to yesterday, with so many sessions a day and answers in each. The same seed does the same."""
    chance = random.Random(seed)
    life = Life(topics_of_plan())
    life.places = [Place(place, minutes_of(place)) for place in range(len(life.topics))]
    fresh = [list(_questions(topic)) for topic in life.topics]
    for ago in range(days, 0, -1):
        for hour in HOURS[sessions]:
            at = (today - timedelta(days=ago)).replace(hour=hour, minute=0, second=0, microsecond=0)
            _sit_down(life, at, fresh, answers=answers, done=1 - ago / days, chance=chance)
    return life


def _questions(topic: BankTopic) -> Iterator[tuple[str, BankQuestion]]:
    yield from ((question.text, question) for question in topic.questions)
    for example in EXAMPLES:
        yield from ((f"{one.text} Take {example} as your example.", one) for one in topic.questions)


def _sit_down(life: Life, at: datetime, fresh: list[Any], *, answers: int, done: float, chance: random.Random) -> None:
    """One session: the suggested topic, or now and then another one; new questions, and earlier ones again."""
    offered = next_turn(life.places)
    elsewhere = len(life.sittings) % ELSEWHERE_EVERY == ELSEWHERE_EVERY - 1
    taken = life.places[(offered.topic + 1) % len(life.places)] if elsewhere else offered
    life.places = after(life.places, offered, taken)
    sitting = Sitting(taken.topic, offered.topic, at, chance.choice(demo_history()["sessions"]))
    known = [place for place, asked in enumerate(life.asked) if asked.topic == taken.topic]
    wanted = min(len(fresh[taken.topic]), max(answers // NEW_OF, answers + 1 - len(known)))
    chosen = [_new(life, taken.topic, fresh[taken.topic].pop(0), at) for _ in range(wanted)]
    again = chance.sample(known, max(0, min(len(known), answers + 1 - wanted)))
    *chosen, sitting.left = chosen + again
    number = len(life.sittings)
    for order, question in enumerate(chosen):
        begun = at + timedelta(seconds=60 + order * (MINUTES * 60 - 120) // len(chosen))
        life.asked[question].answers.append(len(life.given))
        sitting.given.append(len(life.given))
        life.given.append(_answered(life.asked[question], question, number, begun, done, chance))
    life.sittings.append(sitting)


def _new(life: Life, topic: int, question: tuple[str, BankQuestion], at: datetime) -> int:
    text, of = question
    life.asked.append(Asked(topic, text, of, at))
    return len(life.asked) - 1


def _answered(asked: Asked, question: int, sitting: int, at: datetime, done: float, chance: random.Random) -> Given:
    """An answer whose mark rises over the weeks, and is lower for a hard question."""
    mean = 4.5 + 3.5 * done - 0.7 * (STEPS.index(asked.of.level) - 1)
    score = min(10, max(1, round(chance.gauss(mean, 1.2))))
    answers = [one for session in demo_history()["sessions"] for one in session["attempts"]]
    near = min(abs(one["score"] - score) for one in answers)
    return Given(
        question, sitting, at, score, chance.choice([one for one in answers if abs(one["score"] - score) == near])
    )
