"""The plan as sessions: what to do in the coming days, and what to do now.

plans/turns.py gives the order, without days. This module cuts it into days of the plan's minutes. The last session of a
day takes what is left of the day.
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
from plans.turns import MIDDLE, SHORTEST, Place, after, next_turn, plain_shares, practised, shares

COMING_DAYS = 7
# Fewer minutes than this are not planned as a session.
SHORTEST_SESSION = 5
# Reasons that every topic has in turn: they are nothing new.
AGAIN, JUST_PRACTISED = "its turn again", "practised last"


@dataclass(frozen=True)
class PlannedSession:
    """One session to come. `reasons` say why it has this place and length, in the words of pages.

    `new_reasons`: those that no earlier session of the topic has given.
    """

    day: date
    topic: PlanTopic
    minutes: int
    reasons: tuple[str, ...]
    is_today: bool = True
    new_reasons: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """All its reasons in one sentence."""
        return _sentence(self.reasons)

    @property
    def news(self) -> str:
        """Its new reasons in one sentence; "" if there are none."""
        return _sentence(self.new_reasons)


@dataclass(frozen=True)
class UnderWay:
    """A running session: the id of its topic, and its planned minutes. Its turn was taken when it started."""

    topic: int
    minutes: int


def coming_sessions(user: User, days: int = COMING_DAYS, *, under_way: UnderWay | None = None) -> list[PlannedSession]:
    """The sessions of the next `days` days, in order. The first day is today, with the minutes that are left.

    While a session is `under_way`: the sessions after it.
    """
    topics = _topics(user)
    order = _order(topics, under_way)
    planned: list[PlannedSession] = []
    for day, left in _days(user, topics, days, under_way):
        while left >= SHORTEST_SESSION:
            planned.append(_planned(next(order), day, left))
            left -= planned[-1].minutes
    return _said_once(planned)


def next_session(user: User) -> PlannedSession | None:
    """What to do now, or tomorrow if today has no minutes left; None without a plan."""
    return next(iter(coming_sessions(user, days=2)), None)


def choices(user: User) -> list[PlannedSession]:
    """One session for every topic of the plan, in the order of turns, each as if it were done now."""
    topics = _topics(user)
    order = _order(topics)
    day, left = next((one for one in _days(user, topics, 2) if one[1] >= SHORTEST_SESSION), (None, 0))
    found: dict[int, PlannedSession] = {}
    while day and len(found) < len(topics):
        coming = _planned(next(order), day, left)
        found.setdefault(coming.topic.pk, coming)
    return list(found.values())


def minutes_today(user: User, today: date | None = None) -> int | None:
    """The minutes that the candidate has on this day (default: today), if they set them; else None."""
    today = today or local_day(user)
    return PlanBrief.objects.filter(user=user, short_day=today).values_list("short_day_minutes", flat=True).first()


def set_minutes_today(user: User, minutes: int | None) -> None:
    """Set the minutes of today alone. None takes the setting back."""
    day = local_day(user) if minutes else None
    PlanBrief.objects.update_or_create(user=user, defaults={"short_day": day, "short_day_minutes": minutes})


def _topics(user: User) -> list[PlanTopic]:
    return list(PlanTopic.objects.filter(user=user).in_force().select_related("progress"))


@dataclass(frozen=True)
class _Day:
    date: date
    is_today: bool


def _days(
    user: User, topics: list[PlanTopic], days: int, under_way: UnderWay | None = None
) -> Iterator[tuple[_Day, int]]:
    """Each day with its minutes. Today's are what practice and the session under way leave: 0 or less if nothing."""
    today, minutes = local_day(user), sum(topic.daily_study_minutes for topic in topics)
    limit = minutes_today(user, today)
    done = PracticeDay.objects.filter(topic__user=user, local_day=today).aggregate(seconds=Sum("seconds"))["seconds"]
    spent = whole_minutes(done or 0) + (under_way.minutes if under_way else 0)
    yield _Day(today, True), min(minutes, minutes if limit is None else limit) - spent
    for offset in range(1, days):
        yield _Day(today + timedelta(days=offset), False), minutes


