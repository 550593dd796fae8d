"""Questions that an interviewer has asked: due at once, and first in their topic until they are practised again."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from coach.time_zone import local_day
from study.models import Question, QuestionAttempt

# What `note` changes, for saving.
NOTED = ("asked_for_real_on", "due_at", "skips", "rests_until")


def note(question: Question, day: date) -> None:
    """Set on the question that it was asked for real on this day: it is due now, skipped or resting as it may be.

    The caller saves it. A day before the one that is known, or the same, changes nothing.
    """
    if question.asked_for_real_on is None or question.asked_for_real_on < day:
        question.asked_for_real_on = day
        question.due_at, question.skips, question.rests_until = timezone.now(), 0, None


def unpractised(questions: Iterable[Question]) -> set[int]:
    """The ids of those that were asked for real and not answered since: neither on that day nor later."""
    asked = {question.pk: question.asked_for_real_on for question in questions if question.asked_for_real_on}
    answers = QuestionAttempt.objects.filter(question__in=asked, submitted_at__isnull=False)
    # Without the answers themselves: a list of questions is made of times alone.
    answers = answers.select_related("user").only("question_id", "submitted_at", "user__time_zone")
    practised = {one.question_id for one in answers if local_day(one.user, one.submitted_at) >= asked[one.question_id]}
    return set(asked) - practised


def is_unmarked(question: Question) -> bool:
    """Whether it was asked for real and has no mark since. Makes no query: a page asks it of each of its questions."""
    reviewed = (question.review_card or {}).get("last_review")
    asked = question.asked_for_real_on
    return asked is not None and not (reviewed and timezone.localdate(datetime.fromisoformat(reviewed)) >= asked)


def said(question: Question) -> str:
    """ "Asked for real on 8 December", with the year where it is not this one; "" if it never was."""
    day = question.asked_for_real_on
    if day is None:
        return ""
    return f"Asked for real on {date_format(day, 'j F' if day.year == timezone.localdate().year else 'j F Y')}"
