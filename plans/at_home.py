"""What home shows of the plan in force: one query, which reads and decrypts no text that the page does not show.

Django and PostgreSQL take longer to begin a query than to answer a small one. So what concerns the candidate and not
one topic (the brief, days of practice, the open proposal …) stands beside each topic, and is read from the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Self

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import F, FilteredRelation, Max, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from coach.caps import counted_since
from coach.composed import composed_once
from coach.models import User
from coach.time_zone import local_day
from llm_modes.ledger import spending
from plans import signals
from plans.agenda import Agenda, PlannedSession, agenda_of, choices
from plans.countdown import Countdown
from plans.debriefs import day_to_ask_about
from plans.models import PlanProposal, PlanTopic, PracticeDay, TopicProgress
from plans.progress import days_since
from plans.proposals.told import is_left_alone
from plans.todays_minutes import TodaysMinutes

# Today and tomorrow: what comes next is on one of them.
DAYS = 2
_OF_TOPIC = ("user_id", "name", "priority", "daily_study_minutes", "archived_at")
_OF_PROGRESS = (
    *("strength_rating", "sessions", "marked_attempts", "few_marks", "answers", "by_marks", "trend", "rung"),
    *("rung_sessions", "signal", "signal_evidence", "lag", "offers", "suggested_last", "waited", "unpractised"),
    *("next_focus", "last_practised_at"),
)
_OF_BRIEF = ("interview_on", "language", "short_day", "short_day_minutes")
_OF_PROPOSAL = ("id", "source", "base_version", "created_at", "asked_at")


def _topics(user: int, since: date) -> QuerySet[PlanTopic]:
    """The topics in force with what the page shows beside them. `since`: the first day of practice to read."""
    shown = PlanTopic.objects.filter(user=user).in_force().with_told().select_related("progress")
    shown = shown.only(*_OF_TOPIC, *(f"progress__{name}" for name in _OF_PROGRESS))
    days = PracticeDay.objects.filter(topic__user=user, local_day__gte=since, seconds__gt=0)
    progress = TopicProgress.objects.filter(topic__user=user)
    approved = PlanProposal.objects.filter(user=user, status=PlanProposal.Status.APPROVED).order_by("-version")
    return shown.annotate(
        **{name: F(f"user__plan_brief__{name}") for name in _OF_BRIEF},
        opened=FilteredRelation("user__proposals", condition=Q(user__proposals__status=PlanProposal.Status.OPEN)),
        **{f"proposal_{name}": F(f"opened__{name}") for name in _OF_PROPOSAL},
        days=_one(days, JSONBAgg(JSONObject(day="local_day", seconds="seconds")), of="topic__user"),
        last_practised_at=_one(progress, Max("last_practised_at"), of="topic__user"),
        approved_at=Subquery(approved.values("decided_at")[:1]),
    )


def _one(rows: QuerySet[Any], aggregate: Any, *, of: str) -> Subquery:
    """One value of all these rows, which have the same `of`."""
    return Subquery(rows.order_by().values(of).annotate(one=aggregate).values("one"))


@composed_once
def _read(user: int, since: date) -> QuerySet[PlanTopic]:
    return _topics(user, since)


@composed_once
def _read_with_tokens(user: int, since: date, counted: datetime) -> QuerySet[PlanTopic]:
    return _topics(user, since).annotate(tokens_used=spending.used_since(user, counted))


@dataclass(frozen=True)
class PlanAtHome:
    """The plan in force as home shows it. Without topics there is nothing else."""

    user: User
    topics: Sequence[PlanTopic]
    today: date

    @classmethod
    def of(cls, user: User) -> Self:
        """As stored. One query."""
        today = local_day(user)
        since = today - timedelta(days=2 * signals.WEEK)
        if spending.is_counted():
            return cls(user, _read_with_tokens(user.pk, since, counted_since(user)), today)
        return cls(user, _read(user.pk, since), today)

    @property
    def _facts(self) -> Any:
        return self.topics[0]

    @cached_property
    def _seconds(self) -> dict[date, int]:
        """Seconds of practice by day, today included, the earliest day first."""
        found: dict[date, int] = {}
        for one in sorted(self._facts.days or [], key=lambda one: one["day"]):
            day = date.fromisoformat(one["day"])
            found[day] = found.get(day, 0) + one["seconds"]
        return found

    @property
    def countdown(self) -> Countdown:
        """The way to the interview."""
        return Countdown.seen(self.user, self.topics)

    @property
    def _todays(self) -> TodaysMinutes:
        return TodaysMinutes.known(self._facts, self._seconds, self.today)

    @cached_property
    def agenda(self) -> Agenda:
        """The sessions of today and tomorrow."""
        return agenda_of(self.user, DAYS, topics=self.topics, todays=self._todays)

    @property
    def choices(self) -> list[PlannedSession]:
        """One session for every topic, the suggested one first; [] without a plan."""
        return choices(self.topics, self.countdown, self._todays) if self.topics else []

    @property
    def next(self) -> PlannedSession | None:
        """What to do now, or tomorrow; None without a plan, and where the plan ends."""
        return self.agenda.next if self.topics else None

    @property
    def language(self) -> str:
        """The language of the interview: a BCP 47 tag, or ""."""
        return self._facts.language or ""

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What practice shows: (what it is about, a sentence)."""
        week = signals.of_days(self.user, self.topics, self._seconds, approved_at=self._facts.approved_at)
        return signals.at_a_glance(self.topics, week)

    @property
    def days_away(self) -> int:
        """Days since the candidate practised any topic, if they are many; else 0."""
        return days_since(self._facts.last_practised_at)

    @property
    def interviewed_on(self) -> date | None:
        """The day of the interview, if it has come and the candidate has not told of it yet."""
        return day_to_ask_about(self.user, self.agenda.countdown, self.topics)

    @property
    def proposal(self) -> PlanProposal | None:
        """The proposal that waits for the candidate's decision, if it is news."""
        if self._facts.proposal_id is None:
            return None
        known = {name: getattr(self._facts, f"proposal_{name}") for name in _OF_PROPOSAL}
        waiting = PlanProposal(user_id=self.user.pk, status=PlanProposal.Status.OPEN, **known)
        return None if is_left_alone(waiting) else waiting

    def is_used_up(self, wanted: int) -> bool:
        """Whether a request of so many tokens has to wait for the candidate's next day."""
        return spending.is_used_up(self.user, wanted=wanted, used=getattr(self._facts, "tokens_used", 0))
