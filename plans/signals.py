"""Signals: what weeks of practice show, with the numbers behind it. One for each topic, and one for the plan.

A signal does not change a plan. What marks show (stuck, holds, rising, falling) is computed in plans/rungs.py, holds.py
and trends.py, and stored when marks change. plans/turns.py counts whose turn it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from coach.composed import composed_once
from coach.counted import counted, whole_minutes
from coach.models import User
from coach.time_zone import local_day
from plans.countdown import Countdown
from plans.models import PlanProposal, PlanTopic, PracticeDay, Signal, TopicProgress
from plans.progress import lock_progress, progress_seen
from plans.rungs import GAIN, SESSIONS_A_RUNG
from plans.turns import Place, bound, shares

# A new topic that was suggested fewer times than this is not called untouched.
OFTEN_SUGGESTED = 2
# The most urgent signal first.
ORDER = (Signal.STUCK, Signal.UNTOUCHED, Signal.NEGLECTED, Signal.HOLDS)
# These come from what the candidate chose; the others come from the marks.
BY_CHOICE = (Signal.UNTOUCHED, Signal.NEGLECTED)
MOST_AT_A_GLANCE = 3
# A topic that gained GAIN points in all, but fewer than this in the last three sessions, stands still again.
STILL = 0.5
# What is tried on a new rung (plans/rungs.py). Later, each session tries another part of an answer.
_TRIED = {
    1: "easier questions, with help beside them",
    2: "the story first, or an answer to complete",
    3: "one step back, to what one has to know before",
}
# Parts of the plan's minutes. Below TOO_LITTLE, more was planned than done; above TOO_MUCH, more was done.
TOO_LITTLE, TOO_MUCH = 0.6, 1.4
# The days looked at, and how many of them need practice before the plan gets a signal.
WEEK, FEWEST_DAYS = 7, 3


def signal_of(progress: TopicProgress, most_sessions: int | None) -> tuple[str, dict[str, Any]]:
    """The topic's most urgent signal and the numbers behind it; "" and {} where there is none.

    `most_sessions`: in how many sessions a topic of its share comes again, if the candidate takes what is suggested
    (plans/turns.py: bound). None: look only at the marks.
    """
    by_marks = progress.by_marks
    marks = {name: by_marks.get(name) for name in ("sessions", "last_three")} | {"answers": progress.marked_attempts}
    if by_marks.get("stuck"):
        gained = by_marks["gained"]
        lately = {"lately": by_marks["lately"]} if gained >= GAIN and "lately" in by_marks else {}
        return Signal.STUCK, marks | {"gained": gained} | lately
    is_new = not progress.answers and not progress.sessions
    if most_sessions and is_new and progress.offers >= OFTEN_SUGGESTED:
        return Signal.UNTOUCHED, {"offers": progress.offers}
    # It was suggested after its last practice and not chosen. Without that, it waits because of the order.
    was_passed_over = not is_new and progress.waited < progress.unpractised
    if most_sessions and was_passed_over and progress.unpractised > most_sessions:
        return Signal.NEGLECTED, {"unpractised": progress.unpractised, "bound": most_sessions}
    if by_marks.get("holds"):
        return Signal.HOLDS, marks
    return "", {}


def refresh(
    user: User, *, only: PlanTopic | None = None, begun: PlanTopic | None = None, had_turn: bool = True
) -> None:
    """Store the signals of the plan's topics as they are now, or the signal of the topic `only`.

    Call it in the transaction that made the change: when a session starts (on the topic `begun`) or ends; with
    `had_turn` False when another plan comes into force, or marks change. In these two cases no topic newly gets a
    signal of BY_CHOICE. The topic `begun` never gets one.
    """
    if only is None:
        lock_progress(user.pk)
    topics = _in_force(user.pk)
    if not topics:
        return
    parts = shares([Place.of(topic) for topic in topics])
    for topic, share in zip(topics, parts, strict=True):
        if only is None or topic.pk == only.pk:
            progress = progress_seen(topic)
            name, evidence = signal_of(progress, bound(share))
            is_news = not had_turn and progress.signal != name
            if name in BY_CHOICE and (is_news or (begun and topic.pk == begun.pk)):
                name, evidence = signal_of(progress, None)
            _store(progress, name, evidence)


@composed_once
def _in_force(user: int) -> Any:
    return PlanTopic.objects.filter(user=user).in_force().select_related("progress")


def _store(progress: TopicProgress, name: str, evidence: dict[str, Any]) -> None:
    if progress.pk is None or (progress.signal, progress.signal_evidence) == (name, evidence):
        return
    since = progress.signal_since if progress.signal == name else timezone.now() if name else None
    TopicProgress.objects.filter(pk=progress.pk).update(signal=name, signal_since=since, signal_evidence=evidence)


def showing(topics: Sequence[PlanTopic]) -> list[PlanTopic]:
    """The topics that have a signal, the most urgent first."""
    found = [topic for topic in topics if said(topic)]
    return sorted(found, key=lambda topic: ORDER.index(Signal(progress_seen(topic).signal)))


def at_a_glance(topics: Sequence[PlanTopic], week: "PlanSignal | None") -> list[tuple[str, str]]:
    """What home says, MOST_AT_A_GLANCE at most: (what it is about, a sentence). Signals, then the plan, then trends.

    `week`: the plan's, as of `of_plan`.
    """
    found = _several_untouched(showing(topics))
    found += [("Your plan", week.said)] if week else []
    found += [(topic.called, trend_said(topic)) for topic in topics if not said(topic)]
    return [(about, sentence) for about, sentence in found if sentence][:MOST_AT_A_GLANCE]


def _several_untouched(topics: list[PlanTopic]) -> list[tuple[str, str]]:
    """What is said of these topics. Several that were never practised share one sentence."""
    untouched = [topic for topic in topics if progress_seen(topic).signal == Signal.UNTOUCHED]
    if len(untouched) < 2:
        return [(topic.called, said(topic)) for topic in topics]
    most = max(progress_seen(topic).signal_evidence["offers"] for topic in untouched)
    times = "twice" if most == OFTEN_SUGGESTED else f"up to {most} times"
    together = (
        f"{untouched[0].called} and {counted(len(untouched) - 1, 'more topic')}",
        f"Suggested {times} and never practised.",
    )
    first, *others = untouched
    return [together if topic == first else (topic.called, said(topic)) for topic in topics if topic not in others]


def said(topic: PlanTopic) -> str:
    """The sentence of `shown_by`. For a stuck topic it also says what the coach tries now."""
    seen, sentence = progress_seen(topic), shown_by(topic)
    if not sentence or seen.signal != Signal.STUCK or not seen.rung:
        return sentence
    tried = _TRIED.get(seen.rung) if seen.rung_sessions < SESSIONS_A_RUNG else None
    return f"{sentence} Now we try {tried or 'another part of an answer in each session'}."


def shown_by(topic: PlanTopic) -> str:
    """The topic's signal in a sentence with its numbers; "" if it has none or left the plan."""
    progress = progress_seen(topic)
    if not progress.signal_evidence or topic.archived_at:
        return ""
    return _SAID[Signal(progress.signal)](progress.signal_evidence)


