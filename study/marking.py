"""An answer is marked: the coach is asked for the mark, and what follows from it is stored."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from coach.encryption.unreadable import is_untouched
from llm_modes.asking.once import ask_and_apply
from llm_modes.evaluate_answer.schema import MODE as EVALUATE_ANSWER
from llm_modes.evaluate_answer.schema import EvaluateAnswerInputs, GivenAnchor
from llm_modes.failures import LLMFailure
from plans.journey import language_of
from study import drills, resting, review_schedule, sessions, strength
from study.models import Question, QuestionAttempt


def give_feedback(
    attempt: QuestionAttempt, on_progress: Callable[[dict[str, Any]], None] | None = None
) -> QuestionAttempt:
    """Ask the coach for the mark, and store it with its reasons. A draft or a marked answer stays as it is."""
    if attempt.is_draft:
        return attempt
    sessions.touch(attempt.session)
    attempt = ask_and_apply(
        attempt,
        mode=EVALUATE_ANSWER,
        candidate=attempt.user,
        stage=lambda row: sessions.stage_of(row.session),
        inputs=prompt_inputs,
        apply=_apply,
        on_progress=on_progress,
    )
    if attempt.failure is not None:
        with transaction.atomic():
            strength.recompute(attempt.question.topic)
    return attempt


def prompt_inputs(attempt: QuestionAttempt) -> EvaluateAnswerInputs:
    """What EvaluateAnswer is told: this answer and its question as it was asked, nothing of earlier marks."""
    if is_untouched(attempt.question.text) or is_untouched(attempt.raw_answer):
        raise LLMFailure("unreadable")
    return EvaluateAnswerInputs(
        language=language_of(attempt.user),
        question=drills.asked(attempt.question, attempt.drill),
        looks_for=attempt.question.looks_for,
        anchors=[GivenAnchor(**anchor) for anchor in attempt.question.answer_anchors],
        answer=attempt.raw_answer,
        seconds_used=attempt.seconds_taken or 0,
        seconds_allowed=attempt.seconds_allowed,
        topic=attempt.question.topic.name,
        role=attempt.user.current_role,
    )


def _apply(attempt: QuestionAttempt, answer: Any) -> bool:
    """Store the mark and its reasons. The question gets its anchors and when it is due again, except from a drill.

    True: it has saved the row itself.
    """
    reply = answer.reply
    attempt.score_rating = reply.score
    attempt.feedback = {
        "positive_feedback": reply.positive_feedback,
        "improvement_areas": reply.improvement_areas,
        "quotes": reply.quotes,
    }
    attempt.shown = reply.shown
    attempt.anchors = [anchor.model_dump() for anchor in reply.anchors]
    attempt.model, attempt.prompt_digest = answer.model, answer.prompt_digest
    attempt.marked_at = timezone.now()
    attempt.save()
    # Before the topic's numbers: a summary that is being stored holds its own row first, then those.
    sessions.await_mark(attempt.session, came=True)
    if attempt.drill:
        return True
    questions = Question.objects.select_for_update(of=("self",)).select_related("topic__user")
    question = questions.get(pk=attempt.question_id)
    if attempt.anchors:
        question.answer_anchors = attempt.anchors
    review_schedule.schedule_next(question, score=reply.score, at=attempt.marked_at)
    resting.note_mark(question, at=attempt.marked_at)
    question.save(update_fields=["answer_anchors", "review_card", "due_at", "skips", "rests_until"])
    strength.recompute(question.topic)
    return True
