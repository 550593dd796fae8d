"""What a session's page shows: its questions while it runs, its summary when it has ended."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from coach.counted import counted
from llm_modes.asking.trying_again import FIRST_LOOK_AFTER
from llm_modes.read_context.preparation import Preparation
from plans.agenda import next_session
from plans.preparation import preparation_of
from study import approach, missing_marks, offering, questions, reconciliation, resting
from study.forms import OwnQuestionForm
from study.models import QuestionAttempt, Reconciliation, StudySession, SuggestedQuestion
from study.reasons import nothing_new, rehearsal, trains, why
from study.strength import standing

NOT_ASKED_FOR = "Nobody has asked the coach for it so far."


def context_of(session: StudySession, **more: Any) -> dict[str, Any]:
    """What study/session_detail.html takes, for a running or an ended session; `more` replaces what is here."""
    attempts = list(session.attempts.select_related("question__topic").order_by("pk"))
    shown = _running(session, attempts) if session.is_running else _ended(session, attempts)
    drafts = [attempt for attempt in attempts if attempt.is_draft and _is_open(session, attempt)]
    return {"session": session, "now": timezone.now(), "drafts": drafts, **shown, **more}


def _running(session: StudySession, attempts: list[QuestionAttempt]) -> dict[str, Any]:
    tried = approach.tried_in(session)
    suggestions, skipped, earlier = offering.on_offer(session)
    _explain(suggestions, story_first=tried is not None and tried.is_story_first)
    return {
        "tried": tried,
        "went_back": approach.went_back(session),
        "suggestions": suggestions,
        "rehearsal": rehearsal(suggestions),
        "nothing_new": nothing_new(suggestions) if suggestions and suggestions[0].round.nothing_new else "",
        "skipped": skipped,
        "earlier": earlier,
        "round": questions.unanswered_round(session),
        "answered": [attempt for attempt in attempts if not attempt.is_draft],
        "being_marked": True,
        "own": OwnQuestionForm(),
    }


def _explain(suggestions: list[SuggestedQuestion], *, story_first: bool) -> None:
    """Set for each suggestion why it is one, what it trains, and whether its story comes before the answer."""
    has_some = any(suggestion.question.serves for suggestion in suggestions)
    prepared = preparation_of(suggestions[0].round.session.user) if has_some else Preparation()
    for suggestion in suggestions:
        suggestion.why = why(suggestion)  # type: ignore[attr-defined]
        suggestion.trains = trains(suggestion.question, prepared)  # type: ignore[attr-defined]
        story = getattr(suggestion.question, "story", None)
        suggestion.story_first = story_first and not (story and story.text)  # type: ignore[attr-defined]


def _ended(session: StudySession, attempts: list[QuestionAttempt]) -> dict[str, Any]:
    summary = reconciliation.summary_of(session)
    tried = {attempt.question_id: attempt.question for attempt in attempts}
    for row in summary:
        row["rests"] = resting.said(tried[row["question_id"]])
    summed_up = {row["question_id"] for row in summary}
    missing = _missing(session, attempts)
    return {
        "answered": [
            one for one in attempts if not one.is_draft and not (one.is_answered and one.question_id in summed_up)
        ],
        "reconciliation": session.reconciliation,
        "writing_since": _writing_since(session.reconciliation),
        "summary": summary,
        "missing": missing,
        "being_marked": session.reconciliation.is_waiting or missing.get("is_coming"),
        "standing": standing(session) if summary else "",
        "next": next_session(session.user),
    }


def _writing_since(summary: Reconciliation) -> datetime | None:
    """Since when the worker has it, or writes it: after a late mark, long after the session's end."""
    if summary.is_being_asked or summary.next_try_at is None:
        return summary.asked_at or summary.session.end_time
    return summary.next_try_at - FIRST_LOOK_AFTER


def _missing(session: StudySession, attempts: list[QuestionAttempt]) -> dict[str, Any]:
    """The marks that the summary lacks: how many and why, and whether they are on their way; {} when it lacks none."""
    submitted = [one for one in attempts if not one.is_draft and one.question.voided_at is None]
    # Those that are left alone come last: what can be done about the others is what is told.
    unmarked = [one for one in submitted if not one.is_answered]
    unmarked.sort(key=lambda one: (one.is_left_alone, one.ask_attempt))
    if not unmarked:
        return {}
    return {
        "title": f"{counted(len(unmarked), 'answer')} {'has' if len(unmarked) == 1 else 'have'} no mark yet",
        "why": next((one.failure.message for one in unmarked if one.failure), NOT_ASKED_FOR),
        "calm": all(one.is_left_alone for one in unmarked),
        "unhelped": all(one.waits_for_model for one in unmarked),
        "is_coming": missing_marks.are_coming(session.reconciliation),
        "row": missing_marks.being_made(session) or session.reconciliation,
    }


def _is_open(session: StudySession, attempt: QuestionAttempt) -> bool:
    """After the end an empty draft is nothing to go back to."""
    return attempt.question.voided_at is None and (session.is_running or bool(attempt.raw_answer))
