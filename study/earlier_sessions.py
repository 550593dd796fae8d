"""The candidate's ended sessions, each with its answers and marks in words."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from coach.composed import composed_once
from coach.counted import counted
from coach.models import User
from coach.paging import Part, part_of
from llm_modes.asking.rows import AskState
from plans.models import PlanTopic
from study.models import QuestionAttempt, StudySession

MOST_LISTED = 10
# If a session has more marks than this, only the lowest and the highest are told.
MOST_MARKS = 6


def earlier_sessions(user: User, topics: Sequence[PlanTopic] = (), before: str | None = None) -> Part[Any]:
    """The last MOST_LISTED ended sessions, the latest first, each with `result`: its answers and marks in words.

    `before`: the id of a session, of which the earlier ones are wanted. `topics`: known ones, whose names are not read
    anew.
    """
    ended = StudySession.objects.filter(user=user).exclude(end_time=None).select_related("topic")
    times = ("planned_duration", "start_time", "end_time", "only_opened")
    part = part_of(
        _with_answers(ended).only("user_id", *times, "topic__user_id", "topic__name"),
        before,
        MOST_LISTED,
        by="start_time",
    )
    known = {topic.pk: topic for topic in topics}
    for session in part.rows:
        # Of the sessions of one topic the name is decrypted once.
        session.topic = known.setdefault(session.topic_id, session.topic)
        _told(session)
    return part


def running_and_last(user: User, topics: Sequence[PlanTopic]) -> tuple[StudySession | None, StudySession | None]:
    """The running session, and the last ended one with a submitted answer, with its `result`. One query.

    An abandoned one does not run, even if nobody has ended it yet. `topics`: known ones, whose names are not read anew.
    """
    known = {topic.pk: topic for topic in topics}
    running = last = None
    for session in _running_and_last(user.pk):
        session.topic = known.get(session.topic_id, session.topic)
        if session.end_time:
            last = _told(session)
        elif not session.is_abandoned:
            running = session
    return running, last


@composed_once
def _running_and_last(user: int) -> QuerySet[Any]:
    sessions = StudySession.objects.filter(user=user)
    answers = QuestionAttempt.objects.filter(session=OuterRef("pk"), submitted_at__isnull=False)
    answered = sessions.exclude(end_time=None).filter(Exists(answers.filter(question__voided_at=None)))
    last = Subquery(answered.order_by("-end_time").values("pk")[:1])
    shown = _with_answers(sessions.filter(Q(end_time=None) | Q(pk=last)).select_related("topic"))
    times = ("planned_duration", "start_time", "last_interaction_time", "end_time")
    return shown.only("user_id", *times, "topic__user_id", "topic__name")


def _with_answers(sessions: QuerySet[Any]) -> QuerySet[Any]:
    """The sessions, each with `answers`: what of them is told. It is read of those sessions only that are shown."""
    told = JSONObject(
        mark="score_rating", state="ask_state", submitted="submitted_at", begun="draft_saved_at", drill="drill"
    )
    answers = QuestionAttempt.objects.filter(session=OuterRef("pk"), question__voided_at=None)
    return sessions.annotate(answers=ArraySubquery(answers.order_by("submitted_at").values_list(told)))


def _told(session: Any) -> StudySession:
    submitted = [one for one in session.answers if one["submitted"]]
    session.result = result(
        len(submitted),
        [one["mark"] for one in submitted if one["state"] == AskState.DONE],
        drafts=sum(bool(one["begun"]) for one in session.answers if not one["submitted"]),
        drills=sum(bool(one["drill"]) for one in submitted),
    )
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
