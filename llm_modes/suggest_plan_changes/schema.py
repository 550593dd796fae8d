"""SuggestPlanChanges: a better plan, with a reason for every change."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import from_json

from coach.counted import counted
from llm_modes.language.folding import folded
from llm_modes.language.mending import EveryOne, is_nothing
from llm_modes.language.mode import Inputs, Mode, Reply, data, inline, inputs_of_call, lines
from llm_modes.language.sent_schema import Schema, copying, in_this_order
from llm_modes.language.shapes import mended
from llm_modes.language.tokens import clip, clip_each, estimate, first_within
from llm_modes.language.words import Words, is_clipping, most_characters
from llm_modes.read_context.preparation import WHOLE_TOKENS, Preparation, section
from llm_modes.stages import Stage
from llm_modes.suggest_plan.interview import Interview
from llm_modes.suggest_plan.plan import (
    CONTEXT_TOKENS,
    DESCRIPTION_CHARACTERS,
    DESCRIPTION_WORDS,
    MAX_TOPICS,
    MIN_TOPICS,
    NAME_CHARACTERS,
    NAME_WORDS,
    OUTCOME_WORDS,
    Feedback,
    Topic,
    key,
)
from llm_modes.suggest_plan.reply import PlanReply, SuggestedTopic
from llm_modes.suggest_plan_changes.differences import ChangeKind, differences, place_of
from llm_modes.suggest_plan_changes.moves import NotNow, broken_rules

# What a review sees takes at most 120 tokens: the week and the signals, and what is not to be proposed now.
SIGNALS_TOKENS, NOT_NOW_TOKENS = 80, 36
# Of those of the signals, what a real interview showed takes so many first.
MOST_GAPS, GAPS_TOKENS = 3, 60
# What stands where a reason should, and is none.
NO_REASONS = frozenset({"string", "reason", "no reason", "unknown", "unspecified", "not specified", "tbd", "na"})
# Each topic that stays has other minutes, another place and other words. (Topics that go and come make fewer.)
MOST_CHANGES = 3 * MAX_TOPICS


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


class SignalData(BaseModel):
    """What weeks of practice show about a topic."""

    topic: str
    signal: str = Field(description="its name, as plans.models.Signal has it")
    rung: int = 0
    evidence: str = Field(default="", description="numbers, a few words")
    said: str = Field(default="", description="the same in sentences to the candidate")

    def line(self) -> str:
        """One line of a prompt."""
        rung = f"rung {self.rung}" if self.rung else ""
        return inline(", ".join(part for part in (f"{self.topic}: {self.signal}", rung, self.evidence) if part))


class WeekData(BaseModel):
    """Minutes of the last `days` days, seven at most, as planned and as done."""

    planned: int
    done: int
    days: int = 7
    signal: Literal["", "more planned than done", "more done than planned"] = ""

    @property
    def done_a_day(self) -> int:
        """The size of a plan as it is done: minutes a day, up to the next five."""
        return ceil(self.done / self.days / 5) * 5

    def line(self) -> str:
        """One line of a prompt."""
        signal = f": {self.signal}" if self.signal else ""
        return f"{self.days} days: {self.planned} min planned, {self.done} done{signal}"


class SuggestPlanChangesInputs(Inputs):
    role: str
    context: str
    daily_minutes: int
    time_horizon_weeks: int
    plan: list[Topic]
    progress: list[TopicProgressData]
    feedback: Feedback
    trigger: Literal["chat", "review"]
    preparation: Preparation | None = None
    interview: Interview = Interview()
    motivation: str = Field(default="", description="not in the prompt: for the size of a plan made by rules")
    asked: list[str] | None = Field(
        default=None, description="not in the prompt: what of the feedback is asked of this plan; None: all of it"
    )
    # Of a review only.
    gaps: list[str] = Field(default=[], description="what a real interview showed to be missing, a few words each")
    said_last: str = Field(default="", description="not in the prompt: what the review before said, so as not to again")
    week: WeekData | None = None
    signals: list[SignalData] = []
    not_now: list[NotNow] = []

    def variables(self) -> Mapping[str, str]:
        return {
            "trigger": "the daily review" if self.trigger == "review" else "the candidate's feedback",
            "role": inline(self.role),
            "daily_minutes": str(self.daily_minutes),
            "weeks": str(self.time_horizon_weeks),
            "plan": "\n".join(topic.line() for topic in self.plan),
            "progress": "\n".join(line.line() for line in self.progress) or "(none yet)",
            "seen": "\n".join(self.seen()) or "(nothing)",
            "feedback": lines(self.feedback),
            "context": clip(data(self.context), CONTEXT_TOKENS),
            "interview": self.interview.line(),
            "preparation": section(self.preparation, WHOLE_TOKENS),
        }

    def seen(self) -> list[str]:
        """What a review has to go by, as lines of the prompt."""
        week = [self.week.line()] if self.week else []
        gaps = [inline(f"gap: {gap}") for gap in self.gaps[:MOST_GAPS]]
        gaps = clip_each(gaps, GAPS_TOKENS) if sum(map(estimate, gaps)) > GAPS_TOKENS else gaps
        left = SIGNALS_TOKENS - sum(map(estimate, gaps))
        signals = [*gaps, *first_within([*week, *(signal.line() for signal in self.signals)], left)]
        not_now = [f"not now: {idea.change} {inline(idea.topic or 'the whole plan')}" for idea in self.not_now]
        return [*signals, *first_within(not_now, NOT_NOW_TOKENS)]

    def broken_rules(self, topics: list[Topic]) -> list[str]:
        """What a plan with these topics breaks of the rules of a review."""
        return broken_rules(
            self.plan,
            topics,
            not_now=self.not_now,
            untouched=[signal.topic for signal in self.signals if signal.signal == "untouched"],
            available=self.daily_minutes,
        )


@dataclass(frozen=True)
class KeptOrWords(Words):
    """A text of the plan copied word for word, which a candidate may have made longer or left empty; else Words.

    `typed`: how many characters a candidate may type there. A grammar must not cut a copy: it would count as reworded.
    """

    field: str
    typed: int

    def check(self, text: str) -> str:
        """The plan's own text where it was copied, also escaped as in the prompt or with other apostrophes."""
        inputs = inputs_of_call()
        copied = folded(inline(text), cased=True)
        for topic in inputs.plan if inputs else ():
            ours: str = getattr(topic, self.field)
            if folded(inline(ours), cased=True) == copied:
                return ours
        return super().check(text)

    @property
    def may_be_empty(self) -> bool:
        return self.field != "name"

    @property
    def most_characters(self) -> int:
        return max(super().most_characters, self.typed)


