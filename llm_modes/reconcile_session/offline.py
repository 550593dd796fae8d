"""ReconcileSession without a model: what a session showed, and what to practise next."""

from collections import Counter
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
    """One entry per different question, in the order in which they came."""
    tries = Counter(_question(attempt) for attempt in attempts)
    entries = [
        {
            "question": clip(best["question"], QUESTION_WORDS) or "(a question without words)",
            "attempts": tries[_question(best)],
            "best_score": min(10, max(1, best["score"])),
            "best_anchors": _anchors(best["anchors"]),
        }
        for best in _best_tries(attempts)
    ]
    return entries[:MOST_QUESTIONS]


def _best_tries(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each different question the answer with the best mark, in the order in which the questions came."""
    best: dict[str, dict[str, Any]] = {}
    for attempt in attempts:
        other = best.setdefault(_question(attempt), attempt)
        if attempt["score"] > other["score"]:
            best[_question(attempt)] = attempt
    return list(best.values())


def _question(attempt: dict[str, Any]) -> str:
    return normal(attempt["question"]) or str(attempt["question"])


def _anchors(anchors: list[dict[str, str]]) -> list[dict[str, str]]:
    clipped = [
        {"name": clip(anchor["name"], 3), "anchor": clip(anchor["anchor"], 50)} for anchor in anchors[:MOST_ANCHORS]
    ]
    return [anchor for anchor in clipped if anchor["name"] and anchor["anchor"]]
