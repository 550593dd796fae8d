"""EvaluateAnswer with the smallest sensible inputs."""

from llm_modes.evaluate_answer.schema import Anchor, EvaluateAnswerInputs
from llm_modes.language.mode import Example

QUESTION = "Tell me about a time you made something faster."
ANSWER = (
    "At my last job the search page took four seconds. I measured it, found a missing index, added it with a "
    "teammate, and the page came down to three hundred milliseconds within a week."
)
ANCHOR = Anchor(name="Result", anchor="End with the number you reached.")

EXAMPLE = Example(
    EvaluateAnswerInputs(
        question=QUESTION,
        looks_for=["measured before and after", "what it cost"],
        anchors=[ANCHOR],
        answer=ANSWER,
        seconds_used=90,
        seconds_allowed=180,
    ),
    {
        "score": 6,
        "positive_feedback": ["You named a concrete project."],
        "improvement_areas": ["Say what the result was, in numbers.", "Name your own part."],
        "anchors": [
            {"name": "Own part", "anchor": "Say what you did yourself, step by step."},
            {"name": "Result", "anchor": "End with the measured result of your work."},
        ],
        "quotes": [],
        "shown": [True, False],
    },
)