Name = Annotated[str, KeptOrWords(NAME_WORDS, "name", NAME_CHARACTERS)]


class ChangedTopic(SuggestedTopic):
    name: Name
    description: Annotated[str, KeptOrWords(DESCRIPTION_WORDS, "description", DESCRIPTION_CHARACTERS)]
    expected_outcome: Annotated[str, KeptOrWords(OUTCOME_WORDS, "expected_outcome", DESCRIPTION_CHARACTERS)]


def _says_why(reason: str) -> str:
    if is_nothing(reason.strip(" .")) or reason.casefold().strip(" .") in NO_REASONS:
        raise ValueError("say why")
    return reason


class PlanChange(BaseModel):
    topic: Name
    reason: Annotated[str, Words(25), AfterValidator(_says_why)]
    change: ChangeKind


class _Explained(Reply):
    changes: Annotated[list[PlanChange], Field(max_length=MOST_CHANGES), EveryOne()]


# The fields of the last base come first: what is to change and why, then the plan with it. Who writes the plan first
# has slips to explain.
class SuggestPlanChangesReply(PlanReply, _Explained):
    plan_topics: Annotated[  # type: ignore[assignment]
        list[ChangedTopic], Field(min_length=MIN_TOPICS, max_length=MAX_TOPICS), EveryOne()
    ]

    @classmethod
    def left_by(cls, inputs: SuggestPlanChangesInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """At most three changes for each topic that is kept, and one for each that is added; texts as long as words.

        Longer ones only where the plan has one, as it is written in the prompt.
        """
        schema = deepcopy(schema)
        changes, topic = schema["properties"]["changes"], schema["properties"]["plan_topics"]["items"]
        changes["maxItems"] = min(changes["maxItems"], 2 * len(inputs.plan) + MAX_TOPICS)
        for field, limit in (("description", DESCRIPTION_WORDS), ("expected_outcome", OUTCOME_WORDS)):
            longest = max((len(inline(getattr(one, field))) for one in inputs.plan), default=0)
            topic["properties"][field]["maxLength"] = max(most_characters(limit), longest)
        return schema

    @classmethod
    def left_by_plan(
        cls, inputs: SuggestPlanChangesInputs, plan: list[Topic], fields: dict[str, Schema]
    ) -> dict[str, Schema]:
        """Of its changes those that are real, too: the reasons are left to write."""
        changes, found = fields["changes"], differences(inputs.plan, plan)
        real = [copying(changes["items"], topic=one.topic, change=one.change) for one in found]
        told = in_this_order(real) if real else {**changes, "maxItems": 0}
        return {**super().left_by_plan(inputs, plan, fields), "changes": told}

    @classmethod
    def told_of(cls, topic: Topic) -> dict[str, Any]:
        """All: a text may be empty where the candidate left it so."""
        return topic.as_json()

    @classmethod
    def plan_meant(cls, inputs: SuggestPlanChangesInputs, reply: str, others: Iterable[Topic] = ()) -> list[Topic]:
        """Other words for a topic count as a slip, unless the reply says that it has reworded it."""
        plan = super().plan_meant(inputs, reply, others or inputs.plan)
        ours = {topic.key: topic for topic in inputs.plan}
        if plan:
            for said in mended(_Explained, from_json(reply)).get("changes") or ():
                if isinstance(said, dict) and said.get("change") == "reworded":
                    ours.pop(key(str(said.get("topic"))), None)
        return [_in_the_words_of(ours.get(topic.key, topic), topic) for topic in plan]

    @model_validator(mode="after")
    def check_changes_are_explained(self) -> "SuggestPlanChangesReply":
        """Every real change has its reason, and no reason stands for a change that is not there."""
        inputs = inputs_of_call()
        if inputs is None:
            return self
        real = {(key(found.topic), found.change) for found in differences(inputs.plan, self.topics)}
        given = [(key(change.topic), change.change) for change in self.changes]
        errors = [
            f"{place_of(topic, inputs.plan, self.topics)} is {change} without a reason in changes."
            for topic, change in sorted(real.difference(given))
        ]
        errors += [
            f"changes[{place}] says {change} of {place_of(topic, inputs.plan, self.topics)}, the plan does not."
            for place, (topic, change) in enumerate(given)
            if (topic, change) not in real
        ]
        if errors:
            raise ValueError(" ".join(errors))
        return self

    @model_validator(mode="after")
    def check_a_review_goes_gently(self) -> "SuggestPlanChangesReply":
        """Sent back once; a reply that breaks the rules again is good for keeping the plan (plans/daily_review.py)."""
        inputs = inputs_of_call()
        if inputs is None or inputs.trigger != "review" or is_clipping():
            return self
        if errors := inputs.broken_rules(self.topics):
            raise ValueError(" ".join(errors))
        return self


def _in_the_words_of(other: Topic, topic: Topic) -> Topic:
    return replace(topic, name=other.name, description=other.description, expected_outcome=other.expected_outcome)


MODE = Mode(
    __package__,
    SuggestPlanChangesInputs,
    SuggestPlanChangesReply,
    stages=(Stage.PROPOSAL_OPEN, Stage.PLAN_IN_FORCE),
    usual_seconds=(5, 20),
    max_output_tokens=4000,
    fixed_budget=870,
    input_budget=7200,
)
