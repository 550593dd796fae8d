"""The specification's user-day: what one candidate's calls of a day cost in input tokens, with realistic inputs.

`make bench-tokens` prints it; test_cost.py fails when it grows. Sizes and calls are the specification's (5,000 tokens
of context, 1,000 of answer, 300 of anchors, plans of 200, progress of 100); a question has its 30 words. What knowing
the post and the person adds is counted apart, by wording each call a second time without it.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from itertools import cycle, islice

from llm_modes.assign_topics.schema import MOST_QUESTIONS, AssignTopicsInputs, TopicToFit
from llm_modes.build_story.schema import BuildStoryInputs
from llm_modes.catalogue import MODES
from llm_modes.evaluate_answer.schema import Anchor, EvaluateAnswerInputs
from llm_modes.generate_questions.schema import Focus, GenerateQuestionsInputs, RedoCandidate
from llm_modes.language.mode import Inputs, Mode
from llm_modes.plan_chat.schema import ChatLine, InterviewKnown, Known, PlanChatInputs
from llm_modes.read_context.preparation import Competency, Preparation
from llm_modes.read_context.schema import ReadContextInputs
from llm_modes.read_debrief.schema import ReadDebriefInputs
from llm_modes.reconcile_session.counts import Counts, CraftCount
from llm_modes.reconcile_session.schema import MarkedAttempt, ReconcileSessionInputs
from llm_modes.suggest_plan.plan import Topic
from llm_modes.suggest_plan.schema import SuggestPlanInputs
from llm_modes.suggest_plan_changes.moves import NotNow
from llm_modes.suggest_plan_changes.schema import (
    SignalData,
    SuggestPlanChangesInputs,
    TopicProgressData,
    WeekData,
)
from tests.fake_llm import count_tokens
from tests.llm_modes.mode_tokens import added_to_inputs, added_to_rules, bounds_tokens, fixed_tokens
from tests.llm_modes.prepared_for import FORMAT, LINES

GOAL = 60_000  # input tokens a day, without the bounds in the schemas
BOUNDS_GOAL = 2_500  # those of the bounds
PREPARING_GOAL = 4_500  # those of what one prepares for
# Mode: calls a day, and the specification's input tokens per call (without instructions and schema).
CALLS: dict[str, float] = {
    "suggest_plan": 0.1,
    "suggest_plan_changes": 0.5,
    "generate_questions": 5,
    "evaluate_answer": 30,
    "reconcile_session": 3,
}
SPEC_INPUT = {
    "suggest_plan": 5005,
    "suggest_plan_changes": 5305,
    "generate_questions": 2000,
    "evaluate_answer": 1400,
    "reconcile_session": 10_000,
}
DAYS = (1, 2, 7, 30, 90, 180)

PROSE = (
    "In 2019 I joined a logistics company as a backend engineer and took over the service that plans delivery routes.",
    "It was written in Python, ran on six machines, and fell over every Monday when the weekend's orders came in.",
    "I measured first: most of the time went into one query without an index, the rest into retries that piled up.",
    "With a colleague I rewrote the query, added a queue in front, and agreed with the planners on a shorter deadline.",
    "Within a quarter the 95th percentile went from 4.2 seconds to 310 milliseconds and the Monday calls stopped.",
    "What I would do differently is to talk to the planners before, not after, the second redesign.",
    "Later I led a team of five, hired two people, and had a hard conversation about code reviews that hurt.",
    "I have less experience with public speaking, and system design questions make me nervous when they stay vague.",
)
QUESTION = (
    "Tell me about a time when number {} of your services failed under load in production, how you found out, "
    "what you did first, and what you changed so that it would not happen again."
)


def prose(tokens: int, start: int = 0) -> str:
    """English text of so many tokens, give or take a word; it begins with another sentence for each start."""
    return _prose(tokens, start % len(PROSE))


@cache
def _prose(tokens: int, start: int) -> str:
    words = " ".join(PROSE[start:] + PROSE[:start]).split(" ")
    count = int(tokens * 0.8)
    while count_tokens(text := " ".join(islice(cycle(words), count))) < tokens:
        count += max(1, (tokens - count_tokens(text)) // 2)
    return text


def anchors(number: int) -> list[Anchor]:
    """Six anchors, the most that are kept, 300 tokens together."""
    names = ("Own part", "Measured result", "Trade-offs named", "Lesson learned", "Team effort", "Clear ending")
    return [Anchor(name=name, anchor=prose(44, number + place)) for place, name in enumerate(names)]


def question(number: int) -> str:
    """A question of 30 words and more, another one for each number."""
    return QUESTION.format(number)


def plan() -> list[Topic]:
    """Five topics, about 200 tokens."""
    names = ("System design", "Conflict stories", "Algorithms", "Databases", "Leading people")
    return [
        Topic(
            name=name,
            description="Designing and explaining services that keep working when ten times the orders come in.",
            priority=place,
            daily_study_minutes=10,
            expected_outcome="Can lead such a conversation for 30 minutes.",
        )
        for place, name in enumerate(names, start=1)
    ]


@dataclass(frozen=True)
class Call:
    """One call of the day and how often it counts."""

    mode: Mode
    inputs: Inputs
    times: float

    @property
    def fixed(self) -> int:
        """Tokens of rules and schema: the prefix that is the same in every call."""
        return fixed_tokens(self.mode)

    @property
    def bounds(self) -> int:
        """How many of them are the schema's bounds, without those of what was added."""
        return bounds_tokens(self.mode)

    @cached_property
    def variable(self) -> int:
        return count_tokens(self.mode.messages(self.inputs)[1]["content"])

    @cached_property
    def added(self) -> dict[str, int]:
        """How many tokens of fixed and variable each addition takes: the call without it has that many less."""
        rules, inputs = added_to_rules(self.mode), added_to_inputs(self.mode, self.inputs)
        return {called: rules[called] + inputs[called] for called in rules}


