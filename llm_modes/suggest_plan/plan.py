"""A training plan as the LLM words it: shared by SuggestPlan and SuggestPlanChanges."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from llm_modes.language.folding import folded
from llm_modes.language.mode import Reply, inline
from llm_modes.language.words import OneLine, Words

MIN_TOPICS, MAX_TOPICS = 2, 8
# A raw user context of 20,000 characters in an alphabetic script fits whole.
CONTEXT_TOKENS = 7000
MIN_TOPIC_MINUTES = 5
# Two topics of five minutes are the smallest plan.
MIN_DAILY_MINUTES, MAX_DAILY_MINUTES = MIN_TOPICS * MIN_TOPIC_MINUTES, 480


def key(name: str) -> str:
    """How topics are matched by name: by what it says, whatever its case, spaces and apostrophes."""
    return folded(name)


class PlanOverview(BaseModel):
    target_role: Annotated[str, OneLine(100)]
    total_daily_minutes: int = Field(ge=MIN_DAILY_MINUTES, le=MAX_DAILY_MINUTES)
    time_horizon_weeks: int = Field(ge=1, le=52)
    rationale: Annotated[str, Words(60)]


class SuggestedTopic(BaseModel):
    name: Annotated[str, Words(3)]
    description: Annotated[str, Words(20)]
    priority: int = Field(ge=1, le=MAX_TOPICS, description="1 = highest")
    daily_study_minutes: int = Field(ge=MIN_TOPIC_MINUTES, le=MAX_DAILY_MINUTES)
    expected_outcome: Annotated[str, Words(15)]


def plan_errors(topics: list[dict[str, Any]], *, total: int, available: int | None) -> list[str]:
    """What is wrong with a plan, in sentences; empty when nothing is.

    `topics` have name, priority and daily_study_minutes; `available` is the candidate's time in minutes a day.
    """
    errors = []
    names = [key(topic["name"]) for topic in topics]
    minutes = sum(topic["daily_study_minutes"] for topic in topics)
    if not MIN_TOPICS <= len(topics) <= MAX_TOPICS:
        errors.append(f"A plan has {MIN_TOPICS} to {MAX_TOPICS} topics; this one has {len(topics)}.")
    if len(set(names)) < len(names):
        errors.append("Every topic needs a name of its own.")
    if sorted(topic["priority"] for topic in topics) != list(range(1, len(topics) + 1)):
        errors.append(f"Priorities have to be 1 to {len(topics)}, each once.")
    if any(topic["daily_study_minutes"] < MIN_TOPIC_MINUTES for topic in topics):
        errors.append(f"A topic needs at least {MIN_TOPIC_MINUTES} minutes a day.")
    if minutes != total:
        errors.append(f"The topics' minutes add up to {minutes}, not to the total of {total}.")
    if available is not None and total > available:
        errors.append(f"The plan takes {total} minutes a day; the candidate has {available}.")
    return errors


class PlanReply(Reply):
    """The spec's schema of a plan."""

    plan_overview: PlanOverview
    plan_topics: list[SuggestedTopic] = Field(min_length=MIN_TOPICS, max_length=MAX_TOPICS)

    def minutes_available(self) -> int | None:
        """The candidate's minutes a day, as far as the call's inputs say."""
        return None

    @model_validator(mode="after")
    def check_plan(self) -> "PlanReply":
        errors = plan_errors(
            [topic.model_dump() for topic in self.plan_topics],
            total=self.plan_overview.total_daily_minutes,
            available=self.minutes_available(),
        )
        if errors:
            raise ValueError(" ".join(errors))
        return self


class PlanTopicData(BaseModel):
    """A topic of a plan as prompts name it."""

    name: str
    description: str = ""
    priority: int = 1
    daily_study_minutes: int
    expected_outcome: str = ""

    def line(self) -> str:
        """One line of a prompt."""
        return (
            f"{self.priority}. {inline(self.name)}: {self.daily_study_minutes} min/day. "
            f"{inline(self.description)} Outcome: {inline(self.expected_outcome)}"
        )
