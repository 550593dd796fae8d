"""ReconcileSession with the smallest sensible inputs."""

from llm_modes.evaluate_answer.example import ANCHOR, QUESTION
from llm_modes.language.mode import Example
from llm_modes.reconcile_session.counts import Counts
from llm_modes.reconcile_session.schema import MarkedAttempt, ReconcileSessionInputs

EXAMPLE = Example(
    ReconcileSessionInputs(
        topic="Stories",
        note="",
        counts=Counts(sessions=1, answers=1, read=1, since="12 November", first_mean=7.0, last_mean=7.0),
        attempts=[
            MarkedAttempt(
                question=QUESTION, score=7, improvement_areas=["Name your own part."], anchors=[ANCHOR], seconds=90
            )
        ],
    ),
    {
        "question_attempts": [
            {
                "question": "How would you design a rate limiter for a public API?",
                "attempts": 1,
                "best_score": 6,
                "best_anchors": [{"name": "Own part", "anchor": "Say what you did yourself, step by step."}],
            }
        ],
        "progress_note": "You explain designs clearly. Results still lack numbers.",
        "next_focus": [{"focus": "End with measured results", "reason": "Two answers had no numbers."}],
    },
)
