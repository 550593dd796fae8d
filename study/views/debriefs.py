"""How a real interview went: told, read by the coach, and corrected by the candidate."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from coach.candidate_text import clean_text, one_line
from coach.caps import CapReached
from coach.htmx import CandidateRequest, respond
from coach.numbers import whole_number
from coach.paging import part_of
from llm_modes.asking.views import ask_and_show, stop_and_show
from plans import debriefs as told
from plans import gaps
from plans.first_plan import first_plan
from plans.journey import open_proposals
from plans.models import Debrief, PlanTopic
from study.debrief_forms import TOLD_CHARACTERS, WENT, WORDS, DebriefForm, LinesForm
from study.debriefs import StaleLines, change, correct_gaps, keep

MOST_LISTED = 20


def _own(request: CandidateRequest, pk: int) -> Debrief:
    return get_object_or_404(request.user.debriefs.select_related("user", "weighed_in"), pk=pk)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def debriefs(request: CandidateRequest) -> HttpResponse:
    """The interviews that the candidate told of, and the form to tell of another one."""
    form = DebriefForm(request.user, request.POST if request.method == "POST" else None, day=_day(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect("study:debrief_detail", told.tell(request.user, **form.fields_of_it()).pk)
            except CapReached as cap:
                form.add_error("text", cap.message)
                status = cap.status
    told_before = part_of(told.of(request.user), request.GET.get("before"), MOST_LISTED, by="held_on")
    data = {"form": form, "debriefs": told_before, "most": TOLD_CHARACTERS}
    return respond(request, "study/debriefs.html", data, status=status)


def _day(request: CandidateRequest) -> Any:
    return told.likely_day(request.user) if request.method != "POST" else None


def _page(
    request: CandidateRequest, debrief: Debrief, *, status: int = 200, fragment: str = "", **more: Any
) -> HttpResponse:
    """The page of one interview, or the part of it that changes."""
    topics = list(PlanTopic.objects.filter(user=request.user).in_force())
    data = {
        "debrief": debrief,
        "form": DebriefForm(request.user, told=debrief),
        "lines": LinesForm(debrief, topics),
        "kept": _kept(debrief, topics) if debrief.confirmed_at else [],
        "counts": gaps.counting(request.user).filter(pk=debrief.pk).exists() if debrief.gaps else False,
        "waits": open_proposals(request.user).first(),
        "has_plan": bool(topics),
        "first_plan": None if topics else first_plan(request.user),
        "most": TOLD_CHARACTERS,
        "now": timezone.now(),
        **more,
    }
    return respond(request, "study/debrief_detail.html", data, fragment=fragment, status=status)


def _kept(debrief: Debrief, topics: list[PlanTopic]) -> list[dict[str, Any]]:
    """The questions that the candidate kept, as the page shows them."""
    names = {topic.pk: topic.called for topic in topics}
    return [
        {**line, "topic": names.get(line["topic"], ""), "went": WENT.get(line["went"], "")} for line in debrief.asked
    ]


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def debrief_detail(request: CandidateRequest, pk: int) -> HttpResponse:
    """What was told of one interview, and what the coach read in it. POST changes what was told."""
    debrief = _own(request, pk)
    if request.method != "POST":
        return _page(request, debrief)
    typed = clean_text(request.POST.get("text", ""))
    if debrief.confirmed_at and typed not in ("", debrief.text):
        # From a page of before its lines were kept: since then the words stay as they are.
        return _page(request, debrief, status=409, untaken=typed)
    form = DebriefForm(request.user, request.POST, told=debrief)
    if not form.is_valid():
        return _page(request, debrief, status=422, form=form)
    change(debrief, **form.fields_of_it())
    messages.success(request, "Saved.")
    return redirect("study:debrief_detail", pk)


@login_required
@require_POST
def debrief_reading(request: CandidateRequest, pk: int) -> HttpResponse:
    """Have the coach read what was told."""
    debrief = _own(request, pk)
    page, fragment = ("study:debrief_detail", pk), partial(_reading, request, debrief)
    return ask_and_show(request, debrief, ask=told.read, page=page, fragment=fragment)


@login_required
@require_POST
def debrief_reading_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Leave it unread, until the candidate tries again."""
    debrief = _own(request, pk)
    page, fragment = ("study:debrief_detail", pk), partial(_reading, request, debrief)
    return stop_and_show(request, debrief, page=page, fragment=fragment)


def _reading(request: CandidateRequest, debrief: Debrief, status: int) -> HttpResponse:
    return _page(request, debrief, fragment="debrief", status=status)


@sensitive_post_parameters()
@login_required
@require_POST
def debrief_lines(request: CandidateRequest, pk: int) -> HttpResponse:
    """Keep what the coach read in it as the candidate corrected it; later on, its gaps alone."""
    debrief = _own(request, pk)
    lines = LinesForm(debrief, list(PlanTopic.objects.filter(user=request.user).in_force()), request.POST)
    version = whole_number(request.POST.get("version"))
    if version != debrief.version:
        return _stale(request, debrief)
    if not lines.is_valid():
        return _page(request, debrief, status=422, lines=lines)
    try:
        if debrief.confirmed_at:
            correct_gaps(debrief, lines.kept_gaps(), version=version)
        else:
            keep(debrief, questions=lines.kept_questions(), gaps=lines.kept_gaps(), version=version)
    except StaleLines:
        return _stale(request, _own(request, pk))
    except CapReached as cap:
        lines.add_error(None, cap.message)
        return _page(request, debrief, status=cap.status, lines=lines)
    messages.success(request, "Saved.")
    return redirect("study:debrief_detail", pk)


def _stale(request: CandidateRequest, debrief: Debrief) -> HttpResponse:
    """The page as it is by now, with what was typed over lines that were kept, or read anew, meanwhile."""
    stored = {line.get("question") or line.get("gap") for line in (*debrief.asked, *debrief.gaps)}
    typed = [clean_text(request.POST[name]) for name in request.POST if WORDS.fullmatch(name)]
    # The second of two clicks brings what the first one has stored.
    untaken = [text for text in typed if text and one_line(text) not in stored]
    if not untaken:
        return redirect("study:debrief_detail", debrief.pk)
    return _page(request, debrief, status=409, untaken="\n".join(untaken))
