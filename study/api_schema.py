"""What the calls about practising take and give (study/api.py)."""

from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from ninja import Header, Schema
from pydantic import Field

from coach.api_errors import ONE, OTHER, Body, with_field
from llm_modes.generate_questions.difficulties import Difficulty
from llm_modes.generate_questions.kinds import Kind
from llm_modes.generate_questions.schema import NewOrRedo, RedoReason
from study import answering

# --- bodies ----------------------------------------------------------------------------------------------------------


class SessionStart(Body):
    """What to practise, and for how long."""

    topic_id: int = Field(examples=[3])
    planned_study_time: int = Field(ge=1, le=480, description="minutes", examples=[25])


class SessionEnd(Body):
    """Which session."""

    session_id: int = Field(examples=[12])


class Answer(Body):
    """An answer to be marked."""

    question_id: int = Field(examples=[40])
    raw_answer: str = Field(
        json_schema_extra={"minLength": 1, "maxLength": settings.ANSWER_CHARACTERS},
        description="nothing of it is ever cut: a longer one is a 413",
        examples=["At Acme I owned the payment service. I measured it, found one slow query and added an index."],
    )
    seconds_taken: int | None = Field(default=None, ge=0, le=answering.MOST_SECONDS, examples=[140])


class AnswerAgain(Body):
    """A saved answer that got no mark, to be tried again."""

    attempt_id: int = Field(examples=[51])


AnswerOrRetry = Annotated[Annotated[AnswerAgain, ONE] | Annotated[Answer, OTHER], with_field("attempt_id")]
IdempotencyKey = Annotated[
    str,
    Header(
        default="",
        alias="Idempotency-Key",
        max_length=100,
        description="any text of your own: a repeat with the same key and body gets the first answer",
    ),
]


# --- answers ---------------------------------------------------------------------------------------------------------


class Anchor(Schema):
    """What a good answer hits."""

    name: str
    anchor: str


class SummaryLine(Schema):
    """A question practised in the session."""

    question: str
    attempts: int
    best_score: int
    best_anchors: list[Anchor]


class Session(Schema):
    """A study session; times are ISO 8601 with a zone."""

    id: int
    topic_id: int
    planned_duration: int = Field(description="minutes")
    start_time: datetime
    last_interaction_time: datetime
    end_time: datetime | None
    reconciliation: Literal["pending", "done", "failed"] | None
    summary: list[SummaryLine] | None


class Question(Schema):
    """A suggested question, and why it is suggested."""

    id: int
    question: str
    status: NewOrRedo
    redo_reason: RedoReason | None
    difficulty: Difficulty
    kind: Kind | None
    looks_for: list[str] = Field(description="what a good answer shows")
    answer_anchors: list[Anchor]


class Questions(Schema):
    """What the coach suggests to practise now."""

    questions: list[Question]


class Evaluation(Schema):
    """An honest mark, with its reasons."""

    attempt_id: int
    score: int = Field(ge=1, le=10)
    positive_feedback: list[str]
    improvement_areas: list[str]
    anchors: list[Anchor]
    quotes: list[str] = Field(description="your own words that the mark rests on")
    shown: list[bool] = Field(description="for each line of the question's looks_for; none where nobody could tell")
