"""ReconcileSession without a model: what a session showed, and what to practise next."""

from typing import Any

from llm_modes.evaluate_answer.schema import MOST_ANCHORS
from llm_modes.language.text import clip, normal
from llm_modes.reconcile_session.counts import Counts
from llm_modes.reconcile_session.focusing import next_focus
from llm_modes.reconcile_session.noting import note
from llm_modes.reconcile_session.schema import MOST_QUESTIONS

QUESTION_WORDS = 30


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A summary in the shape of ReconcileSessionReply. Note and focus rest on the counts of all sessions."""
    counts = Counts.model_validate(inputs["counts"])
    focus = next_focus(inputs["topic"], counts, inputs["tried"])
    return {
        "question_attempts": _per_question(inputs["attempts"]),
        "progress_note": note(inputs["note"], counts, to_do=focus[0].habit, about=focus[0].craft, own=inputs["own"]),
        "next_focus": [one.as_reply() for one in focus],
    }


def _per_question(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry per different question, of its best answer, in the order in which they came."""
    tries: dict[str, list[dict[str, Any]]] = {}
    for attempt in attempts:
        tries.setdefault(normal(attempt["question"]) or attempt["question"], []).append(attempt)
    best = [(len(same), max(same, key=lambda one: one["score"])) for same in tries.values()]
    return [
        {
            "question": clip(one["question"], QUESTION_WORDS) or "(a question without words)",
            "attempts": count,
            "best_score": one["score"],
            "best_anchors": _anchors(one["anchors"]),
        }
        for count, one in best[:MOST_QUESTIONS]
    ]


def _anchors(anchors: list[dict[str, str]]) -> list[dict[str, str]]:
    clipped = [{"name": clip(one["name"], 3), "anchor": clip(one["anchor"], 50)} for one in anchors[:MOST_ANCHORS]]
    return [one for one in clipped if one["name"] and one["anchor"]]
