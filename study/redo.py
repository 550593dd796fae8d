"""Which questions are asked again. Code decides; the LLM is told which."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from llm_modes.asking.rows import AskState
from llm_modes.generate_questions.approaches import COMPLETE
from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.generate_questions.schema import RedoReason
from plans.countdown import Countdown
from plans.models import PlanTopic
from study import asked_for_real, resting
from study.models import Question, QuestionAttempt, StudySession, SuggestedQuestion
from study.review_schedule import SOONEST_AGAIN, due_before, last_review

# An answer with a mark up to WEAK is weak: the question is asked again before it is due, but not sooner than that.
WEAK = 4
# An answer that took this many times the allowed time ran out of time.
OVERTIME = 1.25
# An answer with a mark up to this one left something out.
INCOMPLETE = 6
# At most this many questions are looked at, those due longest first.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Redo:
    """A question to ask again. `last_score`: its last mark, 1 to 10; None if it has none so far.

    `due_at`: when it is due, brought forward by an interview. `is_first`: an interviewer has asked it, and it was not
    practised since.
    """

    question: Question
    reason: RedoReason
    last_score: int | None
    due_at: datetime
    is_first: bool = False

    @property
    def ready_at(self) -> datetime:
        """From when on it can be asked again: when it is due, or earlier, when a weak one has rested."""
        rested = self._rested_at()
        return min(rested, self.due_at) if rested else self.due_at

    @property
    def is_brought(self) -> bool:
        """Whether the candidate brought it, and has not answered it yet."""
        return self.last_score is None and self.question.origin == Question.Origin.CANDIDATE

    def _rested_at(self) -> datetime | None:
        weak = self.last_score is not None and self.last_score <= WEAK and not self.question.skips
        reviewed = last_review(self.question)
        return reviewed + SOONEST_AGAIN if weak and reviewed else None


class LastAnswer(NamedTuple):
    """What is told of the last marked answer to a question: its mark (1 to 10), its seconds, and when it was marked."""

    score_rating: int
    seconds_taken: int | None
    seconds_allowed: int
    marked_at: datetime


def pick(
    session: StudySession, count: int, countdown: Countdown | None = None, *, due_here: list[Redo] | None = None
) -> list[Redo]:
    """The questions to ask again in a list of `count` (1 or more): at most half of it, but up to one if `count` is 1.

    Those that were asked for real come first. The others are the topic's own that are due longest, at most one that the
    candidate brought, and at most one of another topic. What is left waits for later lists, also after weeks away: so
    each list has new questions, too. In the last days before the interview the topic's own need not be due.
    `due_here`: what `due` gives, where it is known already.
    """
    countdown, most = countdown or Countdown.of(session.user), max(1, count // 2)
    if countdown.is_for_rehearsal:
        here = rehearsable(session, countdown)
    else:
        here = list(due_here) if due_here is not None else due(session, countdown)
    if session.rung and session.approach != COMPLETE:
        # In a stuck topic the easier ones come first. An answer that is only completed may be to a hard question.
        here.sort(key=lambda redo: STEPS.index(redo.question.difficulty))
    first = [redo for redo in here if redo.is_first][:most]
    brought = [redo for redo in here if redo.is_brought and not redo.is_first]
    rest, room = [redo for redo in here if not redo.is_brought and not redo.is_first], most - len(first)
    beside = [*_not_shown(session, brought)[:1], *_elsewhere(session, countdown)][: max(1, room - 1)]
    chosen = rest[: room - len(beside)] + beside if room > 1 else rest + beside
    return [*first, *sorted(chosen, key=_longest_first)[:room]]


def _not_shown(session: StudySession, redos: list[Redo]) -> list[Redo]:
    """Those of them that this session has not suggested so far, so that "others" are others."""
    shown = SuggestedQuestion.objects.filter(round__session=session, question__in=[one.question for one in redos])
    pks = set(shown.values_list("question_id", flat=True)) if redos else set[int]()
    return [one for one in redos if one.question.pk not in pks]


def _elsewhere(session: StudySession, countdown: Countdown) -> list[Redo]:
    """The question of another topic that is due longest, if any is."""
    others = list(PlanTopic.objects.filter(user=session.user).in_force().exclude(pk=session.topic_id))
    marked = [redo for redo in _all_met(session, others, countdown) if redo.last_score is not None]
    # Hundreds may be due: their texts are opened one by one, until one can be read.
    readable = (redo for redo in _ready(marked) if redo.question.text)
    return list(islice(readable, 1))


def due(session: StudySession, countdown: Countdown) -> list[Redo]:
    """The questions of the session's topic to ask again, those due longest first."""
    return _ready(_met(session, [session.topic], countdown))


