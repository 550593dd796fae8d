"""SuggestPlan: a first plan for a candidate."""

from collections.abc import Mapping

from llm_modes.mode import Inputs, Mode, data, inline, inputs_of_call
from llm_modes.plan import CONTEXT_TOKENS, PlanReply
from llm_modes.tokens import clip


class SuggestPlanInputs(Inputs):
    role: str
    context: str
    daily_minutes: int
    weaknesses: str
    motivation: str

    def variables(self) -> Mapping[str, str]:
        return {
            "role": inline(self.role),
            "daily_minutes": str(self.daily_minutes),
            "weaknesses": clip(inline(self.weaknesses), 200),
            "motivation": inline(self.motivation),
            "context": clip(data(self.context), CONTEXT_TOKENS),
        }


class SuggestPlanReply(PlanReply):
    def minutes_available(self) -> int | None:
        inputs = inputs_of_call()
        return inputs.daily_minutes if inputs else None


MODE = Mode(
    "suggest_plan", SuggestPlanInputs, SuggestPlanReply, max_output_tokens=1200, fixed_budget=480, input_budget=5700
)