def _stuck(found: dict[str, Any]) -> str:
    given = f"{counted(found['answers'], 'answer')} in {counted(found['sessions'], 'session')}"
    average = f"averaged {found['last_three']:.1f}"
    gained = f"{found['gained']:.1f} points"
    if found["gained"] < GAIN:
        return f"Stuck: {given}, the last three {average}, not a point more than before."
    if found.get("lately", STILL) < STILL:
        return f"Stuck: it gained {gained} and stands still again; the last three sessions {average}."
    return f"Stuck, but it begins to move: the last three sessions {average}, {gained} more than before."


def _untouched(found: dict[str, Any]) -> str:
    times = "twice" if found["offers"] == OFTEN_SUGGESTED else f"{found['offers']} times"
    return f"Suggested {times} and never practised."


def _neglected(found: dict[str, Any]) -> str:
    return f"Left aside for {counted(found['unpractised'], 'session')}, though it was suggested meanwhile."


def _holds(found: dict[str, Any]) -> str:
    return f"Holds: the last three sessions averaged {found['last_three']:.1f}."


_SAID = {
    Signal.STUCK: _stuck,
    Signal.UNTOUCHED: _untouched,
    Signal.NEGLECTED: _neglected,
    Signal.HOLDS: _holds,
}


def trend_said(topic: PlanTopic) -> str:
    """Whether the topic's marks rise or fall, in a sentence; "" if they are steady or it is not known yet."""
    progress = progress_seen(topic)
    points = abs(progress.by_marks.get("points") or 0.0)
    if progress.trend not in ("rising", "falling") or not points:
        return ""
    way = "above" if progress.trend == "rising" else "below"
    return f"{progress.trend.capitalize()}: your marks are {points:.1f} points {way} those of your first sessions."


