"""What a good answer to a question shows: its lines, opened before the answer, ticked after the mark, and one hint."""

from dataclasses import dataclass

from llm_modes.language.foreign import looks_foreign
from llm_modes.ledger.spending import OFFLINE_MODEL
from study.models import Drill, QuestionAttempt
from study.sessions import touch

# By kind: how an answer can begin. Only a beginning: the facts are the candidate's.
BEGINNINGS = {
    "behavioural": "Begin with where and when it was: “At …, in …, we had …”",
    "situational": "Begin with what you would do first, and why: “First I would …, because …”",
    "technical": "Begin with the whole of it in one plain sentence: “In short, … is …, and it matters when …”",
    "motivation": "Begin with what draws you, and where it showed: “What draws me to this is …. I noticed it when …”",
    "case": "Begin with what you would ask, or assume: “Before I decide I would ask …. I take it that …”",
}
RULES_CANNOT_TELL = "A set of rules cannot tell which of these your answer shows."
NOT_LOOKED_AT = "This mark was given without a look at each of these."


@dataclass(frozen=True)
class Line:
    """One thing that a good answer shows. `shown`: whether this answer does; None where nobody said."""

    text: str
    shown: bool | None


@dataclass(frozen=True)
class Hint:
    """Help for who is stuck: how to begin ("" where we have no words for it), and the first line of the list."""

    begin: str
    line: str


def before(attempt: QuestionAttempt) -> list[str]:
    """The lines that can be opened while this answer is written; none for a drill from memory."""
    return [] if attempt.drill == Drill.NO_NOTES else attempt.question.looks_for


def open_list(attempt: QuestionAttempt) -> None:
    """Note on a draft that its list was opened; an answer that was submitted stays as it was."""
    drafts = QuestionAttempt.objects.filter(pk=attempt.pk, submitted_at=None)
    if before(attempt) and drafts.update(list_opened=True):
        touch(attempt.session)


def after(attempt: QuestionAttempt) -> list[Line]:
    """The lines of a marked answer, each with whether it shows it."""
    lines = attempt.question.looks_for
    told = attempt.shown if len(attempt.shown) == len(lines) else [None] * len(lines)
    return [Line(text, shown) for text, shown in zip(lines, told, strict=True)]


def why_no_ticks(attempt: QuestionAttempt) -> str:
    """Why nobody said which lines a marked answer shows; "" where somebody did."""
    if len(attempt.shown) == len(attempt.question.looks_for):
        return ""
    return RULES_CANNOT_TELL if attempt.model == OFFLINE_MODEL else NOT_LOOKED_AT


def hint(attempt: QuestionAttempt) -> Hint | None:
    """The one hint for a draft. None without lines, and for a drill, which has a way of its own to begin."""
    question = attempt.question
    if attempt.drill or not question.looks_for:
        return None
    # An English beginning is no help in another language.
    begin = "" if looks_foreign(question.text) else BEGINNINGS.get(question.kind, "")
    return Hint(begin, question.looks_for[0])
