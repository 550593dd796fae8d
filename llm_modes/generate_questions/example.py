"""GenerateQuestions with the smallest sensible inputs."""

from llm_modes.generate_questions.schema import GenerateQuestionsInputs
from llm_modes.language.mode import Example
from llm_modes.suggest_plan.plan import Topic


def _new(question: str, difficulty: str) -> dict[str, str | None]:
    return {"question": question, "status": "new", "redo_reason": None, "difficulty": difficulty, "redo_of": None}


EXAMPLE = Example(
    GenerateQuestionsInputs(
        topic=Topic(name="System design", daily_study_minutes=15),
        role="Backend engineer",
        level="not said",
        strength_rating=None,
        next_focus=[],
        wish="",
        difficulties={"easy": 1, "medium": 2},
        redo_candidates=[],
        recent_questions=[],
        count=3,
    ),
    {
        "questions": [
            _new("How would you design a rate limiter for a public API?", "easy"),
            _new("Tell me about a time you changed your mind about an architecture.", "medium"),
            _new("What happens between typing an address and seeing the page?", "hard"),
        ]
    },
)
