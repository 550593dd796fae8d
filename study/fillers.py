"""What a list is filled with where a topic has too little that is new: questions that the candidate knows."""

from itertools import chain, zip_longest

from study import drills, redo
from study.models import Question, StudySession, SuggestedQuestion

Status = SuggestedQuestion.Status
# Questions without an answer that are looked at, those offered longest ago first.
MOST_LOOKED_AT = 50


def known(session: StudySession, redos: list[redo.Redo]) -> list[SuggestedQuestion]:
    """Suggestions of no round yet: what is due besides these redos, then drills, and what was never answered.

    Nothing that was suggested in this session before.
    """
    taken = {one.question.pk for one in redos}
    shown = set(SuggestedQuestion.objects.filter(round__session=session).values_list("question_id", flat=True))
    due = [one for one in redo.due(session) if one.question.pk not in taken | shown]
    taken |= {one.question.pk for one in due}
    ways = [again(question, score, drill=drill) for question, drill, score in drills.pick(session, besides=taken)]
    open_ = [again(question, None) for question in _unanswered(session) if question.pk not in taken | shown]
    alternating = chain.from_iterable(zip_longest(ways, open_))
    return [*map(as_suggested, due), *(one for one in alternating if one is not None)]


def as_suggested(one: redo.Redo) -> SuggestedQuestion:
    """A redo as a suggestion of no round yet."""
    return again(one.question, one.last_score, reason=one.reason)


def again(
    question: Question, last_score: int | None, *, reason: str = "high_value", drill: str = ""
) -> SuggestedQuestion:
    """A known question as a suggestion of no round yet."""
    return SuggestedQuestion(
        question=question, status=Status.REDO, redo_reason=reason, last_score=last_score, drill=drill
    )


def _unanswered(session: StudySession) -> list[Question]:
    """Questions of the topic that were offered or brought and never answered; one that was skipped comes when due."""
    open_ = redo.askable([session.topic]).filter(due_at=None).exclude(attempts__submitted_at__isnull=False)
    questions = open_.exclude(attempts__session=session).order_by("created_at", "pk")[:MOST_LOOKED_AT]
    return [question for question in questions if question.text]
