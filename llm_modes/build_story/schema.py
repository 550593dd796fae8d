"""BuildStory: a structure for an answer, from what the candidate said and nothing else."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from llm_modes.language.mode import Inputs, Mode, Reply, data, inline
from llm_modes.language.tokens import clip
from llm_modes.language.words import Words
from llm_modes.read_context.preparation import Preparation, section
from llm_modes.stages import Stage
from llm_modes.suggest_plan.plan import CONTEXT_TOKENS

# For notes and story each. As long a text as COACH_ANSWER_CHARACTERS allows by default fits whole, in an alphabet.
WORDS_TOKENS = 4200


class StorySection(BaseModel):
    heading: Annotated[str, Words(4)]
    points: list[Annotated[str, Words(25)]] = Field(min_length=1, max_length=5)


class BuildStoryInputs(Inputs):
    question: str
    context: str
    notes: str
    story: str = ""
    preparation: Preparation | None = None

    def variables(self) -> Mapping[str, str]:
        return {
            "question": clip(inline(self.question), 200),
            "context": clip(data(self.context), CONTEXT_TOKENS),
            "notes": clip(data(self.notes), WORDS_TOKENS),
            "story": clip(data(self.story), WORDS_TOKENS),
            "preparation": section(self.preparation),
        }


class BuildStoryReply(Reply):
    sections: list[StorySection] = Field(min_length=1, max_length=6)
    gaps: list[Annotated[str, Words(15)]] = Field(default_factory=list, max_length=3)
    # Last: it names what has been told.
    title: Annotated[str, Words(8)]


MODE = Mode(
    __package__,
    BuildStoryInputs,
    BuildStoryReply,
    stages=(Stage.IN_SESSION, Stage.SESSION_ENDED),
    usual_seconds=(5, 15),
    max_output_tokens=1300,
    fixed_budget=400,
    input_budget=6600,
)
