"""ReadDebrief: what was asked in a real interview, and what the candidate lacked there, by their own account."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from llm_modes.evaluate_answer.honesty import own_words
from llm_modes.language.folding import Folded
from llm_modes.language.mode import Inputs, Mode, Reply, data, inline, inputs_of_call, lines
from llm_modes.language.repetition import normalised
from llm_modes.language.words import OneLine, Words
from llm_modes.stages import Stage
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, key

MOST_QUESTIONS, MOST_GAPS = 15, 3
QUESTION_WORDS, GAP_WORDS, QUOTE_WORDS = 30, 15, 25
Went = Literal["well", "so_so", "badly"]


class ReadDebriefInputs(Inputs):
    role: str
    topics: list[str] = Field(description="the names of the plan's topics")
    told: str

    def variables(self) -> Mapping[str, str]:
        return {
            "role": inline(self.role),
            "topics": lines(self.topics),
            # Never clipped: a question at its end is as good as one at its beginning. Its form bounds it.
            "told": data(self.told),
        }


class AskedQuestion(BaseModel):
    question: Annotated[str, Words(QUESTION_WORDS)]
    topic: Annotated[str, OneLine(NAME_CHARACTERS)] | None
    went: Went | None


class Gap(BaseModel):
    # The evidence before what it shows.
    quote: Annotated[str, Words(QUOTE_WORDS)]
    gap: Annotated[str, Words(GAP_WORDS)]


# No field has a place for why the interview ended as it did: nobody knows it.
class ReadDebriefReply(Reply):
    questions: list[AskedQuestion] = Field(max_length=MOST_QUESTIONS)
    gaps: list[Gap] = Field(max_length=MOST_GAPS)

    @property
    def asked(self) -> list[AskedQuestion]:
        """The questions, by the name that their row has for them."""
        return self.questions

    @model_validator(mode="after")
    def check_against_what_was_told(self) -> "ReadDebriefReply":
        """Each question once, with a topic of the plan or none; gaps with a quote that the text does not have go."""
        inputs = inputs_of_call()
        if inputs:
            names, once = {key(name): name for name in inputs.topics}, dict[str, AskedQuestion]()
            for asked in self.questions:
                asked.topic = names.get(key(asked.topic)) if asked.topic else None
                once.setdefault(normalised(asked.question), asked)
            self.questions = list(once.values())
            told = Folded(inputs.told)
            self.gaps = [Gap(quote=own, gap=one.gap) for one in self.gaps if (own := own_words(one.quote, told))]
        return self


MODE = Mode(
    __package__,
    ReadDebriefInputs,
    ReadDebriefReply,
    stages=(Stage.PLAN_IN_FORCE,),
    usual_seconds=(5, 20),
    max_output_tokens=1500,
    fixed_budget=410,
    input_budget=5000,
)
