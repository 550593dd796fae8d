"""SuggestPlanChanges: a better plan, with a reason for every change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from coach.counted import counted
from llm_modes.folding import folded
from llm_modes.mode import Inputs, Mode, data, inline, inputs_of_call, lines
from llm_modes.plan import CONTEXT_TOKENS, MAX_TOPICS, MIN_TOPICS, PlanReply, PlanTopicData, SuggestedTopic
from llm_modes.plan_differences import Change, differences, key
from llm_modes.tokens import clip, last_within
from llm_modes.words import Words

FEEDBACK_TOKENS = 1200


class TopicProgressData(BaseModel):
    topic: str
    strength_rating: float | None
    few_marks: str = Field(default="", description="what a strength rests on where that is little")
    minutes_spent: int
    sessions: int
    trend: str

    def line(self) -> str:
        """One line of a prompt."""
        strength = "no marks yet" if self.strength_rating is None else f"strength {self.strength_rating:.1f} of 10"
        parts = [strength, self.few_marks, f"{self.minutes_spent} min in {counted(self.sessions, 'session')}"]
        return f"- {inline(self.topic)}: {', '.join(part for part in [*parts, inline(self.trend)] if part)}"


class SuggestPlanChangesInputs(Inputs):
    role: str
    context: str
    daily_minutes: int
    time_horizon_weeks: int
    plan: list[PlanTopicData]
    progress: list[TopicProgressData]
    feedback: list[str]
    trigger: Literal["chat", "review"]

    def variables(self) -> Mapping[str, str]:
        return {
            "trigger": "the daily review" if self.trigger == "review" else "the candidate's feedback",
            "role": inline(self.role),
            "daily_minutes": str(self.daily_minutes),
            "weeks": str(self.time_horizon_weeks),
            "plan": "\n".join(topic.line() for topic in self.plan),
            "progress": "\n".join(line.line() for line in self.progress) or "(none yet)",
            "feedback": lines(last_within(self.feedback, FEEDBACK_TOKENS)),
            "context": clip(data(self.context), CONTEXT_TOKENS),
        }


@dataclass(frozen=True)
class KeptOrWords(Words):
    """A text of the plan copied word for word, which a candidate may have made longer or left empty; else Words."""

    field: str

    def check(self, text: str) -> str:
        """The plan's own text where it was copied, also escaped as in the prompt or with other apostrophes."""
        inputs = inputs_of_call()
        copied = folded(inline(text), cased=True)
        for topic in inputs.plan if inputs else ():
            ours: str = getattr(topic, self.field)
            if folded(inline(ours), cased=True) == copied:
                return ours
        return super().check(text)


class ChangedTopic(SuggestedTopic):
    name: Annotated[str, KeptOrWords(3, "name")]
    description: Annotated[str, KeptOrWords(20, "description")]
    expected_outcome: Annotated[str, KeptOrWords(15, "expected_outcome")]


class PlanChange(BaseModel):
    topic: Annotated[str, KeptOrWords(3, "name")]
    change: Change
    reason: Annotated[str, Words(25)]


class SuggestPlanChangesReply(PlanReply):
    plan_topics: list[ChangedTopic] = Field(min_length=MIN_TOPICS, max_length=MAX_TOPICS)  # type: ignore[assignment]
    changes: list[PlanChange] = Field(max_length=40)

    def minutes_available(self) -> int | None:
        inputs = inputs_of_call()
        return inputs.daily_minutes if inputs else None

    @model_validator(mode="after")
    def check_changes_are_explained(self) -> "SuggestPlanChangesReply":
        """Every real change has its reason, and no reason stands for a change that is not there."""
        inputs = inputs_of_call()
        if inputs is None:
            return self
        old = [topic.model_dump() for topic in inputs.plan]
        new = [topic.model_dump() for topic in self.plan_topics]
        real = {(key(found.topic), found.change) for found in differences(old, new)}
        given = {(key(change.topic), change.change) for change in self.changes}
        errors = [f"'{topic}' is {change} without a reason in changes." for topic, change in sorted(real - given)]
        errors += [f"changes says '{topic}' is {change}, the plan does not." for topic, change in sorted(given - real)]
        if errors:
            raise ValueError(" ".join(errors))
        return self


MODE = Mode(
    "suggest_plan_changes",
    SuggestPlanChangesInputs,
    SuggestPlanChangesReply,
    max_output_tokens=2000,
    fixed_budget=620,
    input_budget=6250,
)
