"""Which rules answer which mode."""

from collections.abc import Callable
from typing import Any

from llm_modes.offline import (
    changing,
    conversation,
    marking,
    questions,
    reconciling,
    storytelling,
)

Rules = Callable[[dict[str, Any]], dict[str, Any]]

RULES: dict[str, Rules] = {
    "plan_chat": conversation.converse,
    "suggest_plan": changing.suggest_as_wished,
    "suggest_plan_changes": changing.suggest_changes,
    "generate_questions": questions.generate,
    "evaluate_answer": marking.evaluate,
    "build_story": storytelling.build,
    "reconcile_session": reconciling.reconcile,
}


def reply(mode: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The offline coach's reply to a mode's inputs, in the shape of that mode's schema.

    Pure: the same inputs give the same reply. Raises KeyError for a mode it does not know.
    """
    return RULES[mode](inputs)
