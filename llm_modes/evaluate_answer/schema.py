"""EvaluateAnswer: an honest mark with reasons."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any

from pydantic import BaseModel, Field, PrivateAttr, model_validator

from llm_modes.evaluate_answer.honesty import highest_score, own_words
from llm_modes.generate_questions.kinds import LEAST_LINES, MOST_LINES
from llm_modes.language.folding import Folded
from llm_modes.language.mending import EveryOne, MaySayNone, Overwritten
from llm_modes.language.mode import Inputs, Mode, Reply, data, inline, inputs_of_call
from llm_modes.language.sent_schema import leave_out
from llm_modes.language.tokens import clip, clip_each
from llm_modes.language.words import Words
from llm_modes.stages import Stage

# Tokens of all anchors together, however many there are: the prompt of every answer has them.
ANCHORS_TOKENS = 160
# Those of a reply, as the rules ask for; more could not be kept in mind.
MOST_ANCHORS = 4
# Tokens of all lines that say what a good answer to the question shows.
LINES_TOKENS = 90


class GivenAnchor(BaseModel):
    """An anchor as it is stored."""

    name: str
    anchor: str

    def line(self) -> str:
        """One line of a prompt."""
        return f"- {inline(self.name)}: {inline(self.anchor)}"


class Anchor(GivenAnchor):
    name: Annotated[str, Words(3)]
    anchor: Annotated[str, Words(50)]


class EvaluateAnswerInputs(Inputs):
    """Never past scores, a self-mark, or what the coach said before: an evaluator that sees them agrees with them."""

    question: str
    looks_for: list[str] = Field(default_factory=list, description="what a good answer shows")
    anchors: list[GivenAnchor]
    answer: str
    seconds_used: int
    seconds_allowed: int
    topic: str = Field(default="", description="the topic's name, not in the prompt: the words that rules expect")
    role: str = Field(default="", description="the candidate's role, not in the prompt, for the same")

    @property
    def lines(self) -> list[str]:
        """The lines that are asked about."""
        return self.looks_for[:MOST_LINES]

    def variables(self) -> Mapping[str, str]:
        return {
            "question": clip(inline(self.question), 200),
            "looks_for": "".join(f"\n{line}" for line in clip_each(list(map(inline, self.lines)), LINES_TOKENS)),
            "anchors": "\n".join(clip_each([anchor.line() for anchor in self.anchors], ANCHORS_TOKENS)) or "(none)",
            "seconds_used": str(self.seconds_used),
            "seconds_allowed": str(self.seconds_allowed),
            # Never clipped: what is not read cannot be marked honestly. Its limit in characters bounds it.
            "answer": data(self.answer),
        }


class EvaluateAnswerReply(Reply):
    quotes: list[Annotated[str, Words(20), MaySayNone()]] = Field(default_factory=list, max_length=3)
    positive_feedback: list[Annotated[str, Words(30)]] = Field(max_length=3)
    improvement_areas: list[Annotated[str, Words(30)]] = Field(max_length=3)
    anchors: list[Anchor] = Field(max_length=MOST_ANCHORS)
    # One for each line of what the question looks for; none where it was not asked, or cannot be told.
    shown: Annotated[
        list[bool],
        Field(json_schema_extra={"minItems": LEAST_LINES, "maxItems": MOST_LINES}),
        EveryOne(),
        Overwritten([]),
    ] = []
    # Last: a mark that is written first has only the rest of the reply to justify it.
    score: int = Field(ge=1, le=10)

    _invented: int = PrivateAttr(default=0)

    @property
    def invented_quotes(self) -> int:
        """How many quotes were dropped because the answer does not have them: what `judge_model` tells of a model."""
        return self._invented

    @classmethod
    def left_by(cls, inputs: EvaluateAnswerInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """As many as there are lines are asked for; nothing where there is none."""
        schema, count = deepcopy(schema), len(inputs.lines)
        if count:
            schema["properties"]["shown"].update(minItems=count, maxItems=count)
        else:
            leave_out(schema, "shown")
        return schema

    @model_validator(mode="after")
    def check_against_answer(self) -> "EvaluateAnswerReply":
        """Quotes are the candidate's own passages, or dropped; tiny and "don't know" answers are capped."""
        inputs = inputs_of_call()
        if inputs:
            answer = Folded(inputs.answer)
            given = len(self.quotes)
            self.quotes = [own for quote in self.quotes if (own := own_words(quote, answer))]
            self._invented = given - len(self.quotes)
            highest = highest_score(inputs.answer)
            self.score = min(self.score, highest)
            # Of a line that the reply forgot nothing was shown. A capped answer says too little to show any.
            told = [*self.shown, *[False] * MOST_LINES] if self.shown else []
            self.shown = [one and highest == 10 for one in told[: len(inputs.lines)]]
        return self


MODE = Mode(
    __package__,
    EvaluateAnswerInputs,
    EvaluateAnswerReply,
    stages=(Stage.IN_SESSION, Stage.SESSION_ENDED),
    usual_seconds=(5, 15),
    max_output_tokens=1900,
    fixed_budget=490,
    input_budget=1750,
    # Score and quotes come from the checked whole only.
    shown_live=("positive_feedback", "improvement_areas"),
)
