"""Asks for proposals. The candidate or a review asks, and the coach writes."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from coach.models import User
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.suggest_plan.plan import Topic
from llm_modes.suggest_plan.schema import MODE as SUGGEST_PLAN
from llm_modes.suggest_plan_changes.schema import MODE as SUGGEST_PLAN_CHANGES
from plans import caps
from plans.journey import all_known, brief_of, known_of, open_proposals, plan_version, stage_of
from plans.models import PlanProposal
from plans.plan_in_force import lock, topics_in_force
from plans.proposals.writing import (
    changes_inputs,
    last_reason,
    lessons,
    new_plan_inputs,
    put_before_candidate,
    take_in,
    wishes_so_far,
)

# At most this many lines of unanswered feedback go on, since each failed try stores all of them once more.
MOST_FEEDBACK_LINES = 40

Source, Status = PlanProposal.Source, PlanProposal.Status


class NotEnoughKnown(Exception):
    """A first plan needs role, time, weak spots and motivation, and not all four are known."""


def request(
    user: User,
    *,
    source: str = Source.CHAT,
    feedback: Iterable[str] = (),
    from_scratch: bool = False,
    complete: bool = True,
) -> PlanProposal:
    """Save the wish for a plan, or for changes of one: a proposal that waits for `write`.

    It is based on the plan in force; without one, on the open proposal; with `from_scratch`, on nothing. It replaces a
    proposal of the same source that is being written, or that is open for the plan in force, and takes its feedback
    along. Raises NotEnoughKnown for a first plan; but with `complete` False the coach assumes what is missing. Raises
    CapReached.
    """
    with transaction.atomic():
        user = lock(user)
        caps.require_proposal(user)
        base = topics_in_force(user) or _topics_of_open_proposal(user)
        if not base and complete and not all_known(known_of(user, brief_of(user))):
            raise NotEnoughKnown
        lines = [line for line in feedback if line.strip()]
        given = len(lines)
        version = plan_version(user)
        replaced = list(user.proposals.select_for_update().filter(source=source, status=Status.WAITING))
        if version and not (from_scratch or replaced):
            # What is asked for while a change waits for a decision comes in addition to it. One that is being written
            # has taken those lines along already.
            opened = open_proposals(user).filter(source=source, base_version=version).first()
            lines = (opened.feedback if opened else []) + lines
        for earlier in replaced:
            lines = earlier.feedback + lines
            earlier.status, earlier.ask_state = Status.SUPERSEDED, AskState.NONE
            earlier.save()
        # Older lines stay with the row for which they were written.
        lines = lines[-max(given, MOST_FEEDBACK_LINES) :]
        proposal = PlanProposal(
            user=user,
            source=source,
            status=Status.WAITING,
            base_version=version,
            base_topics=[] if from_scratch else base,
            feedback=lines,
        )
        proposal.mark_pending()
        proposal.save()
    return proposal


def _topics_of_open_proposal(user: User) -> list[Topic]:
    """The topics of the open proposal while no plan is in force; never those of a rejected one."""
    proposal = open_proposals(user).first()
    return proposal.topics if proposal else []


def write(proposal: PlanProposal) -> PlanProposal:
    """Have the coach write a waiting proposal. Never raises LLMFailure: a failed proposal can be written again."""
    user = proposal.user
    in_force = topics_in_force(user)
    if proposal.base_topics and proposal.status == Status.WAITING and not proposal.is_being_asked:
        # Since it was asked for, its basis may have been approved, changed or rejected.
        proposal.base_topics, proposal.base_version = in_force or _topics_of_open_proposal(user), plan_version(user)
        proposal.save(update_fields=["base_topics", "base_version"])
    if proposal.base_topics:
        return ask_and_apply(
            proposal,
            mode=SUGGEST_PLAN_CHANGES,
            candidate=user,
            stage=lambda row: stage_of(row.user),
            inputs=lambda row: changes_inputs(
                user,
                base=row.base_topics,
                feedback=lessons(user) + row.feedback,
                trigger="chat",
                asked=last_reason(user) + row.feedback,
            ),
            apply=_open,
        )
    return ask_and_apply(
        proposal,
        mode=SUGGEST_PLAN,
        candidate=user,
        stage=lambda row: stage_of(row.user),
        inputs=lambda row: new_plan_inputs(user, (lessons if in_force else wishes_so_far)(user), row.feedback),
        apply=_open,
    )


def _open(proposal: PlanProposal, answer: Any) -> None:
    """Open a written proposal for the candidate, in place of those that it replaces."""
    take_in(proposal, answer.reply)
    if proposal.status == Status.OPEN:
        put_before_candidate(proposal)
