"""Corrects a model's note by what code counted: what the counts contradict goes, what is missing is added."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from llm_modes.evaluate_answer.craft import craft_in
from llm_modes.language.folding import folded
from llm_modes.language.words import count_words
from llm_modes.reconcile_session.counts import LAST, Counts, CraftCount
from llm_modes.reconcile_session.noting import (
    COURSE,
    COURSE_SAID,
    CRAFT_SAID,
    LEAST_WORDS,
    SESSIONS,
    WORDS,
    Said,
    counted,
)

_SENTENCE_END = re.compile(r"(?<=[.!?…])[”\"’')]*\s+(?=\S)")
_ANSWERS = r"(?:answers?|tries|attempts|repl(?:y|ies)|questions?|sessions?|Antworten|Fragen|Sitzungen)"
_N_OF_M = re.compile(
    rf"(\d+)\s+(?:out\s+of|of|von)\s+(?:(?:all|the|your|last|first|latest|past|den|der|letzten|ersten)\s+)*(\d+)"
    rf"(\s+\w*\s?{_ANSWERS})?",
    re.I,
)
_IN_ALL = re.compile(r"\b(?:in|all|over|after|of)\s+(\d+)\s+(answers|sessions)\b", re.I)
_MONTHS = "January February March April May June July August September October November December"
_MONTH = f"({'|'.join(_MONTHS.split())})"
_SINCE = re.compile(rf"\bsince\s+(?:(\d{{1,2}})\.?\s+{_MONTH}|{_MONTH}\s+(\d{{1,2}}))", re.I)
_LACKING = re.compile(r"\b(?:missing|lack(?:s|ing)?|fehl(?:t|en))\b", re.I)
_LATELY = re.compile(r"\b(?:today|this session|last session|this time)\b", re.I)
_MENDED = re.compile(r"\b(?:no longer|no more|any ?more|mended|solved|good (?:by )?now|not missing)\b", re.I)
_OPEN = re.compile(
    r"\b(?:still|always)\b.*\b(?:missing|lack(?:s|ing)?)\b|\b(?:missing|lack(?:s|ing)?) (?:still|in all)\b", re.I
)


def held_to(counts: Counts, note: str, *, own: Sequence[str] = (), in_session: int = 0) -> str:
    """The note without sentences that the counts contradict or that it says twice, at most 120 words with `own` lines.

    From the fourth session on, what code counted and the note does not tell stands before it. `own`: lines that
    the candidate wrote; they stay as they are. `in_session`: answers of the last session.
    """
    theirs = {folded(line) for line in own}
    lines = [line.strip() for line in note.splitlines() if line.strip()]
    ours = counted(counts)
    told_by_us = {one.sentence for one in ours}
    said: set[str] = set()
    kept: list[list[str]] = []
    for line in lines:
        if folded(line) not in theirs:
            new = _new(line, said)
            kept.append([one for one in new if one in told_by_us or _holds(one, counts, in_session)])
    room = max(LEAST_WORDS, WORDS - sum(map(count_words, own)))
    kept = _within([sentences for sentences in kept if sentences], room)
    told = list(chain(*kept))
    room -= sum(map(count_words, told))
    before = []
    for sentence in _forgotten(counts, ours, told):
        if count_words(sentence) <= room:
            before.append(sentence)
            room -= count_words(sentence)
    return "\n".join([*before, *(" ".join(sentences) for sentences in kept)])


def _new(line: str, said: set[str]) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(line):
        if folded(sentence) not in said:
            said.add(folded(sentence))
            yield sentence


def _within(lines: list[list[str]], room: int) -> list[list[str]]:
    """So many words: the first sentences and the last one, which says what to do next."""
    while sum(count_words(one) for one in chain(*lines)) > room and sum(map(len, lines)) > 2:
        place = len(lines) - 1 if len(lines[-1]) > 1 else len(lines) - 2
        del lines[place][-2 if place == len(lines) - 1 else -1]
        lines = [sentences for sentences in lines if sentences]
    return lines


def _forgotten(counts: Counts, ours: list[Said], told: list[str]) -> Iterator[str]:
    """Code's own sentences about what the note does not speak of, the most important first."""
    if counts.sessions < SESSIONS:
        return
    known = {craft.name for one in told if (craft := craft_in(one))}
    if any(re.search(rf"\b{counts.answers} answers since {counts.since}", one) for one in told):
        known.add(COURSE)
    for one in ours:
        if not one.about & known:
            yield one.sentence


def _holds(sentence: str, counts: Counts, in_session: int) -> bool:
    """Whether no count speaks against this sentence, which is none of ours."""
    return not (
        COURSE_SAID.match(sentence)
        or any(_is_false(found, sentence, counts, in_session) for found in _N_OF_M.finditer(sentence))
        or any(int(n) > _most(counts, of) for n, of in _IN_ALL.findall(sentence))
        or any(_day(found) not in _days(counts) for found in _SINCE.finditer(sentence))
        or _is_turned_round(sentence, counts)
    )


def _is_false(found: re.Match[str], sentence: str, counts: Counts, in_session: int) -> bool:
    some, whole = int(found[1]), int(found[2])
    says_how_often = CRAFT_SAID.match(sentence) or (_LACKING.search(sentence) and whole != LAST)
    if not found[3] and not says_how_often:
        return False  # a mark, or something of the subject
    if some <= whole <= in_session and _LATELY.search(sentence):
        return False
    missing = {pair for one in counts.crafts for pair in _missing(one, counts)}
    there = set() if _LACKING.search(sentence) else {pair for one in counts.crafts for pair in _there(one, counts)}
    return (some, whole) not in missing | there


def _missing(one: CraftCount, counts: Counts) -> set[tuple[int, int]]:
    """In how many of how many answers it is missing: in all, until it was mended, lately."""
    return {(one.missing, counts.read), (one.missing, one.until), (one.recent, min(LAST, counts.read))}


def _there(one: CraftCount, counts: Counts) -> set[tuple[int, int]]:
    lately = min(LAST, counts.read)
    return {(counts.read - one.missing, counts.read), (lately - one.recent, lately), (one.praised, lately)}


def _most(counts: Counts, of: str) -> int:
    return counts.sessions if of.lower() == "sessions" else counts.answers


def _day(found: re.Match[str]) -> str:
    number, month = found[1] or found[4], found[2] or found[3]
    return f"{int(number)} {month.capitalize()}"


def _days(counts: Counts) -> set[str]:
    known = [counts.since, counts.good_since, *chain(*((one.first, one.since) for one in counts.crafts))]
    return {" ".join(day.split()[:2]) for day in known if day}


def _is_turned_round(sentence: str, counts: Counts) -> bool:
    """Whether the sentence calls mended what most answers lack, or missing what is mended."""
    craft = craft_in(sentence)
    one = next((one for one in counts.crafts if craft and one.craft == craft.name), None)
    if one is None:
        return False
    is_missing = one in counts.still_missing and 2 * one.recent >= min(LAST, counts.read)
    return bool((is_missing and _MENDED.search(sentence)) or (one.is_good and _OPEN.search(sentence)))
