"""BuildStory with the smallest sensible inputs."""

from llm_modes.build_story.schema import BuildStoryInputs
from llm_modes.evaluate_answer.example import ANSWER, QUESTION
from llm_modes.language.mode import Example

EXAMPLE = Example(
    BuildStoryInputs(question=QUESTION, context="", notes=ANSWER),
    {
        "title": "The queue that never drained",
        "sections": [
            {"heading": "Situation", "points": ["Our job queue grew faster than it drained."]},
            {"heading": "Action", "points": ["I measured it and added a second worker."]},
        ],
        "gaps": ["What was the result, in numbers?"],
    },
)
