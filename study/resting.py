"""A question with several low marks in a row rests: it is not suggested for a while. More of the same seldom helps."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from coach.models import User
from llm_modes.asking.rows import AskState
from plans.countdown import Countdown
from study.models import Question, QuestionAttempt
from study.review_schedule import SOONEST_AGAIN, before

# A question rests after FAILURES marks in a row of at most LOW.
FAILURES, LOW = 4, 4
REST = timedelta(days=14)


def low_marks(question: Question) -> int:
    """How many of its latest marks in a row were low, 0 or more. A drill is another task and does not count."""
    return _low_marks([question])[question.pk]


def _low_marks(questions: Sequence[Question]) -> dict[int, int]:
    """The same of several questions, by their ids. One query."""
    marks: dict[int, list[int | None]] = {question.pk: [] for question in questions}
    rows = QuestionAttempt.objects.filter(question__in=questions, drill="", ask_state=AskState.DONE)
    for question, mark in rows.order_by("-session_id", "-pk").values_list("question_id", "score_rating"):
        marks[question].append(mark)
    return {question: sum(1 for _ in takewhile(_is_low, given)) for question, given in marks.items()}


def _is_low(mark: int | None) -> bool:
    return mark is not None and mark <= LOW


def note_mark(question: Question, *, at: datetime) -> None:
    """Set on the question whether it rests after its new mark of the time `at`, and until when. The caller saves it.

    After its rest it is due once. Another low mark lets it rest again. After a mark above LOW the
    count of low marks begins anew.
    """
    if low_marks(question) < FAILURES:
        question.rests_until = None
        return
    question.rests_until = at + REST
    question.due_at = max(question.rests_until, question.due_at or at)


def at_rest(countdown: Countdown) -> Q:
    """The questions that rest now. A rest is cut short by an interview as a due date is (`before`)."""
    now, last = timezone.now(), countdown.last_moment
    if last is None:
        return Q(rests_until__gt=now)
    # Half of the way from its beginning to the last moment is still to come.
    begun_after = now - max(last - now, SOONEST_AGAIN)
    return Q(rests_until__gt=max(now, begun_after + REST))


def rest_ends(question: Question) -> datetime | None:
    """When its rest is over, if it rests now; else None. One query, if its rest would last without an interview."""
    return _rest_ends(question, Countdown.of(question.user)) if _would_rest(question) else None


def _would_rest(question: Question) -> bool:
    """Whether it rests now if no interview cuts the rest short."""
    return question.rests_until is not None and question.rests_until > timezone.now()


def _rest_ends(question: Question, countdown: Countdown) -> datetime | None:
    assert question.rests_until
    ends = before(countdown, question.rests_until, question.rests_until - REST)
    return ends if ends > timezone.now() else None


def said(question: Question) -> str:
    """Why the question rests and until when, in words; "" if it does not rest. The candidate may still choose it."""
    return said_of([question], question.user).get(question.pk, "") if _would_rest(question) else ""


def said_of(questions: Iterable[Question], user: User) -> dict[int, str]:
    """The same of several questions of one candidate, by the ids of those that rest. Two queries, where some do."""
    candidates = [question for question in questions if _would_rest(question)]
    if not candidates:
        return {}
    countdown = Countdown.of(user)
    ends = {question: at for question in candidates if (at := _rest_ends(question, countdown))}
    lows = _low_marks(list(ends)) if ends else {}
    return {
        question.pk: (
            f"This question has had {apnumber(lows[question.pk])} low marks in a row. It rests until "
            f"{date_format(timezone.localtime(at), 'j F')}; then it comes back once."
        )
        for question, at in ends.items()
    }
