"""ReconcileSession: what a session showed, and what to practise next."""

import re
from collections import Counter
from typing import Any

from llm_modes.craft import CRAFTS, Craft, craft_in
from llm_modes.offline.advice import FOREIGN, GIBBERISH
from llm_modes.offline.text import clean, clip, folded, listed, normal
from llm_modes.words import count_words

QUESTION_WORDS, NOTE_WORDS, FOCUS_WORDS, REASON_WORDS = 30, 120, 12, 20
KEPT_WORDS = 55
MOST_QUESTIONS, MOST_ANCHORS, MOST_FOCUS = 40, 4, 3
GOOD, POOR = 7, 4

# What was not read shows nothing of how it is told.
_UNREAD = (FOREIGN[:40], GIBBERISH[:40])
# Sentences that an earlier session of ours wrote about itself: they do not hold any longer.
_QUOTED = re.compile(r"“([^”]{8,160})”")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?…]) ")
_OWN_SENTENCE = re.compile(
    r"^(?:Last session:|Goes well:|To work on:|Best so far:|Better than before:|Nothing was practised)", re.I
)


def reconcile(inputs: dict[str, Any]) -> dict[str, Any]:
    """A summary in the shape of ReconcileSessionReply. Counts are counted, and the focus is what came up most."""
    attempts = inputs["attempts"]
    recurring = _recurring(attempts)
    return {
        "question_attempts": _per_question(attempts),
        "progress_note": _note(inputs["note"], attempts, recurring),
        "next_focus": _focus(inputs["topic"], attempts, recurring),
    }


