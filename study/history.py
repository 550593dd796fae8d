"""What weeks of practice show about a topic, counted from rows. Slow, so for the worker: it decrypts much feedback."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain
from statistics import fmean
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from coach.encryption.unreadable import is_untouched
from coach.time_zone import local_day
from llm_modes.asking.rows import AskState
from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.reconcile_session.counts import Counts, Practised
from llm_modes.reconcile_session.tally import Tally, crafts_missing, crafts_praised, day_said, said_nothing
from plans.models import PlanTopic, TopicProgress
from study.models import Question, QuestionAttempt

# Up to MOST_READ answers are read each time. If there are more, all but the newest KEPT go into the stored tally.
MOST_READ, KEPT = 400, 300
# The first and the last mean rest on at most this many sessions. So does each mean that shows what is good.
OVER = 3
# With fewer sessions than this, the first mean and the last mean are the same.
SESSIONS = 4
HALF_A_LEVEL = 0.5
GOOD, POOR = 7, 4


class _Mark(NamedTuple):
    session: int
    question: int
    score: int
    at: datetime
    difficulty: str


class _Stored(BaseModel):
    """The tally of the answers that are no longer read: those up to the moment `at`, at that moment up to `pk`."""

    at: datetime
    pk: int
    tally: Tally


def counts_of(topic: PlanTopic) -> Counts:
    """The topic's counts over all its marked answers.

    Drills, voided questions and answers without a mark do not count. Second tries count, as in the strength; but only
    the last try in a session decides whether something is still missing. Voiding a question empties the stored tally
    (study/noting.py), so that all answers are read anew without it.
    """
    answers = _answers(topic)
    columns = answers.values_list("session_id", "question_id", "score_rating", "submitted_at", "question__difficulty")
    marks = [_Mark(session, question, score or 1, at, how) for session, question, score, at, how in columns if at]
    if not marks:
        return Counts()
    today = local_day(topic.user)
    tally = _tally(topic, answers)
    best, weakest = _best(marks), _weakest(marks)
    lacking = [question for one in tally.crafts.values() for question in one.questions]
    named = _texts([*lacking, *(mark.question for mark in (best, weakest) if mark)])
    return Counts(
        answers=len(marks),
        read=tally.answers,
        silent=tally.silent,
        best=_practised(best, named),
        weakest=_practised(weakest, named),
        crafts=tally.counts(named, today),
        focus=[item["focus"] for item in _progress(topic).next_focus],
        **_from_first_to_last(topic, marks, today),
    )


def _from_first_to_last(topic: PlanTopic, marks: list[_Mark], today: date) -> dict[str, Any]:
    """The counts that tell the first sessions from the last ones."""
    sessions = _by_session(marks)
    means = [fmean(mark.score for mark in session) for session in sessions]
    days = [day_said(local_day(topic.user, session[0].at).isoformat(), today) for session in sessions]
    over = min(OVER, len(means) // 2) if len(means) >= SESSIONS else len(means)
    first, last = list(chain(*sessions[:over])), list(chain(*sessions[-over:]))
    return {
        "sessions": len(means),
        "since": days[0],
        "first_mean": round(fmean(mark.score for mark in first), 1),
        "last_mean": round(fmean(mark.score for mark in last), 1),
        "harder": _harder(first, last),
        "good_since": _good_since(means, days),
    }


def put_old_away(topic: PlanTopic) -> None:
    """Count old answers into the stored tally for good, so that at most MOST_READ are read each time."""
    stored = _stored(topic)
    answers = _after(stored, _answers(topic))
    waiting = answers.count()
    if waiting > MOST_READ:
        tally = _add(stored.tally if stored else Tally(), topic, answers[: waiting - KEPT])
        last = answers[waiting - KEPT - 1]
        put = _Stored(at=last.submitted_at, pk=last.pk, tally=tally)
        TopicProgress.objects.filter(topic=topic).update(tally=put.model_dump(mode="json"))


def _answers(topic: PlanTopic) -> QuerySet[QuestionAttempt]:
    """The answers that count, in the order in which they were submitted."""
    return QuestionAttempt.objects.filter(
        question__topic=topic, question__voided_at=None, drill="", ask_state=AskState.DONE
    ).order_by("submitted_at", "pk")


def _tally(topic: PlanTopic, answers: QuerySet[QuestionAttempt]) -> Tally:
    """What recurs in the feedback on these answers."""
    stored = _stored(topic)
    return _add(stored.tally if stored else Tally(), topic, _after(stored, answers))


def _after(stored: _Stored | None, answers: QuerySet[QuestionAttempt]) -> QuerySet[QuestionAttempt]:
    """Those of the answers that are not in the stored tally."""
    if stored is None:
        return answers
    return answers.filter(Q(submitted_at__gt=stored.at) | Q(submitted_at=stored.at, pk__gt=stored.pk))


def _progress(topic: PlanTopic) -> TopicProgress:
    """The topic's progress as it is stored now: the topic at hand may have been loaded before it changed."""
    return TopicProgress.objects.filter(topic=topic).first() or TopicProgress(topic=topic)


