"""Practising over the REST facade: sessions, questions and answers through the same functions as on the pages."""

from typing import Annotated, Any

from django.conf import settings
from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Body as BodyParam
from ninja import Router, Status

from coach.api_errors import BODY, SIGNED_IN, ApiError, ApiRequest, errors
from llm_modes.asking.waiting import ask_or_wait, why_unanswered
from plans.models import PlanTopic
from study import answering, drills, marking, questions, sessions
from study.api_schema import (
    Anchor,
    Answer,
    AnswerAgain,
    AnswerOrRetry,
    Evaluation,
    IdempotencyKey,
    Question,
    Questions,
    Session,
    SessionEnd,
    SessionStart,
    SummaryLine,
)
from study.models import Question as QuestionRow
from study.models import QuestionAttempt, QuestionRound, StudySession

router = Router(tags=["study"])


@router.post(
    "/start_session/",
    response={201: Session, **errors(*SIGNED_IN, *BODY, 404, 409, 429)},
    summary="Start a session on a topic of the plan",
)
def start_session(request: ApiRequest, body: SessionStart) -> Status:
    """The server's clock runs from now on. While a session runs, no other can be started: 409 with its id."""
    user = request.auth
    topic = get_object_or_404(PlanTopic.objects.filter(user=user).in_force(), pk=body.topic_id)
    try:
        return Status(201, _session(sessions.start(user, topic, body.planned_study_time)))
    except sessions.SessionRunning as problem:
        raise ApiError(
            409,
            "session_running",
            "A session is running. End it first, or go on with it.",
            session_id=problem.session.pk,
        ) from None


@router.put(
    "/end_session/",
    response={200: Session, **errors(*SIGNED_IN, *BODY, 404)},
    summary="End a session",
)
def end_session(request: ApiRequest, body: SessionEnd) -> Session:
    """The reconciliation is handed to the worker; ask again to see it done. Ending twice changes nothing."""
    user = request.auth
    return _session(sessions.end(get_object_or_404(user.study_sessions, pk=body.session_id)))


@router.post(
    "/generate_questions/{session_id}",
    response={200: Questions, **errors(*SIGNED_IN, *BODY, 404, 409, 429)},
    summary="Have questions suggested",
)
def generate_questions(request: ApiRequest, session_id: int) -> Questions:
    """Waits for three to six questions: new ones, and some that are due again.

    Where nothing new is left, questions that you know come in another way, which their last sentence says.
    """
    session = _own_session(request, session_id)
    try:
        question_round = _round(session)
    except questions.SessionOver:
        raise _over() from None
    question_round = ask_or_wait(question_round, questions.ask_for, candidate=request.auth)
    if not question_round.is_answered:
        raise ApiError(*why_unanswered(question_round, request.auth))
    suggestions = question_round.suggestions.select_related("question").order_by("position")
    return Questions(questions=[_question(suggestion) for suggestion in suggestions])


@router.post(
    "/evaluate_answer/{session_id}",
    response={200: Evaluation, **errors(*SIGNED_IN, *BODY, 404, 409, 429)},
    summary="Have an answer marked",
)
def evaluate_answer(
    request: ApiRequest,
    session_id: int,
    body: Annotated[AnswerOrRetry, BodyParam(...)],
    idempotency_key: IdempotencyKey,
) -> Evaluation:
    """Saves the answer, then waits for the mark. After a 429 or 503 send only its `attempt_id`: the answer is safe.

    With an Idempotency-Key a repeat gets the first answer, and waits for it while it is being made.
    """
    session = _own_session(request, session_id)
    if isinstance(body, AnswerAgain):
        attempt = get_object_or_404(session.attempts.exclude(submitted_at=None), pk=body.attempt_id)
    else:
        attempt = _submitted(session, body, idempotency_key)
    attempt = ask_or_wait(attempt, marking.give_feedback, candidate=request.auth)
    if not attempt.is_answered:
        raise ApiError(*why_unanswered(attempt, request.auth), attempt_id=attempt.pk)
    return Evaluation(
        attempt_id=attempt.pk,
        score=attempt.score_rating or 1,  # never empty once answered: a constraint says so
        anchors=[Anchor(**anchor) for anchor in attempt.anchors],
        # One that cannot be read any more, or was written anew, is empty: the mark stands without its reasons.
        positive_feedback=attempt.feedback.get("positive_feedback", []),
        improvement_areas=attempt.feedback.get("improvement_areas", []),
        quotes=attempt.feedback.get("quotes", []),
        shown=attempt.shown,
    )


# --- how it is done --------------------------------------------------------------------------------------------------


def _own_session(request: ApiRequest, session_id: int) -> StudySession:
    user = request.auth
    return get_object_or_404(user.study_sessions.select_related("topic", "user"), pk=session_id)


def _over() -> ApiError:
    return ApiError(409, "session_over", "This session has ended. Start another one.")


def _round(session: StudySession) -> QuestionRound:
    """The round that waits to be asked (a new session has one), or a new one."""
    waiting = questions.unanswered_round(session) if session.is_running else None
    if waiting is not None:
        return waiting
    try:
        return questions.suggest(session)
    except questions.RoundBeingAsked:
        return session.rounds.latest("pk")


def _submitted(session: StudySession, body: Answer, idempotency_key: str) -> QuestionAttempt:
    asked_here = Q(topic=session.topic) | Q(suggestions__round__session=session)
    question = get_object_or_404(
        QuestionRow.objects.filter(asked_here, user=session.user).distinct(), pk=body.question_id
    )
    try:
        return answering.submit_at_once(
            session, question, body.raw_answer, seconds_taken=body.seconds_taken, idempotency_key=idempotency_key
        )
    except answering.AnswerTooLong:
        message = f"An answer has at most {settings.ANSWER_CHARACTERS:,} characters. Nothing was cut."
        raise ApiError(413, "answer_too_long", message, fields={"raw_answer": message}) from None
    except answering.EmptyAnswer:
        message = "There is nothing to mark."
        raise ApiError(422, "invalid", message, fields={"raw_answer": message}) from None
    except answering.KeyUsedForAnother:
        message = "This key came before, with another body."
        raise ApiError(422, "key_used", message, fields={"Idempotency-Key": message}) from None
    except questions.SessionOver:
        raise _over() from None


def _session(session: StudySession) -> Session:
    row = getattr(session, "reconciliation", None)
    done = row is not None and row.is_answered
    return Session(
        id=session.pk,
        topic_id=session.topic_id,
        planned_duration=session.planned_duration,
        start_time=session.start_time,
        last_interaction_time=session.last_interaction_time,
        end_time=session.end_time,
        reconciliation=None if row is None else "done" if done else "failed" if row.failure else "pending",
        summary=[SummaryLine(**line) for line in row.summary] if row and done else None,
    )


def _question(suggestion: Any) -> Question:
    question = suggestion.question
    return Question(
        id=question.pk,
        # What a drill asks for belongs to the question: the mark is about it, too.
        question=drills.asked(question, suggestion.drill),
        status=suggestion.status,
        redo_reason=suggestion.redo_reason or None,
        difficulty=question.difficulty,
        kind=question.kind or None,
        looks_for=question.looks_for,
        answer_anchors=[Anchor(**anchor) for anchor in question.answer_anchors],
    )
