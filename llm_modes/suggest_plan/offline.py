"""SuggestPlan without a model: a first plan, with all that was wished for on the way to it."""

from typing import Any

from llm_modes.language.text import clip
from llm_modes.offline.cues import CHANGE, PLAN_PLEASE, YES, is_small_talk
from llm_modes.offline.draft import plan_of
from llm_modes.offline.planning import suggest_plan
from llm_modes.offline.wishes import is_wish, read_wishes
from llm_modes.suggest_plan_changes.offline import answer as suggest_changes
from llm_modes.suggest_plan_changes.offline import not_understood, words_of


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A first plan in the shape of SuggestPlanReply."""
    plan = suggest_plan(inputs)
    overview, rejected = plan["plan_overview"], inputs.get("rejected") or []
    said = [line for line in inputs.get("feedback") or [] if not _only_agrees(line)]
    wished: dict[str, Any] = {"changes": []}
    if said:
        draft = {"time_horizon_weeks": overview["time_horizon_weeks"], "progress": [], "trigger": "chat"}
        wished = suggest_changes({**inputs, **draft, "feedback": said, "plan": plan["plan_topics"]})
        plan["plan_topics"] = wished["plan_topics"]
        overview["total_daily_minutes"] = wished["plan_overview"]["total_daily_minutes"]
    names = [topic["name"] for topic in plan["plan_topics"]]
    is_same = _same(plan["plan_topics"], rejected)
    if wished["changes"]:
        overview["rationale"] = wished["plan_overview"]["rationale"]
    if wished["changes"] and not is_same:
        return plan
    if said and not read_wishes(said[-1], names) and (rejected or CHANGE.search(said[-1])):
        overview["rationale"] = clip(f"{not_understood(said[-1])} {overview['rationale']}", 60)
    elif is_same:
        # Else it is the answer that made the picture complete: there is nothing yet that it could want changed.
        reason = "all that you asked for leads to it" if wished["changes"] else "I have no other reason to go by"
        again = f"This is what I suggested before: {reason}. Tell me what is wrong with it."
        overview["rationale"] = clip(f"{again} {overview['rationale']}", 60)
    return plan


def _same(topics: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """The same names with the same minutes."""
    first, second = ({t.key: t.daily_study_minutes for t in plan_of(plan)} for plan in (topics, others))
    return first == second


def _only_agrees(line: str) -> bool:
    """A line of feedback that says "yes" or "write a plan", and nothing about it."""
    said = words_of(line)
    return is_small_talk(said) or (not is_wish(said) and bool(YES.match(said) or PLAN_PLEASE.search(said)))
