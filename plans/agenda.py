"""The plan as sessions: what to do in the coming days, and what to do now.

plans/turns.py gives the order, without days. This module cuts it into days of the plan's minutes. The last session of a
day takes what is left of the day. The interview's own day has no session. After it, days have half of the minutes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle

from coach.composed import composed_once
from coach.models import User
from coach.time_zone import local_day
from plans import last_days
from plans.countdown import Countdown
from plans.models import PlanBrief, PlanTopic, PlanTopicQuerySet
from plans.todays_minutes import TodaysMinutes, UnderWay
from plans.turn_reasons import (
    AGAIN,
    JUST_PRACTISED,
    NOT_IN_THE_LAST_DAYS,
    by_strength,
    first_of_all,
    sentence,
    waited,
    why_so_long,
)
from plans.turns import SHORTEST, Place, after, next_turn, plain_shares, practised, shares

COMING_DAYS = 7
# Fewer minutes than this are not planned as a session.
SHORTEST_SESSION = 5


@dataclass(frozen=True)
class PlannedSession:
    """One session to come. `reasons` say why it has this place and length, in the words of pages.

    `new_reasons`: those that no earlier session of the topic has given. `is_planned`: on a day that holds sessions.
    `is_rehearsal`: in the last days before the interview.
    """

    day: date
    topic: PlanTopic
    minutes: int
    reasons: tuple[str, ...]
    is_today: bool = True
    new_reasons: tuple[str, ...] = ()
    is_planned: bool = True
    is_rehearsal: bool = False

    @property
    def why(self) -> str:
        """All its reasons in one sentence."""
        return sentence(self.reasons)

    @property
    def news(self) -> str:
        """Its new reasons in one sentence; "" if there are none."""
        return sentence(self.new_reasons)


@dataclass(frozen=True)
class Agenda:
    """The sessions to come, in order, on the way of `countdown`, from days of so many `minutes`.

    `left_out`: the topics for which a triage has no time.
    """

    countdown: Countdown
    sessions: list[PlannedSession]
    minutes: int
    is_triage: bool = False
    left_out: tuple[PlanTopic, ...] = ()

    @property
    def ends_with_interview(self) -> bool:
        """Whether the interview is on one of the coming days, today included."""
        return self.countdown.days_left is not None and 0 <= self.countdown.days_left < COMING_DAYS

    @property
    def next(self) -> PlannedSession | None:
        """What to do now, or on a later day if today has no minutes left; None without a plan, and where it ends."""
        return self.sessions[0] if self.sessions else None


def agenda_of(
    user: User,
    days: int = COMING_DAYS,
    *,
    topics: Sequence[PlanTopic] | None = None,
    todays: TodaysMinutes | None = None,
    under_way: UnderWay | None = None,
) -> Agenda:
    """The agenda of the next `days` days. The first day is today, with the minutes that are left.

    While a session is `under_way`: the sessions after it. `topics`, as of `topics_to_plan`, and `todays`: what is read
    already.
    """
    topics = topics_to_plan(user) if topics is None else topics
    todays = todays or TodaysMinutes.of(user, under_way)
    return agenda_from(topics, Countdown.seen(user, topics), todays, days, under_way)


def agenda_from(
    topics: Sequence[PlanTopic],
    countdown: Countdown,
    todays: TodaysMinutes,
    days: int = COMING_DAYS,
    under_way: UnderWay | None = None,
) -> Agenda:
    """The same from what was read: no query."""
    coming = list(_days(topics, countdown, todays, days))
    triage = last_days.is_triage(topics, countdown)
    kept = _kept(topics, countdown, coming, under_way)
    order = _order(topics, kept, triage, under_way)
    planned: list[PlannedSession] = []
    for day, left in coming:
        while left >= SHORTEST_SESSION:
            planned.append(_planned(next(order), day, left))
            left -= planned[-1].minutes
    left_out = [one for one in topics if triage and one not in kept and not last_days.was_practised(one)]
    begun = under_way.topic if under_way else None
    left_out = [one for one in left_out if not last_days.had_its_session(one, countdown, begun)]
    return Agenda(countdown, _said_once(planned), minutes_a_day(topics, countdown), triage, tuple(left_out))


def coming_sessions(user: User, days: int = COMING_DAYS, *, under_way: UnderWay | None = None) -> list[PlannedSession]:
    """The sessions of `agenda_of`."""
    return agenda_of(user, days, under_way=under_way).sessions


def choices(topics: Sequence[PlanTopic], countdown: Countdown, todays: TodaysMinutes) -> list[PlannedSession]:
    """One session for every topic of the plan, in the order of turns, each as if it were done now.

    `topics`: as of `topics_to_plan`. What is not in the agenda comes last. Where nothing more is planned before the
    interview, whoever wants to practise all the same still can.
    """
    coming = list(_days(topics, countdown, todays, 2))
    whole_day = _Day(countdown.today, True, is_planned=False), minutes_a_day(topics, countdown)
    day, left = next((one for one in coming if one[1] >= SHORTEST_SESSION), whole_day)
    kept = _kept(topics, countdown, coming)
    order = _order(topics, kept, last_days.is_triage(topics, countdown))
    found: dict[int, PlannedSession] = {}
    while len(found) < len(kept):
        coming_one = _planned(next(order), day, left)
        found.setdefault(coming_one.topic.pk, coming_one)
    others = [_Turn(one, Place.of(one).length, (NOT_IN_THE_LAST_DAYS,)) for one in topics if one.pk not in found]
    return [*found.values(), *(_planned(turn, day, left) for turn in others)]


def set_minutes_today(user: User, minutes: int | None) -> None:
    """Set the minutes of today alone. None takes the setting back."""
    day = local_day(user) if minutes else None
    PlanBrief.objects.update_or_create(user=user, defaults={"short_day": day, "short_day_minutes": minutes})


def topics_to_plan(user: User) -> list[PlanTopic]:
    """The topics of the plan in force, with their progress and the day of the interview. One query."""
    return _to_plan(user.pk)


def to_plan(user: int) -> PlanTopicQuerySet:
    """The same as a query. `user`: an id."""
    topics = PlanTopic.objects.filter(user=user).in_force().with_interview().select_related("progress")
    return topics.defer("progress__note", "progress__own_lines", "progress__tally")


_to_plan = composed_once(to_plan)


def minutes_a_day(topics: Sequence[PlanTopic], countdown: Countdown) -> int:
    """The minutes that a day of the plan has: half of the topics' minutes once the interview is over."""
    minutes = sum(topic.daily_study_minutes for topic in topics)
    return max(SHORTEST_SESSION, (minutes + 1) // 2) if countdown.phase == "over" else minutes


def _kept(
    topics: Sequence[PlanTopic],
    countdown: Countdown,
    coming: Sequence[tuple["_Day", int]],
    under_way: UnderWay | None = None,
) -> list[PlanTopic]:
    """The topics that have sessions in the `coming` days; of a triage in its order."""
    if not last_days.is_triage(topics, countdown):
        return last_days.rehearsed(topics) if countdown.is_last_days else list(topics)
    minutes = sum(max(0, left) for _day, left in coming)
    order = last_days.by_gain(topics, countdown, under_way.topic if under_way else None)
    return last_days.that_fit(order, minutes)


@dataclass(frozen=True)
class _Day:
    date: date
    is_today: bool
    is_planned: bool = True
    is_for_rehearsal: bool = False


def _days(
    topics: Sequence[PlanTopic], countdown: Countdown, todays: TodaysMinutes, days: int
) -> Iterator[tuple[_Day, int]]:
    """Each day that may hold sessions, with its minutes. Today's may be 0 or less: what is spent leaves nothing."""
    today, minutes = countdown.today, minutes_a_day(topics, countdown)
    for day in (today + timedelta(days=offset) for offset in range(days)):
        if countdown.may_hold(day):
            kind = _Day(day, day == today, is_for_rehearsal=countdown.is_in_last_days(day))
            yield kind, todays.left_of(minutes) if kind.is_today else minutes


@dataclass(frozen=True)
class _Turn:
    """A session before it is cut to fit a day. `length` is in minutes; `by_minutes`: it follows the topic's own."""

    topic: PlanTopic
    length: int
    reasons: tuple[str, ...]
    by_minutes: bool = True


def _planned(turn: _Turn, day: _Day, left: int) -> PlannedSession:
    """The session on a day with `left` minutes. It also gets a rest that is too short for another session."""
    minutes = left if left - turn.length < SHORTEST else turn.length
    daily = turn.topic.daily_study_minutes if turn.by_minutes else turn.length
    reasons = (*turn.reasons, *why_so_long(minutes, turn.length, daily))
    rehearsal = day.is_for_rehearsal and turn.by_minutes
    return PlannedSession(
        day.date, turn.topic, minutes, reasons, day.is_today, is_planned=day.is_planned, is_rehearsal=rehearsal
    )


def _order(
    topics: Sequence[PlanTopic], kept: Sequence[PlanTopic], triage: bool, under_way: UnderWay | None = None
) -> Iterator[_Turn]:
    """The sessions of the `kept` topics in order, without end, as if each were done."""
    if triage:
        return (_Turn(one, last_days.TRIAGE_SESSION, (last_days.why_it_pays(one),), False) for one in cycle(kept))
    return _in_turns(topics, {topic.pk for topic in kept}, under_way)


def _in_turns(topics: Sequence[PlanTopic], kept: set[int], under_way: UnderWay | None) -> Iterator[_Turn]:
    by_id = {topic.pk: topic for topic in topics}
    places = [Place.of(topic) for topic in topics]
    if under_way:
        places = practised(places, under_way.topic)
    now = {
        place.topic: (place, share, tuple(by_strength(by_id[place.topic], place, share, plain_share)))
        for place, share, plain_share in zip(places, shares(places), plain_shares(places), strict=True)
    }
    said: set[int] = set()
    while places:
        following = next_turn([place for place in places if place.topic in kept])
        place, share, how_often = now[following.topic]
        why_now = AGAIN if place.topic in said else waited(place) if said else first_of_all(place, share)
        yield _Turn(by_id[place.topic], place.length, (why_now, *how_often))
        said.add(place.topic)
        places = after(places, following, following)


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
