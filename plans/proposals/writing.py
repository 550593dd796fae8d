"""The inputs with which the coach writes a plan, and what is done with its reply."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from coach.counted import whole_minutes
from coach.models import User
from coach.time_zone import local_day
from llm_modes.suggest_plan.interview import Interview
from llm_modes.suggest_plan.plan import Topic, total
from llm_modes.suggest_plan.reply import MOST_WEEKS
from llm_modes.suggest_plan.schema import SuggestPlanInputs
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs, TopicProgressData
from plans import gaps
from plans.countdown import Countdown
from plans.journey import brief_of, context_of, known_of, open_proposals, plan_version
from plans.models import PlanBrief, PlanProposal, PlanTopic, PracticeDay
from plans.plan_in_force import topics_in_force
from plans.preparation import preparation_of
from plans.progress import progress_seen, thin_evidence
from plans.proposals.change import Change
from plans.proposals.comparison import by_priority, explained, identified

# Assumed if a plan is asked for before all is known.
ASSUMED_MINUTES, ASSUMED_MOTIVATION, ASSUMED_ROLE = 45, "medium", "the role they describe"
ANY_ROLE = "General interview"
DEFAULT_WEEKS = 6
# At most so many proposals before the first plan are searched for wishes.
MOST_EARLIER_WISHES = 10
NEW_PLAN = "Part of a new plan from scratch, see the rationale."


def _said_last(lines: Iterable[str]) -> list[str]:
    """The lines without repetitions, each in its last place: a wish goes from one proposal to the next."""
    return list(dict.fromkeys(reversed(list(lines))))[::-1]


def new_plan_inputs(user: User, before: Iterable[str] = (), asked: Iterable[str] = ()) -> SuggestPlanInputs:
    """The inputs of SuggestPlan, with the candidate's wishes and the plan that they rejected.

    `before`: the lines of earlier proposals; `asked`: those of this one.
    """
    brief, context, last = brief_of(user), context_of(user), _last_written(user)
    is_first, known = not topics_in_force(user), known_of(user, brief).model_dump()
    rejected = last if is_first and last and last.status == PlanProposal.Status.REJECTED else None
    goes_on = rejected is not None and rejected.overview.get("known") == known
    return SuggestPlanInputs(
        language=brief.language,
        role=user.current_role or (ASSUMED_ROLE if context else ANY_ROLE),
        context=context,
        daily_minutes=brief.daily_minutes or ASSUMED_MINUTES,
        weaknesses=brief.weaknesses,
        motivation=brief.motivation or ASSUMED_MOTIVATION,
        preparation=preparation_of(user),
        interview=interview_for(user, brief),
        feedback=_said_last([*before, *asked]),
        rejected=by_priority(_rejected(user)),
        goes_on=goes_on,
        asked=[*last_reason(user), *asked] if goes_on or not is_first else None,
    )


def _rejected(user: User) -> list[Topic]:
    """The topics of the last rejected proposal, if no plan is in force."""
    if topics_in_force(user):
        return []
    last = user.proposals.filter(status=PlanProposal.Status.REJECTED).order_by("-decided_at", "-pk").first()
    return last.topics if last else []


def changes_inputs(
    user: User, *, base: list[Topic], feedback: list[str], trigger: Literal["chat", "review"], **seen: Any
) -> SuggestPlanChangesInputs:
    """The inputs of SuggestPlanChanges: the plan to change, the candidate's words, and how practice went.

    `seen`: what of the words is asked of this plan, or what a review sees besides (plans/noticed.py).
    """
    approved = user.proposals.filter(status=PlanProposal.Status.APPROVED).order_by("-version")
    present, brief = approved.first() or open_proposals(user).first(), brief_of(user)
    interview = interview_for(user, brief)
    weeks = interview.weeks_left or (present.overview.get("time_horizon_weeks") if present else None)
    return SuggestPlanChangesInputs(
        language=brief.language,
        role=user.current_role or ASSUMED_ROLE,
        context=context_of(user),
        daily_minutes=minutes_for(brief.daily_minutes, base),
        time_horizon_weeks=min(weeks or DEFAULT_WEEKS, MOST_WEEKS),
        plan=by_priority(base),
        progress=progress_lines(user),
        feedback=feedback,
        trigger=trigger,
        preparation=preparation_of(user),
        interview=interview,
        motivation=brief.motivation,
        **seen,
    )


def interview_for(user: User, brief: PlanBrief) -> Interview:
    """What the coach is told of the interview, for which the plan is."""
    countdown = Countdown.to(user, brief.interview_on)
    left = countdown.days_left
    is_over = left is None or left < 0 or gaps.of_todays_interview(user, countdown)
    return Interview(days_left=None if is_over else left, format=brief.interview_format)


def lessons(user: User) -> list[str]:
    """What the candidate said about the last proposals, for writing the next one.

    When they have approved a first plan, the reasons for rejecting earlier ones do not count any more.
    """
    said = []
    decided = user.proposals.filter(status__in=(PlanProposal.Status.REJECTED, PlanProposal.Status.APPROVED)).exclude(
        source=PlanProposal.Source.UNDO
    )
    if plan_version(user):
        decided = decided.exclude(status=PlanProposal.Status.REJECTED, base_version=0)
    for proposal in reversed(decided.order_by("-decided_at", "-pk")[:3]):
        if proposal.rejection_reason:
            said.append(proposal.rejection_reason)
        said += [
            f"Leave it as it is: I declined '{change.change.replace('_', ' ')}' for {change.topic}."
            for change in proposal.declined[:4]
        ]
    return said


def minutes_for(told: int | None, base: list[Topic]) -> int:
    """The minutes a day that a changed plan may take, by those that the candidate told."""
    return told or max(total(base), ASSUMED_MINUTES)


def last_reason(user: User) -> list[str]:
    """The reason why the last proposal was rejected: rules carry it out in the next one, and in no later one."""
    last = _last_written(user)
    return [last.rejection_reason] if last and last.rejection_reason else []


def _last_written(user: User) -> PlanProposal | None:
    """The last proposal that the candidate asked for, or any other that they rejected."""
    written = user.proposals.exclude(status__in=(PlanProposal.Status.WAITING, PlanProposal.Status.SUPERSEDED))
    asked_for = Q(source=PlanProposal.Source.CHAT) | Q(status=PlanProposal.Status.REJECTED)
    return written.filter(asked_for).order_by("-pk").first()


def wishes_so_far(user: User) -> list[str]:
    """All that the candidate wished for before the first plan, for each proposal from scratch."""
    said = []
    written = user.proposals.exclude(status=PlanProposal.Status.WAITING).order_by("-pk")[:MOST_EARLIER_WISHES]
    for proposal in reversed(written):
        said += [*proposal.feedback, proposal.rejection_reason]
    return [line for line in said if line]


def own_words(user: User) -> list[str]:
    """The lines that the candidate wrote into the notes on topics in force."""
    topics = PlanTopic.objects.filter(user=user).in_force().select_related("progress")
    return [
        f"About {topic.called}, in my words: {' '.join(topic.progress.own_lines)}"
        for topic in topics
        if getattr(topic, "progress", None) and topic.progress.own_lines
    ]


def progress_lines(user: User) -> list[TopicProgressData]:
    """How practice went: a line for each topic in force, counted from rows."""
    since = local_day(user) - timedelta(days=6)
    topics = PlanTopic.objects.filter(user=user).in_force().select_related("progress")
    week = dict(
        PracticeDay.objects.filter(topic__in=topics, local_day__gte=since)
        .values_list("topic")
        .annotate(seconds=Sum("seconds"))
    )
    lines = []
    for topic in topics:
        progress = progress_seen(topic)
        strength = progress.strength_rating
        minutes = whole_minutes(week.get(topic.pk, 0))
        trend = f"{progress.trend}, " if progress.trend else ""
        lines.append(
            TopicProgressData(
                topic=topic.called,
                strength_rating=float(strength) if strength is not None else None,
                few_marks=thin_evidence(progress),
                minutes_spent=progress.minutes_spent,
                sessions=progress.sessions,
                trend=f"{trend}{minutes} min in the last 7 days",
            )
        )
    return lines


def take_in(proposal: PlanProposal, reply: Any) -> None:
    """Store a reply in the proposal: opened for the candidate, or kept if it would not change the plan in force.

    Without a plan in force every reply is opened.
    """
    plan = topics_in_force(proposal.user)
    base = proposal.base_topics
    topics = identified(reply.topics, base or plan)
    if base:
        changes = explained(base, topics, [Change(**change.model_dump()) for change in reply.changes])
    else:
        # It is written from scratch, without a reason for each topic.
        proposal.base_topics, proposal.base_version = plan, plan_version(proposal.user)
        changes = explained(plan, topics, [], otherwise=NEW_PLAN) if plan else []
    proposal.topics = by_priority(topics)
    proposal.changes = changes
    brief = brief_of(proposal.user)
    known = known_of(proposal.user, brief).model_dump()
    if not plan and base and (earlier := open_proposals(proposal.user).first()):
        # It changes what was made from what was known then.
        known = earlier.overview.get("known")
    overview = reply.plan_overview.model_dump()
    # Weeks are the reply's only while no day is known.
    weeks = interview_for(proposal.user, brief).weeks_left or overview["time_horizon_weeks"]
    proposal.overview = {
        **overview,
        "time_horizon_weeks": weeks,
        "total_daily_minutes": total(topics),
        "known": known,
    }
    nothing_to_change = bool(plan) and not changes
    proposal.status = PlanProposal.Status.KEPT if nothing_to_change else PlanProposal.Status.OPEN


def put_before_candidate(proposal: PlanProposal, *, gives_way: bool = False) -> bool:
    """Store an open proposal in place of the one that waits: only one is open at a time.

    With `gives_way` it is not stored if another one waits. Returns whether it was stored.
    """
    others = open_proposals(proposal.user).exclude(pk=proposal.pk)
    for _another_came_meanwhile in (False, True):
        if gives_way and others.exists():
            return False
        try:
            with transaction.atomic():
                if not gives_way:
                    others.update(status=PlanProposal.Status.SUPERSEDED)
                proposal.save()
        except IntegrityError:
            # Another one was written at the same moment. Its transaction has ended, so it can be seen now.
            continue
        return True
    raise IntegrityError("two proposals are open at once")
