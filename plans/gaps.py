"""What real interviews showed to be missing: a review is told of it before all that marks show.

Gaps that the candidate confirmed count until a review that was told of them left the plan as it is, or until they have
decided on the proposal that came of it; and for COUNT_FOR at most.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from coach.models import User
from plans.countdown import Countdown
from plans.models import Debrief, PlanProposal

COUNT_FOR = timedelta(days=30)
_DECIDED = (PlanProposal.Status.APPROVED, PlanProposal.Status.REJECTED, PlanProposal.Status.KEPT)


def counting(user: User) -> QuerySet[Debrief]:
    """The interviews whose gaps count now, the last one first; some may have shown none."""
    confirmed = Debrief.objects.filter(user=user, confirmed_at__gte=timezone.now() - COUNT_FOR, weighed_at=None)
    return confirmed.exclude(weighed_in__status__in=_DECIDED).order_by("-held_on", "-pk")


def that_count(user: User) -> list[str]:
    """The gaps that count now, a few words each, those of the last interview first."""
    return [line["gap"] for debrief in counting(user) for line in debrief.gaps]


def of_todays_interview(user: User, countdown: Countdown) -> bool:
    """Whether gaps count that today's interview showed: then it is over, though its day is not."""
    return countdown.phase == "today" and any(one.gaps for one in counting(user).filter(held_on=countdown.today))


def weigh(user: User, *, told_at: datetime | None, proposal: PlanProposal | None = None) -> None:
    """Note what came of the gaps: a proposal, or None where the plan stays as it is.

    `told_at`: when the coach was asked. What was confirmed after it was not in the prompt, and goes on counting.
    """
    told = counting(user).filter(confirmed_at__lte=told_at or timezone.now())
    if proposal:
        told.update(weighed_in=proposal)
    else:
        told.update(weighed_at=timezone.now())
