"""SuggestPlanChanges with the smallest sensible inputs: a plan that is kept."""

from llm_modes.language.mode import Example
from llm_modes.suggest_plan.plan import Topic
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs

PLAN = [
    Topic(name="System design", priority=1, daily_study_minutes=15),
    Topic(name="Conflict stories", priority=2, daily_study_minutes=15),
]

EXAMPLE = Example(
    SuggestPlanChangesInputs(
        role="Backend engineer",
        context="",
        daily_minutes=30,
        time_horizon_weeks=6,
        plan=PLAN,
        progress=[],
        feedback=["Keep the plan as it is."],
        trigger="chat",
    ),
    {
        "plan_overview": {
            "target_role": "Backend engineer",
            "total_daily_minutes": 30,
            "time_horizon_weeks": 6,
            "rationale": "Everything stays as it is.",
        },
        "plan_topics": [topic.as_json() for topic in PLAN],
        "changes": [],
    },
)
