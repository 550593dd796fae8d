"""What weeks of practice show, for a review: each signal with its numbers, and a wish that a button sends."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from coach.candidate_text import quoted
from coach.models import User
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_TOPIC_MINUTES, MIN_TOPICS, key
from llm_modes.suggest_plan_changes.differences import ChangeKind
from llm_modes.suggest_plan_changes.schema import SignalData, WeekData
from plans import gaps, signals
from plans.journey import brief_of
from plans.models import PlanTopic, Signal
from plans.progress import progress_seen
from plans.silence import WHOLE_PLAN, Ideas, Silent, silent_ideas
from plans.turns import Place

# What a review would propose without being asked.
IDEA: dict[Signal, ChangeKind] = {Signal.STUCK: "less_time", Signal.UNTOUCHED: "removed", Signal.HOLDS: "less_time"}


@dataclass(frozen=True)
class Noticed:
    """A signal as the page of the review shows it.

    `topic`: None for the whole plan. `wish`: what the button asks for, in the candidate's words; "" if no change of the
    plan would help. `quiet`: until when the coach does not mention it without being asked.
    """

    name: str
    said: str
    wish: str
    button: str
    topic: PlanTopic | None = None
    quiet: str = ""

    @property
    def can_begin(self) -> bool:
        """Whether a first session helps as much as another plan."""
        return self.name in (Signal.UNTOUCHED, Signal.NEGLECTED)

    @property
    def minutes(self) -> int:
        """The minutes of that session."""
        return Place.of(self.topic).length if self.topic else 0


def noticed(user: User, topics: list[PlanTopic]) -> list[Noticed]:
    """All signals that the page shows, those of the whole plan first. They do not depend on the coach's words.

    `topics`: those of the plan in force, read with_interview().
    """
    showing = signals.showing(topics)
    week = signals.of_plan(user, topics)
    silent = silent_ideas(user) if showing or (week and week.name) else {}
    of_plan = [_of_plan(user, week, topics, silent)] if week and week.name else []
    return [*of_plan, *(_of_topic(topic, topics, silent) for topic in showing)]


def review_inputs(user: User, topics: list[PlanTopic]) -> dict[str, Any]:
    """The inputs of a review besides the progress: gaps, the week, the signals, and what it may not bring up."""
    silent = silent_ideas(user)
    week = signals.of_plan(user)
    # A topic that a review has raised once is not raised again.
    raised = {name for (name, _change), idea in silent.items() if idea.why == "raised"}
    return {
        "gaps": gaps.that_count(user),
        "week": _week(week) if week else None,
        "signals": [_data(topic) for topic in signals.showing(topics) if key(topic.called) not in raised],
        "not_now": [idea.not_now for idea in silent.values()],
    }


def _week(week: signals.PlanSignal) -> WeekData:
    return WeekData(planned=week.planned, done=week.done, days=week.length, signal=week.name)


def _data(topic: PlanTopic) -> SignalData:
    progress = progress_seen(topic)
    figures = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in progress.signal_evidence.items())
    return SignalData(
        topic=topic.called, signal=progress.signal, rung=progress.rung, evidence=figures, said=signals.shown_by(topic)
    )


# --- one click -------------------------------------------------------------------------------------------------------


def _of_topic(topic: PlanTopic, topics: list[PlanTopic], silent: Ideas) -> Noticed:
    name = Signal(progress_seen(topic).signal)
    wish, button = _wish(name, topic, topics)
    idea = silent.get((key(topic.called), IDEA[name])) if name in IDEA else None
    return Noticed(name, signals.said(topic), wish, button, topic, _quiet(idea))


def _quiet(idea: Silent | None) -> str:
    """Until when a refused idea is not brought up; "" if none was refused."""
    if idea is None or idea.why != "refused" or idea.until is None:
        return ""
    said_no = f"You said no to a change here on {date_format(timezone.localtime(idea.at), 'j F')}."
    if idea.until <= timezone.now():
        return f"{said_no} I will not bring it up before there is something new to go by."
    return f"{said_no} I will not bring it up before {date_format(timezone.localtime(idea.until), 'j F')}."


def _wish(name: Signal, topic: PlanTopic, topics: list[PlanTopic]) -> tuple[str, str]:
    """The wish of this signal in the candidate's words, and the button that sends it."""
    called = topic.called
    because = {
        Signal.STUCK: "I am stuck with it",
        Signal.HOLDS: "it holds by now",
        Signal.UNTOUCHED: "I have never practised it",
        Signal.NEGLECTED: "I keep leaving it aside",
    }[name]
    can_go = len(topics) > MIN_TOPICS
    if can_go and name == Signal.STUCK and topic.daily_study_minutes <= MIN_TOPIC_MINUTES:
        return f"Leave out {quoted(called)} for now: {because}.", "Ask to leave it out"
    if can_go and (name == Signal.UNTOUCHED or topic.daily_study_minutes <= MIN_TOPIC_MINUTES):
        return f"Drop {quoted(called)}: {because}.", "Ask to drop it"
    return f"Less time for {quoted(called)}: {because}.", "Ask for less time on it"


def _of_plan(user: User, week: signals.PlanSignal, topics: list[PlanTopic], silent: Ideas) -> Noticed:
    """For a plan that is larger, or smaller, than what is done: one of the size that is done, within the time a day."""
    total = sum(topic.daily_study_minutes for topic in topics)
    size = max(MIN_TOPIC_MINUTES * len(topics), _week(week).done_a_day)
    if week.name == "more done than planned":
        size = min(size, brief_of(user).daily_minutes or MAX_DAILY_MINUTES)
    is_change = size < total if week.name == "more planned than done" else size > total
    wish = f"Make it {size} minutes a day in total: that is what I do." if is_change else ""
    quiet = _quiet(silent.get((WHOLE_PLAN, "less_time" if size < total else "more_time")))
    return Noticed(week.name, week.said, wish, f"Ask for {size} minutes a day", quiet=quiet)
