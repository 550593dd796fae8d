"""What the coach has understood of the candidate: shown beside the chat, for them to correct."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from coach.htmx import CandidateRequest, respond
from coach.languages import own_name
from coach.models import User
from coach.time_zone import local_day
from plans.chat_fields import open_field
from plans.context_processors import spoken
from plans.context_reading import reading_of, texts_of
from plans.first_plan import first_plan
from plans.forms import BriefForm
from plans.interview import how_far, in_words
from plans.interview_language import language_to_ask_about
from plans.journey import brief_of, brief_to_change, has_plan_to_change, interview_of, known_of
from plans.models import PlanBrief, PlanProposal
from plans.plan_in_force import minutes_in_force

SAVED = "Saved. The coach knows it from now on."
SAVED_LATE = "Saved. The proposal that waits was written before. You can ask for another one on its page."


def understood(user: User, *, form: BriefForm | None = None, brief: PlanBrief | None = None) -> dict[str, Any]:
    """The panel's part of a page."""
    brief = brief_of(user) if brief is None else brief
    known = known_of(user, brief)
    plan, interview = minutes_in_force(user), interview_of(brief)
    texts = texts_of(user)
    return {
        **spoken(lambda: brief.language),
        "known": known,
        "interview": interview,
        "interview_day": in_words(interview.day) if interview.day else "",
        "interview_how_far": how_far(interview.day, local_day(user)) if interview.day else "",
        "known_motivation": brief.get_motivation_display() if brief.motivation else "",
        "brief_form": form or BriefForm(user, brief),
        "known_language": brief.language,
        "language_name": own_name(brief.language),
        "asked_language": language_to_ask_about(user, brief, texts.text),
        "context_length": len(texts.text),
        "advert_length": len(texts.job_advert),
        "taken_waits": bool(reading_of(user).found),
        "has_plan": bool(plan),
        "plan_minutes": sum(plan),
        "first_plan": None if plan else first_plan(user),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def brief(request: CandidateRequest) -> HttpResponse:
    """Correct what was understood. Only changed fields are saved."""
    user, saved = request.user, ""
    stored = brief_to_change(user) if request.method == "POST" else brief_of(user)
    form = BriefForm(user, stored, request.POST if request.method == "POST" else None)
    asked = _asked(user)
    if request.method == "POST" and form.is_valid():
        form.save()
        saved = SAVED_LATE if user.proposals.filter(status=PlanProposal.Status.OPEN).exists() else SAVED
        if not request.htmx:
            messages.success(request, saved)
            return redirect("plans:chat")
        form = BriefForm(user, stored)
    in_chat = request.htmx and request.htmx.current_url_abs_path == reverse("plans:chat")
    data = {**understood(user, form=form, brief=stored), "saved": saved, "in_chat": in_chat}
    if in_chat and saved and asked and (now := _asked(user)) != asked:
        # What the field in the conversation asks for is known by now.
        data |= {"moved_on": True, "field": open_field(user, data["first_plan"]) if now else None}
    return respond(request, "plans/brief.html", data, fragment="understood", status=422 if form.errors else 200)


def _asked(user: User) -> str:
    """What the field in the conversation asks for; "" where none stands there."""
    field = open_field(user, first_plan(user)) if settings.OFFLINE_COACH and not has_plan_to_change(user) else None
    return field.name if field else ""
