"""Help with an answer in a session whose topic is stuck: what stands above and in its field, by the approach."""

from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.timezone import localtime

from coach.languages import is_foreign
from llm_modes.asking.rows import AskState
from llm_modes.generate_questions.approaches import APPROACHES, COMPLETE, ONE_BY_ONE, POINTS, STORY, Approach, openings
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.words import count_words
from plans.journey import language_of
from study.approach import REMARKS_OF, lacking_in, marked_in
from study.models import Question, QuestionAttempt

# An earlier answer with fewer words is too short to be completed.
WORTH_COMPLETING = 8
MOST_POINTS = 4


@dataclass(frozen=True)
class Help:
    """The help above the field of an answer. `begin`: what the field contains until something is written."""

    line: str
    points: list[dict[str, str]] = field(default_factory=list)
    points_of: str = ""
    begin: str = ""
    lacks: list[str] = field(default_factory=list)
    openings: list[str] = field(default_factory=list)
    wants_story: bool = False


def help_with(attempt: QuestionAttempt) -> Help | None:
    """The help for this draft; None without an approach, for a drill, and for a question of another topic."""
    session, question = attempt.session, attempt.question
    approach = APPROACHES.get(session.approach)
    if approach is None or attempt.drill or question.topic_id != session.topic_id:
        return None
    if approach.name in (POINTS, ONE_BY_ONE):
        return _with_points(approach, question)
    if approach.name == STORY:
        story = getattr(question, "story", None)
        return Help(approach.here) if story and story.text else Help("", wants_story=True)
    if approach.name == COMPLETE:
        return _to_complete(approach, attempt)
    return Help(approach.here)


def nothing_was_completed(attempt: QuestionAttempt, text: str) -> bool:
    """Whether the session is for completing an earlier answer, and the text is that answer word for word."""
    if not attempt.is_draft or attempt.drill or attempt.session.approach != COMPLETE:
        return False
    said = text.split()
    return any(earlier.raw_answer.split() == said for earlier in _earlier_answers(attempt))


def _with_points(approach: Approach, question: Question) -> Help:
    if question.answer_anchors:
        return Help(approach.here, points=question.answer_anchors)
    points: dict[str, dict[str, str]] = {}
    for answered in marked_in(question.topic)[:REMARKS_OF]:
        for point in answered.anchors:
            points.setdefault(point["name"].casefold(), point)
    if points:
        which = "What strong answers in this topic say"
        return Help(approach.here, points=list(points.values())[:MOST_POINTS], points_of=which)
    return Help("What a strong answer says is known after the first mark, and then stands here. Answer as you can.")


def _to_complete(approach: Approach, attempt: QuestionAttempt) -> Help:
    """The best earlier answer to the question, else its story, else beginnings of sentences; no facts of ours."""
    if earlier := _earlier_answers(attempt):
        best = max(earlier, key=lambda one: one.score_rating or 0)
        day = date_format(localtime(best.submitted_at), "j F")
        lacks = best.feedback.get("improvement_areas", [])
        line = f"Your answer of {day} stands in the field. {approach.here}"
        return Help(line, begin=best.raw_answer, lacks=lacks)
    story = getattr(attempt.question, "story", None)
    if story and story.text:
        return Help(
            "Your story for it is open below. Make an answer of it, and fill what it still lacks.", lacks=story.gaps
        )
    line = "There is no earlier answer of yours to this one."
    latest = marked_in(attempt.session.topic).first()
    if is_foreign(language_of(attempt.user)) or (latest and looks_foreign(latest.raw_answer)):
        # English beginnings do not help with an answer in another language.
        return Help(f"{line} Begin with the one sentence that you are sure of, and go on from there.")
    begin = "Choose from these beginnings, and complete them."
    return Help(f"{line} {begin}", openings=openings(lacking_in(attempt.session.topic)))


def _earlier_answers(attempt: QuestionAttempt) -> list[QuestionAttempt]:
    """The marked answers to the attempt's question that are long enough to be completed, the latest first."""
    answers = QuestionAttempt.objects.filter(question=attempt.question, drill="", ask_state=AskState.DONE)
    return [one for one in answers.order_by("-pk") if count_words(one.raw_answer) >= WORTH_COMPLETING]
