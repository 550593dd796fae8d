"""Replies of every mode with words of ours in every field that can hold some."""

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

from tests.fake_llm import (
    Request,
    a_chat_reply,
    a_debrief,
    a_mark,
    a_plan,
    a_plan_change,
    a_question,
    a_reconciliation,
    a_reply_to,
    a_story,
    a_topic,
    an_anchor,
    some_questions,
)

# Gives the words for a field that takes so many of them.
Fill = Callable[[int], str]


class Filling:
    """Fills fields with these words in turn, as many as go in: a word has 40 characters in our schemas."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words, self.count = cycle(words), len(words)

    def __call__(self, most: int) -> str:
        chosen: list[str] = []
        for _ in range(self.count):
            word = next(self.words)
            if len(chosen) < most and len(" ".join([*chosen, word])) <= most * 40 - 5:
                chosen.append(word)
        return " ".join(chosen)


def everywhere(fill: Fill) -> Callable[[Request], dict[str, Any]]:
    """A function that answers any request with `fill(limit)` wherever the mode's schema takes words."""

    def answer(request: Request) -> dict[str, Any]:
        if request.mode == "suggest_plan_changes":
            return _changed_plan(request, fill)
        return _REPLIES[request.mode](fill)

    return answer


def _topic(fill: Fill, number: int, minutes: int) -> dict[str, Any]:
    words = {"description": fill(20), "expected_outcome": fill(15)}
    return a_topic(f"{fill(3)}{number}", priority=number, minutes=minutes, **words)


def _plan(fill: Fill) -> dict[str, Any]:
    return a_plan(_topic(fill, 1, 10), _topic(fill, 2, 10), role=fill(2), rationale=fill(60))


def _changed_plan(request: Request, fill: Fill) -> dict[str, Any]:
    """The plan of the request with more time for its first topic, and a new one."""
    first, *others = a_reply_to(request)["plan_topics"]
    first = {**first, "daily_study_minutes": first["daily_study_minutes"] + 2}
    new = _topic(fill, len(others) + 2, 5)
    reply = a_plan_change(first, *others, new, role=fill(2), rationale=fill(60))
    reply["changes"] = [
        {"topic": first["name"], "change": "more_time", "reason": fill(25)},
        {"topic": new["name"], "change": "added", "reason": fill(25)},
    ]
    return reply


def _anchor(fill: Fill) -> dict[str, str]:
    return an_anchor(fill(3), fill(50))


def _reading(fill: Fill) -> dict[str, Any]:
    """With quotes of texts that consist of these words."""
    return {"competencies": [{"wanted": fill(25), "evidence": fill(25), "name": fill(4)}], "profile": fill(120)}


_REPLIES: dict[str, Callable[[Fill], dict[str, Any]]] = {
    "read_context": _reading,
    "plan_chat": lambda fill: a_chat_reply(
        fill(120), action="ask", role=fill(2), daily_minutes=60, weaknesses=fill(60), motivation="high"
    ),
    "suggest_plan": _plan,
    "generate_questions": lambda fill: some_questions(
        a_question(f"How would you design a rate limiter? {fill(3)}", looks_for=[fill(10), fill(10)]),
        a_question(f"Tell me about the conflict that taught you most. {fill(3)}", looks_for=[fill(10), fill(10)]),
        a_question(f"Which sorting algorithm is stable, and why? {fill(3)}", looks_for=[fill(10), fill(10)]),
    ),
    "evaluate_answer": lambda fill: a_mark(
        positive_feedback=[fill(30)],
        improvement_areas=[fill(30), fill(30)],
        anchors=[_anchor(fill), _anchor(fill)],
        quotes=[fill(20)],
    ),
    "assign_topics": lambda fill: {
        "questions": [{"number": 1, "kind": "technical", "looks_for": [fill(10), fill(10)], "topic": fill(3)}]
    },
    "build_story": lambda fill: a_story(
        title=fill(8), sections=[{"heading": fill(4), "points": [fill(25), fill(25)]}], gaps=[fill(15), fill(15)]
    ),
    "read_debrief": lambda fill: a_debrief(
        questions=[{"question": fill(30), "topic": fill(3), "went": "badly"}],
        gaps=[{"quote": fill(25), "gap": fill(15)}],
    ),
    "reconcile_session": lambda fill: a_reconciliation(
        question_attempts=[{"question": fill(30), "attempts": 1, "best_score": 6, "best_anchors": [_anchor(fill)]}],
        progress_note=fill(120),
        next_focus=[{"focus": fill(12), "reason": fill(20)}],
    ),
}
