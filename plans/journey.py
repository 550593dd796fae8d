"""Where the candidate is on the way to a plan: it is read from rows, and never from a reply."""

from django.db.models import QuerySet

from coach.composed import composed_once
from coach.models import RawUserContext, User
from llm_modes.plan_chat.schema import InterviewKnown, Known
from llm_modes.stages import Stage
from plans.models import PlanBrief, PlanProposal, PlanTopic


def brief_of(user: User) -> PlanBrief:
    """What is known for planning, for reading. If there is nothing yet: an empty, unsaved row."""
    return next(iter(_briefs(user.pk)), None) or PlanBrief(user_id=user.pk)


@composed_once
def _briefs(user: int) -> QuerySet[PlanBrief]:
    return PlanBrief.objects.filter(user=user)


def language_of(user: User) -> str:
    """The language of the interview, for prompts, pages and dictation: a BCP 47 tag, or "" when it was not said."""
    return next(iter(_languages(user.pk)), "")


@composed_once
def _languages(user: int) -> QuerySet[PlanBrief, str]:
    return PlanBrief.objects.filter(user=user).values_list("language", flat=True)


def brief_to_change(user: User) -> PlanBrief:
    """What is known for planning, for changing. Creates the row if there is none yet."""
    return PlanBrief.objects.get_or_create(user=user)[0]


def known_of(user: User, brief: PlanBrief) -> Known:
    """The four things a plan needs, as far as they are known."""
    return Known(
        role=user.current_role or None,
        daily_minutes=brief.daily_minutes,
        weaknesses=brief.weaknesses or None,
        motivation=brief.motivation or None,
    )


def interview_of(brief: PlanBrief) -> InterviewKnown:
    """What is known of the interview. A plan does without it."""
    return InterviewKnown(day=brief.interview_on, format=brief.interview_format)


def missing(known: Known) -> tuple[str, ...]:
    """The names of the things that are not known yet."""
    return tuple(name for name, value in known if not value)


def all_known(known: Known) -> bool:
    """Whether a plan can be made. Code decides this, and not the LLM."""
    return not missing(known)


def context_of(user: User) -> str:
    """The raw user context, or ""."""
    stored = RawUserContext.objects.filter(user=user).first()
    return stored.text if stored else ""


def open_proposals(user: User) -> QuerySet[PlanProposal]:
    """Proposals that wait for the candidate's decision, newest first."""
    return user.proposals.filter(status=PlanProposal.Status.OPEN).order_by("-pk")


def waiting_proposal(user: User) -> PlanProposal | None:
    """The proposal that waits for the candidate's decision, without what it proposes."""
    return next(iter(_waiting(user.pk)), None)


@composed_once
def _waiting(user: int) -> QuerySet[PlanProposal]:
    shown = ("user_id", "source", "status", "base_version", "created_at", "asked_at", "decided_at")
    return PlanProposal.objects.filter(user=user, status=PlanProposal.Status.OPEN).only(*shown)


def plan_version(user: User) -> int:
    """The version of the plan in force; 0 when there is none."""
    return next(iter(_versions(user.pk)), 0) or 0


@composed_once
def _versions(user: int) -> QuerySet[PlanProposal, int | None]:
    approved = PlanProposal.objects.filter(user=user, status=PlanProposal.Status.APPROVED)
    return approved.order_by("-version").values_list("version", flat=True)[:1]


def has_plan_to_change(user: User) -> bool:
    """Whether the candidate can ask for changes: of an open proposal, or of the plan in force."""
    return open_proposals(user).exists() or PlanTopic.objects.filter(user=user).in_force().exists()


def stage_of(user: User) -> Stage:
    """Where the candidate is with the plan: it decides which modes may be asked, and what the plan chat may do."""
    if open_proposals(user).exists():
        return Stage.PROPOSAL_OPEN
    if PlanTopic.objects.filter(user=user).in_force().exists():
        return Stage.PLAN_IN_FORCE
    if all_known(known_of(user, brief_of(user))):
        return Stage.READY_TO_PLAN
    return Stage.GETTING_TO_KNOW


def stage_beside_proposals(user: User) -> Stage:
    """The same for what the plan in force is enough for, whatever proposal waits beside it."""
    if PlanTopic.objects.filter(user=user).in_force().exists():
        return Stage.PLAN_IN_FORCE
    return stage_of(user)
