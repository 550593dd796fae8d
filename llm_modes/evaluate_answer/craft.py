"""The craft of answering: what the coach's rubric looks at, and how feedback on it is recognised. Data: rubric.toml."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm_modes.language.text import STOP_WORDS, stems, words


@dataclass(frozen=True)
class Craft:
    """One part of the craft: what to practise (12 words), and the words by which feedback on it is known.

    `keys` are words that nearly decide it, `cues` words that point to it. `lacking`, `lacked` and `good` say in a
    clause how it is missing, was missing and is there; `ways` go on after "answer it again, " in at most 5 words.
    """

    name: str
    focus: str
    keys: str
    cues: str
    lacking: str
    lacked: str
    good: str
    ways: tuple[str, ...]


RUBRIC: dict[str, Any] = tomllib.loads((Path(__file__).parent / "rubric.toml").read_text(encoding="utf-8"))
CRAFTS = [Craft(**{**row, "ways": tuple(row["ways"])}) for row in RUBRIC["crafts"]]
BY_NAME = {craft.name: craft for craft in CRAFTS}


def _cue_words(text: str) -> frozenset[str]:
    """Stems, and the small words that stems leave out: "I" and "why" are cues here."""
    return frozenset(stems(text) | (set(words(text)) & STOP_WORDS))


_KEYS = {craft.name: _cue_words(craft.keys) for craft in CRAFTS}
_CUES = {craft.name: _cue_words(craft.cues) for craft in CRAFTS}
# One cue alone may be any word: "say that reads scale" is no remark on hedging.
LEAST_WEIGHT = 2
# What feedback quotes are the candidate's words; they say nothing about what the feedback asks for.
_QUOTED = re.compile(r"[“\"][^“”\"]{4,}[”\"]")
_VARIABLE = re.compile(r"“[^“”]*”|\d+(?::\d+)*|\{\w+\}")


def craft_in(text: str) -> Craft | None:
    """The part of the craft that a remark or a focus is mostly about, or None when it is about a subject.

    Sentences of the rubric are known by their fixed words, remarks of a model by what they speak of.
    """
    ours = _OURS.get(_VARIABLE.sub("“”", text))
    if ours is not None:
        return BY_NAME.get(ours)
    for craft in CRAFTS:
        if text.startswith("Answer ") and any(way in text for way in craft.ways):
            return craft  # a focus of ours
    said = _cue_words(_QUOTED.sub(" ", text))
    weights = {craft.name: 3 * len(said & _KEYS[craft.name]) + len(said & _CUES[craft.name]) for craft in CRAFTS}
    best = max(CRAFTS, key=lambda craft: weights[craft.name])
    return best if weights[best.name] >= LEAST_WEIGHT else None


def praise_of(row: dict[str, Any], quote: str) -> str:
    """What a check's row says in praise, with a clause of the answer if there is one."""
    return f"{row['praise']}: “{quote}”." if quote else f"{row['praise']}."


def _sentences_of_ours() -> Iterator[tuple[str, str]]:
    """The rubric's sentences on an answer, each with its craft."""
    for row in (*RUBRIC["checks"], *RUBRIC["faults"].values()):
        for one in (row, *row.get("for", {}).values()):
            yield from ((one[key], row["craft"]) for key in ("advice", "plain") if key in one)
        if "praise" in row:
            yield from ((praise_of(row, quote), row["craft"]) for quote in ("", "quote"))


_OURS = {_VARIABLE.sub("“”", said): craft for said, craft in _sentences_of_ours()}
