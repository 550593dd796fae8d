"""Whose turn it is: which topic the next session is for, so that every one comes in time.

Counted in sessions, never in days: days without practice make no debt, and one session a day or five a day come in
the same order. Each topic is suggested once, in the order of the plan. Of every session each topic earns its share; the
one that is suggested pays 1, and so does the one that was practised instead. What a topic is behind is its lag. Next
is, of those that are behind, the one whose lag would first come to 1 (earliest eligible virtual deadline first). So a
topic of share y is suggested or practised at least every ⌈2 / y⌉ sessions, whatever the candidate chooses;
tests/plans/test_turns.py looks for ways around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Self

from coach.models import User
from plans.models import PlanTopic, TopicProgress
from plans.progress import lock_progress, progress_seen

# Minutes of a session: three questions cannot be answered and read in less, and nobody is attentive for longer.
SHORTEST, LONGEST = 10, 45
# A topic of few minutes has longer sessions than its day, so it comes less often; but half as often at least.
LEAST_WEIGHT = 0.5
# How much oftener a weak topic comes, and by the same factor a strong one less often.
MOST_FACTOR = 1.5
# The middle of the scale changes nothing; so many points below or above it the factor is at its end.
MIDDLE, SPAN = 5.0, 3.0
# Sums of shares are not exact: what is nearer than this is the same.
NEAR = 1e-9
# The fields of a topic's progress that a session's begin changes.
BY_TURNS = ("lag", "offers", "suggested_last", "waited")


@dataclass(frozen=True)
class Place:
    """Where a topic of the plan (by its id) stands in the order.

    `minutes` a day; `strength` 0 to 10, None without marks; `lag` in sessions, -1 to 1; `offers` how often it was
    suggested, `suggested_last` whether for the last session; `waited` sessions since it was suggested or taken;
    `unpractised` sessions since one of its own, of which there were `sessions`.
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
        """The topic's place as it is stored in its progress, which is the one loaded with it unless given."""
        known = known or progress_seen(topic)
        strength = None if known.strength_rating is None else float(known.strength_rating)
        counts = {name: getattr(known, name) for name in (*BY_TURNS, "unpractised", "sessions")}
        return cls(topic.pk, topic.daily_study_minutes, strength, **counts)

    @property
    def length(self) -> int:
        """Minutes of its sessions: those it has a day, where that is a session."""
        return min(LONGEST, max(SHORTEST, self.minutes))

    @property
    def plain_weight(self) -> float:
        """How often it comes by its minutes alone, ½ to 1."""
        return min(1.0, max(LEAST_WEIGHT, self.minutes / self.length))

    @property
    def weight(self) -> float:
        """How often it comes, by its minutes and its strength."""
        return self.plain_weight * strength_factor(self.strength)

    @property
    def is_new(self) -> bool:
        """Never suggested so far; it may have been practised all the same."""
        return not self.offers


def strength_factor(strength: float | None) -> float:
    """1.5 up to a strength of 2 and where it is not known, 1 at 5, ⅔ from 8 on, and without a step between."""
    if strength is None:
        return MOST_FACTOR
    return MOST_FACTOR ** min(1.0, max(-1.0, (MIDDLE - strength) / SPAN))


def shares(places: Sequence[Place]) -> list[float]:
    """The part of all sessions that each of them gets; together 1."""
    return _parts([place.weight for place in places])


def plain_shares(places: Sequence[Place]) -> list[float]:
    """The part that each of them would get by its minutes alone, were all of the same strength."""
    return _parts([place.plain_weight for place in places])


def _parts(weights: list[float]) -> list[float]:
    return [weight / sum(weights) for weight in weights]


def bound(share: float) -> int:
    """A topic of this share is suggested or practised once in so many sessions at least."""
    return ceil(2 / share - NEAR)


def next_turn(places: Sequence[Place]) -> Place:
    """Whose session is next, of one place or more, given in the order of the plan.

    Those that were never suggested first; else the one behind whose lag comes to 1 first, where there are several the
    longest untouched. Where nobody is behind, because the candidate practised other things, all count.
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
    """Those that may be next: not what was just suggested, unless more than half of all sessions are its own.

    Nor what was just taken instead, where that leaves somebody: of two topics each is suggested in its turn.
    """
    others = [(place, share) for place, share in earned if not place.suggested_last or share > 0.5 + NEAR] or earned
    return [(place, share) for place, share in others if place.waited or share > 0.5 + NEAR] or others


def after(places: Sequence[Place], offered: Place, taken: Place | None) -> list[Place]:
    """The places after a session that began while `offered` was suggested, and was `taken`'s; None is none of these."""
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
    """The places when a session of this topic is over, in which something was done."""
    return [
        replace(place, unpractised=0, sessions=place.sessions + 1)
        if place.topic == topic
        else replace(place, unpractised=place.unpractised + 1)
        for place in places
    ]


def take_turn(user: User, taken: PlanTopic) -> PlanTopic | None:
    """A session of the topic `taken` begins: note it for the order, and return the topic that was suggested.

    None without a plan in force. Call it once per session, in its transaction. Over the topics that are in force at
    this moment; what was archived keeps its lag for the day it comes back.
    """
    topics = {topic.pk: topic for topic in PlanTopic.objects.filter(user=user).in_force()}
    known = {row.topic_id: row for row in lock_progress(user.pk, make_for=topics)}
    places = [Place.of(topic, known[pk]) for pk, topic in topics.items()]
    if not places:
        return None
    offered = next_turn(places)
    for place in after(places, offered, next((place for place in places if place.topic == taken.pk), None)):
        for name in BY_TURNS:
            setattr(known[place.topic], name, getattr(place, name))
    for pk in known.keys() - topics.keys():
        known[pk].suggested_last, known[pk].waited = False, known[pk].waited + 1
    TopicProgress.objects.bulk_update(known.values(), BY_TURNS)
    return topics[offered.topic]
