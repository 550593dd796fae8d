"""Who made a proposal, when, and what became of it, in the words of all pages."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from plans.models import PlanProposal

Source, Status = PlanProposal.Source, PlanProposal.Status
# After this time home does not show a waiting proposal any more; the plan's page does.
NEWS_FOR = timedelta(days=7)

_ORIGINS = {
    Source.CHAT: "You asked for it on {}",
    Source.REVIEW: "The coach proposed it on {}, after its review",
    Source.CANDIDATE: "You made it yourself on {}",
    Source.UNDO: "You put the plan before it back on {}",
}
_FIRST = "The coach wrote it on {}, from what you told it"
_FIRST_TO_COME = "Asked for on {}"
_FAILED = "not written yet"
_FATES = {
    Status.WAITING: "being written",
    Status.OPEN: "waiting for your decision",
    Status.APPROVED: "agreed on {}",
    Status.REJECTED: "you said no on {}",
    Status.SUPERSEDED: "a later one took its place",
    Status.KEPT: "nothing to change",
}


def origin(proposal: PlanProposal, day: str = "j F") -> str:
    """Who made it, and when: "You asked for it on 3 November". `day`: a date format of Django."""
    is_first = proposal.source == Source.CHAT and not proposal.base_version
    first = _FIRST_TO_COME if proposal.status == Status.WAITING else _FIRST
    return (first if is_first else _ORIGINS[Source(proposal.source)]).format(_said(proposal.created_at, day))


def fate(proposal: PlanProposal, day: str = "j F") -> str:
    """What became of it: "agreed on 5 November"; "" if the candidate made it, who need not agree."""
    if proposal.status == Status.APPROVED and proposal.source in (Source.CANDIDATE, Source.UNDO):
        return ""
    if proposal.status == Status.WAITING and proposal.failure:
        return _FAILED
    return _FATES[Status(proposal.status)].format(_said(proposal.decided_at or proposal.created_at, day))


def story(proposal: PlanProposal, day: str = "j F") -> str:
    """Both in one line: "You asked for it on 3 November; agreed on 5 November"."""
    return "; ".join(part for part in (origin(proposal, day), fate(proposal, day)) if part)


def is_left_alone(proposal: PlanProposal) -> bool:
    """Whether it has waited for a decision for too long to be news."""
    # It may have been asked for long before it was shown to the candidate first.
    waits_since = proposal.asked_at or proposal.created_at
    return proposal.status == Status.OPEN and timezone.now() - waits_since >= NEWS_FOR


def _said(at: datetime, day: str) -> str:
    return date_format(timezone.localtime(at), day)
