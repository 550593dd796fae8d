"""What a session's page shows: its questions while it runs, its summary when it has ended."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from coach.counted import counted
from coach.models import User
from llm_modes.asking.trying_again import FIRST_LOOK_AFTER
from llm_modes.read_context.preparation import Preparation
from plans.at_home import PlanAtHome
from plans.preparation import preparation_of
from study import approach, missing_marks, offering, questions, reconciliation, resting
from study.forms import OwnQuestionForm
from study.models import QuestionAttempt, Reconciliation, StudySession, SuggestedQuestion
from study.reasons import nothing_new, rehearsal, trains, why
from study.strength import standing

# What the page shows of an answer and of its question; of how a mark was asked for, what tells whether it comes.
_ASKING = ("ask_state", "ask_attempt", "ask_failure", "ask_lease_until", "asked_at", "ask_writing_since")
_OF_ATTEMPT = (
    *("user_id", "session_id", "drill", "started_at", "submitted_at", "score_rating", "list_opened", "anchors"),
)
_OF_QUESTION = tuple(f"question__{name}" for name in ("user_id", "text", "rests_until", "due_at", "voided_at"))
NOT_ASKED_FOR = "Nobody has asked the coach for it so far."


def shown(user: User) -> QuerySet[StudySession]:
    """The candidate's sessions, with what the page shows of each one's topic and of its summary."""
    progress = ("strength_rating", "marked_attempts", "few_marks", "uncounted")
    topic = ("user_id", "name", *(f"progress__{name}" for name in ("topic_id", *progress)))
    columns = (field.name for field in StudySession._meta.concrete_fields)
    return user.study_sessions.select_related("topic__progress").only(*columns, *(f"topic__{name}" for name in topic))


def context_of(session: StudySession, **more: Any) -> dict[str, Any]:
    """What study/session_detail.html takes, for a running or an ended session; `more` replaces what is here."""
    attempts = list(_attempts(session))
    shown = _running(session, attempts) if session.is_running else _ended(session, attempts)
    drafts = [attempt for attempt in _with_words(attempts) if _is_open(session, attempt)]
    return {"session": session, "now": timezone.now(), "drafts": drafts, **shown, **more}


def _attempts(session: StudySession) -> QuerySet[QuestionAttempt]:
    """Its answers with their questions: what the page shows of each, which is not what was answered."""
    shown = session.attempts.select_related("question").only(*_ASKING, *_OF_ATTEMPT, *_OF_QUESTION)
    return (shown.defer("anchors") if session.is_running else shown).order_by("pk")


def _with_words(attempts: list[QuestionAttempt]) -> list[QuestionAttempt]:
    """Those of them that are drafts, with what is written so far. One query, where there are some."""
    drafts = {attempt.pk: attempt for attempt in attempts if attempt.is_draft}
    if drafts:
        for row in QuestionAttempt.objects.filter(pk__in=drafts).only("user_id", "raw_answer"):
            drafts[row.pk].raw_answer = row.raw_answer
    return list(drafts.values())


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
    marked = [one for one in attempts if one.is_answered and one.question.voided_at is None]
    marked.sort(key=lambda one: (one.submitted_at, one.pk))
    summary = reconciliation.summary_of(session, attempts=marked)
    rest = resting.said_of({one.question for one in marked}, session.user)
    for row in summary:
        row["rests"] = rest.get(row["question_id"], "")
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
        "next": PlanAtHome.of(session.user).next,
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
