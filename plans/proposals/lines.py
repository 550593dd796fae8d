"""A proposal line by line: what the candidate may accept or decline, and the plan that results."""

from collections.abc import Collection
from dataclasses import dataclass

from coach.candidate_text import isolated
from llm_modes.language.words import count_words
from llm_modes.suggest_plan.plan import (
    MAX_TOPICS,
    MIN_TOPIC_MINUTES,
    MIN_TOPICS,
    NAME_WORDS,
    Rule,
    Topic,
    rules_broken_by,
    total,
)
from llm_modes.suggest_plan_changes.differences import ChangeKind
from plans.models import PlanProposal
from plans.proposals.change import Change
from plans.proposals.comparison import (
    Edit,
    by_priority,
    counterpart,
    edited,
    explained,
    identified,
    merged,
    named,
    numbered,
    with_own,
)

ORDER = "order"
FIRST_PLAN = "Part of your first plan."


@dataclass(frozen=True)
class Line:
    """One thing to accept or decline. `name`: its name in a form. `changes`: what it contains."""

    name: str
    topic: str
    change: ChangeKind
    label: str
    changes: list[Change]


class PlanError(Exception):
    """The resulting plan is not allowed. `errors`: sentences for the candidate. `minutes`: its minutes a day."""

    def __init__(self, errors: list[str], minutes: int) -> None:
        self.errors, self.minutes = errors, minutes
        super().__init__(f"{len(errors)} errors")


def is_first(proposal: PlanProposal) -> bool:
    """Whether it is a first plan: no plan is in force, and each topic is a line."""
    return proposal.base_version == 0


def lines_of(proposal: PlanProposal) -> list[Line]:
    """The lines of a proposal, in the order of its changes. All moves of topics together are one line."""
    if is_first(proposal):
        topics = by_priority(proposal.topics)
        changes = [Change(topic=topic.name, change="added", reason=FIRST_PLAN) for topic in topics]
    else:
        changes = proposal.changes
    moves = [change for change in changes if change.change == "reprioritised"]
    lines = [
        Line(f"{change.change}-{place}", change.topic, change.change, figures(change, proposal), [change])
        for place, change in enumerate(changes)
        if change not in moves
    ]
    if moves:
        order = ", ".join(topic.name for topic in by_priority(proposal.topics))
        lines.append(Line(ORDER, "New order", "reprioritised", order, moves))
    return lines


def figures(change: Change, proposal: PlanProposal) -> str:
    """What a change does, in figures and names; "" if its name says all."""
    new = named(change.topic, proposal.topics)
    old = counterpart(new, proposal.base_topics) if new else named(change.topic, proposal.base_topics)
    match change.change, old, new:
        case "added", _, Topic(daily_study_minutes=minutes):
            return f"{minutes} minutes a day"
        case "removed", Topic(daily_study_minutes=minutes), _:
            return f"{minutes} minutes a day become free"
        case "more_time" | "less_time", Topic(daily_study_minutes=before), Topic(daily_study_minutes=after):
            return f"{before} → {after} minutes a day"
        case "reworded", Topic(name=was), Topic(name=now) if was != now:
            return f"{was} → {now}"
        case "reworded", _, Topic(description=description):
            return description
    return ""


def outcome(
    proposal: PlanProposal,
    *,
    accepted: Collection[str] | None = None,
    edits: dict[int, Edit] | None = None,
    own: Collection[Topic] = (),
    available: int | None,
) -> tuple[list[Topic], list[Change], list[Change]]:
    """The result of a decision: (topics, changes with reasons, declined changes).

    `accepted`: names of lines (None: all). `edits`: by the topic's place in the proposal, most important first. `own`:
    topics that the candidate adds. `available`: the candidate's minutes a day. Raises PlanError.
    """
    lines = lines_of(proposal)
    taken = [line for line in lines if accepted is None or line.name in accepted]
    left = [line for line in lines if line not in taken]
    parts = {change.key for line in taken for change in line.changes}
    proposed = by_priority(proposal.topics)
    if is_first(proposal):
        topics = numbered(topic for topic in proposed if (topic.key, "added") in parts)
    else:
        topics = merged(proposal.base_topics, proposed, parts)
    topics = with_own(edited(topics, proposed, edits or {}), identified(own, proposal.base_topics))
    check(topics, available=available, given=proposal.base_topics + proposed, taken=taken, left=left)
    changes = [] if is_first(proposal) else explained(proposal.base_topics, topics, proposal.changes)
    declined = left + [line for line in taken if _is_typed_away(line, proposal.base_topics, topics)]
    return topics, changes, [change for line in declined for change in line.changes]


def _is_typed_away(line: Line, base: list[Topic], topics: list[Topic]) -> bool:
    """Whether the candidate accepted a change of the minutes, but typed a number that undoes or reverses it."""
    old = named(line.topic, base)
    new = counterpart(old, topics) if old else None
    if old is None or new is None or line.change not in ("more_time", "less_time"):
        return False
    moved = new.daily_study_minutes - old.daily_study_minutes
    return moved <= 0 if line.change == "more_time" else moved >= 0


def check(
    topics: list[Topic],
    *,
    available: int | None,
    given: Collection[Topic] = (),
    taken: Collection[Line] = (),
    left: Collection[Line] = (),
) -> None:
    """Raise PlanError, in words for the candidate, unless this can be a plan. Names of `given` topics may be long."""
    minutes, names = total(topics), [topic.key for topic in topics]
    broken = rules_broken_by(topics, stated=minutes, available=available)
    twice = sorted({topic.name for topic in topics if names.count(topic.key) > 1})
    # The coach copies the names of topics that it keeps, and its own names are never longer.
    typed = {topic.name for topic in topics} - {topic.name for topic in given}
    if long := sorted(name for name in typed if count_words(name, leniently=True) > NAME_WORDS):
        broken.add(Rule.NAMED_SHORTLY)
    sentences = {
        Rule.NAMED: "Every topic needs a name.",
        Rule.NAMED_SHORTLY: f"A name has at most {NAME_WORDS} words: {_listed(long)}.",
        Rule.NAMED_APART: f"Two topics have the same name: {_listed(twice)}. Give each a name of its own.",
        Rule.ENOUGH_TOPICS: f"A plan needs at least {MIN_TOPICS} topics; this leaves {len(topics)}.",
        Rule.NOT_TOO_MANY_TOPICS: (
            f"A plan has at most {MAX_TOPICS} topics, or nothing gets practised; this would be {len(topics)}."
        ),
        Rule.ENOUGH_MINUTES_EACH: f"A topic needs at least {MIN_TOPIC_MINUTES} minutes a day.",
        Rule.WITHIN_THE_TIME: (
            f"Together these are {minutes} minutes a day, and you have {available}. {_freeing(taken, left)}"
        ),
    }
    if errors := [sentence for rule, sentence in sentences.items() if rule in broken]:
        raise PlanError(errors, minutes)


def _freeing(taken: Collection[Line], left: Collection[Line]) -> str:
    """Which lines depend on each other by their minutes."""
    takes = [line.topic for line in taken if line.change in ("added", "more_time")]
    frees = [line.topic for line in left if line.change in ("removed", "less_time")]
    if takes and frees:
        return (
            f"The time for {_listed(takes)} was to come from {_listed(frees)}: accept that as well, decline both, "
            "or lower some minutes."
        )
    return "Lower some minutes, or change the time you have."


def _listed(names: list[str]) -> str:
    return ", ".join(map(isolated, names))
