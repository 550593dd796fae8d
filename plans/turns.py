"""Whose turn it is: which topic the next session is for.

The unit is sessions, never days: days without practice make no debt. First, each topic is suggested once, in the order
of the plan. Then each session adds its share to the lag of every topic, and takes 1 from the lag of the topic that was
suggested, and 1 from that of the topic that was practised instead. Among the topics with a lag above
0, the next one is the topic whose lag reaches 1 first (earliest eligible virtual deadline first, EEVDF). So a topic of
share y is suggested or practised at least once in ⌈2 / y⌉ sessions, whatever the candidate chooses.
tests/plans/test_turns.py tries to break this bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Self

from coach.models import User
from plans.countdown import Countdown
from plans.last_days import suggested
from plans.models import PlanTopic, TopicProgress
from plans.progress import lock_progress, progress_seen

# Minutes of a session. Three questions need at least SHORTEST; nobody stays attentive for more than LONGEST.
SHORTEST, LONGEST = 10, 45
# A topic with fewer minutes a day than SHORTEST comes less often, but at least half as often.
LEAST_WEIGHT = 0.5
# The weakest topic comes more often by this factor, the strongest less often by the same factor.
MOST_FACTOR = 1.5
# A strength of MIDDLE changes nothing. The factor is largest SPAN points below it, and smallest SPAN points above it.
MIDDLE, SPAN = 5.0, 3.0
# Sums of shares are not exact: numbers that differ by less than this are equal.
NEAR = 1e-9
# The fields of TopicProgress that change when a session begins.
BY_TURNS = ("lag", "offers", "suggested_last", "waited")


@dataclass(frozen=True)
class Place:
    """Where a topic of the plan stands in the order.

    `topic`: its id. `minutes`: a day. `strength`: 0 to 10, None without marks. `lag`: in sessions, -1 to 1. `offers`:
    how often it was suggested; `suggested_last`: whether for the last session. `waited`: sessions since it was last
    suggested or practised. `unpractised`: sessions since its own last one. `sessions`: how many of its own it has had.
    """

    topic: int
    minutes: int
    strength: float | None = None
    lag: float = 0.0
    offers: int = 0
    suggested_last: bool = False
    waited: int = 0
    unpractised: int = 0
    sessions: int = 0

    @classmethod
    def of(cls, topic: PlanTopic, known: TopicProgress | None = None) -> Self:
        """The place as stored in the topic's progress: in `known`, or else in the progress loaded with the topic."""
        known = known or progress_seen(topic)
        strength = None if known.strength_rating is None else float(known.strength_rating)
        counts = {name: getattr(known, name) for name in (*BY_TURNS, "unpractised", "sessions")}
        return cls(topic.pk, topic.daily_study_minutes, strength, **counts)

    @property
    def length(self) -> int:
        """Minutes of one session of it, SHORTEST to LONGEST."""
        return min(LONGEST, max(SHORTEST, self.minutes))

    @property
    def plain_weight(self) -> float:
        """How often it comes by its minutes alone, LEAST_WEIGHT to 1."""
        return min(1.0, max(LEAST_WEIGHT, self.minutes / self.length))

    @property
    def weight(self) -> float:
        """How often it comes by its minutes and its strength, above 0 and up to MOST_FACTOR."""
        return self.plain_weight * strength_factor(self.strength)

    @property
    def is_new(self) -> bool:
        """Whether it was never suggested. It may still have been practised."""
        return not self.offers


def strength_factor(strength: float | None) -> float:
    """1.5 for a strength (0 to 10) of 2 or less and for an unknown one, 1 for 5, ⅔ from 8 on; smooth between these."""
    if strength is None:
        return MOST_FACTOR
    return MOST_FACTOR ** min(1.0, max(-1.0, (MIDDLE - strength) / SPAN))


def shares(places: Sequence[Place]) -> list[float]:
    """The part of all sessions that each place gets, 0 to 1. Their sum is 1."""
    return _parts([place.weight for place in places])


