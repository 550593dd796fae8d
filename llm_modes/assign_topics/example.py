"""AssignTopics with the smallest sensible inputs."""

from llm_modes.assign_topics.schema import AssignTopicsInputs, TopicToFit
from llm_modes.language.mode import Example

EXAMPLE = Example(
    AssignTopicsInputs(
        questions=["Tell me about a conflict with a colleague.", "How would you design a rate limiter?"],
        topics=[
            TopicToFit(name="System design", description="Designing services that grow."),
            TopicToFit(name="Conflict stories", description="Telling how disagreements ended."),
        ],
        role="Backend engineer",
    ),
    {
        "questions": [
            {
                "number": 1,
                "kind": "behavioural",
                "looks_for": ["What you did yourself", "How it ended"],
                "topic": "Conflict stories",
            },
            {
                "number": 2,
                "kind": "technical",
                "looks_for": ["Where the counter is kept", "What happens above the limit"],
                "topic": "System design",
            },
        ]
    },
)
