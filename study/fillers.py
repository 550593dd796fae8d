"""Questions that the candidate knows. They fill a list when a topic has too few new ones."""

from itertools import zip_longest
from typing import NamedTuple

from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.generate_questions.schema import RedoReason
from plans.countdown import Countdown
from study import drills, redo
from study.models import Question, QuestionRound, StudySession, SuggestedQuestion

# At most this many questions without an answer are looked at, the oldest first.
MOST_LOOKED_AT = 50


class Fillers(NamedTuple):
    """Suggestions without a round yet. `due`: due questions beside the redos. `others`: drills and unanswered ones.

    In a list with new questions the `others` come first, because due questions may fill at most half of such a list.
    """

    due: list[SuggestedQuestion]
    others: list[SuggestedQuestion]


def known(session: StudySession, redos: list[redo.Redo], countdown: Countdown, due_here: list[redo.Redo]) -> Fillers:
    """The fillers that are not among these redos and that this session has not suggested before.

    `due_here`: the questions of the session's topic that are due (redo.due).
    """
    taken = {one.question.pk for one in redos}
    shown = set(SuggestedQuestion.objects.filter(round__session=session).values_list("question_id", flat=True))
    due = [one for one in due_here if one.question.pk not in taken | shown]
    taken |= {one.question.pk for one in due}
    ways = [
        again(question, score, drill=drill) for question, drill, score in drills.pick(session, countdown, besides=taken)
    ]
    unanswered = [
        again(question, None) for question in _unanswered(session, countdown) if question.pk not in taken | shown
    ]
    others = [one for pair in zip_longest(ways, unanswered) for one in pair if one is not None]
    return Fillers([as_suggested(one) for one in due], others)


def for_rehearsal(question_round: QuestionRound, countdown: Countdown) -> list[SuggestedQuestion]:
    """The questions to rehearse that this session has not suggested before: the easiest or hardest first, if wished."""
    session = question_round.session
    shown = set(SuggestedQuestion.objects.filter(round__session=session).values_list("question_id", flat=True))
    known = [one for one in redo.rehearsable(session, countdown) if one.question.pk not in shown]
    if question_round.wish in (QuestionRound.Wish.EASIER, QuestionRound.Wish.HARDER):
        way = 1 if question_round.wish == QuestionRound.Wish.EASIER else -1
        known.sort(key=lambda one: way * STEPS.index(one.question.difficulty))
    return [as_suggested(one) for one in known]


def as_suggested(one: redo.Redo) -> SuggestedQuestion:
    """A redo as a suggestion, unsaved and without a round."""
    return again(one.question, one.last_score, reason=one.reason)


def again(
    question: Question, last_score: int | None, *, reason: RedoReason = "high_value", drill: str = ""
) -> SuggestedQuestion:
    """A known question with its last mark (1 to 10, None without) as a suggestion, unsaved and without a round."""
    return SuggestedQuestion(question=question, status="redo", redo_reason=reason, last_score=last_score, drill=drill)


def _unanswered(session: StudySession, countdown: Countdown) -> list[Question]:
    """The topic's questions that were never answered. Skipped ones are not among them: they come when they are due."""
    unanswered = (
        redo.askable([session.topic], countdown).filter(due_at=None).exclude(attempts__submitted_at__isnull=False)
    )
    questions = unanswered.exclude(attempts__session=session).order_by("created_at", "pk")[:MOST_LOOKED_AT]
    return [question for question in redo.with_topics(questions, [session.topic]) if question.text]
