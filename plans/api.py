"""The plan over the REST facade: suggested, agreed and viewed through the same functions as on the pages."""

from typing import Annotated

from django.db import transaction
from django.shortcuts import get_object_or_404
from ninja import Body as BodyParam
from ninja import Router

from coach.api_errors import BODY, SIGNED_IN, ApiError, ApiRequest, errors
from coach.candidate_text import clean_text
from coach.models import User
from coach.time_zone import local_day
from llm_modes.asking.waiting import ask_or_wait, why_unanswered
from plans.api_schema import (
    ChangesWish,
    NewPlanWish,
    Plan,
    PlanApproval,
    PlanChange,
    PlanOverview,
    Progress,
    Proposal,
    ProposalOrPlan,
    ProposedTopic,
    Topic,
)
from plans.context_reading import save_texts
from plans.interview import why_not
from plans.journey import brief_of, brief_to_change, open_proposals, plan_version
from plans.models import PlanProposal, PlanTopic
from plans.plan_in_force import topics_in_force
from plans.progress import progress_seen
from plans.proposals import asking, deciding
from plans.proposals.comparison import compare

router = Router(tags=["plan"])


# --- calls -----------------------------------------------------------------------------------------------------------


@router.post(
    "/suggest_new",
    response={200: Proposal, **errors(*SIGNED_IN, *BODY, 409, 429)},
    summary="Have a plan suggested from scratch",
)
def suggest_new(request: ApiRequest, body: NewPlanWish) -> Proposal:
    """Saves role, story and what else is given, then waits for the coach's plan. Nothing is in force until approved."""
    user = request.auth
    if body.interview_on and (wrong := why_not(body.interview_on, local_day(user))):
        raise ApiError(422, "invalid", "Some fields are not as they have to be.", fields={"interview_on": wrong})
    with transaction.atomic():
        user.current_role = body.role
        user.save(update_fields=["current_role"])
        _save_context(user, body.raw_user_context, body.job_advert or "")
        brief = brief_to_change(user)
        brief.daily_minutes = body.daily_minutes or brief.daily_minutes
        brief.weaknesses = clean_text(body.weaknesses or "") or brief.weaknesses
        brief.motivation = body.motivation or brief.motivation
        brief.interview_on = body.interview_on or brief.interview_on
        brief.interview_format = body.interview_format or brief.interview_format
        brief.language = body.language or brief.language
        brief.save()
        proposal = asking.request(user, from_scratch=True, complete=False)
    return _written(proposal)


@router.post(
    "/suggest_changes",
    response={200: Proposal, **errors(*SIGNED_IN, *BODY, 409, 429)},
    summary="Have changes of the plan suggested",
)
def suggest_changes(request: ApiRequest, body: ChangesWish) -> Proposal:
    """Waits for a proposal that explains each change of the plan in force (or, without one, of the open proposal)."""
    user = request.auth
    open_proposal = open_proposals(user).first()
    present = topics_in_force(user) or (open_proposal.topics if open_proposal else [])
    if not present:
        raise ApiError(409, "no_plan", "There is no plan to change yet. Ask for one with /plan/suggest_new.")
    if body.plan is not None and compare(present, [topic.as_topic() for topic in body.plan]):
        raise ApiError(409, "plan_moved_on", "That is not the present plan. Look at /plan/view, then ask again.")
    with transaction.atomic():
        _save_context(user, body.raw_user_context or "")
        feedback = [clean_text(line) for line in body.feedback or []]
        proposal = asking.request(user, feedback=feedback, complete=False)
    return _written(proposal)


@router.post(
    "/approve_plan",
    response={200: Plan, **errors(*SIGNED_IN, *BODY, 404, 409, 429)},
    summary="Put a plan in force",
)
def approve_plan(request: ApiRequest, body: Annotated[ProposalOrPlan, BodyParam(...)]) -> Plan:
    """A proposal as it was answered, or topics of your own. Approving the plan in force once more changes nothing."""
    user = request.auth
    try:
        if isinstance(body, PlanApproval):
            deciding.approve_topics(user, [topic.as_topic() for topic in body.plan_topics])
        else:
            _approve(user, get_object_or_404(user.proposals, pk=body.proposal_id))
    except deciding.PlanError as problem:
        message = " ".join(problem.errors)
        raise ApiError(422, "impossible_plan", message, fields={"plan_topics": message}) from None
    return _plan(user)


@router.get("/view", response={200: Plan, **errors(401)}, summary="The plan in force, with progress")
def view(request: ApiRequest) -> Plan:
    """Most important topic first."""
    return _plan(request.auth)


# --- how it is done --------------------------------------------------------------------------------------------------


def _save_context(user: User, text: str, job_advert: str = "") -> None:
    given = {"text": clean_text(text), "job_advert": clean_text(job_advert)}
    if news := {name: said for name, said in given.items() if said}:
        save_texts(user, **news)


def _written(proposal: PlanProposal) -> Proposal:
    """The proposal as the coach wrote it, in this call or in another that was asking already."""
    proposal = ask_or_wait(proposal, asking.write, candidate=proposal.user)
    if proposal.is_answered:
        return _proposal(proposal)
    if proposal.status == PlanProposal.Status.SUPERSEDED:
        raise ApiError(409, "replaced", "A later wish took the place of this one.")
    raise ApiError(*why_unanswered(proposal, proposal.user))


def _proposal(proposal: PlanProposal) -> Proposal:
    return Proposal(
        proposal_id=proposal.pk,
        base_version=proposal.base_version,
        interview_on=brief_of(proposal.user).interview_on,
        plan_overview=PlanOverview(**proposal.overview),
        plan_topics=[ProposedTopic(**topic.as_json()) for topic in proposal.topics],
        changes=[PlanChange(**change.as_json()) for change in proposal.changes],
    )


def _approve(user: User, proposal: PlanProposal) -> None:
    try:
        deciding.approve(user, proposal)
    except deciding.StaleProposal:
        raise ApiError(
            409, "plan_moved_on", "The plan has moved on since this was proposed. Nothing was changed."
        ) from None
    except deciding.NotOpen:
        proposal.refresh_from_db()
        version = plan_version(user)
        is_kept = proposal.status == PlanProposal.Status.KEPT and proposal.base_version == version
        if not version or (not is_kept and proposal.version != version):
            raise ApiError(
                409, "not_open", "This proposal does not wait for a decision. Nothing was changed."
            ) from None


def _plan(user: User) -> Plan:
    topics = PlanTopic.objects.filter(user=user).in_force().select_related("progress")
    return Plan(
        version=plan_version(user),
        interview_on=brief_of(user).interview_on,
        plan_topics=[
            Topic.model_validate({"progress": _progress(topic), **topic.as_topic().as_json()}) for topic in topics
        ],
    )


def _progress(topic: PlanTopic) -> Progress:
    progress = progress_seen(topic)
    rating = progress.strength_rating
    return Progress.model_validate(
        {
            "strength_rating": None if rating is None else float(rating),
            "total_time_spent": progress.total_time_spent,
            "level": progress.level,
            "trend": progress.trend or None,
            "signal": progress.signal or None,
        }
    )
