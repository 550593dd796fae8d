"""SuggestPlanChanges without a model: a changed plan from what the candidate asks for, or from what the marks show."""

from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.offline.changing import as_asked, as_reply, changed
from llm_modes.offline.reviewing import review_plan
from llm_modes.offline.sayings import sayings
from llm_modes.offline.wishes import COACH_SAID, read_wishes
from llm_modes.suggest_plan.plan import Topic, total


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A plan in the shape of SuggestPlanChangesReply: every difference to the old one has its entry."""
    plan = [Topic(**topic) for topic in inputs["plan"]]
    known = {"available": inputs["daily_minutes"], "motivation": inputs["motivation"]}
    notes, said = sayings("suggest_plan_changes")["notes"], []
    if inputs["trigger"] == "review":
        # A plan that takes more time than there is has to fit it first.
        new = changed(plan, [], **known)
        new = new if new.changes else review_plan(plan, inputs)
    else:
        lines = inputs["feedback"] if inputs["asked"] is None else inputs["asked"]
        new, last = as_asked(plan, lines, **known), "".join(lines[-1:]).partition(COACH_SAID)[0]
        if last.strip() and not read_wishes(last, [topic.name for topic in plan]):
            said = [notes["not_read"].format(said=clip(last, 12), topic=plan[0].name)]
    topics = clip(listed([*dict.fromkeys(change["topic"] for change in new.changes)]), 15)
    figures = {"topics": topics, "total": total(new.topics), "available": inputs["daily_minutes"]}
    said.append(notes["changed" if topics else "as_it_is"].format(**figures))
    reply = as_reply(inputs["role"], new.topics, inputs["time_horizon_weeks"], [*new.notes, *said])
    return {**reply, "changes": new.changes}
