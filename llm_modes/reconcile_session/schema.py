"""ReconcileSession: what a session showed, and what to practise next."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any

from pydantic import BaseModel, Field

from llm_modes.evaluate_answer.schema import MOST_ANCHORS, Anchor, GivenAnchor
from llm_modes.generate_questions.approaches import prompt_line
from llm_modes.language.mending import Overwritten
from llm_modes.language.mode import Inputs, Mode, Reply, data, inline
from llm_modes.language.repetition import normalised
from llm_modes.language.tokens import clip, clip_each, estimate
from llm_modes.language.words import Words
from llm_modes.reconcile_session.counts import Counts
from llm_modes.stages import Stage

# All attempts together, however many there are; and what one question gets of it at most.
ATTEMPTS_TOKENS, QUESTION_TOKENS = 750, 240
NOTE_TOKENS = 250
# Two rounds of six, the most that a session suggests at once, and what max_output_tokens has room for. For any other
# question code takes the anchors of its best answer.
MOST_QUESTIONS = 12
TRIED_TOKENS = 36
# What the labels of a paragraph take, and with how much left its last two lines still say something.
LABELS_TOKENS, WORTH_TOKENS = 14, 20


class MarkedAttempt(BaseModel):
    question: str
    score: int
    improvement_areas: list[str]
    anchors: list[GivenAnchor]
    seconds: int


def _paragraph(tries: list[MarkedAttempt], tokens: int) -> str:
    """One question of the session: its marks in order, what the last answer lacked, the anchors of the best one."""
    best = max(tries, key=lambda attempt: attempt.score)
    marks = clip(", ".join(f"{attempt.score} in {attempt.seconds} s" for attempt in tries), tokens // 4)
    question = clip(inline(tries[0].question), tokens // 2)
    left = tokens - estimate(question) - estimate(marks) - LABELS_TOKENS
    lacks = clip_each([inline(area) for area in tries[-1].improvement_areas], left // 3)
    anchors = clip_each([f"{inline(anchor.name)}: {inline(anchor.anchor)}" for anchor in best.anchors], left * 2 // 3)
    lines = [f"- {question}", f"  marks: {marks}"]
    if left >= WORTH_TOKENS:
        lines += [f"  lacks: {'; '.join(lacks) or '-'}", f"  anchors: {'; '.join(anchors) or '-'}"]
    return "\n".join(lines)


class ReconcileSessionInputs(Inputs):
    topic: str
    note: str
    own: list[str] = Field(default_factory=list, description="the lines of the note that the candidate wrote")
    counts: Counts
    attempts: list[MarkedAttempt]
    approach: str = Field(default="", description="what the session tried where the topic is stuck: see approaches.py")
    tried: list[str] = Field(default_factory=list, description="focuses of the last two sessions of a stuck topic")

    def variables(self) -> Mapping[str, str]:
        return {
            "topic": inline(self.topic),
            "note": clip(data(self.note), NOTE_TOKENS),
            "counts": self.counts.lines(),
            "attempts": self._paragraphs(),
            "approach": self._approach(),
        }

    def _approach(self) -> str:
        if not (line := prompt_line(self.approach)):
            return "(none)"
        tried = "; ".join(clip_each([inline(focus) for focus in self.tried], TRIED_TOKENS))
        return f"{line}. Focus that did not help: {tried or '-'}"

    def _paragraphs(self) -> str:
        by_question: dict[str, list[MarkedAttempt]] = {}
        for attempt in self.attempts:
            by_question.setdefault(normalised(attempt.question), []).append(attempt)
        share = min(QUESTION_TOKENS, ATTEMPTS_TOKENS // max(1, len(by_question)))
        return "\n".join(_paragraph(tries, share) for tries in by_question.values())


class PractisedQuestion(BaseModel):
    question: Annotated[str, Words(30)]
    # Both numbers are counted from rows (study/reconciliation.py: summary_of).
    attempts: Annotated[int, Overwritten(1)]
    best_anchors: list[Anchor] = Field(max_length=MOST_ANCHORS)
    best_score: Annotated[int, Field(ge=1, le=10), Overwritten(1)]


class NextFocus(BaseModel):
    focus: Annotated[str, Words(12)]
    reason: Annotated[str, Words(20)]


class ReconcileSessionReply(Reply):
    @classmethod
    def left_by(cls, inputs: ReconcileSessionInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """An entry for each question and no more: a small model would go on until it is cut off."""
        schema = deepcopy(schema)
        entries = schema["properties"]["question_attempts"]
        asked = len({normalised(attempt.question) for attempt in inputs.attempts})
        entries["maxItems"] = min(entries["maxItems"], max(1, asked))
        return schema

    question_attempts: list[PractisedQuestion] = Field(max_length=MOST_QUESTIONS)
    progress_note: Annotated[str, Words(120)]
    next_focus: list[NextFocus] = Field(min_length=1, max_length=3)


MODE = Mode(
    __package__,
    ReconcileSessionInputs,
    ReconcileSessionReply,
    stages=(Stage.SESSION_ENDED,),
    usual_seconds=(10, 20),
    max_output_tokens=3000,
    fixed_budget=540,
    input_budget=1500,
)