def _stored(topic: PlanTopic) -> _Stored | None:
    try:
        return _Stored.model_validate(_progress(topic).tally)
    except ValidationError:
        return None  # nothing is stored yet, or another release wrote it


def _add(tally: Tally, topic: PlanTopic, answers: QuerySet[QuestionAttempt]) -> Tally:
    places = answers.values_list("session_id", "question_id", "pk")
    last_tries = {(session, question): pk for session, question, pk in places}
    for attempt in answers.only("session_id", "question_id", "user_id", "submitted_at", "feedback").iterator(100):
        feedback = attempt.feedback
        remarks = [] if is_untouched(feedback) else feedback.get("improvement_areas", [])
        missing = None if is_untouched(feedback) else crafts_missing(remarks)
        tally.silent += said_nothing(remarks)
        if missing is not None:
            tally.add(
                local_day(topic.user, attempt.submitted_at),
                missing,
                crafts_praised(feedback.get("positive_feedback", [])),
                question=attempt.question_id,
                last_try=last_tries[attempt.session_id, attempt.question_id] == attempt.pk,
            )
    return tally


def _texts(questions: list[int]) -> dict[int, str]:
    """The texts of these questions by id, without those that are voided or rest: they must not be asked for again."""
    now = timezone.now()
    awake = Q(rests_until=None) | Q(rests_until__lte=now)
    found = Question.objects.filter(awake, pk__in=questions, voided_at=None)
    return {question.pk: question.text for question in found}


def _practised(mark: _Mark | None, texts: dict[int, str]) -> Practised | None:
    text = texts.get(mark.question) if mark else None
    return Practised(question=text, score=mark.score) if mark and text else None


def _harder(first: Iterable[_Mark], last: Iterable[_Mark]) -> int:
    """1 if the last questions were harder than the first by HALF_A_LEVEL or more, -1 if they were easier, else 0."""
    before, now = (fmean(STEPS.index(mark.difficulty) for mark in marks) for marks in (first, last))
    return 0 if abs(now - before) < HALF_A_LEVEL else 1 if now > before else -1


def _by_session(marks: list[_Mark]) -> list[list[_Mark]]:
    sessions: dict[int, list[_Mark]] = {}
    for mark in marks:
        sessions.setdefault(mark.session, []).append(mark)
    return list(sessions.values())


def _best(marks: list[_Mark]) -> _Mark | None:
    """The best of the questions' last marks, if it is at least GOOD. Of equal marks, the newest."""
    last = {mark.question: mark for mark in marks}
    best = max(last.values(), key=lambda mark: (mark.score, mark.at))
    return best if best.score >= GOOD else None


def _weakest(marks: list[_Mark]) -> _Mark | None:
    """The lowest of the questions' last marks in the last session, if it is at most POOR."""
    last = {mark.question: mark for mark in marks if mark.session == marks[-1].session}
    weakest = min(last.values(), key=lambda mark: mark.score)
    return weakest if weakest.score <= POOR else None


def _good_since(means: list[float], days: list[str]) -> str:
    """The day since when any OVER sessions in a row had a mean of at least GOOD; "" if the last ones did not."""
    since = ""
    for place in range(len(means) - 1, OVER - 2, -1):
        if fmean(means[place - OVER + 1 : place + 1]) < GOOD:
            break
        since = days[place - OVER + 1]
    return since
