"""AssignTopics: which topic of the plan a question trains, of what kind it is and what it looks for; many at once."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from llm_modes.generate_questions.kinds import LEAST_LINES, MOST_LINES, KindSaid, Line
from llm_modes.language.mending import note
from llm_modes.language.mode import Inputs, Mode, Reply, inline, inputs_of_call
from llm_modes.language.tokens import clip, clip_each
from llm_modes.language.words import is_clipping
from llm_modes.stages import Stage
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, key

MOST_QUESTIONS = 30
# Of all questions together, and of the topic's description each.
QUESTIONS_TOKENS, DESCRIPTION_TOKENS = 2400, 40


class TopicToFit(BaseModel):
    name: str
    description: str


class AssignTopicsInputs(Inputs):
    questions: list[str] = Field(max_length=MOST_QUESTIONS, description="the first one has the number 1")
    topics: list[TopicToFit]
    role: str

    def variables(self) -> Mapping[str, str]:
        questions = clip_each([inline(question) for question in self.questions], QUESTIONS_TOKENS)
        return {
            "role": clip(inline(self.role), 60),
            "topics": "\n".join(
                f"- {inline(topic.name)}: {clip(inline(topic.description), DESCRIPTION_TOKENS)}"
                for topic in self.topics
            ),
            "questions": "\n".join(f"{number}: {question}" for number, question in enumerate(questions, start=1)),
        }


def _as_the_plan_has_it(name: Any) -> Any:
    """The name of the topic that is meant; None for one that the plan does not have."""
    inputs = inputs_of_call()
    if inputs is None or not isinstance(name, str):
        return name
    return {key(inline(topic.name)): topic.name for topic in inputs.topics}.get(key(name))


class SortedQuestion(BaseModel):
    number: int = Field(ge=1, le=MOST_QUESTIONS)
    kind: KindSaid
    looks_for: list[Line] = Field(min_length=LEAST_LINES, max_length=MOST_LINES)
    topic: Annotated[Annotated[str, Field(max_length=NAME_CHARACTERS)] | None, BeforeValidator(_as_the_plan_has_it)]


class AssignTopicsReply(Reply):
    questions: list[SortedQuestion] = Field(max_length=MOST_QUESTIONS)

    @classmethod
    def left_by(cls, inputs: AssignTopicsInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """Not more than there are questions."""
        schema = deepcopy(schema)
        schema["properties"]["questions"]["maxItems"] = len(inputs.questions)
        return schema

    @model_validator(mode="after")
    def check_the_numbers(self) -> "AssignTopicsReply":
        """Each number of the list once at most. What is left out is for the candidate to sort, unless all is."""
        inputs = inputs_of_call()
        if inputs is None:
            return self
        by_number = {one.number: one for one in reversed(self.questions) if one.number <= len(inputs.questions)}
        if self.questions and not by_number and not is_clipping():
            raise ValueError("no number of the list has an entry: write one for each question.")
        for _left_out in range(len(self.questions) - len(by_number)):
            note()
        self.questions = [by_number[number] for number in sorted(by_number)]
        return self


MODE = Mode(
    __package__,
    AssignTopicsInputs,
    AssignTopicsReply,
    stages=(Stage.PLAN_IN_FORCE, Stage.IN_SESSION, Stage.SESSION_ENDED),
    usual_seconds=(5, 20),
    max_output_tokens=3000,
    fixed_budget=275,
    input_budget=1750,
)