def rehearsable(session: StudySession, countdown: Countdown) -> list[Redo]:
    """The topic's questions for a rehearsal: those that an interviewer has asked, those that are due, the weakest.

    The candidate knows them: they answered them, or brought them, or met them in an interview.
    """
    now = timezone.now()
    met = _met(session, [session.topic], countdown)
    known = [one for one in met if one.last_score is not None or one.is_brought or one.is_first]

    def order(one: Redo) -> tuple[bool, datetime, int, int]:
        return not one.is_first, min(one.ready_at, now), one.last_score or 0, one.question.pk

    return sorted(known, key=order)


def askable(topics: list[PlanTopic], countdown: Countdown) -> QuerySet[Question]:
    """The questions of these topics that may be asked: neither voided nor resting."""
    return Question.objects.filter(topic__in=topics, voided_at=None).exclude(resting.at_rest(countdown))


def with_topics(questions: Iterable[Question], topics: Iterable[PlanTopic]) -> list[Question]:
    """The questions, each with its topic, which is one of these: hundreds of rows would bring it hundreds of times."""
    by_pk, found = {topic.pk: topic for topic in topics}, list(questions)
    for question in found:
        question.topic = by_pk[question.topic_id]
    return found


def last_answers(questions: list[Question]) -> dict[int, LastAnswer]:
    """The last marked answer to each question, by question id. Answers to drills do not count."""
    marked = QuestionAttempt.objects.filter(question__in=questions, ask_state=AskState.DONE, drill="")
    latest = marked.order_by("question_id", "-marked_at", "-pk").distinct("question_id")
    told: Any = latest.values_list("question", "score_rating", "seconds_taken", "seconds_allowed", "marked_at")
    return {question: LastAnswer(*answer) for question, *answer in told}


def _ready(redos: list[Redo]) -> list[Redo]:
    """Those of them that are due, those due longest first."""
    now = timezone.now()
    return sorted((one for one in redos if one.ready_at <= now), key=_longest_first)


def _met(session: StudySession, topics: list[PlanTopic], countdown: Countdown) -> list[Redo]:
    """Those of `_all_met` that can be read."""
    return [redo for redo in _all_met(session, topics, countdown) if redo.question.text]


def _all_met(session: StudySession, topics: list[PlanTopic], countdown: Countdown) -> list[Redo]:
    """The questions of these topics that have a due date and were not tried in this session.

    One that the candidate brought and has answered is due again when the answer has its mark.
    """
    answered = QuestionAttempt.objects.filter(question=OuterRef("pk"), submitted_at__isnull=False)
    awaits_mark = Q(origin=Question.Origin.CANDIDATE, review_card__isnull=True) & Q(Exists(answered))
    waiting = askable(topics, countdown).filter(due_at__isnull=False).exclude(awaits_mark)
    waiting = waiting.exclude(attempts__session=session)
    first = waiting.order_by(F("asked_for_real_on").desc(nulls_last=True), "due_at", "pk")
    questions = with_topics(first[:MOST_LOOKED_AT], topics)
    last = last_answers(questions)
    redos = [_redo(question, last.get(question.pk), due_before(countdown, question)) for question in questions]
    if session.topic in topics:
        unpractised = asked_for_real.unpractised(questions)
        redos = [replace(redo, is_first=redo.question.pk in unpractised) for redo in redos]
    return redos


def _longest_first(redo: Redo) -> tuple[datetime, int]:
    return redo.ready_at, redo.question.pk


def _redo(question: Question, last: LastAnswer | None, due_at: datetime) -> Redo:
    score = last.score_rating if last else None
    if last is None or score is None:
        return Redo(question, "high_value", None, due_at)
    if score <= WEAK:
        return Redo(question, "weak_answer", score, due_at)
    if (last.seconds_taken or 0) > OVERTIME * last.seconds_allowed:
        return Redo(question, "time_pressure", score, due_at)
    return Redo(question, "incomplete" if score <= INCOMPLETE else "high_value", score, due_at)
