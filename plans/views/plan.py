"""The plan in force, and undoing the last approval."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from coach.candidate_text import isolated
from coach.caps import CapReached
from coach.composed import composed_once
from coach.htmx import CandidateRequest, respond
from coach.models import User
from coach.numbers import whole_number
from coach.time_zone import local_day
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES
from plans import practice
from plans.agenda import agenda_of, set_minutes_today, to_plan
from plans.context_processors import spoken
from plans.debriefs import day_to_ask_about
from plans.first_plan import first_plan
from plans.forms import ShortDayForm
from plans.journey import brief_of, waiting_proposal
from plans.models import PlanProposal, PlanTopic, PlanTopicQuerySet
from plans.proposals import deciding
from plans.signals import of_days, seconds_by_day
from plans.todays_minutes import TodaysMinutes, UnderWay


def lead(user: User, topics: list[PlanTopic]) -> str:
    """What the plan is for, in a sentence that is true of each of its versions; "" without a plan."""
    if not topics:
        return ""
    role = f" as {isolated(user.current_role)}" if user.current_role else ""
    minutes = sum(topic.daily_study_minutes for topic in topics)
    most, *others = sorted(topics, key=lambda topic: -topic.daily_study_minutes)
    favourite = not others or most.daily_study_minutes > others[0].daily_study_minutes
    emphasis = f", most of all for {isolated(most.called)}" if favourite else ""
    return f"For your interview{role}: {minutes} minutes a day for {len(topics)} topics{emphasis}."


@login_required
@require_safe
def plan(request: CandidateRequest) -> HttpResponse:
    """The plan in force and the sessions it is broken down into; without one, the way to get one."""
    user = request.user
    topics = _topics(user.pk)
    if not topics:
        return respond(request, "plans/plan.html", {"topics": [], "first_plan": first_plan(user)})
    running, brief, seconds = practice.told.running_session(user), brief_of(user), seconds_by_day(user)
    approved = _approved(user)
    under_way = UnderWay(running.topic_id, running.planned_duration) if running else None
    todays = TodaysMinutes.known(brief, seconds, local_day(user), under_way)
    agenda, short = agenda_of(user, topics=topics, todays=todays, under_way=under_way), todays.most
    coming, total_minutes = agenda.sessions, sum(topic.daily_study_minutes for topic in topics)
    data = {
        **spoken(lambda: brief.language),
        "topics": topics,
        "total_minutes": total_minutes,
        "available": brief.daily_minutes,
        "agenda": agenda,
        "next": agenda.next,
        # The running session has had its turn, so the next one is one of those to come.
        "coming": coming if running else coming[1:],
        # With more time than the plan takes, nothing is cut.
        "minutes_today": short if short and short < agenda.minutes else None,
        "running": running,
        "lead": lead(user, topics),
        "week": of_days(user, topics, seconds, approved_at=approved.decided_at if approved else None),
        "approved": approved,
        "proposal": waiting_proposal(user),
        "now": timezone.now(),
        "interviewed_on": day_to_ask_about(user, agenda.countdown, topics),
    }
    return respond(request, "plans/plan.html", data)


@composed_once
def _topics(user: int) -> PlanTopicQuerySet:
    return to_plan(user).with_told()


def _approved(user: User) -> PlanProposal | None:
    """The plan in force as it was approved, with what the page says of that."""
    approved = user.proposals.filter(status=PlanProposal.Status.APPROVED).order_by("-version")
    return approved.defer("topics", "changes", "declined", "feedback", "rejection_reason").first()


@login_required
@require_POST
def today(request: CandidateRequest) -> HttpResponse:
    """Plan today anew with the minutes that the candidate has; an empty field undoes it."""
    form = ShortDayForm(request.POST)
    if form.is_valid():
        set_minutes_today(request.user, form.cleaned_data["minutes"])
    else:
        messages.warning(request, f"Today stays as it is: give a number of minutes from 5 to {MAX_DAILY_MINUTES}.")
    return redirect("plans:plan")


@login_required
@require_POST
def undo(request: CandidateRequest) -> HttpResponse:
    """Restore the plan before the last approval."""
    seen = whole_number(request.POST.get("version"))
    try:
        restored = deciding.undo(request.user, seen_version=seen)
    except deciding.NothingToUndo:
        messages.warning(request, "Nothing was taken back: there is no earlier plan, or the plan has moved on since.")
    except CapReached as cap:
        messages.warning(request, cap.message)
    else:
        messages.success(request, f"The plan before is in force again, as version {restored.version}.")
    return redirect("plans:plan")
