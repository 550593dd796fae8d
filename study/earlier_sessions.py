"""The candidate's ended sessions, each with its answers and marks in words."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet

from coach.counted import counted
from coach.models import User
from llm_modes.asking.rows import AskState
from study.models import StudySession

MOST_LISTED = 10
# If a session has more marks than this, only the lowest and the highest are told.
MOST_MARKS = 6


def earlier_sessions(user: User) -> list[StudySession]:
    """The last MOST_LISTED ended sessions, the latest first, each with `result`: its answers and marks in words."""
    return [_told(session) for session in _ended(user).order_by("-start_time")[:MOST_LISTED]]


def last_answered(user: User) -> StudySession | None:
    """The last ended session with a submitted answer, with its `result`; None if there is none."""
    session = _ended(user).filter(answers__gt=0).order_by("-end_time").first()
    return _told(session) if session else None


def _ended(user: User) -> QuerySet[Any]:
    submitted = Q(attempts__submitted_at__isnull=False, attempts__question__voided_at=None)
    begun = Q(attempts__submitted_at=None, attempts__draft_saved_at__isnull=False, attempts__question__voided_at=None)
    marked = submitted & Q(attempts__ask_state=AskState.DONE)
    sessions = StudySession.objects.filter(user=user).exclude(end_time=None).select_related("topic")
    return sessions.annotate(
        answers=Count("attempts", filter=submitted),
        drafts=Count("attempts", filter=begun),
        drills=Count("attempts", filter=submitted & ~Q(attempts__drill="")),
        marks=ArrayAgg("attempts__score_rating", filter=marked, order_by="attempts__submitted_at", default=[]),
    )


def _told(session: Any) -> StudySession:
    session.result = result(session.answers, session.marks, session.drafts, session.drills)
    return session


def result(answers: int, marks: list[int], drafts: int = 0, drills: int = 0) -> str:
    """ "3 answers, marks 4, 6 and 7".

    `answers`: submitted, with the `drills` among them. `marks`: 1 to 10, oldest first. `drafts`: begun, not submitted.
    """
    if not answers:
        return f"{counted(drafts, 'answer')} not submitted" if drafts else "no answer"
    said = counted(answers, "answer")
    if drills:
        said += f" ({counted(drills, 'drill')})"
    begun = f"; {drafts} not submitted" if drafts else ""
    if not marks:
        return f"{said}, no mark yet{begun}"
    lacking = f", {answers - len(marks)} without a mark yet" if answers > len(marks) else ""
    return f"{said}, {_in_words(marks)}{lacking}{begun}"


def _in_words(marks: list[int]) -> str:
    if len(marks) == 1:
        return f"mark {marks[0]}"
    if len(marks) > MOST_MARKS:
        return f"marks {min(marks)} to {max(marks)}"
    return f"marks {', '.join(map(str, marks[:-1]))} and {marks[-1]}"
