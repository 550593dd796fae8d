"""ReadContext: what the candidate's experience and the job advert say, for the candidate to confirm."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from llm_modes.evaluate_answer.honesty import own_words
from llm_modes.language.folding import Folded, folded
from llm_modes.language.mode import Inputs, Mode, Reply, data, inline, inputs_of_call
from llm_modes.language.tokens import clip, estimate
from llm_modes.language.words import Words
from llm_modes.read_context.preparation import MOST_COMPETENCIES, NAME_WORDS, PROFILE_WORDS, QUOTE_WORDS
from llm_modes.stages import Stage

# Of both texts together. The advert has this much for certain, and what a short experience leaves.
TEXTS_TOKENS, ADVERT_TOKENS = 7000, 2500


class ReadContextInputs(Inputs):
    experience: str
    job_advert: str
    role: str

    def variables(self) -> Mapping[str, str]:
        experience, advert = data(self.experience), data(self.job_advert)
        advert = clip(advert, max(ADVERT_TOKENS, TEXTS_TOKENS - estimate(experience)))
        return {
            "experience": clip(experience, TEXTS_TOKENS - estimate(advert)),
            "job_advert": advert,
            "role": clip(inline(self.role), 60),
        }


class FoundCompetency(BaseModel):
    # The quotes come first: a name that is written first is looked for in the texts afterwards.
    wanted: Annotated[str, Words(QUOTE_WORDS)]
    evidence: Annotated[str, Words(QUOTE_WORDS)] | None
    name: Annotated[str, Words(NAME_WORDS)]


class ReadContextReply(Reply):
    competencies: list[FoundCompetency] = Field(max_length=MOST_COMPETENCIES)
    profile: Annotated[str, Words(PROFILE_WORDS)] | None = None

    @classmethod
    def left_by(cls, inputs: ReadContextInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """Without an advert nothing is wanted."""
        if inputs.job_advert.strip():
            return schema
        schema = deepcopy(schema)
        schema["properties"]["competencies"]["maxItems"] = 0
        return schema

    @model_validator(mode="after")
    def check_against_the_texts(self) -> "ReadContextReply":
        """What is wanted stands in the advert, or its competency goes; evidence in the experience, or there is none."""
        inputs = inputs_of_call()
        if inputs is None:
            return self
        advert, experience = Folded(inputs.job_advert), Folded(inputs.experience)
        once: dict[str, FoundCompetency] = {}
        for one in self.competencies:
            one.wanted = " ".join(own_words(one.wanted, advert).split())
            one.evidence = " ".join(own_words(one.evidence or "", experience).split()) or None
            if one.wanted:
                once.setdefault(folded(one.name), one)
        self.competencies = list(once.values())
        if not inputs.experience.strip():
            self.profile = None
        return self


MODE = Mode(
    __package__,
    ReadContextInputs,
    ReadContextReply,
    # A text may change at any time.
    stages=tuple(Stage),
    usual_seconds=(5, 20),
    max_output_tokens=1800,
    fixed_budget=350,
    input_budget=7000,
)
