"""SuggestPlanChanges without a model: a changed plan from what the candidate asks for, or from what the marks show."""

from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.offline.changing import Changed, changed, in_words
from llm_modes.offline.reviewing import review_plan
from llm_modes.offline.sayings import sayings
from llm_modes.offline.wishes import COACH_SAID, read_wishes
from llm_modes.suggest_plan.offline import target_role
from llm_modes.suggest_plan.plan import Topic, total
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A plan in the shape of SuggestPlanChangesReply: every difference to the old one has its entry."""
    plan, lines = [Topic(**topic) for topic in inputs["plan"]], inputs["feedback"] or [""]
    names = [topic.name for topic in plan]
    wishes = [wish for line in lines for wish in read_wishes(line, names)]
    known = {"role": inputs["role"], "available": inputs["daily_minutes"], "motivation": inputs["motivation"]}
    new = changed(plan, wishes, **known)
    said = ["changed" if new.changes else "as_it_is"]
    if inputs["trigger"] == "chat" and lines[-1].strip() and not read_wishes(lines[-1], names):
        said = ["not_read", *said]
    if inputs["trigger"] == "review" and not (new.changes and _is_gentle(new, inputs)):
        # A plan that takes more time than there is has to fit it first.
        fitted = changed(plan, [], **known)
        new = fitted if fitted.changes else review_plan(plan, inputs)
        said = ["reviewed" if new.changes else "as_it_is"]
    figures = {
        "said": clip(lines[-1].partition(COACH_SAID)[0], 12),
        "topic": names[0],
        "topics": clip(listed(list(dict.fromkeys(change["topic"] for change in new.changes))), 15),
        "total": total(new.topics),
        "available": inputs["daily_minutes"],
    }
    sentences = [sayings("suggest_plan_changes")["notes"][name].format(**figures) for name in said]
    return {
        "plan_overview": {
            "target_role": target_role(inputs["role"]),
            "total_daily_minutes": total(new.topics),
            "time_horizon_weeks": min(max(inputs["time_horizon_weeks"], 1), 52),
            "rationale": in_words([*new.notes, *sentences]),
        },
        "plan_topics": [topic.as_json() for topic in new.topics],
        "changes": new.changes,
    }


def _is_gentle(new: Changed, inputs: dict[str, Any]) -> bool:
    return not SuggestPlanChangesInputs(**inputs).broken_rules(new.topics)
