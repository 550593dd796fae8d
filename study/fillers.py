"""What a list is filled with where a topic has too little that is new: questions that the candidate knows."""

from itertools import zip_longest
from typing import NamedTuple

from study import drills, redo
from study.models import Question, StudySession, SuggestedQuestion

Status = SuggestedQuestion.Status
# Questions without an answer that are looked at, those offered longest ago first.
MOST_LOOKED_AT = 50


class Fillers(NamedTuple):
    """Suggestions of no round yet: what is `due` besides the redos; drills, and between them what was never answered.

    Beside news the `others` come first: due ones may fill no more than half of such a list.
    """

    due: list[SuggestedQuestion]
    others: list[SuggestedQuestion]


def known(session: StudySession, redos: list[redo.Redo]) -> Fillers:
    """What there is besides these redos, nothing that was suggested in this session before."""
    taken = {one.question.pk for one in redos}
    shown = set(SuggestedQuestion.objects.filter(round__session=session).values_list("question_id", flat=True))
    due = [one for one in redo.due(session) if one.question.pk not in taken | shown]
    taken |= {one.question.pk for one in due}
    ways = [again(question, score, drill=drill) for question, drill, score in drills.pick(session, besides=taken)]
    open_ = [again(question, None) for question in _unanswered(session) if question.pk not in taken | shown]
    others = [one for pair in zip_longest(ways, open_) for one in pair if one is not None]
    return Fillers([as_suggested(one) for one in due], others)


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
