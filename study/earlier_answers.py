"""The answers to one question: a part of the list at a time, and which two of them stand side by side."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from coach.numbers import whole_number
from coach.paging import MOST_PK, Part, part_of
from llm_modes.asking.rows import AskState
from study.models import Question, QuestionAttempt
from study.two_attempts import TwoAttempts, compare

MOST_LISTED = 20
# What a line of the list shows; of the two that are compared, also what they say.
_LINE = ("question_id", "drill", "submitted_at", "ask_state", "score_rating", "list_opened")
_COMPARED = (*_LINE, "user_id", "seconds_taken", "self_mark", "raw_answer", "anchors", "feedback")


def answers_to(question: Question, before: str | None) -> Part[QuestionAttempt]:
    """The last submitted answers to this question, or those before the answer with this id, the newest first."""
    submitted = QuestionAttempt.objects.filter(question=question).exclude(submitted_at=None)
    return part_of(submitted.only(*_LINE), before, MOST_LISTED)


def compared(question: Question, earlier: str | None, later: str | None) -> TwoAttempts | None:
    """The two marked answers with these ids, else the last two of one kind: a drill is another task than an answer."""
    marked = _marked(question)
    first, second = (whole_number(one, most=MOST_PK) for one in (earlier, later))
    if first and second and first != second:
        found = {attempt.pk: attempt for attempt in marked.filter(pk__in=(first, second))}
        if len(found) > 1:
            return compare(found[first], found[second])
    before = _marked(question).filter(drill=OuterRef("drill"), pk__lt=OuterRef("pk"))
    last = marked.filter(Exists(before)).order_by("-pk").first()
    first_of_both = marked.filter(drill=last.drill, pk__lt=last.pk).order_by("-pk").first() if last else None
    return compare(first_of_both, last) if first_of_both and last else None


def to_compare(shown: Iterable[QuestionAttempt], comparison: TwoAttempts | None) -> list[QuestionAttempt]:
    """What can be chosen to be compared: the marked ones of those shown, and the two that are, the newest first."""
    known = {attempt.pk: attempt for attempt in shown if attempt.is_answered}
    if comparison:
        known |= {attempt.pk: attempt for attempt in (comparison.earlier, comparison.later)}
    return sorted(known.values(), key=lambda attempt: -attempt.pk)


def _marked(question: Question) -> QuerySet[QuestionAttempt]:
    return QuestionAttempt.objects.filter(question=question, ask_state=AskState.DONE).only(*_COMPARED)
