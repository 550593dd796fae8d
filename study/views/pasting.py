"""Many questions of one's own at once: paste them, have the coach sort them, decide on each."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from coach.caps import CapReached
from coach.counted import counted
from coach.htmx import CandidateRequest, respond
from llm_modes.asking.views import ask_and_show, stop_and_show
from plans.first_plan import first_plan
from plans.models import PlanTopic
from study.models import QuestionPaste
from study.paste_forms import DecisionForm, PasteForm
from study.pasting import Kept, NoTopics, PasteWaits, ask_for, keep, leave_out, save, undecided

DECIDED = "You have decided on these questions already. Nothing was changed."


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_questions(request: CandidateRequest) -> HttpResponse:
    """Paste questions, one a line. While some wait for a decision, this leads to them."""
    if request.method != "POST":
        waiting = undecided(request.user)
        return (
            redirect("study:pasted_questions", waiting.pk) if waiting else _paste_page(request, PasteForm(request.user))
        )
    form = PasteForm(request.user, request.POST)
    if not form.is_valid():
        return _paste_page(request, form, status=422)
    try:
        paste = save(request.user, form.lines)
    except NoTopics:
        return _paste_page(request, form, status=409)
    except PasteWaits as problem:
        return _paste_page(request, form, status=409, waiting=problem.paste)
    return redirect("study:pasted_questions", paste.pk)


def _paste_page(request: CandidateRequest, form: PasteForm, *, status: int = 200, **more: Any) -> HttpResponse:
    has_plan = PlanTopic.objects.filter(user=request.user).in_force().exists()
    data = {"form": form, "first_plan": None if has_plan else first_plan(request.user), **more}
    return respond(request, "study/own_questions.html", data, status=status)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pasted_questions(request: CandidateRequest, pk: int) -> HttpResponse:
    """How far the coach is with them; then each with its topic, to be put right. POST keeps them, or leaves all out."""
    paste = _paste(request, pk)
    if paste.decided_at is not None:
        messages.info(request, DECIDED)
        return redirect("study:sessions")
    if request.method != "POST":
        return _decision_page(request, paste)
    if "none" in request.POST:
        leave_out(paste)
        messages.info(request, "All of them are left out. Nothing was added.")
        return redirect("study:own_questions")
    form = DecisionForm(paste, _topics(paste), request.POST)
    if not form.is_valid():
        return _decision_page(request, paste, form=form, status=422)
    try:
        kept = keep(paste, form.chosen())
    except CapReached as cap:
        form.add_error(None, cap.message)
        return _decision_page(request, paste, form=form, status=cap.status)
    messages.success(request, _said(kept) if kept else DECIDED)
    return redirect("study:sessions")


@login_required
@require_POST
def pasted_topics(request: CandidateRequest, pk: int) -> HttpResponse:
    """Ask the coach for the topics."""
    paste = _paste(request, pk)
    page, fragment = ("study:pasted_questions", pk), partial(_fragment, request, paste)
    return ask_and_show(request, paste, ask=ask_for, page=page, fragment=fragment)


@login_required
@require_POST
def pasted_topics_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Let them be, without topics, until the candidate tries again or chooses."""
    paste = _paste(request, pk)
    page, fragment = ("study:pasted_questions", pk), partial(_fragment, request, paste)
    return stop_and_show(request, paste, page=page, fragment=fragment)


def _paste(request: CandidateRequest, pk: int) -> QuestionPaste:
    return get_object_or_404(request.user.question_pastes.select_related("user"), pk=pk)


def _topics(paste: QuestionPaste) -> list[PlanTopic]:
    return list(PlanTopic.objects.filter(user=paste.user).in_force())


def _fragment(request: CandidateRequest, paste: QuestionPaste, status: int) -> HttpResponse:
    paste.refresh_from_db()
    return _decision_page(request, paste, status=status, fragment="pasted")


def _decision_page(
    request: CandidateRequest,
    paste: QuestionPaste,
    *,
    form: DecisionForm | None = None,
    status: int = 200,
    fragment: str = "",
) -> HttpResponse:
    """The page, or its part that changes. A form that is refused stands there even while the coach is asked."""
    data = {
        "paste": paste,
        "form": form or DecisionForm(paste, _topics(paste)),
        "refused": form is not None,
        "repeated": sum(line.times - 1 for line in paste.lines),
        "now": timezone.now(),
    }
    return respond(request, "study/pasted_questions.html", data, fragment=fragment, status=status)


def _said(kept: Kept) -> str:
    """What became of them, in words."""
    new = f"{counted(kept.new, 'question')} of your own added" if kept.new else "Nothing new was added"
    if not kept.asked:
        return f"{new}. {'You meet them in the next sessions of their topics.' if kept.new else ''}".strip()
    if kept.asked == 1:
        return f"{new}. The one that was asked for real comes first in the next session of its topic."
    return f"{new}. The {kept.asked} asked for real come first in the next sessions of their topics."
