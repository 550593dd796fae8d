"""Drills: a known question, asked in another way when a topic has nothing new left.

The coach marks a drill by its instruction. The mark changes neither the topic's strength nor the question's due date or
rest. If drills moved the due date, the question itself would hardly be asked any more.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from coach.time_zone import day_start, local_day
from llm_modes.asking.rows import AskState
from plans.countdown import Countdown
from study import answer_time, redo
from study.models import Drill, Question, QuestionAttempt, StudySession, SuggestedQuestion

# This follows the question wherever it is shown: in the list, above the answer's field, and to the coach.
INSTRUCTIONS = {
    Drill.HALF_TIME: "Answer it in half the usual time.",
    Drill.RESULT_FIRST: "Begin with the result, then say how you got there.",
    Drill.OUTSIDER: "Explain it to somebody from outside your field.",
    Drill.NO_NOTES: "Answer it from memory, without your notes.",
}
LEAST_SECONDS = 30


def instruction(drill: str) -> str:
    """What this kind of drill asks for, in one sentence; "" for `drill` "" (a usual answer)."""
    return INSTRUCTIONS[Drill(drill)] if drill else ""


def asked(question: Question, drill: str) -> str:
    """The question's text, with the drill's instruction behind it."""
    return f"{question.text} {instruction(drill)}".rstrip()


def seconds_allowed(question: Question, drill: str) -> int:
    """Seconds that an answer may take, as a drill of this kind or (for "") as usual."""
    usual = answer_time.seconds_allowed(question)
    return max(LEAST_SECONDS, usual // 2) if drill == Drill.HALF_TIME else usual


def suggested(session: StudySession, question: Question) -> str:
    """The kind of drill as which this session last suggested the question; "" if not as a drill."""
    rows = SuggestedQuestion.objects.filter(round__session=session, question=question).order_by("-round_id")
    return rows.values_list("drill", flat=True).first() or ""


def pick(
    session: StudySession, countdown: Countdown | None = None, *, besides: Iterable[int]
) -> list[tuple[Question, Drill, int]]:
    """Questions of the topic as drills: (question, kind, last mark). A question's kind is one it did not have lately.

    The order: fewest drills first, then the best mark, then the oldest answer. Left out are questions that are weak,
    rest, came up in this session or are among `besides` (ids), and those with a drill today, unless all had one today.
    """
    answered = QuestionAttempt.objects.filter(question=OuterRef("pk"), ask_state=AskState.DONE, drill="")
    questions = redo.with_topics(
        redo.askable([session.topic], countdown or Countdown.of(session.user))
        .filter(Exists(answered))
        .exclude(pk__in=besides)
        .exclude(suggestions__round__session=session)
        .exclude(attempts__session=session),
        [session.topic],
    )
    last = redo.last_answers(questions)
    known = [one for one in questions if one.pk in last and (last[one.pk].score_rating or 0) > redo.WEAK and one.text]
    had = _had(known)
    known.sort(key=lambda one: (len(had[one.pk]), -(last[one.pk].score_rating or 0), last[one.pk].marked_at, one.pk))
    midnight = day_start(session.user, local_day(session.user))
    today = QuestionAttempt.objects.filter(question__in=known, submitted_at__gte=midnight).exclude(drill="")
    had_one = set(today.values_list("question_id", flat=True))
    known = [one for one in known if one.pk not in had_one] or known
    # A candidate who is stuck in the topic is not hurried.
    kinds = [kind for kind in Drill if not (session.rung and kind == Drill.HALF_TIME)]
    return [(one, _next(had[one.pk], one, kinds), last[one.pk].score_rating or 0) for one in known]


def _had(questions: list[Question]) -> dict[int, list[str]]:
    """The kinds of drill that were answered for each question, by question id, the latest last."""
    had: dict[int, list[str]] = defaultdict(list)
    rows = QuestionAttempt.objects.filter(question__in=questions, submitted_at__isnull=False).exclude(drill="")
    for question, drill in rows.order_by("submitted_at", "pk").values_list("question", "drill"):
        had[question].append(drill)
    return had


def _next(had: list[str], question: Question, kinds: list[Drill]) -> Drill:
    """A kind that is not among those `had`, or else the oldest. Different questions begin with different kinds."""
    turned = kinds[question.pk % len(kinds) :] + kinds[: question.pk % len(kinds)]
    last_place = {drill: place for place, drill in enumerate(had)}
    return min(turned, key=lambda kind: last_place.get(kind, -1))
