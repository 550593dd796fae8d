"""GenerateQuestions with the smallest sensible inputs."""

from typing import Any

from llm_modes.generate_questions.schema import GenerateQuestionsInputs
from llm_modes.language.mode import Example
from llm_modes.read_context.preparation import Competency, Preparation
from llm_modes.suggest_plan.plan import Topic

ASKED_FOR = Competency(name="High load", wanted="services that take a million calls a day", evidence=None)


def _new(question: str, difficulty: str, kind: str, *looks_for: str, serves: str | None = None) -> dict[str, Any]:
    asked = {"question": question, "status": "new", "redo_reason": None, "difficulty": difficulty, "redo_of": None}
    return {**asked, "kind": kind, "looks_for": list(looks_for), "serves": serves}


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
        preparation=Preparation(profile="Six years with payments.", competencies=[ASKED_FOR]),
        interview_format="a panel of three, 45 minutes",
        count=3,
    ),
    {
        "questions": [
            _new(
                "How would you design a rate limiter for a public API?",
                "easy",
                "technical",
                "where the counts are kept",
                "what a caller gets who is over the limit",
                serves=ASKED_FOR.name,
            ),
            _new(
                "Tell me about a time you changed your mind about an architecture.",
                "medium",
                "behavioural",
                "what you thought first, and why",
                "what changed it, and what came of it",
            ),
            _new(
                "What happens between typing an address and seeing the page?",
                "hard",
                "technical",
                "names, connection, request, page, in order",
                "goes deep in one of them",
            ),
        ]
    },
)
