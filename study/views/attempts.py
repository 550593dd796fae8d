"""An answer: written as a draft, submitted, marked."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from coach.counted import stopwatch
from coach.htmx import CandidateRequest, go_to, respond, wants_fragment
from coach.numbers import whole_number
from llm_modes.asking import live
from llm_modes.asking.views import ask_and_show, stop_and_show
from llm_modes.evaluate_answer.honesty import FEW_WORDS, FEW_WORDS_CAP, NO_ANSWER_CAP, highest_score
from llm_modes.evaluate_answer.schema import MODE as EVALUATE_ANSWER
from llm_modes.ledger.spending import OFFLINE_MODEL
from plans.context_processors import interview
from study import answer_help, answer_time, answering, drills, looked_for, marking, resting
from study.forms import AnswerForm, draft_text
from study.markdown import render
from study.models import Drill, QuestionAttempt, Story
from study.two_attempts import TwoAttempts, compare

# A draft may be longer than an answer; more than this is no draft.
MOST_DRAFT_CHARACTERS = 10 * settings.ANSWER_CHARACTERS
STILL_THE_EARLIER = (
    "This is still your earlier answer, word for word, and it has its mark. Add one sentence of what it lacks first."
)


def _attempt(request: CandidateRequest, pk: int) -> QuestionAttempt:
    attempts = QuestionAttempt.objects.filter(user=request.user)
    attempt = get_object_or_404(attempts.select_related("session__topic", "question__topic"), pk=pk)
    attempt.user = attempt.session.user = attempt.question.user = request.user
    if attempt.question.topic_id == attempt.session.topic_id:
        attempt.question.topic = attempt.session.topic  # its name is decrypted once
    return attempt


def _context(attempt: QuestionAttempt, **more: Any) -> dict[str, Any]:
    """What attempt_detail.html shows: the form of a draft, or the answer with its mark."""
    done = attempt.is_answered
    given_help = answer_help.help_with(attempt) if attempt.is_draft and not attempt.drill else None
    # A draft that was saved empty was emptied by its writer.
    begun = attempt.raw_answer or attempt.draft_version
    return {
        "attempt": attempt,
        "session": attempt.session,
        "question": attempt.question,
        "now": timezone.now(),
        "form": AnswerForm(initial={"raw_answer": attempt.raw_answer if begun or not given_help else given_help.begin}),
        "help": given_help,
        "allowed": stopwatch(attempt.seconds_allowed),
        "spoken": answer_time.spoken_length(attempt.question) if attempt.is_draft and not attempt.drill else "",
        "taken": stopwatch(attempt.seconds_taken or 0),
        "comparison": _comparison(attempt) if done else None,
        "band": band_of(attempt.score_rating) if done else "",
        "ceiling": why_no_higher(attempt.score_rating, attempt.raw_answer) if done else "",
        "marked_by": _marked_by(attempt.model),
        "rests": resting.said(attempt.question) if done else "",
        "instruction": drills.instruction(attempt.drill),
        "unread": _unread(attempt) if attempt.is_draft else None,
        "without_notes": attempt.drill == Drill.NO_NOTES,
        "story_html": _story_html(attempt) if attempt.is_draft else "",
        "lines": looked_for.before(attempt) if attempt.is_draft else looked_for.after(attempt),
        "why_no_ticks": looked_for.why_no_ticks(attempt) if done else "",
        # Help that gives beginnings, points or a text to complete is not doubled.
        "hint": None if not attempt.is_draft or _helps_to_begin(given_help) else looked_for.hint(attempt),
        **more,
    }


def _helps_to_begin(given: answer_help.Help | None) -> bool:
    return bool(given and (given.points or given.begin or given.openings or given.lacks))


def _comparison(attempt: QuestionAttempt) -> TwoAttempts | None:
    """The answer and the marked one before it, of the same kind, to the same question; None where there is none."""
    before = QuestionAttempt.objects.filter(question=attempt.question, drill=attempt.drill, pk__lt=attempt.pk)
    compared = ("user_id", "raw_answer", "anchors", "score_rating", "seconds_taken")
    earlier = before.filter(marked_at__isnull=False).only(*compared).order_by("-pk").first()
    return compare(earlier, attempt) if earlier else None


def _unread(attempt: QuestionAttempt) -> QuestionAttempt | None:
    """The answer before it to the same question, if rules could not read it: now it is written in English."""
    before = QuestionAttempt.objects.filter(question=attempt.question, pk__lt=attempt.pk, submitted_at__isnull=False)
    last = before.order_by("-pk").first()
    return last if last and last.waits_for_model else None


def _marked_by(model: str) -> str:
    if model == OFFLINE_MODEL:
        return "Marked by the offline coach, by fixed rules."
    return f"Marked by the coach, with the language model {model}."


def _story_html(attempt: QuestionAttempt) -> str:
    story = Story.objects.filter(question=attempt.question).first()
    return render(story.text) if story else ""


def band_of(score: int | None) -> str:
    """The mark's band in a few words, as the marking prompt has them."""
    bands = ((2, "No real answer yet"), (4, "Touches it, too vague"), (6, "Real but thin"), (8, "Solid, with gaps"))
    return next((words for limit, words in bands if (score or 0) <= limit), "Strong, only details left")


