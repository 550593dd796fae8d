"""Today's review of the plan."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coach.htmx import CandidateRequest, respond, wants_fragment
from coach.models import User
from llm_modes.asking.rows import AskState
from llm_modes.asking.views import ask_and_show, stop_and_show
from plans import daily_review, gaps, practice
from plans.agenda import topics_to_plan
from plans.first_plan import first_plan
from plans.journey import open_proposals
from plans.models import DailyReview, PlanTopic
from plans.noticed import noticed
from plans.progress import progress_seen
from plans.proposals.beside_the_plan import beside_the_plan

SHOWN_SESSIONS = 3


def _page(user: User) -> dict[str, Any]:
    """What the page shows: today's review, and what any review rests on."""
    topics = topics_to_plan(user)
    waiting = open_proposals(user).first() if topics else None
    current = daily_review.todays(user)
    if current and waiting and current.proposal_id == waiting.pk:
        current.proposal = waiting  # it is read once
    if current and current.proposal:
        beside_the_plan(current.proposal)
    # Those that kept quiet said what was so on that day.
    asked = DailyReview.objects.filter(user=user, ask_state=AskState.DONE).exclude(asked_at=None)
    earlier = asked.order_by("-local_day")
    # What it said when it kept quiet may be over by now.
    keeps_quiet = bool(current and current.is_quiet and topics)
    quiet = daily_review.why_quiet(user, waiting) if keeps_quiet else ""
    return {
        # Without a plan there is nothing to review: what waits would wait for ever.
        "review": current if topics else None,
        "earlier": (earlier.exclude(pk=current.pk) if current else earlier).first(),
        "evidence": _evidence(topics),
        "noticed": noticed(user, topics) if topics else [],
        "gaps": gaps.that_count(user) if topics else [],
        "waiting": waiting,
        "quiet": quiet,
        "can_look_again": keeps_quiet and not quiet,
        "first_plan": None if topics else first_plan(user),
        "now": timezone.now(),
    }


def _evidence(topics: list[PlanTopic]) -> list[dict[str, Any]]:
    """What the coach knows of each topic, with the latest sessions that it rests on."""
    sessions = practice.told.latest_sessions(topics, SHOWN_SESSIONS) if topics else {}
    return [
        {
            "topic": topic,
            "progress": (progress := progress_seen(topic)),
            "minutes": progress.minutes_spent,
            "sessions": sessions.get(topic.pk, []),
        }
        for topic in topics
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: CandidateRequest) -> HttpResponse:
    """Today's review. POST starts it, once per local day."""
    if request.method == "POST":
        daily_review.start(request.user)
        if not wants_fragment(request):
            return redirect("plans:review")
    return respond(request, "plans/review.html", _page(request.user), fragment="review")


@login_required
@require_POST
def review_answer(request: CandidateRequest) -> HttpResponse:
    """Have today's review written."""
    current = daily_review.todays(request.user)
    page, fragment = ("plans:review",), partial(_answer, request)
    return ask_and_show(request, current, ask=daily_review.write, page=page, fragment=fragment)


@login_required
@require_POST
def review_answer_stop(request: CandidateRequest) -> HttpResponse:
    """Let today's review be, until the candidate tries again."""
    current = daily_review.todays(request.user)
    return stop_and_show(request, current, page=("plans:review",), fragment=partial(_answer, request))


def _answer(request: CandidateRequest, status: int) -> HttpResponse:
    return respond(request, "plans/review.html", _page(request.user), fragment="review", status=status)
