"""Proposals are asked for by the candidate, or by a review, and written by the coach."""

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
    lessons,
    new_plan_inputs,
    put_before_candidate,
    take_in,
    wishes_so_far,
)

# Lines of earlier feedback that nobody has answered: with more, each try that fails would store all of them once more.
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
    """Save the wish for a plan, or for changes of one: a proposal that waits to be written by `write`.

    It rests on the plan in force; while there is none, on the proposal that is open. `from_scratch` rests on nothing.
    One that is still being written for the same source is replaced, and its feedback goes along. Raises
    NotEnoughKnown for a first plan, unless `complete` is False: then the missing is assumed. Raises CapReached.
    """
    with transaction.atomic():
        user = lock(user)
        caps.require_proposal(user)
        base = topics_in_force(user) or _topics_of_open_proposal(user)
        if not base and complete and not all_known(known_of(user, brief_of(user))):
            raise NotEnoughKnown
        lines = [line for line in feedback if line.strip()]
        given = len(lines)
        for earlier in user.proposals.select_for_update().filter(source=source, status=Status.WAITING):
            lines = earlier.feedback + lines
            earlier.status, earlier.ask_state = Status.SUPERSEDED, AskState.NONE
            earlier.save()
        # What went along long enough stays with the row that it was written for.
        lines = lines[-max(given, MOST_FEEDBACK_LINES) :]
        proposal = PlanProposal(
            user=user,
            source=source,
            status=Status.WAITING,
            base_version=plan_version(user),
            base_topics=[] if from_scratch else base,
            feedback=lines,
        )
        proposal.mark_pending()
        proposal.save()
    return proposal


def _topics_of_open_proposal(user: User) -> list[Topic]:
    """What the candidate and the coach are talking about while no plan is in force. Never what was rejected."""
    proposal = open_proposals(user).first()
    return proposal.topics if proposal else []


def write(proposal: PlanProposal) -> PlanProposal:
    """Have the coach write a waiting proposal. Never raises LLMFailure: a failed row can be written again."""
    user = proposal.user
    in_force = topics_in_force(user)
    if proposal.base_topics and proposal.status == Status.WAITING and not proposal.is_being_asked:
        # What it was to change may have been approved, changed or rejected since it was asked for.
        proposal.base_topics, proposal.base_version = in_force or _topics_of_open_proposal(user), plan_version(user)
        proposal.save(update_fields=["base_topics", "base_version"])
    if proposal.base_topics:
        return ask_and_apply(
            proposal,
            mode=SUGGEST_PLAN_CHANGES,
            candidate=user,
            stage=lambda row: stage_of(row.user),
            inputs=lambda row: changes_inputs(
                user, base=row.base_topics, feedback=lessons(user) + row.feedback, trigger="chat"
            ),
            apply=_open,
        )
    return ask_and_apply(
        proposal,
        mode=SUGGEST_PLAN,
        candidate=user,
        stage=lambda row: stage_of(row.user),
        inputs=lambda row: new_plan_inputs(user, (lessons if in_force else wishes_so_far)(user) + row.feedback),
        apply=_open,
    )


def _open(proposal: PlanProposal, answer: Any) -> None:
    """Put a written proposal before the candidate, in place of those it replaces."""
    take_in(proposal, answer.reply)
    if proposal.status == Status.OPEN:
        put_before_candidate(proposal)
