"""A training plan: its topics, and the rules that it keeps to, whoever writes it. Shared by all modes that see one."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import Enum, auto
from functools import cached_property, partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, model_validator

from llm_modes.language.folding import folded
from llm_modes.language.mending import EveryOne
from llm_modes.language.mode import Reply, inline
from llm_modes.language.tokens import last_within
from llm_modes.language.words import OneLine, Words

MIN_TOPICS, MAX_TOPICS = 2, 8
# As long a raw user context as COACH_CONTEXT_CHARACTERS allows by default fits whole, in an alphabet.
CONTEXT_TOKENS = 7000
# What the candidate said of plans, a line for each time: as many of the last lines as go into this many tokens.
FEEDBACK_TOKENS = 1200
Feedback = Annotated[list[str], AfterValidator(partial(last_within, tokens=FEEDBACK_TOKENS))]
MIN_TOPIC_MINUTES = 5
# Two topics of five minutes are the smallest plan.
MIN_DAILY_MINUTES, MAX_DAILY_MINUTES = MIN_TOPICS * MIN_TOPIC_MINUTES, 480
# As the coach writes them, and for a name also as the candidate does.
NAME_WORDS, DESCRIPTION_WORDS, OUTCOME_WORDS = 3, 20, 15
# Of the role, as the chat and the candidate say it.
ROLE_CHARACTERS = 100
# Of a topic as a candidate types it; a description and an outcome alike.
NAME_CHARACTERS, DESCRIPTION_CHARACTERS = 120, 400


def key(name: str) -> str:
    """How topics are matched by name: by what it says, whatever its case, spaces and apostrophes."""
    return folded(name)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic of a plan, wherever it stands: in force, proposed, typed, in a prompt, or in the making.

    `priority`: 1 = highest; 0 while it has no place yet. `id`: of the row, where it is in a plan already.
    """

    name: str
    description: str = ""
    priority: int = 0
    daily_study_minutes: int
    expected_outcome: str = ""
    id: int | None = None

    @cached_property
    def key(self) -> str:
        """By which it is the same topic as another one, where the two have no id."""
        return key(self.name)

    def as_json(self) -> dict[str, Any]:
        """As it is stored, exported and answered; without an id where it has none. `Topic(**stored)` reads it."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in told.items() if name != "id" or value is not None}

    def line(self) -> str:
        """One line of a prompt."""
        return (
            f"{self.priority}. {inline(self.name)}: {self.daily_study_minutes} min/day. "
            f"{inline(self.description)} Outcome: {inline(self.expected_outcome)}"
        )


def total(topics: Iterable[Topic]) -> int:
    """Minutes a day of all topics."""
    return sum(topic.daily_study_minutes for topic in topics)


# --- the rules -------------------------------------------------------------------------------------------------------


class Rule(Enum):
    """What every plan keeps to. `rules_broken_by` tells which of it one does not; who asks has the words for it."""

    NAMED = auto()
    NAMED_APART = auto()
    # Of names that a candidate types; a reply is held to it field by field.
    NAMED_SHORTLY = auto()
    ENOUGH_TOPICS = auto()
    NOT_TOO_MANY_TOPICS = auto()
    PRIORITIES_IN_ORDER = auto()
    ENOUGH_MINUTES_EACH = auto()
    MINUTES_ADD_UP = auto()
    WITHIN_THE_TIME = auto()


def rules_broken_by(topics: list[Topic], *, stated: int, available: int | None) -> set[Rule]:
    """Which rules a plan breaks that is said to take `stated` minutes a day.

    `available` is the candidate's time in minutes a day, None where it is not known.
    """
    names = [topic.key for topic in topics]
    kept = {
        Rule.NAMED: all(names),
        Rule.NAMED_APART: len(set(names)) == len(names),
        Rule.ENOUGH_TOPICS: len(topics) >= MIN_TOPICS,
        Rule.NOT_TOO_MANY_TOPICS: len(topics) <= MAX_TOPICS,
        Rule.PRIORITIES_IN_ORDER: sorted(topic.priority for topic in topics) == list(range(1, len(topics) + 1)),
        Rule.ENOUGH_MINUTES_EACH: all(topic.daily_study_minutes >= MIN_TOPIC_MINUTES for topic in topics),
        Rule.MINUTES_ADD_UP: total(topics) == stated,
        Rule.WITHIN_THE_TIME: available is None or stated <= available,
    }
    return {rule for rule, is_kept in kept.items() if not is_kept}


def plan_errors(topics: list[Topic], *, stated: int, available: int | None) -> list[str]:
    """The same in sentences for a model; empty when nothing is wrong."""
    count = f"A plan has {MIN_TOPICS} to {MAX_TOPICS} topics; this one has {len(topics)}."
    sentences = {
        Rule.ENOUGH_TOPICS: count,
        Rule.NOT_TOO_MANY_TOPICS: count,
        Rule.NAMED_APART: "Every topic needs a name of its own.",
        Rule.PRIORITIES_IN_ORDER: f"Priorities have to be 1 to {len(topics)}, each once.",
        Rule.ENOUGH_MINUTES_EACH: f"A topic needs at least {MIN_TOPIC_MINUTES} minutes a day.",
        Rule.MINUTES_ADD_UP: f"The topics' minutes add up to {total(topics)}, not to the total of {stated}.",
        Rule.WITHIN_THE_TIME: f"The plan takes {stated} minutes a day; the candidate has {available}.",
    }
    broken = rules_broken_by(topics, stated=stated, available=available)
    errors = [sentence for rule, sentence in sentences.items() if rule in broken]
    if broken & {Rule.MINUTES_ADD_UP, Rule.WITHIN_THE_TIME} and Rule.ENOUGH_TOPICS not in broken:
        errors += _what_would_fit(topics, stated if available is None else min(stated, available))
    return errors


def _what_would_fit(topics: list[Topic], minutes: int) -> list[str]:
    """Minutes that keep to the total, in the order of the topics: small models cannot add, but copy."""
    spare = minutes - MIN_TOPIC_MINUTES * len(topics)
    if spare < 0:
        return []
    weights = [max(topic.daily_study_minutes, 1) for topic in topics]
    # In steps of five, as people plan; what is left goes to the first topics.
    fitting = [MIN_TOPIC_MINUTES + spare * weight // sum(weights) // 5 * 5 for weight in weights]
    steps, rest = divmod(minutes - sum(fitting), 5)
    fitting = [each + 5 * (place < steps) for place, each in enumerate(fitting)]
    fitting[0] += rest
    said = ", ".join(map(str, fitting))
    return [f"total_daily_minutes {minutes} with daily_study_minutes {said}, in this order, would fit."]


# --- as the LLM words it ---------------------------------------------------------------------------------------------


class PlanOverview(BaseModel):
    target_role: Annotated[str, OneLine(ROLE_CHARACTERS)]
    rationale: Annotated[str, Words(60)]
    time_horizon_weeks: int = Field(ge=1, le=52)
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

    def minutes_available(self) -> int | None:
        """The candidate's minutes a day, as far as the call's inputs say."""
        return None

    @model_validator(mode="after")
    def check_plan(self) -> "PlanReply":
        stated = self.plan_overview.total_daily_minutes
        if errors := plan_errors(self.topics, stated=stated, available=self.minutes_available()):
            raise ValueError(" ".join(errors))
        return self