def why_no_higher(score: int | None, answer: str) -> str:
    """Why the mark stands where it does, when that is the best an answer of its kind can get; else ""."""
    if not score or score > FEW_WORDS_CAP or score != highest_score(answer):
        return ""
    if score == NO_ANSWER_CAP:
        return "An answer that says no more than that you do not know gets 1."
    return f"An answer of fewer than {FEW_WORDS} words gets {score} at most, however good it is: say more next time."


@login_required
@require_safe
def attempt_detail(request: CandidateRequest, pk: int) -> HttpResponse:
    """The question with its stopwatch and the draft; after submitting, the answer and its mark."""
    return respond(request, "study/attempt_detail.html", _context(_attempt(request, pk)))


@sensitive_post_parameters()
@login_required
@require_POST
def attempt_draft(request: CandidateRequest, pk: int) -> JsonResponse:
    """Autosave: {"draft_version", "saved_at"}; 409 with the stored {"draft_version", "text"} when changed elsewhere."""
    # Of the stored row all is read when it is locked: this comes every few seconds of typing.
    attempt = get_object_or_404(QuestionAttempt.objects.filter(user=request.user).only("pk"), pk=pk)
    text, version = draft_text(request.POST.get("raw_answer", "")), whole_number(request.POST.get("draft_version"))
    if version is None:
        return JsonResponse({"error": "draft_version is missing"}, status=422)
    if len(text) > MOST_DRAFT_CHARACTERS:
        return JsonResponse({"error": "too long for a draft"}, status=413)
    try:
        stored = answering.save_draft(attempt, text, version)
    except (answering.DraftConflict, answering.AlreadySubmitted) as conflict:
        other = conflict.attempt
        return JsonResponse({"draft_version": other.draft_version, "text": other.raw_answer}, status=409)
    return JsonResponse({"draft_version": stored.draft_version, "saved_at": stored.draft_saved_at})


