"""PlanChat with the smallest sensible inputs."""

from llm_modes.language.mode import Example
from llm_modes.plan_chat.schema import ChatLine, Known, KnownNow, PlanChatInputs
from llm_modes.stages import Stage

EXAMPLE = Example(
    PlanChatInputs(
        stage=Stage.GETTING_TO_KNOW,
        allowed_actions=["ask"],
        known=Known(role="Backend engineer"),
        has_context=False,
        context="",
        plan=[],
        proposal=[],
        messages=[ChatLine(author="candidate", text="I have 30 minutes a day.")],
    ),
    {
        "reply": "Which role are you applying for?",
        "known": dict.fromkeys(KnownNow.model_fields),
        "action": "ask",
    },
)
