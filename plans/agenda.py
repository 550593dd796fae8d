"""The plan broken down into sessions: what to do in the coming days, and what to do now.

Each day takes the plan's minutes. Topics with enough minutes for a session come every day; the minutes of small ones
are gathered, so that they take turns with sessions that are worth sitting down for. The order is by priority and
weakness, and interleaved (no topic twice in a row, unless a day has only one session): mixing topics helps learning
more than blocks of one (g = 0.42 over many studies).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Sum

from coach.counted import counted, whole_minutes
from coach.models import User
from coach.time_zone import local_day
from plans.models import PlanBrief, PlanTopic, PracticeDay
from plans.progress import progress_seen, strength_said, thin_evidence

COMING_DAYS = 7
# Minutes that a session takes at least: three questions cannot be answered and read in less.
WORTHWHILE = 10
# A rest of fewer minutes is not worth a session of its own, today or on any day.
SHORTEST_SESSION = 5
# The middle of the scale stands for a topic without marks.
UNKNOWN_STRENGTH = 5.0


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


@dataclass
class _Share:
    """A topic on its way through the coming days.

    `owed`: minutes that have gathered for it. `days_ago`: days since it was practised before today, None for never.
    """

    topic: PlanTopic
    owed: int
    seconds_today: int | None
    days_ago: int | None

    @property
    def done_today(self) -> int:
        """Minutes practised today, as its sessions say them."""
        return whole_minutes(self.seconds_today or 0)

    @property
    def is_new(self) -> bool:
        """Never practised, today included, nor a question of it answered in another topic's session."""
        return self.days_ago is None and self.seconds_today is None and strength_of(self.topic) is None

    @property
    def is_daily(self) -> bool:
        return self.topic.daily_study_minutes >= WORTHWHILE

    @property
    def urgency(self) -> tuple[float, int]:
        """The smaller, the sooner: priority weighed with strength (a point of strength is half a place)."""
        strength = strength_of(self.topic)
        return (self.topic.priority + (UNKNOWN_STRENGTH if strength is None else strength) / 2, self.topic.pk)


@dataclass
class _Cut:
    """A piece of a day. `is_cut_short`: the day had no more minutes for it."""

    share: _Share
    minutes: int
    is_cut_short: bool = False


def coming_sessions(user: User, days: int = COMING_DAYS) -> list[PlannedSession]:
    """The sessions of today (what is left of it) and the days after, in the order in which to do them."""
    topics = list(PlanTopic.objects.filter(user=user).in_force().select_related("progress"))
    if not topics:
        return []
    today = local_day(user)
    shares = _shares(topics, today)
    planned: list[PlannedSession] = []
    before = _last_practised(shares)
    for offset in range(days):
        capacity = sum(share.topic.daily_study_minutes for share in shares)
        if offset == 0:
            limit = minutes_today(user, today)
            # A short day counts what was done of it already.
            capacity = min(capacity, limit if limit is not None else capacity) - sum(s.done_today for s in shares)
        cuts = _interleaved(_cut(shares, capacity, before, is_today=offset == 0), before)
        day = today + timedelta(days=offset)
        for cut in cuts:
            reasons = why(cut, is_today=offset == 0)
            planned.append(PlannedSession(day, cut.share.topic, cut.minutes, reasons, is_today=offset == 0))
            cut.share.days_ago = 1  # by the time of its next session it has been practised
        before = cuts[-1].share if cuts else before
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


def _shares(topics: list[PlanTopic], today: date) -> list[_Share]:
    """Each topic with what has gathered for it since it was last practised, enough for a session or two."""
    days = PracticeDay.objects.filter(topic__in=topics, local_day__lte=today)
    done = dict(days.filter(local_day=today).values_list("topic").annotate(Sum("seconds")))
    last: dict[int, date] = {}
    for topic_id, day in days.filter(local_day__lt=today).order_by("local_day").values_list("topic_id", "local_day"):
        last[topic_id] = day
    shares = []
    for topic in topics:
        ago = (today - last[topic.pk]).days if topic.pk in last else None
        owed = WORTHWHILE if ago is None else min(topic.daily_study_minutes * (ago - 1), 2 * WORTHWHILE)
        shares.append(_Share(topic, owed, done.get(topic.pk), ago))
    return shares


def _last_practised(shares: list[_Share]) -> _Share | None:
    """The topic practised last today: the next session is better another one."""
    practised = [share for share in shares if share.seconds_today is not None]
    return max(practised, key=_practised_at, default=None)


def _practised_at(share: _Share) -> datetime:
    return progress_seen(share.topic).last_practised_at or share.topic.created_at


