"""The questions of a session: ask for some, choose, skip, bring one, void a bad one, compare attempts."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from coach.candidate_text import clean_text
from coach.caps import CapReached
from coach.htmx import CandidateRequest, go_to, respond, wants_fragment
from llm_modes.asking.views import ask_and_show, stop_and_show
from study import answering, offering, questions, resting, session_page
from study.earlier_answers import answers_to, compared, to_compare
from study.forms import EarlierRoundForm, OwnQuestionForm, WishForm
from study.models import Question, StudySession
from study.sessions import running_session

OVER = "This session is over. Start a new one to go on."


def _question_list(request: CandidateRequest, session: StudySession, *, status: int = 200) -> HttpResponse:
    """The session's questions as a fragment, or the way back to its page."""
    if not wants_fragment(request) and status < 400:
        return go_to(request, "study:session_detail", session.pk)
    context = session_page.context_of(session)
    return respond(request, "study/session_detail.html", context, fragment="question-list", status=status)


@login_required
@require_POST
def session_questions(request: CandidateRequest, pk: int) -> HttpResponse:
    """Save that other, easier or harder questions are wanted; the answer asks the coach for them."""
    session = get_object_or_404(request.user.study_sessions.select_related("topic", "user"), pk=pk)
    form = WishForm(request.POST)
    wish = form.cleaned_data["wish"] if form.is_valid() else ""
    try:
        questions.suggest(session, wish)
    except questions.SessionOver:
        messages.info(request, OVER)
        return go_to(request, "study:session_detail", session.pk)
    except CapReached as cap:
        messages.warning(request, cap.message)
        return go_to(request, "study:session_detail", session.pk)
    except questions.RoundBeingAsked:
        pass  # the waiting fragment says so
    return _question_list(request, session)


@login_required
@require_POST
def session_suggestion(request: CandidateRequest, pk: int) -> HttpResponse:
    """Ask the coach for the questions that are wanted."""
    session = get_object_or_404(request.user.study_sessions.select_related("topic", "user"), pk=pk)
    wanted = questions.unanswered_round(session)
    page, fragment = ("study:session_detail", pk), partial(_list_with, request, session)
    reply = ask_and_show(request, wanted, ask=questions.ask_for, page=page, fragment=fragment)
    return _unless_over(request, session, reply)


@login_required
@require_POST
def session_suggestion_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Let the questions be, until the candidate tries again."""
    session = get_object_or_404(request.user.study_sessions.select_related("topic", "user"), pk=pk)
    wanted = questions.unanswered_round(session)
    page, fragment = ("study:session_detail", pk), partial(_list_with, request, session)
    return _unless_over(request, session, stop_and_show(request, wanted, page=page, fragment=fragment))


def _list_with(request: CandidateRequest, session: StudySession, status: int) -> HttpResponse:
    return _question_list(request, session, status=status)


def _unless_over(request: CandidateRequest, session: StudySession, reply: HttpResponse) -> HttpResponse:
    """The reply; or the way to the session's page, when it has ended meanwhile."""
    session.refresh_from_db(fields=["end_time"])
    if session.is_running:
        return reply
    messages.info(request, OVER)
    return go_to(request, "study:session_detail", session.pk)


@login_required
@require_POST
def session_earlier_questions(request: CandidateRequest, pk: int) -> HttpResponse:
    """Offer once more what newer questions replaced; the round is named, so that a second click does nothing."""
    session = get_object_or_404(request.user.study_sessions.select_related("topic", "user"), pk=pk)
    if not session.is_running:
        messages.info(request, OVER)
        return go_to(request, "study:session_detail", session.pk)
    form = EarlierRoundForm(request.POST)
    if form.is_valid():
        offering.bring_back(session, form.cleaned_data["round"])
    return _question_list(request, session)


@login_required
@require_POST
def session_own_question(request: CandidateRequest, pk: int) -> HttpResponse:
    """A question of the candidate's own: kept, and straight on to answering it."""
    session = get_object_or_404(request.user.study_sessions.select_related("topic", "user"), pk=pk)
    form = OwnQuestionForm(request.POST)
    if not session.is_running:
        context = session_page.context_of(session, unasked=clean_text(request.POST.get("text", "")))
        return respond(request, "study/session_detail.html", context, status=409)
    if not form.is_valid():
        context = session_page.context_of(session, own=form)
        return respond(request, "study/session_detail.html", context, status=422)
    try:
        attempt = answering.start_attempt(session, questions.bring(session, form.cleaned_data["text"]))
    except CapReached as cap:
        form.add_error("text", cap.message)
        context = session_page.context_of(session, own=form)
        return respond(request, "study/session_detail.html", context, status=cap.status)
    return go_to(request, "study:attempt_detail", attempt.pk)


@login_required
@require_POST
def question_skip(request: CandidateRequest, pk: int) -> HttpResponse:
    """Put a suggested question away for now, or bring it back."""
    question = get_object_or_404(request.user.questions, pk=pk)
    session = running_session(request.user)
    if session is None:
        messages.info(request, OVER)
        return go_to(request, "study:sessions")
    if "restore" in request.POST:
        offering.unskip(session, question)
    else:
        offering.skip(session, question)
    return _question_list(request, session)


@login_required
@require_POST
def question_void(request: CandidateRequest, pk: int) -> HttpResponse:
    """Void a bad question, so that neither it nor its marks count, or restore it."""
    question = get_object_or_404(request.user.questions.select_related("topic"), pk=pk)
    if "restore" in request.POST:
        questions.restore(question)
        messages.success(request, "The question counts again.")
    else:
        questions.void(question)
        messages.success(request, "The question does not count any more, and its marks neither. What you wrote stays.")
    return go_to(request, "study:question_attempts", question.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_attempts(request: CandidateRequest, pk: int) -> HttpResponse:
    """POST starts an answer in the running session; GET shows the answers so far, two of them side by side."""
    question = get_object_or_404(request.user.questions.select_related("topic"), pk=pk)
    session = running_session(request.user)
    if request.method == "POST":
        return _start(request, question, session)
    attempts = answers_to(question, request.GET.get("before"))
    comparison = compared(question, request.GET.get("earlier"), request.GET.get("later"))
    data = {
        "question": question,
        "attempts": attempts,
        "running": session,
        "comparison": comparison,
        "to_compare": to_compare(attempts.rows, comparison),
        "rests": resting.said(question),
    }
    return respond(request, "study/question_attempts.html", data)


def _start(request: CandidateRequest, question: Question, session: StudySession | None) -> HttpResponse:
    if session is None:
        messages.info(request, OVER)
        return go_to(request, "study:sessions")
    if question.voided_at is not None:
        messages.info(request, "You took this question out. Put it back first to answer it again.")
        return go_to(request, "study:question_attempts", question.pk)
    try:
        attempt = answering.start_attempt(session, question)
    except questions.SessionOver:
        messages.info(request, OVER)
        return go_to(request, "study:session_detail", session.pk)
    except CapReached as cap:
        messages.warning(request, cap.message)
        return go_to(request, "study:session_detail", session.pk)
    return go_to(request, "study:attempt_detail", attempt.pk)
