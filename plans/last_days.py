"""What the last days before the interview are for: rehearsal, or triage where hardly anything was practised.

Rehearsal goes over the topics that were practised, in their usual turns. Triage gives the little time that is left to
the topics that pay most, one short session each.
"""

from collections.abc import Sequence

from plans.countdown import Countdown
from plans.models import PlanTopic
from plans.progress import progress_seen, strength_said

# Minutes of a session of the triage: enough for a few answers with their feedback.
TRIAGE_SESSION = 20
# The strength of 0 to 10 is taken from this; a topic without marks counts as weakest.
STRONGEST = 10.0


def was_practised(topic: PlanTopic) -> bool:
    """Whether a question of the topic was answered."""
    return progress_seen(topic).answers > 0


def is_triage(topics: Sequence[PlanTopic], countdown: Countdown) -> bool:
    """Whether the last days begin with less than half of the plan's topics practised."""
    return countdown.is_last_days and 2 * sum(map(was_practised, topics)) < len(topics)


def gain(topic: PlanTopic) -> float:
    """What practice of the topic pays before the interview, 0 to 10: its priority times how weak it is."""
    rating = progress_seen(topic).strength_rating
    return (STRONGEST - float(rating or 0)) / topic.priority


def had_its_session(topic: PlanTopic, countdown: Countdown, begun: int | None = None) -> bool:
    """Whether the topic had a session in the last days, or has it now: `begun` is the id of the topic in session."""
    practised, since = progress_seen(topic).last_practised_at, countdown.last_days_begin
    return topic.pk == begun or (practised is not None and since is not None and practised >= since)


def by_gain(topics: Sequence[PlanTopic], countdown: Countdown, begun: int | None = None) -> list[PlanTopic]:
    """The topics of a triage, the next one first: those that had no session in the last days, then by what they pay."""
    return sorted(
        topics,
        key=lambda topic: (had_its_session(topic, countdown, begun), -gain(topic), topic.priority, topic.pk),
    )


def that_fit(topics: Sequence[PlanTopic], minutes: int) -> list[PlanTopic]:
    """The first of these topics, as many as have a session in so many minutes; at least one."""
    return list(topics[: max(1, minutes // TRIAGE_SESSION)])


def why_it_pays(topic: PlanTopic) -> str:
    """Why a topic of the triage comes, in words that rest on its numbers."""
    weak = "not practised yet" if not was_practised(topic) else f"your strength here is {strength_said(topic)}"
    return f"worth the time that is left: number {topic.priority} of your plan, {weak}"


def rehearsed(topics: Sequence[PlanTopic]) -> list[PlanTopic]:
    """The topics that a rehearsal goes over: those that were practised."""
    return [topic for topic in topics if was_practised(topic)]


def suggested(topics: Sequence[PlanTopic], countdown: Countdown) -> list[PlanTopic]:
    """The topics among which the next turn is, in the order of the plan; of a triage, the one that is next."""
    if is_triage(topics, countdown):
        return by_gain(topics, countdown)[:1]
    return rehearsed(topics) if countdown.is_last_days else list(topics)
