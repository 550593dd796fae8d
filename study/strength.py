"""Which marks count for a topic. It reports them to plans/progress.py, which computes strength and level."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from coach.candidate_text import isolated
from coach.composed import composed_once
from coach.counted import counted
from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.failures import BEYOND_RULES
from plans import signals
from plans.models import PlanTopic, TopicProgress
from plans.progress import in_words, left_out, progress_seen, record_marks, strength
from plans.session_marks import SessionMarks
from study.models import QuestionAttempt, StudySession

# So many marks say all that a strength shows, and more: the forty-first counts a two-millionth of the newest.
ENOUGH = 40
# Sessions that are looked through first for that many marks.
LATELY = 40


def marks_of(topic: PlanTopic, *, before: StudySession | None = None) -> list[SessionMarks]:
    """The marks that count for the topic, session by session; with `before`, only those of earlier sessions.

    The order is that in which sessions and answers were begun, whatever clocks say and whenever marks came. Marks of
    voided questions and of drills do not count.
    """
    rows = [row for row in _marked(topic.pk) if before is None or row[0] < before.pk]
    return [
        SessionMarks(pk, start, tuple(row[4:] for row in given), rung=rung, is_own=of_topic == topic.pk)
        for (pk, start, of_topic, rung), given in groupby(rows, key=lambda row: row[:4])
    ]


@composed_once
def _marked(topic: int) -> Any:
    session = ("session_id", "session__start_time", "session__topic", "session__rung")
    return _counting(topic).order_by("session_id", "pk").values_list(*session, "question__difficulty", "score_rating")


def recompute(topic: PlanTopic) -> None:
    """Compute and store all that the topic's marks say. Call it in the transaction that changed what counts."""
    # The lock: of two marks that come at once, neither may miss the other. It takes this one row only. A transaction
    # that holds one and waits for another could deadlock with a session's start or end, which locks all topics' rows.
    TopicProgress.objects.select_for_update(of=("self",)).get_or_create(topic=topic)
    record_marks(topic, marks_of(topic), **next(iter(_answers_of(topic.pk)), {"answers": 0}))
    signals.refresh(topic.user, only=topic, had_turn=False)


def strength_before(session: StudySession) -> Decimal | None:
    """The strength of the session's topic by the marks of earlier sessions; None without any.

    It reads the last marks only: in a long history all of them would take longer than the rest of a page.
    """
    marks = _counting(session.topic_id).filter(session__lt=session.pk).order_by("-session_id", "-pk")
    scores = marks.values_list("score_rating", flat=True)
    sessions = StudySession.objects.filter(user=session.user_id, pk__lt=session.pk).order_by("-pk")
    lately = list(scores.filter(session__in=sessions.values("pk")[:LATELY]))
    newest_first = lately if len(lately) >= ENOUGH else list(scores[: 2 * ENOUGH])
    return strength([score or 1 for score in reversed(newest_first)])


def _counting(topic: int) -> QuerySet[QuestionAttempt]:
    return _submitted(topic).filter(question__voided_at=None, drill="", ask_state=AskState.DONE)


def _submitted(topic: int) -> QuerySet[QuestionAttempt]:
    return QuestionAttempt.objects.filter(question__topic=topic, submitted_at__isnull=False)


@composed_once
def _answers_of(topic: int) -> Any:
    """How many answers were submitted, and how many the strength leaves out, as for plans.progress.record_marks."""
    without_mark = Q(ask_state__in=UNANSWERED, question__voided_at=None, drill="")
    declined = Q(ask_state=AskState.FAILED, ask_failure__in=("refused", BEYOND_RULES))
    counted = (
        _submitted(topic)
        .order_by()
        .values("question__topic")
        .annotate(
            answers=Count("pk"),
            waiting=Count("pk", filter=without_mark & ~declined),
            declined=Count("pk", filter=without_mark & declined),
            voided=Count("question", filter=Q(question__voided_at__isnull=False), distinct=True),
        )
    )
    return counted.values("answers", "waiting", "declined", "voided")


def last_score(question_id: int) -> int | None:
    """The last mark of the question, 1 to 10; None without one. Marks of drills do not count."""
    return (
        QuestionAttempt.objects.filter(question_id=question_id, ask_state=AskState.DONE, drill="")
        .order_by(F("marked_at").desc(), "-pk")
        .values_list("score_rating", flat=True)
        .first()
    )


def standing(session: StudySession) -> str:
    """In words: the topic's strength before and after the session, what it leaves out, and the time spent."""
    now, then = progress_seen(session.topic), strength_before(session)
    spent = f"{counted(session.minutes_spent, 'minute')} of practice."
    if now.strength_rating is None:
        return spent
    change = "" if then is None or then == now.strength_rating else f"It was {then} before. "
    rest = " ".join([*left_out(now), spent])
    return f"Strength in {isolated(session.topic.called)}: {in_words(now)}. {change}{rest}"
