"""Drills: a known question in another way, for when a topic has nothing new left.

A drill is marked like an answer, by its instruction, and kept apart: it leaves the strength and all that its question
learns from answers as they are. If it counted as a review, too, the answers that count would hardly come any more.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from coach.time_zone import day_start, local_day
from llm_modes.asking.rows import AskState
from study import answer_time, redo
from study.models import Drill, Question, QuestionAttempt, StudySession, SuggestedQuestion

# Behind the question wherever it is asked: in the list, above the field, and for the coach who marks it.
INSTRUCTIONS = {
    Drill.HALF_TIME: "Answer it in half the usual time.",
    Drill.RESULT_FIRST: "Begin with the result, then say how you got there.",
    Drill.OUTSIDER: "Explain it to somebody from outside your field.",
    Drill.NO_NOTES: "Answer it from memory, without your notes.",
}
LEAST_SECONDS = 30


def instruction(drill: str) -> str:
    """What the drill asks for, in one sentence; "" for a usual answer."""
    return INSTRUCTIONS[Drill(drill)] if drill else ""


def asked(question: Question, drill: str) -> str:
    """The question as it is asked: with the drill's sentence behind it."""
    return f"{question.text} {instruction(drill)}".rstrip()


def seconds_allowed(question: Question, drill: str) -> int:
    """Seconds that an answer may take, in a drill or as usual."""
    usual = answer_time.seconds_allowed(question)
    return max(LEAST_SECONDS, usual // 2) if drill == Drill.HALF_TIME else usual


def suggested(session: StudySession, question: Question) -> str:
    """The drill as which the session suggested the question last, or ""."""
    rows = SuggestedQuestion.objects.filter(round__session=session, question=question).order_by("-round_id")
    return rows.values_list("drill", flat=True).first() or ""


def pick(session: StudySession, *, besides: Iterable[int]) -> list[tuple[Question, Drill, int]]:
    """Questions of the topic as drills, each with its last mark: those with the fewest drills, then the best answered.

    Then those answered longest ago; each in the way it has not had yet, or had longest ago. None that is weak, rests,
    was suggested in this session, or is among `besides`; none twice on a day, unless all of them had one today.
    """
    answered = QuestionAttempt.objects.filter(question=OuterRef("pk"), ask_state=AskState.DONE, drill="")
    questions = list(
        redo.askable([session.topic])
        .filter(Exists(answered))
        .exclude(pk__in=besides)
        .exclude(suggestions__round__session=session)
        .exclude(attempts__session=session)
    )
    last = redo.last_answers(questions)
    known = [one for one in questions if one.pk in last and (last[one.pk].score_rating or 0) > redo.WEAK and one.text]
    had = _had(known)
    known.sort(key=lambda one: (len(had[one.pk]), -(last[one.pk].score_rating or 0), last[one.pk].marked_at, one.pk))
    midnight = day_start(session.user, local_day(session.user))
    today = QuestionAttempt.objects.filter(question__in=known, submitted_at__gte=midnight).exclude(drill="")
    had_one = set(today.values_list("question_id", flat=True))
    known = [one for one in known if one.pk not in had_one] or known
    # Who is stuck in the topic is not hurried as well.
    kinds = [kind for kind in Drill if not (session.rung and kind == Drill.HALF_TIME)]
    return [(one, _next(had[one.pk], one, kinds), last[one.pk].score_rating or 0) for one in known]


def _had(questions: list[Question]) -> dict[int, list[str]]:
    """The drills that were answered on each of the questions, the latest last."""
    had: dict[int, list[str]] = defaultdict(list)
    rows = QuestionAttempt.objects.filter(question__in=questions, submitted_at__isnull=False).exclude(drill="")
    for question, drill in rows.order_by("submitted_at", "pk").values_list("question", "drill"):
        had[question].append(drill)
    return had


def _next(had: list[str], question: Question, kinds: list[Drill]) -> Drill:
    """A kind that is not among those `had`, else the one longest ago. Different questions begin with different ones."""
    turned = kinds[question.pk % len(kinds) :] + kinds[: question.pk % len(kinds)]
    last_place = {drill: place for place, drill in enumerate(had)}
    return min(turned, key=lambda kind: last_place.get(kind, -1))