@dataclass(frozen=True)
class _Turn:
    """A session before it is cut to fit a day. `length` is in minutes."""

    topic: PlanTopic
    length: int
    reasons: tuple[str, ...]


def _planned(turn: _Turn, day: _Day, left: int) -> PlannedSession:
    """The session on a day with `left` minutes. It also gets a rest that is too short for another session."""
    minutes = left if left - turn.length < SHORTEST else turn.length
    reasons = (*turn.reasons, *_why_so_long(turn, minutes))
    return PlannedSession(day.date, turn.topic, minutes, reasons, is_today=day.is_today)


def _order(topics: list[PlanTopic], under_way: UnderWay | None = None) -> Iterator[_Turn]:
    """The sessions in order, without end, as if each were done."""
    by_id = {topic.pk: topic for topic in topics}
    places = [Place.of(topic) for topic in topics]
    if under_way:
        places = practised(places, under_way.topic)
    now = {
        place.topic: (place, share, tuple(_how_often(by_id[place.topic], place, share, plain_share)))
        for place, share, plain_share in zip(places, shares(places), plain_shares(places), strict=True)
    }
    said: set[int] = set()
    while places:
        following = next_turn(places)
        place, share, how_often = now[following.topic]
        why_now = AGAIN if place.topic in said else _waited(place) if said else _first(place, share)
        yield _Turn(by_id[place.topic], place.length, (why_now, *how_often))
        said.add(place.topic)
        places = after(places, following, following)


def _waited(place: Place) -> str:
    """For how many sessions the topic was not practised, in words."""
    if not place.sessions:
        # One of its questions may have been answered in another topic's session.
        return "not practised yet" if place.strength is None else "no session of its own yet"
    # While a topic was archived, `waited` counted the sessions and `unpractised` did not.
    sessions = max(place.waited, place.unpractised)
    if sessions:
        return "one session since its last" if sessions == 1 else f"not practised for {sessions} sessions"
    return JUST_PRACTISED


def _first(place: Place, share: float) -> str:
    """Why the topic is the very next one, in words that rest on stored numbers."""
    if share == 1:
        return "the only topic of your plan"
    if place.is_new and not place.sessions:
        return f"{_waited(place)}: every topic begins once, in the order of your plan"
    if place.is_new:
        return "its turn: every topic is suggested once, in the order of your plan"
    why_now = _waited(place)
    if why_now == JUST_PRACTISED:
        why_now = "more than half of all sessions are its own" if share > 0.5 else "the other topic was suggested last"
    return f"its turn: {why_now}"


def _how_often(topic: PlanTopic, place: Place, share: float, plain_share: float) -> Iterable[str]:
    if place.strength is None:
        return
    said, is_sure = strength_said(topic), not thin_evidence(progress_seen(topic))
    if place.strength < MIDDLE:
        yield f"your strength here is {said}{', so it comes more often' if is_sure and share > plain_share else ''}"
    else:
        yield f"your strength is {said}{', so it comes less often' if is_sure and share < plain_share else ''}"


def _why_so_long(turn: _Turn, minutes: int) -> Iterable[str]:
    """Why the session does not have the topic's minutes a day, if it does not."""
    daily, length = turn.topic.daily_study_minutes, turn.length
    if minutes < length:
        yield f"cut from {counted(length, 'minute')} to what the day has"
    elif minutes > length:
        yield f"longer than {counted(length, 'minute')}, with time that is too short for another session"
    elif daily != length:
        yield f"its {daily} minutes a day in sessions of {length}"


def _said_once(planned: list[PlannedSession]) -> list[PlannedSession]:
    """The sessions with their `new_reasons`."""
    said = {(session.topic.pk, reason) for session in planned for reason in (AGAIN, JUST_PRACTISED)}
    told = []
    for session in planned:
        given = {(session.topic.pk, reason) for reason in session.reasons}
        new = [one for one in session.reasons if (session.topic.pk, one) not in said]
        told.append(replace(session, new_reasons=tuple(new)))
        said |= given
    return told


def _sentence(parts: Iterable[str]) -> str:
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "." if text else ""
