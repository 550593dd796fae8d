"""Which questions are asked again. Code decides; the LLM is told which."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from llm_modes.asking.rows import AskState
from llm_modes.generate_questions.approaches import COMPLETE
from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.generate_questions.schema import RedoReason
from plans.models import PlanTopic
from study import asked_for_real
from study.models import Question, QuestionAttempt, StudySession, SuggestedQuestion

# An answer with a mark up to WEAK is weak: the question is asked again before it is due, but not sooner than that.
WEAK = 4
SOONEST_AGAIN = timedelta(hours=12)
# An answer that took this many times the allowed time ran out of time.
OVERTIME = 1.25
# An answer with a mark up to this one left something out.
INCOMPLETE = 6
# At most this many questions are looked at, those due longest first.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Redo:
    """A question to ask again. `last_score`: its last mark, 1 to 10; None if it has none so far.

    `is_first`: an interviewer has asked it, and it was not practised since.
    """

    question: Question
    reason: RedoReason
    last_score: int | None
    is_first: bool = False

    @property
    def ready_at(self) -> datetime:
        """From when on it can be asked again: when it is due, or earlier, when a weak one has rested."""
        assert self.question.due_at is not None  # only questions that have such a time are looked at
        rested = self._rested_at()
        return min(rested, self.question.due_at) if rested else self.question.due_at

    @property
    def is_brought(self) -> bool:
        """Whether the candidate brought it, and has not answered it yet."""
        return self.last_score is None and self.question.origin == Question.Origin.CANDIDATE

    def _rested_at(self) -> datetime | None:
        weak = self.last_score is not None and self.last_score <= WEAK and not self.question.skips
        reviewed = self.question.review_card and self.question.review_card.get("last_review")
        return datetime.fromisoformat(reviewed) + SOONEST_AGAIN if weak and reviewed else None


def pick(session: StudySession, count: int) -> list[Redo]:
    """The questions to ask again in a list of `count` (1 or more): at most half of it, but up to one if `count` is 1.

    Those that were asked for real come first. The others are the topic's own that are due longest, at most one that the
    candidate brought, and at most one of another topic. What is left waits for later lists, also after weeks away: so
    each list has new questions, too.
    """
    most = max(1, count // 2)
    here = due(session)
    if session.rung and session.approach != COMPLETE:
        # In a stuck topic the easier ones come first. An answer that is only completed may be to a hard question.
        here.sort(key=lambda redo: STEPS.index(redo.question.difficulty))
    first = [redo for redo in here if redo.is_first][:most]
    brought = [redo for redo in here if redo.is_brought and not redo.is_first]
    rest, room = [redo for redo in here if not redo.is_brought and not redo.is_first], most - len(first)
    beside = [*_not_shown(session, brought)[:1], *_elsewhere(session)][: max(1, room - 1)]
    chosen = rest[: room - len(beside)] + beside if room > 1 else rest + beside
    return [*first, *sorted(chosen, key=_longest_first)[:room]]


def _not_shown(session: StudySession, redos: list[Redo]) -> list[Redo]:
    """Those of them that this session has not suggested so far, so that "others" are others."""
    shown = SuggestedQuestion.objects.filter(round__session=session, question__in=[one.question for one in redos])
    pks = set(shown.values_list("question_id", flat=True)) if redos else set[int]()
    return [one for one in redos if one.question.pk not in pks]


def _elsewhere(session: StudySession) -> list[Redo]:
    """The question of another topic that is due longest, if any is."""
    others = PlanTopic.objects.filter(user=session.user).in_force().exclude(pk=session.topic_id)
    return [redo for redo in _ready(session, list(others)) if redo.last_score is not None][:1]


def due(session: StudySession) -> list[Redo]:
    """The questions of the session's topic to ask again, those due longest first."""
    return _ready(session, [session.topic])


def askable(topics: list[PlanTopic]) -> QuerySet[Question]:
    """The questions of these topics that may be asked: neither voided nor resting."""
    resting = Q(rests_until__gt=timezone.now())
    return Question.objects.filter(topic__in=topics, voided_at=None).exclude(resting).select_related("topic")


def last_answers(questions: list[Question]) -> dict[int, QuestionAttempt]:
    """The last marked answer to each question, by question id. Answers to drills do not count."""
    marked = QuestionAttempt.objects.filter(question__in=questions, ask_state=AskState.DONE, drill="")
    return {
        attempt.question_id: attempt
        for attempt in marked.order_by("question_id", "-marked_at", "-pk").distinct("question_id")
    }


def _ready(session: StudySession, topics: list[PlanTopic]) -> list[Redo]:
    """The questions of these topics that are due and were not tried in this session, those due longest first.

    One that the candidate brought and has answered is due again when the answer has its mark.
    """
    answered = QuestionAttempt.objects.filter(question=OuterRef("pk"), submitted_at__isnull=False)
    awaits_mark = Q(origin=Question.Origin.CANDIDATE, review_card__isnull=True) & Q(Exists(answered))
    questions = list(
        askable(topics)
        .filter(due_at__isnull=False)
        .exclude(awaits_mark)
        .exclude(attempts__session=session)
        .order_by(F("asked_for_real_on").desc(nulls_last=True), "due_at", "pk")[:MOST_LOOKED_AT]
    )
    last, now = last_answers(questions), timezone.now()
    redos = [_redo(question, last.get(question.pk)) for question in questions if question.text]
    if session.topic in topics:
        first = asked_for_real.unpractised(questions)
        redos = [replace(redo, is_first=redo.question.pk in first) for redo in redos]
    return sorted((redo for redo in redos if redo.ready_at <= now), key=_longest_first)


def _longest_first(redo: Redo) -> tuple[datetime, int]:
    return redo.ready_at, redo.question.pk


def _redo(question: Question, last: QuestionAttempt | None) -> Redo:
    score = last.score_rating if last else None
    if last is None or score is None:
        return Redo(question, "high_value", None)
    if score <= WEAK:
        return Redo(question, "weak_answer", score)
    if (last.seconds_taken or 0) > OVERTIME * last.seconds_allowed:
        return Redo(question, "time_pressure", score)
    return Redo(question, "incomplete" if score <= INCOMPLETE else "high_value", score)
