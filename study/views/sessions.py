"""Choose a session, practise in it, end it, read what it showed."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coach.caps import CapReached
from coach.counted import counted
from coach.htmx import CandidateRequest, respond
from llm_modes.asking.trying_again import FIRST_LOOK_AFTER
from llm_modes.asking.views import show
from plans.agenda import choices, next_session
from plans.first_plan import first_plan
from study import approach, offering, questions, reconciliation, resting
from study.earlier_sessions import earlier_sessions
from study.forms import OwnQuestionForm, StartForm
from study.models import QuestionAttempt, Reconciliation, StudySession
from study.reasons import nothing_new, why
from study.sessions import SessionRunning, as_shown, end, end_abandoned, running_session, start
from study.strength import standing

NOT_ASKED_FOR = "Nobody has asked the coach for it so far."


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
    suggestions = choices(request.user)
    data = {
        "running": running_session(request.user),
        "suggested": suggestions[0] if suggestions else None,
        "others": suggestions[1:],
        "first_plan": None if suggestions else first_plan(request.user),
        "form": form,
        "past": earlier_sessions(request.user),
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


def session_context(session: StudySession, **more: Any) -> dict[str, Any]:
    """What session_detail.html shows, running or ended."""
    attempts = list(session.attempts.select_related("question__topic").order_by("pk"))
    summary = [] if session.is_running else reconciliation.summary_of(session)
    summed_up = {row["question_id"] for row in summary}
    for row in summary:
        row["rests"] = resting.said(next(one.question for one in attempts if one.question_id == row["question_id"]))
    missing = {} if session.is_running else _missing(session, attempts)
    suggestions, skipped, earlier = offering.on_offer(session)
    tried = approach.tried_in(session) if session.is_running else None
    story_first = tried is not None and tried.is_story_first
    for suggestion in suggestions:
        suggestion.why = why(suggestion)  # type: ignore[attr-defined]
        story = getattr(suggestion.question, "story", None)
        suggestion.story_first = story_first and not (story and story.text)  # type: ignore[attr-defined]
    return {
        "session": session,
        "now": timezone.now(),
        "tried": tried,
        "went_back": approach.went_back(session) if session.is_running else "",
        "suggestions": suggestions,
        "nothing_new": nothing_new(suggestions) if suggestions and suggestions[0].round.nothing_new else "",
        "skipped": skipped,
        "earlier": earlier,
        "round": questions.unanswered_round(session) if session.is_running else None,
        "drafts": [attempt for attempt in attempts if attempt.is_draft and _is_open(session, attempt)],
        "answered": [
            one for one in attempts if not one.is_draft and not (one.is_answered and one.question_id in summed_up)
        ],
        "own": OwnQuestionForm(),
        "reconciliation": None if session.is_running else session.reconciliation,
        "writing_since": None if session.is_running else _writing_since(session.reconciliation),
        "summary": summary,
        "missing": missing,
        "being_marked": session.is_running or session.reconciliation.is_waiting or missing.get("is_coming"),
        "standing": standing(session) if summary else "",
        "next": None if session.is_running else next_session(session.user),
        **more,
    }


def _writing_since(summary: Reconciliation) -> datetime | None:
    """When the worker got it, or began on it: long after the session, where a late mark has it written anew."""
    if summary.is_being_asked or summary.next_try_at is None:
        return summary.asked_at or summary.session.end_time
    return summary.next_try_at - FIRST_LOOK_AFTER


def _missing(session: StudySession, attempts: list[QuestionAttempt]) -> dict[str, Any]:
    """The marks that the summary lacks: how many and why, and whether they are on their way; {} when it lacks none."""
    handed_in = [one for one in attempts if not one.is_draft and one.question.voided_at is None]
    unmarked = sorted((one for one in handed_in if not one.is_answered), key=lambda one: one.ask_attempt)
    if not unmarked:
        return {}
    return {
        "title": f"{counted(len(unmarked), 'answer')} {'has' if len(unmarked) == 1 else 'have'} no mark yet",
        "why": next((one.failure.message for one in unmarked if one.failure), NOT_ASKED_FOR),
        "is_coming": reconciliation.marks_are_coming(session.reconciliation),
    }


def _is_open(session: StudySession, attempt: QuestionAttempt) -> bool:
    """After the end an empty draft is nothing to go back to."""
    return attempt.question.voided_at is None and (session.is_running or bool(attempt.raw_answer))


@login_required
@require_safe
def session_detail(request: CandidateRequest, pk: int) -> HttpResponse:
    """The clock and the questions; after the end the summary."""
    session = get_object_or_404(request.user.study_sessions.select_related("topic", "user"), pk=pk)
    return respond(request, "study/session_detail.html", session_context(as_shown(session)))


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
    """How far the summary is, which the worker writes: nobody who looks here asks for it."""
    return _summary(request, _ended_session(request, pk))


def _ended_session(request: CandidateRequest, pk: int) -> StudySession:
    end_abandoned(request.user.study_sessions.filter(pk=pk))
    ended = request.user.study_sessions.exclude(end_time=None)
    return get_object_or_404(ended.select_related("topic", "user", "reconciliation"), pk=pk)


def _summary(request: CandidateRequest, session: StudySession) -> HttpResponse:
    def fragment(status: int) -> HttpResponse:
        context = session_context(session)
        return respond(request, "study/session_detail.html", context, fragment="summary", status=status)

    row = session.reconciliation
    is_waiting = row.is_waiting or reconciliation.marks_are_coming(row)
    page = ("study:session_detail", session.pk)
    return show(request, row, page=page, fragment=fragment, is_waiting=is_waiting)
