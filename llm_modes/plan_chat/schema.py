"""PlanChat: the conversation that collects what a plan needs, and routes what the candidate wants."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, field_validator

from coach.languages import MOST_CHARACTERS, known_tag
from llm_modes.language.mending import MaySayNone
from llm_modes.language.mode import Inputs, Mode, Reply, data, inline, inputs_of_call, lines
from llm_modes.language.tokens import clip, last_within
from llm_modes.language.words import OneLine, Words
from llm_modes.stages import Stage
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES, ROLE_CHARACTERS, Topic

Action = Literal["ask", "suggest_plan", "suggest_changes", "none"]
Motivation = Literal["low", "medium", "high"]
REPLY_WORDS, WEAKNESSES_WORDS = 120, 60
# Of the interview: the words for its day, and how it goes.
WHEN_WORDS, FORMAT_WORDS = 25, 20


# The last messages, and the beginning of the raw user context, take at most this much of the prompt.
MOST_MESSAGES, MESSAGES_TOKENS = 12, 1500
CONTEXT_TOKENS = 1200


class Known(BaseModel):
    """What is known for planning, as the candidate or the chat said it."""

    role: str | None = None
    daily_minutes: int | None = None
    weaknesses: str | None = None
    motivation: Motivation | None = None


class InterviewKnown(BaseModel):
    """What is known of the interview. No plan needs it."""

    day: date | None = None
    format: str = ""


class KnownNow(Known):
    # The same as a reply words it. The minutes have no bounds: a grammar would turn "5" into "50", a time not said.
    role: Annotated[str, OneLine(ROLE_CHARACTERS)] | None = None
    weaknesses: Annotated[str, Words(WEAKNESSES_WORDS), MaySayNone()] | None = None
    interview_when: Annotated[str, Words(WHEN_WORDS)] | None = None
    interview_format: Annotated[str, Words(FORMAT_WORDS)] | None = None
    language: Annotated[str, OneLine(MOST_CHARACTERS)] | None = None

    @field_validator("daily_minutes")
    @classmethod
    def minutes_can_be_planned(cls, minutes: int | None) -> int | None:
        """Time that no plan fits into counts as not known yet; the candidate is asked on, not shown an error."""
        return minutes if minutes is not None and MIN_DAILY_MINUTES <= minutes <= MAX_DAILY_MINUTES else None

    @field_validator("language", mode="before")
    @classmethod
    def language_exists(cls, tag: Any) -> Any:
        """What names no language counts as not said: the conversation does not end for it."""
        return known_tag(tag) if isinstance(tag, str) else None


class ChatLine(BaseModel):
    author: Literal["candidate", "coach"]
    text: str


def _topics(topics: list[Topic]) -> str:
    return lines(f"{topic.name}: {topic.daily_study_minutes} min/day" for topic in topics)


class PlanChatInputs(Inputs):
    stage: str
    allowed_actions: list[Action]
    known: Known
    interview: InterviewKnown = InterviewKnown()
    has_context: bool
    context: str
    plan: list[Topic]
    proposal: list[Topic]
    messages: list[ChatLine]

    def variables(self) -> Mapping[str, str]:
        return {
            "stage": self.stage,
            "actions": ", ".join(self.allowed_actions),
            "role": clip(inline(self.known.role or "unknown"), 60),
            "daily_minutes": str(self.known.daily_minutes or "unknown"),
            "weaknesses": clip(inline(self.known.weaknesses or "unknown"), 200),
            "motivation": self.known.motivation or "unknown",
            "interview_on": str(self.interview.day or "unknown"),
            "interview_format": clip(inline(self.interview.format or "unknown"), 60),
            "context": clip(data(self.context), CONTEXT_TOKENS),
            "plan": _topics(self.plan),
            "proposal": _topics(self.proposal),
            "messages": "\n".join(self._last_messages()),
        }

    def _last_messages(self) -> list[str]:
        tags = 12
        texts = [clip(data(line.text), MESSAGES_TOKENS - 2 * tags) for line in self.messages[-MOST_MESSAGES:]]
        kept = last_within(texts, MESSAGES_TOKENS - tags * len(texts))
        authors = [line.author for line in self.messages[-len(kept) :]]
        return [f"<{author}>{text}</{author}>" for author, text in zip(authors, kept, strict=True)]


class PlanChatReply(Reply):
    # What is known decides what happens next, and both decide what is said. It shows some 60 tokens later for that.
    known: KnownNow
    action: Action
    reply: Annotated[str, Words(REPLY_WORDS)]

    @classmethod
    def left_by(cls, inputs: PlanChatInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """Each stage allows its own actions."""
        action = {**schema["properties"]["action"], "enum": inputs.allowed_actions}
        return {**schema, "properties": {**schema["properties"], "action": action}}

    @field_validator("action")
    @classmethod
    def action_is_allowed(cls, action: str) -> str:
        inputs = inputs_of_call()
        if inputs and action not in inputs.allowed_actions:
            raise ValueError(f"only these actions are allowed now: {', '.join(inputs.allowed_actions)}")
        return action


MODE = Mode(
    __package__,
    PlanChatInputs,
    PlanChatReply,
    stages=(Stage.GETTING_TO_KNOW, Stage.READY_TO_PLAN, Stage.PROPOSAL_OPEN, Stage.PLAN_IN_FORCE),
    usual_seconds=(2, 10),
    max_output_tokens=950,
    fixed_budget=620,
    input_budget=3050,
    shown_live=("reply",),
)
