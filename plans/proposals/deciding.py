"""The candidate decides on proposals, as a whole or line by line. Nothing else changes a plan."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from coach.encryption.unreadable import is_untouched
from coach.models import User
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, Topic, total
from plans import caps
from plans.journey import brief_of, open_proposals, plan_version
from plans.models import PlanProposal
from plans.plan_in_force import lock, put_in_force, topics_in_force
from plans.proposals.beside_the_plan import compared_afresh, goes_too_far
from plans.proposals.change import Change
from plans.proposals.comparison import EDITED, Edit, explained, identified, numbered
from plans.proposals.lines import PlanError, check, outcome
from plans.proposals.writing import interview_for
from plans.silence import noted

Source, Status = PlanProposal.Source, PlanProposal.Status

__all__ = ["NotOpen", "NothingToUndo", "PlanError", "StaleProposal", "approve", "approve_topics", "reject", "undo"]


class NotOpen(Exception):
    """The proposal does not wait for a decision, or not any more. Nothing was changed."""


class StaleProposal(Exception):
    """The plan has changed since the candidate's page was made. Nothing was changed; the proposal is compared again."""


class NothingToUndo(Exception):
    """There is no plan before the one in force, or the plan has changed since the candidate's page was made."""


def minutes_available(user: User) -> int | None:
    """The candidate's time in minutes a day; None if they did not tell it."""
    return brief_of(user).daily_minutes


def approve(
    user: User,
    proposal: PlanProposal,
    *,
    seen_version: int | None = None,
    accepted: Collection[str] | None = None,
    edits: dict[int, Edit] | None = None,
    own: Collection[Topic] = (),
) -> PlanProposal:
    """Put the `accepted` lines of the proposal (None: all) in force, with these `edits`.

    `own`: topics that the candidate adds. `seen_version`: the version of the plan with which the candidate saw it
    compared. Raises NotOpen, PlanError, and StaleProposal when the plan has changed since: then the proposal is
    compared again, and nothing else changes. If nothing of it is left, it is rejected and the plan stays.
    """
    with transaction.atomic():
        user = lock(user)
        proposal = user.proposals.select_for_update().get(pk=proposal.pk)
        if proposal.status != Status.OPEN:
            raise NotOpen
        version = plan_version(user)
        seen = proposal.base_version if seen_version is None else seen_version
        stale = seen != version
        compared_afresh(proposal, topics_in_force(user), version)
        if stale:
            if version and not proposal.changes:
                proposal.status = Status.SUPERSEDED
            proposal.save()
        else:
            _put_in_force(user, proposal, version, accepted=accepted, edits=edits, own=own)
    if stale:
        raise StaleProposal
    return proposal


def _put_in_force(
    user: User,
    proposal: PlanProposal,
    version: int,
    *,
    accepted: Collection[str] | None,
    edits: dict[int, Edit] | None,
    own: Collection[Topic],
) -> None:
    """Approve what the candidate decided. The row then has exactly what was approved."""
    available = minutes_available(user)
    topics, changes, declined = outcome(proposal, accepted=accepted, edits=edits, own=own, available=available)
    proposal.declined = noted(declined, proposal.topics, proposal.base_topics)
    proposal.decided_at = timezone.now()
    if version and not changes:
        proposal.status = Status.REJECTED
    else:
        proposal.topics = put_in_force(user, topics)
        proposal.changes = noted(changes, proposal.topics, proposal.base_topics)
        proposal.overview = {**proposal.overview, "total_daily_minutes": total(topics)}
        proposal.status, proposal.version = Status.APPROVED, version + 1
    proposal.save()
    _close_done(user)


def _close_done(user: User) -> None:
    """Close the waiting proposals that have nothing left to decide beside the plan in force, or that go too far now."""
    plan, version = topics_in_force(user), plan_version(user)
    for proposal in open_proposals(user):
        if proposal.changes and version != proposal.base_version and not is_untouched(proposal.topics):
            compared_afresh(proposal, plan, version)
            if not proposal.changes or goes_too_far(proposal):
                proposal.status = Status.SUPERSEDED
                proposal.save(update_fields=["status"])


def approve_topics(user: User, topics: list[Topic]) -> PlanProposal:
    """Put a plan of the candidate's own in force. Raises PlanError, CapReached."""
    with transaction.atomic():
        user = lock(user)
        caps.require_proposal(user)
        plan, version = topics_in_force(user), plan_version(user)
        ordered = sorted(topics, key=lambda topic: topic.priority or len(topics))
        chosen = identified(numbered(ordered), plan)
        check(chosen, available=minutes_available(user) or MAX_DAILY_MINUTES, given=plan)
        changes = explained(plan, chosen, [], otherwise=EDITED) if plan else []
        return _approved(user, Source.CANDIDATE, chosen, changes, base=plan, version=version)


def undo(user: User, *, seen_version: int | None = None) -> PlanProposal:
    """Restore the plan before the last approval, as a new approval. So a second undo brings the later plan back.

    Raises NothingToUndo when there is only one plan, or the one in force is not the one seen; CapReached.
    """
    with transaction.atomic():
        user = lock(user)
        caps.require_proposal(user)
        version = plan_version(user)
        before = user.proposals.filter(version__lt=version).order_by("-version").first()
        if before is None or is_untouched(before.topics) or seen_version not in (None, version):
            raise NothingToUndo
        plan = topics_in_force(user)
        reason = f"You took version {version} back."
        changes = explained(plan, before.topics, [], otherwise=reason)
        return _approved(
            user, Source.UNDO, before.topics, changes, base=plan, version=version, overview=before.overview
        )


def _approved(
    user: User,
    source: str,
    topics: list[Topic],
    changes: list[Change],
    *,
    base: list[Topic],
    version: int,
    overview: dict[str, Any] | None = None,
) -> PlanProposal:
    """An approved proposal for what the candidate did without a proposal."""
    weeks = interview_for(user, brief_of(user)).weeks_left
    own_overview = {"target_role": user.current_role, "time_horizon_weeks": weeks, "rationale": ""}
    in_force = put_in_force(user, topics)
    made = PlanProposal.objects.create(
        user=user,
        source=source,
        status=Status.APPROVED,
        base_version=version,
        version=version + 1,
        base_topics=base,
        topics=in_force,
        changes=noted(changes, in_force, base),
        overview={**(overview or own_overview), "total_daily_minutes": total(topics)},
        decided_at=timezone.now(),
    )
    _close_done(user)
    return made


def reject(user: User, proposal: PlanProposal, *, reason: str = "") -> PlanProposal:
    """Reject the proposal; the plan stays. The coach reads the reason for the next proposal. Raises NotOpen."""
    with transaction.atomic():
        proposal = lock(user).proposals.select_for_update().get(pk=proposal.pk)
        if proposal.status != Status.OPEN:
            raise NotOpen
        proposal.status, proposal.decided_at = Status.REJECTED, timezone.now()
        proposal.rejection_reason = reason
        proposal.changes = noted(proposal.changes, proposal.topics, proposal.base_topics)
        proposal.save()
    return proposal