def _cut(shares: list[_Share], capacity: int, before: _Share | None, *, is_today: bool) -> list[_Cut]:
    """The sessions of one day, which fill its capacity in minutes. Moves on what has gathered for each topic.

    Where not all fit, the topic practised just before has to wait.
    """
    cuts: list[_Cut] = []
    daily = [share for share in shares if share.is_daily]
    for share in sorted(daily, key=lambda share: (share is before, share.urgency)):
        left = share.topic.daily_study_minutes - (share.done_today if is_today else 0)
        minutes = min(left, capacity)
        if minutes >= SHORTEST_SESSION and (minutes == left or minutes >= WORTHWHILE or not cuts):
            cuts.append(_Cut(share, minutes, is_cut_short=minutes < left))
            capacity -= minutes
    small = [share for share in shares if not share.is_daily and not (is_today and share.done_today)]
    for share in small:
        share.owed += share.topic.daily_study_minutes
    for share in sorted(small, key=lambda share: (share is before and not cuts, -share.owed, share.urgency)):
        capacity -= _cut_small(share, cuts, capacity)
    if capacity > 0 and cuts:
        _longest(cuts).minutes += capacity
    return cuts


def _cut_small(share: _Share, cuts: list[_Cut], capacity: int) -> int:
    """Give a small topic its turn, if it is due; returns the minutes that it takes of the capacity."""
    if capacity < SHORTEST_SESSION:
        return 0
    if capacity >= WORTHWHILE or not cuts:
        # A rest that is too short for another session goes to this one.
        minutes = taken = WORTHWHILE if capacity >= 2 * WORTHWHILE else capacity
    elif share.owed >= WORTHWHILE and _longest(cuts).minutes >= 2 * WORTHWHILE - capacity:
        # It has gathered enough: today it borrows from a long session what that one was given on other days.
        _longest(cuts).minutes -= WORTHWHILE - capacity
        minutes, taken = WORTHWHILE, capacity
    elif share.owed > _longest(cuts).minutes + capacity:
        # Two sessions do not fit, so they take turns: the day has one, as long as both.
        longest = _longest(cuts)
        cuts.remove(longest)
        minutes, taken = longest.minutes + capacity, capacity
    else:
        return 0
    cuts.append(_Cut(share, minutes))
    share.owed -= minutes
    return taken


def _longest(cuts: list[_Cut]) -> _Cut:
    return max(cuts, key=lambda cut: cut.minutes)


def _interleaved(cuts: list[_Cut], before: _Share | None) -> list[_Cut]:
    """The most urgent first, but not the topic that came before, where there is another one."""
    ordered = sorted(cuts, key=lambda cut: cut.share.urgency)
    if before and len(ordered) > 1 and ordered[0].share is before:
        ordered[0], ordered[1] = ordered[1], ordered[0]
    return ordered


def strength_of(topic: PlanTopic) -> float | None:
    """The topic's strength rating, 0 to 10; None without marks."""
    rating = progress_seen(topic).strength_rating
    return None if rating is None else float(rating)


def _said_once(planned: list[PlannedSession]) -> list[PlannedSession]:
    """The sessions, each with the reasons that none of the same topic before it has given."""
    said: set[tuple[int, str]] = set()
    told = []
    for session in planned:
        given = {(session.topic.pk, reason) for reason in session.reasons}
        new = tuple(reason for reason in session.reasons if (session.topic.pk, reason) not in said)
        told.append(replace(session, new_reasons=new))
        said |= given
    return told


def why(cut: _Cut, *, is_today: bool) -> tuple[str, ...]:
    """Why this topic at this point, and why for so long, in words that rest on rows."""
    share, topic = cut.share, cut.share.topic
    strength = strength_of(topic)
    reasons = [f"priority {topic.priority} of your plan"]
    if strength is not None and strength < UNKNOWN_STRENGTH:
        because = "" if thin_evidence(progress_seen(topic)) else ", and practice pays most where it is low"
        reasons.insert(0, f"your strength here is {strength_said(topic)}{because}")
    elif strength is not None:
        reasons.append(f"your strength is {strength_said(topic)}")
    if share.is_new:
        reasons.append("not practised yet")
    elif share.days_ago is not None and share.days_ago > 2 and share.seconds_today is None:
        reasons.append(f"not practised for {share.days_ago} days")
    return (*reasons, *_why_so_long(cut, done=share.done_today if is_today else 0))


def _why_so_long(cut: _Cut, *, done: int) -> Iterable[str]:
    """What made the session another length than the topic's minutes a day, `done` of which lie behind."""
    share, daily = cut.share, cut.share.topic.daily_study_minutes
    if not share.is_daily and cut.minutes > daily:
        yield f"several days of its {daily} minutes in one session"
    if not share.is_daily:
        return
    if done:
        yield f"{done} of its {counted(daily, 'minute')} today {'is' if done == 1 else 'are'} done"
    if cut.is_cut_short:
        yield f"cut from {counted(daily - done, 'minute')} to what the day has"
    elif cut.minutes < daily - done:
        yield f"shorter than {counted(daily - done, 'minute')}, so that another topic has its turn"
    elif cut.minutes > daily - done:
        longer = "" if done else f"longer than {counted(daily, 'minute')}, "
        yield f"{longer}with time that no other topic needs"


def _sentence(parts: Iterable[str]) -> str:
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "." if text else ""
