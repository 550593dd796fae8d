"""Shows a proposal beside the present plan, which may have changed since the proposal was made."""

from coach.encryption.unreadable import is_untouched
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, Topic, total
from llm_modes.suggest_plan_changes.moves import broken_rules
from plans.journey import plan_version
from plans.models import PlanProposal
from plans.plan_in_force import topics_in_force
from plans.proposals.comparison import called_now, explained, identified, merged, renamed
from plans.proposals.writing import NEW_PLAN
from plans.silence import silent_ideas


def beside_the_plan(proposal: PlanProposal) -> PlanProposal:
    """The same row, for showing: an open one is compared with the present plan, in memory."""
    if proposal.status == PlanProposal.Status.OPEN:
        version = plan_version(proposal.user)
        if not _is_beside(proposal, version):
            compared_afresh(proposal, topics_in_force(proposal.user), version)
    return proposal


def _is_beside(proposal: PlanProposal, version: int) -> bool:
    """Whether the proposal is compared with this version of the plan already."""
    return proposal.base_version == version and not is_untouched(proposal.base_topics)


def compared_afresh(proposal: PlanProposal, plan: list[Topic], version: int) -> None:
    """Compare the proposal with the present plan, in memory: its changes are carried out on this plan."""
    if _is_beside(proposal, version):
        return
    if proposal.changes:
        changes = [renamed(change, proposal.base_topics, plan) for change in proposal.changes]
        parts = {change.key for change in changes}
        topics = merged(plan, [called_now(topic, proposal.base_topics, plan) for topic in proposal.topics], parts)
    else:
        changes, topics = [], identified(proposal.topics, plan)
    proposal.changes = explained(plan, topics, changes, otherwise=NEW_PLAN)
    proposal.topics, proposal.base_topics, proposal.base_version = topics, plan, version
    proposal.overview = {**proposal.overview, "total_daily_minutes": total(topics)}


def goes_too_far(proposal: PlanProposal) -> bool:
    """Whether a review's proposal, compared with the present plan, would undo what was decided meanwhile."""
    if proposal.source != PlanProposal.Source.REVIEW:
        return False
    moved = [idea.not_now for idea in silent_ideas(proposal.user).values() if idea.why == "moved"]
    return bool(
        broken_rules(
            proposal.base_topics,
            proposal.topics,
            not_now=moved,
            untouched=[change.topic for change in proposal.changes if change.change == "removed"],
            available=MAX_DAILY_MINUTES,
        )
    )