def plain_shares(places: Sequence[Place]) -> list[float]:
    """The same as `shares`, if all places had the same strength."""
    return _parts([place.plain_weight for place in places])


def _parts(weights: list[float]) -> list[float]:
    return [weight / sum(weights) for weight in weights]


def bound(share: float) -> int:
    """A topic of this share (above 0, up to 1) is suggested or practised at least once in this many sessions."""
    return ceil(2 / share - NEAR)


def next_turn(places: Sequence[Place]) -> Place:
    """The place whose session is next. `places`: one or more, in the order of the plan.

    A topic that was never suggested comes first. Then, of the topics whose lag is above 0 with their next share, comes
    the one whose lag reaches 1 first; of equal ones, the one that waited longest. If no lag is above 0, all compete.
    """
    for place in places:
        if place.is_new:
            return place
    earned = list(zip(places, shares(places), strict=True))
    may = _not_again(earned)
    behind = [(place, share) for place, share in may if place.lag + share > NEAR]

    def deadline(one: tuple[Place, float]) -> tuple[float, int, int]:
        place, share = one
        return round((1 - place.lag - share) / share, 6), -place.waited, -place.unpractised

    return min(behind or may, key=deadline)[0]


def _not_again(earned: list[tuple[Place, float]]) -> list[tuple[Place, float]]:
    """The places that may be next: not the topic suggested last, unless its share is more than half.

    Nor the topic that was practised instead, if another one is left. So two topics are both suggested.
    """
    others = [(place, share) for place, share in earned if not place.suggested_last or share > 0.5 + NEAR] or earned
    return [(place, share) for place, share in others if place.waited or share > 0.5 + NEAR] or others


def after(places: Sequence[Place], offered: Place, taken: Place | None) -> list[Place]:
    """The places after a session of `taken` began while `offered` was suggested; None: a topic not among `places`."""
    passed = []
    for place, share in zip(places, shares(places), strict=True):
        is_offered = place.topic == offered.topic
        paid = is_offered or (taken is not None and place.topic == taken.topic)
        lag = min(1.0, max(-1.0, place.lag + share - paid))
        waited = 0 if paid else place.waited + 1
        offers = place.offers + is_offered
        passed.append(replace(place, lag=lag, offers=offers, suggested_last=is_offered, waited=waited))
    return practised(passed, taken.topic) if taken else passed


def practised(places: Sequence[Place], topic: int) -> list[Place]:
    """The places after a session of this topic (an id) in which something was done."""
    return [
        replace(place, unpractised=0, sessions=place.sessions + 1)
        if place.topic == topic
        else replace(place, unpractised=place.unpractised + 1)
        for place in places
    ]


def take_turn(user: User, taken: PlanTopic) -> PlanTopic | None:
    """Note that a session of the topic `taken` begins. Returns the topic that was suggested; None without a plan.

    Call it once per session, in its transaction. It changes the lags of the topics in force. An archived topic keeps
    its lag for the day it comes back.
    """
    topics = {topic.pk: topic for topic in PlanTopic.objects.filter(user=user).in_force().with_interview()}
    known = {row.topic_id: row for row in lock_progress(user.pk, make_for=topics)}
    places = [Place.of(topic, known[pk]) for pk, topic in topics.items()]
    if not places:
        return None
    for pk, topic in topics.items():
        topic.progress = known[pk]
    plan = list(topics.values())
    may_be_next = {topic.pk for topic in suggested(plan, Countdown.seen(user, plan))}
    offered = next_turn([place for place in places if place.topic in may_be_next])
    for place in after(places, offered, next((place for place in places if place.topic == taken.pk), None)):
        for name in BY_TURNS:
            setattr(known[place.topic], name, getattr(place, name))
    for pk in known.keys() - topics.keys():
        known[pk].suggested_last, known[pk].waited = False, known[pk].waited + 1
    TopicProgress.objects.bulk_update(known.values(), BY_TURNS)
    return topics[offered.topic]
