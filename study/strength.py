"""The marks that count, and what follows from them for a topic."""

from datetime import datetime

from django.db.models import F

from coach.candidate_text import isolated
from coach.counted import counted
from llm_modes.asking import AskState
from plans.models import PlanTopic, TopicProgress
from plans.progress import in_words, of_marks, record_marks
from plans.progress import strength as strength_of
from study.models import QuestionAttempt, StudySession


def marks_of(topic: PlanTopic, *, before: datetime | None = None) -> list[int]:
    """All marks of the topic's questions, oldest first, or those `before` a moment; voided questions do not count."""
    counted = QuestionAttempt.objects.filter(
        question__topic=topic, question__voided_at=None, ask_state=AskState.DONE
    ).order_by("submitted_at", "pk")
    if before is not None:
        counted = counted.filter(submitted_at__lt=before)
    return [score for score in counted.values_list("score_rating", flat=True) if score is not None]


def recompute(topic: PlanTopic) -> None:
    """Set the topic's strength from the marks there are. Inside the transaction that changed a mark."""
    # Two marks that arrive at once must not each miss the other.
    PlanTopic.objects.select_for_update(of=("self",)).get(pk=topic.pk)
    record_marks(topic, marks_of(topic))


def last_score(question_id: int) -> int | None:
    """The last mark of the question, 1 to 10; None when it has none."""
    return (
        QuestionAttempt.objects.filter(question_id=question_id, ask_state=AskState.DONE)
        .order_by(F("marked_at").desc(), "-pk")
        .values_list("score_rating", flat=True)
        .first()
    )


def standing(session: StudySession) -> str:
    """Where the session left its topic: strength then and now, and the time spent."""
    then = strength_of(marks_of(session.topic, before=session.start_time))
    now = TopicProgress(**of_marks(marks_of(session.topic)))
    spent = f"{counted(session.minutes_spent, 'minute')} of practice."
    if now.strength_rating is None:
        return spent
    change = "" if then is None or then == now.strength_rating else f"It was {then} before. "
    return f"Strength in {isolated(session.topic.called)}: {in_words(now)}. {change}{spent}"