@sensitive_post_parameters()
@login_required
@require_POST
def attempt_submission(request: CandidateRequest, pk: int) -> HttpResponse:
    """Submit the answer. Of a refused one every word stays: in the field, and in the draft as far as it has room.

    With `keep` it stays a draft: what a page without scripts has instead of autosave.
    """
    attempt = _attempt(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _refuse(request, attempt, form)
    text, version = form.cleaned_data["raw_answer"], form.cleaned_data["draft_version"]
    if "keep" not in request.POST and answer_help.nothing_was_completed(attempt, text):
        form.add_error("raw_answer", STILL_THE_EARLIER)
        return _refuse(request, attempt, form)
    try:
        if "keep" in request.POST:
            attempt = answering.save_draft(attempt, text, version or 0)
            messages.success(request, "Kept as it is, and not submitted yet. The clock goes on.")
        else:
            attempt = answering.submit(attempt, text, version=version, self_mark=form.cleaned_data["self_mark"])
    except answering.DraftConflict as conflict:
        return _answer(request, conflict.attempt, 409, form=form, other_text=conflict.attempt.raw_answer)
    except answering.AlreadySubmitted as already:
        return _answer(request, already.attempt, 409, unsent=form.cleaned_data["raw_answer"])
    return _answer(request, attempt)


def _refuse(request: CandidateRequest, attempt: QuestionAttempt, form: AnswerForm) -> HttpResponse:
    """The answer is empty, too long or an earlier one: keep it as the draft, and say what is wrong."""
    text, version = draft_text(request.POST.get("raw_answer", "")), whole_number(request.POST.get("draft_version"))
    if not attempt.is_draft:
        return _answer(request, attempt, 409, unsent=text)
    if text and version is not None and len(text) <= MOST_DRAFT_CHARACTERS:
        try:
            attempt = answering.save_draft(attempt, text, version)
        except answering.DraftConflict as conflict:
            return _answer(request, conflict.attempt, 409, form=form, other_text=conflict.attempt.raw_answer)
        except answering.AlreadySubmitted as already:
            return _answer(request, already.attempt, 409, unsent=text)
    return _answer(request, attempt, 422, form=form)


def _answer(request: CandidateRequest, attempt: QuestionAttempt, status: int = 200, **more: Any) -> HttpResponse:
    if status == 200 and not wants_fragment(request):
        return redirect("study:attempt_detail", attempt.pk)
    context = _context(_fresh(attempt), **more)
    return respond(request, "study/attempt_detail.html", context, fragment="attempt", status=status)


def _fresh(attempt: QuestionAttempt) -> QuestionAttempt:
    rows = QuestionAttempt.objects.select_related("session__topic", "question__topic", "user")
    return rows.get(pk=attempt.pk)


@sensitive_post_parameters()
@login_required
@require_POST
def attempt_list(request: CandidateRequest, pk: int) -> HttpResponse:
    """Open what a good answer shows, which is noted. A page without scripts sends its words along, to be kept."""
    attempt = _attempt(request, pk)
    looked_for.open_list(attempt)
    if "raw_answer" in request.POST and (refused := _keep_typed(request, attempt)):
        return refused
    attempt = _fresh(attempt)
    if not (attempt.is_draft and wants_fragment(request)):
        return go_to(request, "study:attempt_detail", attempt.pk)
    return respond(request, "study/attempt_detail.html", _context(attempt), fragment="looks-for")


def _keep_typed(request: CandidateRequest, attempt: QuestionAttempt) -> HttpResponse | None:
    """Save what was typed as the draft; the page that keeps it where it cannot be saved."""
    form, text = AnswerForm(request.POST), draft_text(request.POST["raw_answer"])
    if len(text) > MOST_DRAFT_CHARACTERS:
        return _answer(request, attempt, 422, form=form)
    try:
        answering.save_draft(attempt, text, whole_number(request.POST.get("draft_version")) or 0)
    except answering.DraftConflict as conflict:
        return _answer(request, conflict.attempt, 409, form=form, other_text=conflict.attempt.raw_answer)
    except answering.AlreadySubmitted as already:
        return _answer(request, already.attempt, 409, unsent=text)
    return None


@login_required
@require_POST
def attempt_feedback(request: CandidateRequest, pk: int) -> HttpResponse:
    """Ask the coach for the mark."""
    attempt = _attempt(request, pk)
    page, fragment = ("study:attempt_detail", pk), partial(_feedback, request, attempt)
    return ask_and_show(request, attempt, ask=marking.give_feedback, page=page, fragment=fragment)


@login_required
@require_POST
def attempt_feedback_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Let the answer be, without a mark, until the candidate tries again."""
    attempt = _attempt(request, pk)
    page, fragment = ("study:attempt_detail", pk), partial(_feedback, request, attempt)
    return stop_and_show(request, attempt, page=page, fragment=fragment)


def _feedback(request: CandidateRequest, attempt: QuestionAttempt, status: int) -> HttpResponse:
    return respond(request, "study/attempt_detail.html", _context(attempt), fragment="feedback", status=status)


@login_required
@require_POST
def attempt_live(request: CandidateRequest, pk: int) -> HttpResponseBase:
    """Ask for the mark, and send its reasons while they are being written."""
    attempt, lang = _attempt(request, pk), interview(request)["interview_lang"]()
    return live.stream(
        attempt,
        mode=EVALUATE_ANSWER,
        ask=lambda on_progress: marking.give_feedback(attempt, on_progress=on_progress),
        render=lambda part: render_to_string("study/attempt_live.html", {**part, "interview_lang": lang}),
    )