def day(number: int) -> list[Call]:
    """The calls of a candidate's day, after `number` - 1 days of history."""
    asked = (number - 1) * 15  # fifteen new questions a day
    context = prose(5000)
    calls = [
        Call(
            MODES["suggest_plan"],
            SuggestPlanInputs(
                role="Senior backend engineer",
                context=context,
                daily_minutes=50,
                weaknesses="system design, speaking in front of people",
                motivation="medium",
            ),
            CALLS["suggest_plan"],
        ),
        Call(
            MODES["suggest_plan_changes"],
            SuggestPlanChangesInputs(
                role="Senior backend engineer",
                context=context,
                daily_minutes=50,
                time_horizon_weeks=8,
                plan=plan(),
                progress=[
                    TopicProgressData(
                        topic=topic.name,
                        strength_rating=min(9.0, 4 + number / 30),
                        minutes_spent=10 * number,
                        sessions=number,
                        trend="rising, 60 min in the last 7 days",
                    )
                    for topic in plan()
                ],
                feedback=["More system design, please, and a little less of the algorithms."],
                trigger="review",
                week=WeekData(planned=350, done=130, signal="more planned than done"),
                signals=[
                    SignalData(topic=topic.name, signal="stuck", rung=4, evidence="sessions 6, last three 3.2")
                    for topic in plan()
                ],
                not_now=[NotNow(topic=topic.name, change="more_time", why="refused") for topic in plan()],
            ),
            CALLS["suggest_plan_changes"],
        ),
    ]
    calls += [_questions(asked, call) for call in range(5)]
    calls += [_answer(asked, call) for call in range(30)]
    calls += [_session(asked, call) for call in range(3)]
    return calls


