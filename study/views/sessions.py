"""Choose a session, practise in it, end it, read its summary."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coach.caps import CapReached
from coach.htmx import CandidateRequest, respond
from llm_modes.asking.rows import Asking
from llm_modes.asking.views import show
from plans.at_home import PlanAtHome
from plans.first_plan import first_plan
from study import missing_marks, reconciliation, session_page
from study.earlier_sessions import earlier_sessions
from study.forms import StartForm
from study.models import StudySession
from study.sessions import SessionRunning, as_shown, end, end_abandoned, running_session, start


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: CandidateRequest) -> HttpResponse:
    """Choose a session: the suggested one on top, any other topic below; POST starts it."""
    form = StartForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            return _start(request, form.cleaned_data)
        except CapReached as cap:
            form.add_error(None, cap.message)
            status = cap.status
    plan = PlanAtHome.of(request.user)
    suggestions = plan.choices
    data = {
        "running": running_session(request.user),
        "countdown": plan.countdown,
        "suggested": suggestions[0] if suggestions else None,
        "others": suggestions[1:],
        "first_plan": None if suggestions else first_plan(request.user),
        "form": form,
        "past": earlier_sessions(request.user, plan.topics, request.GET.get("before")),
    }
    return respond(request, "study/sessions.html", data, status=status)


def _start(request: CandidateRequest, chosen: dict[str, Any]) -> HttpResponse:
    topic = get_object_or_404(request.user.plan_topics, pk=chosen["topic_id"])
    if topic.archived_at:
        messages.info(request, "That topic has left your plan since the page was opened. Here is what it has now.")
        return redirect("study:sessions")
    try:
        session = start(request.user, topic, chosen["planned_study_time"])
    except SessionRunning as running:
        session = running.session
        messages.info(request, "This session is running already. End it before you start another one.")
    return redirect("study:session_detail", session.pk)


@login_required
@require_safe
def session_detail(request: CandidateRequest, pk: int) -> HttpResponse:
    """The clock and the questions; after the end the summary."""
    session = get_object_or_404(session_page.shown(request.user), pk=pk)
    session.user = session.topic.user = request.user
    return respond(request, "study/session_detail.html", session_page.context_of(as_shown(session)))


@login_required
@require_POST
def session_end(request: CandidateRequest, pk: int) -> HttpResponse:
    """End the session; the worker writes its summary. Ending it twice leads to the same page."""
    session = get_object_or_404(request.user.study_sessions, pk=pk)
    end(session)
    return redirect("study:session_detail", session.pk)


@login_required
@require_POST
def session_reconciliation(request: CandidateRequest, pk: int) -> HttpResponse:
    """Retry: hand a summary that failed, or lacks marks, to the worker once more."""
    session = _ended_session(request, pk)
    reconciliation.retry(session.reconciliation)
    return _summary(request, session)


@login_required
@require_POST
def session_summary(request: CandidateRequest, pk: int) -> HttpResponse:
    """How far the worker is with the summary. Looking here does not ask the coach for it."""
    return _summary(request, _ended_session(request, pk))


@login_required
@require_POST
def session_summary_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Let the session be, without its summary or the marks that it waits for, until the candidate tries again."""
    session = _ended_session(request, pk)
    reconciliation.stop(session.reconciliation)
    return _summary(request, session)


def _ended_session(request: CandidateRequest, pk: int) -> StudySession:
    end_abandoned(request.user.study_sessions.filter(pk=pk))
    ended = request.user.study_sessions.exclude(end_time=None)
    return get_object_or_404(ended.select_related("topic", "user", "reconciliation"), pk=pk)


def _summary(request: CandidateRequest, session: StudySession) -> HttpResponse:
    def fragment(status: int) -> HttpResponse:
        context = session_page.context_of(session)
        return respond(request, "study/session_detail.html", context, fragment="summary", status=status)

    row: Asking = session.reconciliation
    is_waiting = row.is_waiting or missing_marks.are_coming(session.reconciliation)
    if not row.is_waiting and is_waiting:
        row = missing_marks.being_made(session) or row
    page = ("study:session_detail", session.pk)
    return show(request, row, page=page, fragment=fragment, is_waiting=is_waiting)
