"""ReconcileSession without a model: what the counts of all sessions show, and what to practise next."""

from typing import Any

from llm_modes.reconcile_session.counts import Counts
from llm_modes.reconcile_session.focusing import next_focus
from llm_modes.reconcile_session.noting import note


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """Note and focus in the shape of ReconcileSessionReply. The list of questions is the program's, from its rows."""
    counts = Counts.model_validate(inputs["counts"])
    focus = next_focus(inputs["topic"], counts, inputs["tried"])
    return {
        "question_attempts": [],
        "progress_note": note(inputs["note"], counts, to_do=focus[0].habit, about=focus[0].craft, own=inputs["own"]),
        "next_focus": [one.as_reply() for one in focus],
    }
