"""What the coach understood of the candidate: shown beside the chat, corrected by hand."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from coach.htmx import CandidateRequest, respond
from coach.models import User
from plans.forms import BriefForm
from plans.journey import all_known, brief_of, brief_to_change, context_of, known_of, open_proposals
from plans.models import PlanBrief, PlanProposal
from plans.plan_in_force import topics_in_force


def understood(user: User, *, form: BriefForm | None = None, brief: PlanBrief | None = None) -> dict[str, Any]:
    """The panel's part of a page."""
    brief = brief or brief_of(user)
    known = known_of(user, brief)
    plan = topics_in_force(user)
    waiting = user.proposals.filter(status=PlanProposal.Status.WAITING).exists()
    return {
        "known": known,
        "known_motivation": brief.get_motivation_display() if brief.motivation else "",
        "brief_form": form or BriefForm(user, brief),
        "context_length": len(context_of(user)),
        "has_plan": bool(plan),
        "plan_minutes": sum(topic["daily_study_minutes"] for topic in plan),
        "can_ask_for_plan": all_known(known) and not plan and not waiting and not open_proposals(user).exists(),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def brief(request: CandidateRequest) -> HttpResponse:
    """Correct what was understood; only what was changed by hand is saved."""
    user, saved = request.user, False
    stored = brief_to_change(user) if request.method == "POST" else brief_of(user)
    form = BriefForm(user, stored, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        if not request.htmx:
            return redirect("plans:chat")
        form, saved = BriefForm(user, stored), True
    data = {**understood(user, form=form, brief=stored), "saved": saved}
    return respond(request, "plans/brief.html", data, fragment="understood", status=422 if form.errors else 200)
