"""SuggestPlanChanges without a model: a changed plan from what the candidate asks for, or from what the marks show."""

from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.offline.changing import as_reply, changed
from llm_modes.offline.reviewing import review_plan
from llm_modes.offline.sayings import sayings
from llm_modes.offline.wishes import COACH_SAID, read_wishes
from llm_modes.suggest_plan.plan import Topic, total
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A plan in the shape of SuggestPlanChangesReply: every difference to the old one has its entry."""
    plan, lines = [Topic(**topic) for topic in inputs["plan"]], inputs["feedback"] or [""]
    names, is_review = [topic.name for topic in plan], inputs["trigger"] == "review"
    read = [read_wishes(line, names) for line in lines]
    wishes = [wish for found in read for wish in found]
    known = {"available": inputs["daily_minutes"], "motivation": inputs["motivation"]}
    new = changed(plan, wishes, **known)
    said = [] if is_review or not lines[-1].strip() or read[-1] else ["not_read"]
    if is_review and (not new.changes or SuggestPlanChangesInputs(**inputs).broken_rules(new.topics)):
        # A plan that takes more time than there is has to fit it first.
        new = changed(plan, [], **known)
        new = new if new.changes else review_plan(plan, inputs)
    said.append("changed" if new.changes else "as_it_is")
    changed_topics = dict.fromkeys(change["topic"] for change in new.changes)
    figures = {"total": total(new.topics), "available": inputs["daily_minutes"], "topic": names[0]}
    figures |= {"said": clip(lines[-1].partition(COACH_SAID)[0], 12), "topics": clip(listed([*changed_topics]), 15)}
    sentences = [sayings("suggest_plan_changes")["notes"][name].format(**figures) for name in said]
    reply = as_reply(inputs["role"], new.topics, inputs["time_horizon_weeks"], [*new.notes, *sentences])
    return {**reply, "changes": new.changes}