def _per_question(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry per different question, in the order in which they came."""
    tries = Counter(_question(attempt) for attempt in attempts)
    entries = [
        {
            "question": clip(best["question"], QUESTION_WORDS) or "(a question without words)",
            "attempts": tries[_question(best)],
            "best_score": _mark(best["score"]),
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


def _mark(score: int) -> int:
    return min(10, max(1, score))


def _anchors(anchors: list[dict[str, str]]) -> list[dict[str, str]]:
    clipped = [
        {"name": clip(anchor["name"], 3), "anchor": clip(anchor["anchor"], 50)} for anchor in anchors[:MOST_ANCHORS]
    ]
    return [anchor for anchor in clipped if anchor["name"] and anchor["anchor"]]


def _recurring(attempts: list[dict[str, Any]]) -> list[tuple[Craft, int]]:
    """What the feedback asked for and last tries still lack, the most frequent first, with the number of answers."""
    wanted = [_crafts_in(attempt) for attempt in attempts]
    last_tries = {normal(attempt["question"]): crafts for attempt, crafts in zip(attempts, wanted, strict=True)}
    still = set().union(*last_tries.values()) if last_tries else set()
    counts = Counter(name for names in wanted for name in names if name in still)
    order = {craft.name: place for place, craft in enumerate(CRAFTS)}
    by_name = {craft.name: craft for craft in CRAFTS}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], order[item[0]]))
    return [(by_name[name], count) for name, count in ranked]


def _crafts_in(attempt: dict[str, Any]) -> set[str]:
    areas = [area for area in attempt["improvement_areas"] if not area.startswith(_UNREAD)]
    return {craft.name for area in areas if (craft := craft_in(area))}


def _focus(topic: str, attempts: list[dict[str, Any]], recurring: list[tuple[Craft, int]]) -> list[dict[str, str]]:
    """One to three things to practise: what recurs, then the weakest question, else harder ones."""
    total = len(attempts)
    wanted = [(craft, count) for craft, count in recurring if count > 1 or total <= 2][:2] or recurring[:1]
    focus = [(craft.focus, f"{_of(count, total)}: {craft.lacking}.") for craft, count in wanted]
    weakest = min(_best_tries(attempts), key=lambda attempt: attempt["score"], default=None)
    if weakest and weakest["score"] <= POOR:
        question = clip(weakest["question"], FOCUS_WORDS - 2)
        subject = f"“{question}”" if question else "the weakest question"
        focus.append((f"Again: {subject}", f"Marked {_mark(weakest['score'])} of 10, your lowest in this session."))
    if not focus:
        best = max((attempt["score"] for attempt in attempts), default=0)
        if best >= GOOD:
            focus.append(
                (
                    f"Harder questions on {clip(topic, 3) or 'this topic'}",
                    f"Marks up to {_mark(best)} and no remark that recurs.",
                )
            )
        else:
            focus.append(
                (f"More questions on {clip(topic, 3) or 'this topic'}", "Too little practised yet to see a pattern.")
            )
    return [
        {"focus": clip(text, FOCUS_WORDS), "reason": clip(reason, REASON_WORDS)} for text, reason in focus[:MOST_FOCUS]
    ]


def _of(count: int, total: int) -> str:
    if total == 1:
        return "In your answer"
    if count == total:
        return "In both answers" if total == 2 else f"In all {total} answers"
    return f"In {count} of {total} answers"


def _note(before: str, attempts: list[dict[str, Any]], recurring: list[tuple[Craft, int]]) -> str:
    """The topic's note: what still holds of the old one, then what this session showed."""
    new = " ".join(filter(None, (_session_line(attempts), _well_line(attempts), _work_line(attempts, recurring))))
    kept = _still_holds(before, min(KEPT_WORDS, NOTE_WORDS - count_words(new) - 1))
    return "\n".join([*kept, clip(new, NOTE_WORDS)])


def _still_holds(note: str, room: int) -> list[str]:
    """The lines that the candidate or an earlier coach wrote, letter by letter, except our own reports.

    The first ones that fit in `room` words. A line of the candidate's stays in any case, once: the program sees to it.
    """
    kept: list[str] = []
    for line in clean(note).splitlines():
        said = " ".join(part for part in _BETWEEN_SENTENCES.split(folded(line)) if not _OWN_SENTENCE.match(part))
        if 0 < count_words(said) <= room:
            kept.append(said)
            room -= count_words(said)
    return kept


def _session_line(attempts: list[dict[str, Any]]) -> str:
    if not attempts:
        return "Last session: no answer was marked."
    marks = [_mark(attempt["score"]) for attempt in attempts]
    questions = len({normal(attempt["question"]) for attempt in attempts})
    answers = "one answer" if len(marks) == 1 else f"{len(marks)} answers"
    spread = (
        f"mark {marks[0]}"
        if len(marks) == 1
        else f"marks {min(marks)} to {max(marks)}"
        if min(marks) != max(marks)
        else f"all marked {marks[0]}"
    )
    return f"Last session: {answers} to {'one question' if questions == 1 else f'{questions} questions'}, {spread}."


def _well_line(attempts: list[dict[str, Any]]) -> str:
    """What goes well: the best answer, and a second try that was better than the first."""
    parts = []
    best = max(attempts, key=lambda attempt: attempt["score"], default=None)
    if best and best["score"] >= GOOD:
        parts.append(f"Goes well: “{clip(best['question'], 10)}” ({_mark(best['score'])}).")
    first_marks: dict[str, int] = {}
    for attempt in attempts:
        first = first_marks.setdefault(normal(attempt["question"]), attempt["score"])
        if attempt["score"] >= first + 2:
            parts.append(f"Better than before: from {_mark(first)} to {_mark(attempt['score'])} on a second try.")
            break
    return " ".join(parts)


def _work_line(attempts: list[dict[str, Any]], recurring: list[tuple[Craft, int]]) -> str:
    """What to work on, with the passage that the feedback was about."""
    if not recurring:
        return ""
    parts = []
    for craft, _count in recurring[:2]:
        areas = [area for attempt in attempts for area in attempt["improvement_areas"] if craft_in(area) == craft]
        said = next((match[1] for area in areas if (match := _QUOTED.search(area))), "")
        parts.append(f"{craft.lacking} (as in “{clip(said, 12)}”)" if said else craft.lacking)
    return f"To work on: {listed(parts)}."