# --- the plan --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanSignal:
    """Minutes `planned` and minutes `done` over `length` whole days (1 to WEEK), with practice on `days` of them.

    `name` is "more planned than done", "more done than planned", or "" if neither is true or too little is known.
    """

    planned: int
    done: int
    days: int
    length: int

    @property
    def name(self) -> str:
        if self.days < FEWEST_DAYS or TOO_LITTLE * self.planned <= self.done <= TOO_MUCH * self.planned:
            return ""
        return "more planned than done" if self.done < self.planned else "more done than planned"

    @property
    def said(self) -> str:
        """The signal in a sentence with its numbers; "" without one."""
        if not self.name:
            return ""
        on = "every day" if self.days == self.length else f"on {self.days}"
        practised = f"In the last {self.length} days you practised {on}:"
        if self.done < self.planned:
            return f"{practised} {self.done} of {self.planned} planned minutes."
        return f"{practised} {counted(self.done, 'minute')} where the plan has {self.planned}."


def of_plan(user: User, topics: Sequence[PlanTopic] | None = None) -> PlanSignal | None:
    """Planned and done minutes of the last days; None without a plan, or before a plan has lasted one whole day.

    After the interview it is None, too: no minutes count as planned any more.
    It looks at whole days only, at most WEEK, on which the plan had as many minutes a day as now. After a week without
    practice it begins with the first day of practice: absence makes no debt. `topics`: in force, as of
    `with_interview()`, if they are read already.
    """
    if topics is None:
        topics = list(PlanTopic.objects.filter(user=user).in_force().with_interview().only("daily_study_minutes"))
    approved_at = _approved(user).values_list("decided_at", flat=True).first()
    return of_days(user, topics, seconds_by_day(user), approved_at=approved_at)


def of_days(
    user: User, topics: Sequence[PlanTopic], seconds: Mapping[date, int], *, approved_at: datetime | None
) -> PlanSignal | None:
    """The same of what was read. `topics`: in force, as of `with_interview()`; `seconds`: as of `seconds_by_day`.

    `approved_at`: when the plan in force was approved.
    """
    a_day, today = sum(topic.daily_study_minutes for topic in topics), local_day(user)
    if Countdown.seen(user, topics).phase == "over":
        return None
    begins = max(today - timedelta(days=WEEK), _whole_days_since(user, a_day, today, approved_at))
    practised = [day for day in seconds if begins <= day < today]
    if practised and not any(practised[0] - timedelta(days=WEEK) <= day < practised[0] for day in seconds):
        begins = practised[0]
    length = (today - begins).days
    if not a_day or length < 1:
        return None
    done = whole_minutes(sum(seconds[day] for day in practised))
    return PlanSignal(planned=a_day * length, done=done, days=len(practised), length=length)


def _approved(user: User) -> QuerySet[PlanProposal]:
    return user.proposals.filter(status=PlanProposal.Status.APPROVED).order_by("-version")


def _whole_days_since(user: User, a_day: int, today: date, approved_at: datetime | None) -> date:
    """The first whole day of a plan of `a_day` minutes a day. Earlier versions of the same size count as the same.

    Of a plan that is older than a week no version is read: it had that size on every day that is looked at.
    """
    since = date.min
    if approved_at is None or local_day(user, approved_at) < today - timedelta(days=WEEK):
        return since
    for proposal in _approved(user).only("user", "decided_at", "topics")[:WEEK]:
        if proposal.total_minutes != a_day or proposal.decided_at is None:
            break
        since = local_day(user, proposal.decided_at) + timedelta(days=1)
        if since < today - timedelta(days=WEEK):
            break
    return since


def seconds_by_day(user: User) -> dict[date, int]:
    """Seconds of practice on each day with practice, from two weeks ago to today, the earliest day first."""
    today = local_day(user)
    return dict(_practised(user.pk, today - timedelta(days=2 * WEEK), today))


@composed_once
def _practised(user: int, first: date, last: date) -> Any:
    rows = PracticeDay.objects.filter(topic__user=user, local_day__range=(first, last), seconds__gt=0)
    return rows.values_list("local_day").annotate(Sum("seconds")).order_by("local_day")
