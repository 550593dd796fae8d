"""What the calls about the plan take and give (plans/api.py)."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from django.conf import settings
from ninja import Schema
from pydantic import BeforeValidator, Field, field_validator

from coach.api_errors import ONE, OTHER, Body, Words, with_field
from coach.candidate_text import clean_text, one_line
from coach.languages import MOST_CHARACTERS, known_tag
from llm_modes.generate_questions.difficulties import Difficulty
from llm_modes.language.words import count_words
from llm_modes.plan_chat.schema import FORMAT_WORDS, WEAKNESSES_WORDS, Motivation
from llm_modes.suggest_plan.plan import (
    DESCRIPTION_CHARACTERS,
    MAX_DAILY_MINUTES,
    MAX_TOPICS,
    MIN_DAILY_MINUTES,
    MIN_TOPIC_MINUTES,
    NAME_CHARACTERS,
    ROLE_CHARACTERS,
)
from llm_modes.suggest_plan.plan import Topic as TopicOfPlan
from llm_modes.suggest_plan_changes.differences import ChangeKind

ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(text: object) -> date:
    if not isinstance(text, str) or not ISO_DAY.fullmatch(text):
        raise ValueError("a day, please, as year, month and day: 2026-12-31")
    return date.fromisoformat(text)


# --- bodies ----------------------------------------------------------------------------------------------------------


class TopicIn(Body):
    """A topic of a plan, as the client has it."""

    id: int | None = Field(
        default=None, description="as in the plan in force; a topic without it is known by its name", examples=[3]
    )
    name: Words = Field(min_length=1, max_length=NAME_CHARACTERS, examples=["System design"])
    description: str = Field(
        default="", max_length=DESCRIPTION_CHARACTERS, examples=["Design systems aloud, with numbers."]
    )
    priority: int = Field(ge=1, le=MAX_TOPICS, description="1 = highest", examples=[1])
    daily_study_minutes: int = Field(ge=MIN_TOPIC_MINUTES, le=MAX_DAILY_MINUTES, examples=[20])
    expected_outcome: str = Field(
        default="", max_length=DESCRIPTION_CHARACTERS, examples=["Finish a design in 35 minutes."]
    )

    def as_topic(self) -> TopicOfPlan:
        """This topic as the rest of the program has it."""
        return TopicOfPlan(
            id=self.id,
            name=one_line(self.name),
            description=clean_text(self.description),
            priority=self.priority,
            daily_study_minutes=self.daily_study_minutes,
            expected_outcome=clean_text(self.expected_outcome),
        )


class ProgressIn(Body):
    """How far the client believes to have come in a topic."""

    topic_id: int = Field(examples=[3])
    strength_rating: float | None = Field(default=None, ge=0, le=10, examples=[5.5])
    total_time_spent: int = Field(default=0, ge=0, description="seconds", examples=[1800])


class NewPlanWish(Body):
    """What a plan is made from."""

    role: Words = Field(min_length=1, max_length=ROLE_CHARACTERS, examples=["Backend engineer"])
    raw_user_context: Words = Field(
        min_length=1,
        max_length=settings.CONTEXT_CHARACTERS,
        description="everything about your experience, in your own words; replaces what was stored",
        examples=["Five years of payments at Acme; I never led a design."],
    )
    daily_minutes: int | None = Field(default=None, ge=MIN_DAILY_MINUTES, le=MAX_DAILY_MINUTES, examples=[45])
    weaknesses: str | None = Field(
        default=None, max_length=1000, description=f"at most {WEAKNESSES_WORDS} words", examples=["system design"]
    )
    motivation: Motivation | None = Field(default=None, examples=["medium"])
    interview_on: Annotated[date, BeforeValidator(_day)] | None = Field(
        default=None, description="from today on, within two years", examples=[str(date.today() + timedelta(days=60))]
    )
    interview_format: str | None = Field(
        default=None,
        max_length=1000,
        description=f"kind, length, who asks: at most {FORMAT_WORDS} words",
        examples=["system design, 45 minutes, panel of three"],
    )
    job_advert: str | None = Field(
        default=None,
        max_length=settings.CONTEXT_CHARACTERS,
        description="the text of the advert; replaces what was stored, unless empty",
        examples=["We look for somebody who has run payments."],
    )
    language: str | None = Field(
        default=None, max_length=MOST_CHARACTERS, description="of the interview: a BCP 47 tag", examples=["en-GB"]
    )

    @field_validator("weaknesses")
    @classmethod
    def in_few_words(cls, text: str | None) -> str | None:
        """The words, limited as in the forms of pages."""
        return _of_few_words(text, WEAKNESSES_WORDS)

    @field_validator("interview_format")
    @classmethod
    def format_in_few_words(cls, text: str | None) -> str | None:
        """The words, on one line, limited as in the forms of pages."""
        return _of_few_words(one_line(text or ""), FORMAT_WORDS)

    @field_validator("language")
    @classmethod
    def language_exists(cls, text: str | None) -> str | None:
        """The tag in its one spelling."""
        tag = known_tag(text) if text else None
        if text and not tag:
            raise ValueError("no language has this tag")
        return tag


def _of_few_words(text: str | None, most: int) -> str | None:
    if text and count_words(text, leniently=True) > most:
        raise ValueError(f"at most {most} words, please")
    return text


class ChangesWish(Body):
    """What should be different."""

    feedback: list[Annotated[str, Field(max_length=settings.MESSAGE_CHARACTERS)]] | None = Field(
        default=None, max_length=20, description="what you think of the plan", examples=[["Less algorithms, please."]]
    )
    raw_user_context: str | None = Field(
        default=None,
        max_length=settings.CONTEXT_CHARACTERS,
        description="replaces what was stored, unless empty",
        examples=["Now at Initech."],
    )
    plan: list[TopicIn] | None = Field(
        default=None,
        max_length=MAX_TOPICS,
        description="the plan that you speak of: 409 when it is not the present one",
    )
    progress: list[ProgressIn] | None = Field(
        default=None, max_length=100, description="accepted, and not used: the coach counts progress itself"
    )


class ProposalApproval(Body):
    """Approve a proposal as it was answered."""

    proposal_id: int = Field(examples=[7])


class PlanApproval(Body):
    """Put a plan of your own in force."""

    plan_topics: list[TopicIn] = Field(max_length=MAX_TOPICS)


ProposalOrPlan = Annotated[Annotated[ProposalApproval, ONE] | Annotated[PlanApproval, OTHER], with_field("proposal_id")]


# --- answers ---------------------------------------------------------------------------------------------------------


class ProposedTopic(Schema):
    """A topic of a plan that is not in force."""

    name: str
    description: str
    priority: int
    daily_study_minutes: int
    expected_outcome: str


class PlanOverview(Schema):
    """The plan in a few words."""

    target_role: str
    total_daily_minutes: int
    time_horizon_weeks: int | None
    rationale: str


class PlanChange(Schema):
    """One change, and why."""

    topic: str
    change: ChangeKind
    reason: str


class Proposal(Schema):
    """A plan that waits for your decision."""

    proposal_id: int
    base_version: int = Field(description="version of the plan it was made from; 0 = none")
    interview_on: date | None = Field(description="the day that you prepare for; null if it is not known")
    plan_overview: PlanOverview
    plan_topics: list[ProposedTopic]
    changes: list[PlanChange] = Field(description="empty for a first plan, or when nothing should change")


class Progress(Schema):
    """How far you have come in a topic."""

    strength_rating: float | None = Field(description="0 to 10; null without marks")
    total_time_spent: int = Field(description="seconds")
    level: Difficulty = Field(description="how hard its questions are, by your marks")
    trend: Literal["rising", "steady", "falling"] | None = Field(
        description="where the marks go since the first three sessions; null before the fourth"
    )
    signal: Literal["untouched", "neglected", "stuck", "holds"] | None = Field(
        description="what most needs a word: suggested twice and never practised; left aside; stuck; or good by now"
    )


class Topic(ProposedTopic):
    """A topic of the plan in force."""

    id: int
    progress: Progress


class Plan(Schema):
    """The plan in force; version 0 and no topics when there is none."""

    version: int
    interview_on: date | None = Field(description="the day that you prepare for; null if it is not known")
    plan_topics: list[Topic]
