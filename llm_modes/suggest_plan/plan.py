"""A training plan: its topics, and the rules that it keeps to, whoever writes it. Shared by all modes that see one."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import Enum, auto
from functools import cached_property, partial
from typing import Annotated, Any

from pydantic import AfterValidator

from llm_modes.language.folding import folded
from llm_modes.language.mode import inline
from llm_modes.language.tokens import last_within

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
    said = ", ".join(map(str, fitting_minutes(topics, minutes)))
    return [f"total_daily_minutes {minutes} with daily_study_minutes {said}, in this order, would fit."] if said else []


def fitting_minutes(topics: list[Topic], minutes: int) -> list[int]:
    """Minutes a day of each topic that come to this sum, in proportion to what it has; [] if they are too few."""
    spare = minutes - MIN_TOPIC_MINUTES * len(topics)
    if spare < 0:
        return []
    weights = [max(topic.daily_study_minutes, 1) for topic in topics]
    # In steps of five, as people plan; what is left goes to the first topics.
    fitting = [MIN_TOPIC_MINUTES + spare * weight // sum(weights) // 5 * 5 for weight in weights]
    steps, rest = divmod(minutes - sum(fitting), 5)
    fitting = [each + 5 * (place < steps) for place, each in enumerate(fitting)]
    fitting[0] += rest
    return fitting


def nearest_plan(
    topics: list[Topic], *, stated: int, available: int | None, others: Iterable[Topic] = ()
) -> list[Topic]:
    """A plan of these topics, in their order, that breaks no rule; [] where there is none.

    Of two with one name the first is kept, the place goes by the priority, then by the order. Minutes stay unless their
    sum is not `stated` or takes more than there is. `others` are for a plan that has too few topics.
    """
    minutes = stated if available is None else min(stated, available)
    named = _named_apart(topics)
    if 0 < len(named) < MIN_TOPICS:
        named = _named_apart([*named, *others])[:MIN_TOPICS]
    if minutes < MIN_TOPIC_MINUTES * len(named):
        minutes = available or total(named)
    named = named[: min(MAX_TOPICS, minutes // MIN_TOPIC_MINUTES)]
    if len(named) < MIN_TOPICS:
        return []
    ranked = sorted(range(len(named)), key=lambda place: named[place].priority)
    each = [topic.daily_study_minutes for topic in named]
    if sum(each) != minutes or min(each) < MIN_TOPIC_MINUTES:
        each = fitting_minutes(named, minutes)
    plan = [
        replace(topic, priority=ranked.index(place) + 1, daily_study_minutes=each[place])
        for place, topic in enumerate(named)
    ]
    return [] if rules_broken_by(plan, stated=minutes, available=available) else plan


def _named_apart(topics: list[Topic]) -> list[Topic]:
    return list({topic.key: topic for topic in reversed(topics)}.values())[::-1]
