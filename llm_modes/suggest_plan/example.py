"""SuggestPlan with the smallest sensible inputs."""

from llm_modes.language.mode import Example
from llm_modes.suggest_plan.schema import SuggestPlanInputs


def _topic(name: str, priority: int, minutes: int) -> dict[str, object]:
    return {
        "name": name,
        "description": "Designing services that grow.",
        "priority": priority,
        "daily_study_minutes": minutes,
        "expected_outcome": "Can lead a design interview.",
    }


EXAMPLE = Example(
    SuggestPlanInputs(
        role="Backend engineer", context="", daily_minutes=45, weaknesses="system design", motivation="medium"
    ),
    {
        "plan_overview": {
            "target_role": "Backend engineer",
            "total_daily_minutes": 45,
            "time_horizon_weeks": 6,
            "rationale": "Design is where you feel weak, so it gets the most time.",
        },
        "plan_topics": [
            _topic("System design", 1, 20),
            _topic("Conflict stories", 2, 15),
            _topic("Algorithms", 3, 10),
        ],
    },
)
