"""A plan as an LLM replies with it: the reply of both modes that plan, and what is left to write when asked again."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import from_json

from llm_modes.language.mending import EveryOne, counting
from llm_modes.language.mode import Reply, inputs_of_call
from llm_modes.language.sent_schema import Schema, copying, in_this_order
from llm_modes.language.shapes import mended
from llm_modes.language.words import OneLine, Words, clipping
from llm_modes.suggest_plan.plan import (
    DESCRIPTION_WORDS,
    MAX_DAILY_MINUTES,
    MAX_TOPICS,
    MIN_DAILY_MINUTES,
    MIN_TOPIC_MINUTES,
    MIN_TOPICS,
    NAME_WORDS,
    OUTCOME_WORDS,
    ROLE_CHARACTERS,
    Topic,
    nearest_plan,
    plan_errors,
    total,
)

MOST_WEEKS = 52


class PlanOverview(BaseModel):
    target_role: Annotated[str, OneLine(ROLE_CHARACTERS)]
    rationale: Annotated[str, Words(60)]
    time_horizon_weeks: int = Field(ge=1, le=MOST_WEEKS)
    total_daily_minutes: int = Field(ge=MIN_DAILY_MINUTES, le=MAX_DAILY_MINUTES)


class SuggestedTopic(BaseModel):
    name: Annotated[str, Words(NAME_WORDS)]
    description: Annotated[str, Words(DESCRIPTION_WORDS)]
    expected_outcome: Annotated[str, Words(OUTCOME_WORDS)]
    priority: int = Field(ge=1, le=MAX_TOPICS, description="1 = highest")
    daily_study_minutes: int = Field(ge=MIN_TOPIC_MINUTES, le=MAX_DAILY_MINUTES)


class PlanReply(Reply):
    """The spec's schema of a plan.

    The topics come before the overview: a sum is written rightly by whoever adds up what stands there already, while
    parts that have to come to a given sum take planning ahead. And the rationale then tells of the split that was made.
    """

    plan_topics: Annotated[list[SuggestedTopic], Field(min_length=MIN_TOPICS, max_length=MAX_TOPICS), EveryOne()]
    plan_overview: PlanOverview

    @property
    def topics(self) -> list[Topic]:
        """Its topics as the rest of the program has them."""
        return [Topic(**topic.model_dump()) for topic in self.plan_topics]

    @model_validator(mode="after")
    def check_plan(self) -> "PlanReply":
        inputs, stated = inputs_of_call(), self.plan_overview.total_daily_minutes
        available = inputs.daily_minutes if inputs else None
        if errors := plan_errors(self.topics, stated=stated, available=available):
            raise ValueError(" ".join(errors))
        return self

    @classmethod
    def left_by_reply(cls, inputs: Any, reply: str, schema: Schema) -> Schema:
        """The same plan, in numbers that keep the rules: a small model cannot add, but copy."""
        plan, fields = cls.plan_meant(inputs, reply), schema["properties"]
        return {**schema, "properties": {**fields, **cls.left_by_plan(inputs, plan, fields)}} if plan else schema

    @classmethod
    def left_by_plan(cls, inputs: Any, plan: list[Topic], fields: dict[str, Schema]) -> dict[str, Schema]:
        """The fields in which this plan leaves something to copy only."""
        one, overview = fields["plan_topics"]["items"], fields["plan_overview"]
        topics = in_this_order([copying(one, **cls.told_of(topic)) for topic in plan])
        return {"plan_topics": topics, "plan_overview": copying(overview, total_daily_minutes=total(plan))}

    @classmethod
    def told_of(cls, topic: Topic) -> dict[str, Any]:
        """What of a topic can only be copied: what it has."""
        return {name: value for name, value in topic.as_json().items() if value != ""}

    @classmethod
    def plan_meant(cls, inputs: Any, reply: str, others: Iterable[Topic] = ()) -> list[Topic]:
        """The plan nearest to a reply that breaks the rules, of the topics that can be read; [] if there are none.

        `others`: for a reply with too few that differ.
        """
        [kind] = get_args(cls.model_fields["plan_topics"].annotation)
        with clipping(), counting(), suppress(ValueError, LookupError, TypeError):
            parts = mended(cls, from_json(reply))
            read = [_topic_meant(kind, part) for part in parts["plan_topics"] if isinstance(part, dict)]
            stated = _within(parts["plan_overview"]["total_daily_minutes"], MIN_DAILY_MINUTES, MAX_DAILY_MINUTES)
            topics = [topic for topic in read if topic]
            return nearest_plan(topics, stated=stated, available=inputs.daily_minutes, others=others)
        return []


def _topic_meant(kind: type[SuggestedTopic], part: dict[str, Any]) -> Topic | None:
    """A topic whose texts can be read, whatever its numbers are."""
    numbers = {
        "priority": _within(part.get("priority"), 1, MAX_TOPICS),
        "daily_study_minutes": _within(part.get("daily_study_minutes"), MIN_TOPIC_MINUTES, MAX_DAILY_MINUTES),
    }
    with suppress(ValidationError):
        return Topic(**kind.model_validate({**part, **numbers}).model_dump())
    return None


def _within(number: Any, least: int, most: int) -> int:
    """The number, or the bound that it breaks, since not every grammar keeps to ranges; `least` for anything else."""
    return int(min(max(number, least), most)) if isinstance(number, int | float) else least
