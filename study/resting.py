"""A question with several low marks in a row rests: it is not suggested for a while. More of the same seldom helps."""

from datetime import datetime, timedelta
from itertools import takewhile

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from llm_modes.asking.rows import AskState
from plans.countdown import Countdown
from study.models import Question, QuestionAttempt
from study.review_schedule import SOONEST_AGAIN, before

# A question rests after FAILURES marks in a row of at most LOW.
FAILURES, LOW = 4, 4
REST = timedelta(days=14)


def low_marks(question: Question) -> int:
    """How many of its latest marks in a row were low, 0 or more. A drill is another task and does not count."""
    marks = (
        QuestionAttempt.objects.filter(question=question, drill="", ask_state=AskState.DONE)
        .order_by("-session_id", "-pk")
        .values_list("score_rating", flat=True)
    )
    return sum(1 for _ in takewhile(lambda mark: mark is not None and mark <= LOW, marks))


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
    if question.rests_until is None or question.rests_until <= timezone.now():
        return None
    ends = before(Countdown.of(question.user), question.rests_until, question.rests_until - REST)
    return ends if ends > timezone.now() else None


def said(question: Question) -> str:
    """Why the question rests and until when, in words; "" if it does not rest. The candidate may still choose it."""
    ends = rest_ends(question)
    if ends is None:
        return ""
    until = date_format(timezone.localtime(ends), "j F")
    return (
        f"This question has had {apnumber(low_marks(question))} low marks in a row. It rests until {until}; then it "
        "comes back once."
    )