def _questions(asked: int, call: int) -> Call:
    inputs = GenerateQuestionsInputs(
        topic=plan()[call],
        role="Senior backend engineer",
        level="senior",
        strength_rating=6.5 if asked else None,
        next_focus=[
            Focus(
                focus="End every story with a number that shows the result", reason="Three of five answers had none."
            ),
            Focus(focus="Name the trade-off before the decision", reason="Two designs were given without one."),
        ],
        wish="",
        redo_candidates=[
            RedoCandidate(number=place, question=question(place), last_score=4, reason="weak_answer")
            for place in range(1, min(asked, 12) + 1)
        ],
        # Those of the topic: a fifth of all, and those of this day's earlier calls.
        recent_questions=[question(asked + call * 3 - place) for place in range(min(asked // 5 + call * 3, 400))],
        count=4,
        difficulties={"easy": 4} if call % 2 else {"easy": 1, "medium": 2, "hard": 1},
        approach="one step before" if call % 2 else "",
        preparation=preparation(),
        interview_format=FORMAT,
    )
    return Call(MODES["generate_questions"], inputs, CALLS["generate_questions"] / 5)


def _answer(asked: int, call: int) -> Call:
    # Ten answers a session: four new questions, two old ones, four second tries. Only a first try has no anchors yet.
    first_try = call % 10 < (4 if asked else 6)
    inputs = EvaluateAnswerInputs(
        question=question(asked + call),
        looks_for=list(LINES[: 3 + call % 2]),
        anchors=[] if first_try else anchors(call),
        answer=prose(1000, call),
        seconds_used=170 + call,
        seconds_allowed=180,
    )
    return Call(MODES["evaluate_answer"], inputs, CALLS["evaluate_answer"] / 30)


def _session(asked: int, call: int) -> Call:
    attempts = [
        MarkedAttempt(
            question=question(asked + number % 6),
            score=4 + number % 5,
            improvement_areas=[prose(36, number), prose(36, number + 1), prose(36, number + 2)],
            anchors=anchors(number),
            seconds=170,
        )
        for number in range(10)
    ]
    inputs = ReconcileSessionInputs(
        topic="System design",
        note=prose(150, call) if asked else "",
        counts=_counts(bool(asked)),
        attempts=attempts,
        approach="one step before" if call else "",
        tried=[f"End every answer with result number {number}, as a figure" for number in range(4)],
    )
    return Call(MODES["reconcile_session"], inputs, CALLS["reconcile_session"] / 3)


def _counts(is_late: bool) -> Counts:
    """What code counted: after one session, or after weeks, when there is most to say."""
    crafts = [
        CraftCount(
            craft=name,
            missing=40 - place,
            until=58,
            recent=0 if is_mended else 4,
            praised=4,
            first="30 September",
            since="12 November" if is_mended else "",
            is_good=is_mended,
            is_back=not is_mended,
            is_open=True,
            questions=[question(place)],
        )
        for place, (name, is_mended) in enumerate(
            [("trade-offs", False), ("numbers", False), ("relevance", True), ("own part", True), ("outcome", True)]
        )
    ]
    return Counts(
        sessions=48 if is_late else 1,
        answers=131 if is_late else 10,
        read=131 if is_late else 10,
        since="30 September",
        first_mean=4.5,
        last_mean=7.2,
        crafts=crafts if is_late else crafts[:2],
        focus=["Answer “Tell me about a time when a service failed…” again, naming your own steps."] * is_late,
    )


def other_calls() -> list[Call]:
    """One call of each mode that the specification's day does not count."""
    topics = plan()
    lines = [ChatLine(author="coach" if n % 2 else "candidate", text=prose(120, n)) for n in range(12)]
    chat = PlanChatInputs(
        stage="plan in force",
        allowed_actions=["ask", "suggest_changes", "none"],
        known=Known(role="Senior backend engineer", daily_minutes=50, weaknesses="system design", motivation="medium"),
        language="en",
        interview=InterviewKnown(day=date(2026, 12, 10), format="system design, 45 minutes, panel of three"),
        has_context=True,
        context=prose(5000),
        plan=topics,
        proposal=[],
        messages=lines,
    )
    story = BuildStoryInputs(question=question(1), context=prose(5000), notes=prose(500), story=prose(400))
    pasted = AssignTopicsInputs(
        questions=[question(number) for number in range(MOST_QUESTIONS)],
        topics=[TopicToFit(name=topic.name, description=topic.description) for topic in topics],
        role="Senior backend engineer",
    )
    # As many characters as the form takes.
    told = ReadDebriefInputs(role=chat.known.role, topics=[topic.name for topic in topics], told=prose(5000)[:20_000])
    others = {"plan_chat": chat, "build_story": story, "assign_topics": pasted, "read_debrief": told}
    return [Call(MODES[name], inputs, 1) for name, inputs in others.items()]


# Calls of ReadContext a day: as rarely as a text of the context changes.
READ_CONTEXT_A_DAY = 0.1


def preparation() -> Preparation:
    """All that a candidate can confirm: eight competencies and a profile, as long as they may be."""
    wanted, evidence = prose(28), prose(28, 4)
    competencies = [Competency(name=f"Services under load {n}", wanted=wanted, evidence=evidence) for n in range(8)]
    return Preparation(profile=prose(140, 2), competencies=competencies)


def read_context_calls() -> list[Call]:
    """The call that reads the context: an experience of the specification's size, and a long advert."""
    inputs = ReadContextInputs(experience=prose(5000), job_advert=prose(1200, 3), role="Senior backend engineer")
    return [Call(MODES["read_context"], inputs, READ_CONTEXT_A_DAY)]


def prepared_calls() -> list[Call]:
    """The calls for a plan, as often as a day has them, and one for a story, with all that can be confirmed."""
    modes = ("suggest_plan", "suggest_plan_changes", "build_story")
    calls = [call for call in [*day(1), *other_calls()] if call.mode.name in modes]
    told = preparation()
    return [replace(call, inputs=call.inputs.model_copy(update={"preparation": told})) for call in calls]


def added_by_context() -> float:
    """Input tokens a day that ReadContext takes, and what was confirmed adds to the calls for a plan."""
    with_it = [call for call in prepared_calls() if call.mode.name in CALLS]
    without = [call for call in day(1) if call.mode.name in {call.mode.name for call in with_it}]
    return tokens_of(read_context_calls()) + tokens_of(with_it) - tokens_of(without)


def tokens_of(calls: list[Call]) -> float:
    """Input tokens of these calls, without the bounds in the schemas and without what was added."""
    added = sum(tokens_added(calls).values())
    return sum((call.fixed - call.bounds + call.variable) * call.times for call in calls) - added


def tokens_of_bounds(calls: list[Call]) -> float:
    """Input tokens that the bounds add to them."""
    return sum(call.bounds * call.times for call in calls)


def tokens_added(calls: list[Call]) -> dict[str, float]:
    """Input tokens that each addition takes of these calls."""
    added: dict[str, float] = {}
    for call in calls:
        for called, tokens in call.added.items():
            added[called] = added.get(called, 0) + tokens * call.times
    return added


def tokens_of_preparing(calls: list[Call]) -> dict[str, float]:
    """Input tokens a day of all that knows what one prepares for: the additions, and modes of their own."""
    return {**tokens_added(calls), "ReadContext, confirmed in plans": added_by_context()}


def report() -> str:
    """The table of `make bench-tokens`."""
    calls = day(30)
    by_mode = {name: [call for call in calls if call.mode.name == name] for name in CALLS}
    lines = [
        "Input tokens (o200k_base, rules and schema included) of one candidate's day, on day 30 of practice",
        "",
        f"{'mode':<22}{'fixed':>7}{'variable':>10}{'calls':>7}{'a day':>9}"
        f"{'same prefix':>13}{'spec a day':>12}{'bounds':>9}",
        *(_line(name, of_mode) for name, of_mode in by_mode.items()),
        _line("together", calls),
        f"{'goal':<22}{'':>24}{GOAL:>9,}{'':>25}{BOUNDS_GOAL:>9,}   (the specification counts no instructions)",
        "",
        "Not in the specification's day, per call:",
        *(
            f"{call.mode.name:<22}{call.fixed - call.bounds:>7,}{call.variable:>10,}{call.bounds:>50,}"
            for call in other_calls()
        ),
        "",
        "As the history grows:",
    ]
    totals = {number: tokens_of(day(number)) for number in DAYS}
    lines += [f"day {number:>4}{total:>10,.0f}{total / GOAL:>8.1%} of the goal" for number, total in totals.items()]
    most, of_bounds = max(totals.values()), tokens_of_bounds(calls)
    preparing = tokens_of_preparing(calls)
    together = sum(preparing.values())
    is_met = most <= GOAL and of_bounds <= BOUNDS_GOAL and together <= PREPARING_GOAL
    lines += [
        f"most / day 1: {most / totals[1]:.3f}",
        "",
        f"bounds in the schemas (not counted above): {of_bounds:,.0f}; with them {most + of_bounds:,.0f} at most",
        "",
        "What you are preparing for (not counted above), a day:",
        *(f"{called:<34}{tokens:>7,.0f}" for called, tokens in preparing.items()),
        f"{'together':<34}{together:>7,.0f}   goal {PREPARING_GOAL:,}",
        "",
        "met" if is_met else "NOT MET",
    ]
    return "\n".join(lines)


def _line(name: str, calls: list[Call]) -> str:
    """One line of the table: tokens per call where these are of one mode, and a day."""
    times = sum(call.times for call in calls)
    fixed = sum((call.fixed - call.bounds - sum(added_to_rules(call.mode).values())) * call.times for call in calls)
    total = tokens_of(calls)
    spec = sum(SPEC_INPUT[call.mode.name] * call.times for call in calls)
    of_one = len({call.mode.name for call in calls}) == 1
    each = f"{fixed / times:>7,.0f}{(total - fixed) / times:>10,.0f}{times:>7.3g}" if of_one else " " * 24
    return f"{name:<22}{each}{total:>9,.0f}{fixed / total:>13.0%}{spec:>12,.0f}{tokens_of_bounds(calls):>9,.0f}"


if __name__ == "__main__":
    print(report())
