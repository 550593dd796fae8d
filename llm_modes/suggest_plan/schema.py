"""SuggestPlan: a first plan for a candidate."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import Field

from llm_modes.language.mode import Inputs, Mode, data, inline, lines
from llm_modes.language.tokens import clip
from llm_modes.language.words import words
from llm_modes.read_context.preparation import WHOLE_TOKENS, Preparation, section
from llm_modes.stages import Stage
from llm_modes.suggest_plan.interview import Interview
from llm_modes.suggest_plan.plan import (
    CONTEXT_TOKENS,
    MAX_TOPICS,
    MIN_DAILY_MINUTES,
    MIN_TOPIC_MINUTES,
    NAME_WORDS,
    Feedback,
    Topic,
)
from llm_modes.suggest_plan.reply import PlanReply


class SuggestPlanInputs(Inputs):
    role: str
    context: str
    daily_minutes: int
    weaknesses: str
    motivation: str
    preparation: Preparation | None = None
    interview: Interview = Interview()
    feedback: Feedback = []
    # A plan that they were shown, and did not want.
    rejected: list[Topic] = []
    goes_on: bool = Field(
        default=False,
        description="not in the prompt: whether it was made from what is still known, so that rules go on",
    )
    asked: list[str] | None = Field(
        default=None, description="not in the prompt: what of the feedback is asked of this plan; None: all of it"
    )

    def variables(self) -> Mapping[str, str]:
        return {
            "role": inline(self.role),
            "daily_minutes": str(self.daily_minutes),
            "weaknesses": clip(inline(self.weaknesses), 200),
            "motivation": inline(self.motivation),
            "context": clip(data(self.context), CONTEXT_TOKENS),
            "interview": self.interview.line(),
            "preparation": section(self.preparation, WHOLE_TOKENS),
            "said": "".join(self._said()),
        }

    def _said(self) -> Iterator[str]:
        """What they said of earlier proposals; tags only where there is something, since each is paid for."""
        if self.feedback:
            yield f"\n<wishes>\n{lines(self.feedback)}\n</wishes>"
        if self.rejected:
            topics = "\n".join(topic.line() for topic in self.rejected)
            yield f"\n<rejected_plan>\n{topics}\n</rejected_plan>"


class SuggestPlanReply(PlanReply):
    @classmethod
    def left_by(cls, inputs: SuggestPlanInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """No topic and no plan takes more time than there is. It is asked once a plan: no cache is lost."""
        schema, minutes = deepcopy(schema), max(inputs.daily_minutes, MIN_DAILY_MINUTES)
        topics, overview = schema["properties"]["plan_topics"], schema["properties"]["plan_overview"]
        topics["maxItems"] = min(topics["maxItems"], minutes // MIN_TOPIC_MINUTES)
        topics["items"]["properties"]["daily_study_minutes"]["maximum"] = minutes - MIN_TOPIC_MINUTES
        overview["properties"]["total_daily_minutes"]["maximum"] = minutes
        return schema

    @classmethod
    def plan_meant(cls, inputs: SuggestPlanInputs, reply: str, others: Iterable[Topic] = ()) -> list[Topic]:
        """A small model may name one topic over and over: then another is what the candidate has named."""
        named = [" ".join(words(said)[:NAME_WORDS]) for said in (*inputs.weaknesses.split(","), inputs.role)]
        least = Topic(name="", priority=MAX_TOPICS, daily_study_minutes=MIN_TOPIC_MINUTES)
        return super().plan_meant(inputs, reply, [replace(least, name=name) for name in named if name])


MODE = Mode(
    __package__,
    SuggestPlanInputs,
    SuggestPlanReply,
    # The candidate may ask for a plan at any time: before all is known what is missing is assumed.
    stages=(Stage.GETTING_TO_KNOW, Stage.READY_TO_PLAN, Stage.PROPOSAL_OPEN, Stage.PLAN_IN_FORCE),
    usual_seconds=(5, 20),
    max_output_tokens=2200,
    fixed_budget=630,
    input_budget=6500,
)
