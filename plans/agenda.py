"""The plan broken down into sessions: what to do in the coming days, and what to do now.

The order is that of plans/turns.py, which counts sessions; here it is cut into days. Each day takes the plan's minutes:
a session is as long as its topic's are, and the last one of a day takes what is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Sum

from coach.counted import counted, whole_minutes
from coach.models import User
from coach.time_zone import local_day
from plans.models import PlanBrief, PlanTopic, PracticeDay
from plans.progress import progress_seen, strength_said, thin_evidence
from plans.turns import MIDDLE, SHORTEST, Place, after, next_turn, plain_shares, shares

COMING_DAYS = 7
# A rest of fewer minutes is not worth a session, today or on any day.
SHORTEST_SESSION = 5
AGAIN = "its turn again"


@dataclass(frozen=True)
class PlannedSession:
    """One session to come. `minutes` is how long; `reasons` say why it stands where it does.

    `new_reasons` are those that were not given for a session of the topic before.
    """

    day: date
    topic: PlanTopic
    minutes: int
    reasons: tuple[str, ...]
    is_today: bool = True
    new_reasons: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """All its reasons, in a sentence."""
        return _sentence(self.reasons)

    @property
    def news(self) -> str:
        """What differs from the topic's sessions before, in a sentence; "" where nothing does."""
        return _sentence(self.new_reasons)


def coming_sessions(user: User, days: int = COMING_DAYS, *, under_way: int = 0) -> list[PlannedSession]:
    """The sessions of today (what is left of it) and the days after, in the order in which to do them.

    `under_way`: minutes of a session that runs. Its turn is taken; today has so many fewer left.
    """
    topics = list(PlanTopic.objects.filter(user=user).in_force().select_related("progress"))
    if not topics:
        return []
    today = local_day(user)
    order = _order(topics)
    of_day = sum(topic.daily_study_minutes for topic in topics)
    planned: list[PlannedSession] = []
    for offset in range(days):
        left = of_day if offset else _left_today(user, topics, today) - under_way
        while left >= SHORTEST_SESSION:
            topic, length, reasons = next(order)
            # A rest that is too short for another session goes to this one.
            minutes = left if left - length < SHORTEST else length
            left -= minutes
            why = (*reasons, *_why_so_long(topic, minutes, length))
            planned.append(PlannedSession(today + timedelta(days=offset), topic, minutes, why, is_today=not offset))
    return _said_once(planned)


def next_session(user: User) -> PlannedSession | None:
    """What to do now: the first of the coming sessions; None without a plan."""
    return next(iter(coming_sessions(user, days=2)), None)


def minutes_today(user: User, today: date | None = None) -> int | None:
    """How many minutes the candidate said they have today, if it is less than usual; None when they said nothing."""
    today = today or local_day(user)
    return PlanBrief.objects.filter(user=user, short_day=today).values_list("short_day_minutes", flat=True).first()


def set_minutes_today(user: User, minutes: int | None) -> None:
    """Re-cut today alone to this many minutes; None takes it back."""
    day = local_day(user) if minutes else None
    PlanBrief.objects.update_or_create(user=user, defaults={"short_day": day, "short_day_minutes": minutes})


def _left_today(user: User, topics: list[PlanTopic], today: date) -> int:
    """Minutes of today that are not practised yet, of a short day those that it has."""
    minutes = sum(topic.daily_study_minutes for topic in topics)
    limit = minutes_today(user, today)
    done = PracticeDay.objects.filter(topic__in=topics, local_day=today).aggregate(seconds=Sum("seconds"))["seconds"]
    return min(minutes, minutes if limit is None else limit) - whole_minutes(done or 0)


def _order(topics: list[PlanTopic]) -> Iterator[tuple[PlanTopic, int, tuple[str, ...]]]:
    """One session after the other without end, as if each were done: its topic, minutes and reasons."""
    by_id = {topic.pk: topic for topic in topics}
    now = places = [Place.of(topic) for topic in topics]
    reasons = dict(zip(by_id, map(_why_it_comes, topics, now, shares(now), plain_shares(now)), strict=True))
    while True:
        place = next_turn(places)
        given = reasons[place.topic]
        if places is now and not place.is_new:
            given = (f"its turn: {given[0]}", *given[1:])
        yield by_id[place.topic], place.length, given
        places = after(places, place, place)
        reasons[place.topic] = (AGAIN, *given[1:])


def _why_it_comes(topic: PlanTopic, place: Place, share: float, plain_share: float) -> tuple[str, ...]:
    """What decides when the topic comes, in words that rest on rows."""
    return (_why_now(place, share), *_how_often(topic, place, share, plain_share))


def _why_now(place: Place, share: float) -> str:
    if not place.sessions:
        # A question of it may have been answered in another topic's session.
        never = "not practised yet" if place.strength is None else "no session of its own yet"
        return f"{never}: every topic begins once, in the order of your plan" if place.is_new else never
    if place.unpractised:
        return f"not practised for {counted(place.unpractised, 'session')}"
    return "more than half of all sessions are its own" if share > 0.5 else "practised last"


def _how_often(topic: PlanTopic, place: Place, share: float, plain_share: float) -> Iterable[str]:
    if place.strength is None:
        return
    said, is_sure = strength_said(topic), not thin_evidence(progress_seen(topic))
    if place.strength < MIDDLE:
        yield f"your strength here is {said}{', so it comes oftener' if is_sure and share > plain_share else ''}"
    else:
        yield f"your strength is {said}{', so it comes less often' if is_sure and share < plain_share else ''}"


def _why_so_long(topic: PlanTopic, minutes: int, length: int) -> Iterable[str]:
    """What made the session another length than the topic's minutes a day."""
    daily = topic.daily_study_minutes
    if minutes < length:
        yield f"cut from {counted(length, 'minute')} to what the day has"
    elif daily < length:
        yield f"several days of its {daily} minutes in one session"
    elif daily > length:
        yield f"its {daily} minutes in sessions of {length}"
    elif minutes > length:
        yield f"longer than {counted(length, 'minute')}, with time that is too short for another session"


def _said_once(planned: list[PlannedSession]) -> list[PlannedSession]:
    """The sessions, each with the reasons that none of the same topic before it has given."""
    said: set[tuple[int, str]] = set()
    told = []
    for session in planned:
        given = {(session.topic.pk, reason) for reason in session.reasons}
        new = [one for one in session.reasons if one != AGAIN and (session.topic.pk, one) not in said]
        told.append(replace(session, new_reasons=tuple(new)))
        said |= given
    return told


def _sentence(parts: Iterable[str]) -> str:
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "." if text else ""
