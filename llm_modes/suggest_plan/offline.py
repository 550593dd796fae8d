"""SuggestPlan without a model: a first plan, with all that was wished for on the way to it."""

from typing import Any

from llm_modes.language.text import clip, sentences, stems
from llm_modes.offline.cues import CHANGE, PLAN_PLEASE, YES, is_small_talk
from llm_modes.offline.draft import plan_of
from llm_modes.offline.facts import plain, read_motivation, read_weaknesses
from llm_modes.offline.job_titles import read_role
from llm_modes.offline.minutes import daily_minutes
from llm_modes.offline.planning import suggest_plan
from llm_modes.offline.wishes import is_wish, read_wishes, subject_of
from llm_modes.suggest_plan_changes.offline import answer as suggest_changes
from llm_modes.suggest_plan_changes.offline import not_understood, words_of


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A first plan in the shape of SuggestPlanReply."""
    plan = suggest_plan(inputs)
    overview, rejected = plan["plan_overview"], inputs.get("rejected") or []
    lines = (_beyond_what_is_known(line, inputs) for line in inputs.get("feedback") or [])
    said = [line for line in lines if line and not _only_agrees(line)]
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


def _beyond_what_is_known(line: str, inputs: dict[str, Any]) -> str:
    """The line without its sentences that tell what the plan is made from: "I struggle with X" wants no second X."""
    return " ".join(sentence for sentence in sentences(plain(words_of(line))) if not _is_known(sentence, inputs))


def _is_known(sentence: str, inputs: dict[str, Any]) -> bool:
    """Whether the sentence states role, weak spots, time or motivation, as the inputs have them."""
    if weak := read_weaknesses(sentence):
        return stems(weak) <= stems(inputs["weaknesses"])
    if daily_minutes(sentence) == inputs["daily_minutes"] and not subject_of(sentence):
        return True
    return bool(read_role(sentence) or read_motivation(sentence))


def _only_agrees(line: str) -> bool:
    """A line of feedback that says "yes" or "write a plan", and nothing about it."""
    said = words_of(line)
    return is_small_talk(said) or (not is_wish(said) and bool(YES.match(said) or PLAN_PLEASE.search(said)))
