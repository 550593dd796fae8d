"""Which questions are worth asking again: code decides, the LLM only picks among them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from llm_modes.asking import AskState
from llm_modes.generate_questions.schema import RedoReason
from plans.models import PlanTopic
from study.models import Question, QuestionAttempt, StudySession

# A mark up to this one is weak: the question is asked again before it is due, but not within the same half day.
WEAK = 4
REST = timedelta(hours=12)
# An answer that took this many times the allowed time ran out of time.
OVERTIME = 1.25
# A mark up to this one left something out.
INCOMPLETE = 6
# Questions looked at, longest due first.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Redo:
    """A question to ask again. `last_score` is None for one that was only skipped so far."""

    question: Question
    reason: RedoReason
    last_score: int | None

    @property
    def due_at(self) -> datetime:
        """When it is due again: only questions that have such a time are looked at."""
        assert self.question.due_at is not None
        return self.question.due_at


def pick(session: StudySession, count: int) -> list[Redo]:
    """About one redo to two new ones of `count`: the topic's weakest and longest due, and one due from elsewhere."""
    now = timezone.now()
    tried_here = set(session.attempts.values_list("question_id", flat=True))
    own = [redo for redo in _known(topics=[session.topic]) if redo.question.pk not in tried_here]
    own = [redo for redo in own if redo.due_at <= now or _is_weak_and_rested(redo, now)]
    own.sort(key=lambda redo: (redo.last_score if redo.last_score is not None else 5, redo.due_at))
    others = PlanTopic.objects.filter(user=session.user).in_force().exclude(pk=session.topic_id)
    due = [
        redo
        for redo in _known(topics=list(others))
        if redo.last_score is not None and redo.due_at <= now and redo.question.pk not in tried_here
    ]
    return own[: max(1, round(count / 3))] + due[:1]


def _known(topics: list[PlanTopic]) -> list[Redo]:
    """The questions of these topics that were answered or skipped, longest due first."""
    questions = list(
        Question.objects.filter(topic__in=topics, voided_at=None, due_at__isnull=False)
        .exclude(rests_until__gt=timezone.now())
        .select_related("topic")
        .order_by("due_at", "pk")[:MOST_LOOKED_AT]
    )
    last = {
        attempt.question_id: attempt
        for attempt in QuestionAttempt.objects.filter(question__in=questions, ask_state=AskState.DONE)
        .order_by("question_id", "-marked_at", "-pk")
        .distinct("question_id")
    }
    return [_redo(question, last.get(question.pk)) for question in questions if question.text]


def _redo(question: Question, last: QuestionAttempt | None) -> Redo:
    score = last.score_rating if last else None
    if last is None or score is None:
        return Redo(question, "high_value", None)
    if score <= WEAK:
        return Redo(question, "weak_answer", score)
    if (last.seconds_taken or 0) > OVERTIME * last.seconds_allowed:
        return Redo(question, "time_pressure", score)
    return Redo(question, "incomplete" if score <= INCOMPLETE else "high_value", score)


def _is_weak_and_rested(redo: Redo, now: datetime) -> bool:
    weak = redo.last_score is not None and redo.last_score <= WEAK and not redo.question.skips
    reviewed = redo.question.review_card and redo.question.review_card.get("last_review")
    return bool(weak and reviewed and datetime.fromisoformat(reviewed) + REST <= now)
