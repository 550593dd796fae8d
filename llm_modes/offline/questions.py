"""GenerateQuestions: fresh questions from the bank, then from frames; redos from the candidates that code chose."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from rapidfuzz import fuzz, process

from llm_modes.approaches import BEFORE
from llm_modes.difficulties import in_order
from llm_modes.offline.bank import LEVELS, BankQuestion, BankTopic, closest_topic, find_question, role_bank
from llm_modes.offline.composing import composed, focus_questions
from llm_modes.offline.text import clip, folded, number_from, stems
from llm_modes.repetition import SAME, normalised

MIN_QUESTIONS, MAX_QUESTIONS = 3, 6
WORDS = 30
# Comparing costs time; this many candidates are compared with everything asked before.
MOST_COMPARED = 60


def generate(inputs: dict[str, Any]) -> dict[str, Any]:
    """Questions in the shape of GenerateQuestionsReply: about one redo to two new ones, none asked before."""
    count = min(max(inputs["count"], MIN_QUESTIONS), MAX_QUESTIONS)
    redos = [_redo(candidate) for candidate in _redo_candidates(inputs)[: count // 3 or 1]]
    asked = [folded(text) for text in inputs["recent_questions"][-2000:]]
    asked += [folded(candidate["question"]) for candidate in inputs["redo_candidates"]]
    new = _fresh(inputs, asked, _levels_left(inputs, redos))
    # New ones first to warm up; the redo stands in between, as the second.
    return {"questions": [*new[:1], *redos, *new[1:]]}


def _redo_candidates(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Redo candidates, each number once, the lowest mark first."""
    by_number = {
        candidate["number"]: candidate for candidate in inputs["redo_candidates"] if folded(candidate["question"])
    }
    return sorted(by_number.values(), key=lambda candidate: (candidate["last_score"] or 0, candidate["number"]))


def _redo(candidate: dict[str, Any]) -> dict[str, Any]:
    found = find_question(candidate["question"])
    return {
        "question": clip(candidate["question"], WORDS),
        "status": "redo",
        "redo_reason": candidate["reason"],
        "difficulty": found[1].level if found else "medium",
        "redo_of": candidate["number"],
    }


def _fresh(inputs: dict[str, Any], asked: list[str], levels: list[str]) -> list[dict[str, Any]]:
    """New questions: one or two that follow the focus, then the levels wanted, each unlike all others."""
    chosen: list[BankQuestion] = []
    known = [normalised(text) for text in asked]
    topic = closest_topic(inputs["topic"]["name"], role_bank(inputs["role"]))
    if inputs["next_focus"] and inputs["approach"] != BEFORE:
        focused = focus_questions(inputs, topic, levels[0], _seed(inputs))
        for _ in range(min(2, len(levels))):
            _take(focused, known, chosen)
    pool = _pool(inputs, topic)
    for level in levels[len(chosen) :]:
        # A wish for a level is kept to; otherwise a real question of another level beats a composed one.
        near = [one for one in pool if one.level == level or not inputs["wish"]]
        near.sort(key=lambda one: abs(LEVELS.index(one.level) - LEVELS.index(level)))
        if not _take(iter(near), known, chosen):
            beside = [one.text for one in chosen]
            _take(composed(inputs, topic, level, _seed(inputs), beside), known, chosen, last_resort=True)
    return [
        {"question": one.text, "status": "new", "redo_reason": None, "difficulty": one.level, "redo_of": None}
        for one in chosen
    ]


def _take(
    candidates: Iterator[BankQuestion], known: list[str], chosen: list[BankQuestion], last_resort: bool = False
) -> bool:
    """Move the first candidate that repeats nothing known to the chosen ones; False when there is none at all.

    As a last resort the least close one has to do.
    """
    exactly = set(known)
    least: tuple[float, BankQuestion] | None = None
    unlike = (one for one in candidates if normalised(one.text) not in exactly)
    for candidate in islice(unlike, MOST_COMPARED):
        closest = process.extractOne(normalised(candidate.text), known, scorer=fuzz.token_sort_ratio)
        closeness = closest[1] if closest else 0.0
        if least is None or closeness < least[0]:
            least = (closeness, candidate)
        if closeness < SAME:
            break
    if least is None or (least[0] >= SAME and not last_resort):
        return False
    known.append(normalised(least[1].text))
    chosen.append(least[1])
    return True


def _pool(inputs: dict[str, Any], topic: BankTopic | None) -> list[BankQuestion]:
    """The bank's questions for the topic, those near the next focus first, else in an order of the session's own."""
    if topic is None:
        return []
    focus = stems(" ".join(item["focus"] for item in inputs["next_focus"]))
    seed = _seed(inputs)
    # What one has to know first: the plain questions on the subject itself.
    first = inputs["approach"] == BEFORE
    return sorted(
        topic.questions,
        key=lambda one: (first and one.kind != "knowledge", -len(focus & one.stems), number_from(seed, one.text)),
    )


def _seed(inputs: dict[str, Any]) -> int:
    """Differs from session to session, as the questions asked before do."""
    return number_from(inputs["topic"]["name"], inputs["role"], inputs["wish"], *inputs["recent_questions"][-20:])


def _levels_left(inputs: dict[str, Any], redos: list[dict[str, Any]]) -> list[str]:
    """The difficulties that were asked for, without those that the redos have."""
    levels: list[str] = list(in_order(inputs["difficulties"]))
    count = len(levels) - len(redos)
    for redo in redos:
        if redo["difficulty"] in levels:
            levels.remove(redo["difficulty"])
    return levels[:count]
