"""What works in an answer, said with the candidate's own words."""

import re
from collections.abc import Callable

from llm_modes.language.text import clip, listed
from llm_modes.offline.evidence import CUES, FIGURE, FULL_REASON, STEP
from llm_modes.offline.excerpts import excerpt
from llm_modes.offline.reading import Reading
from llm_modes.offline.scoring import POINTS, Scored

WORDS, MOST = 30, 3
# A check has to bring this many points, and this share of its points, to be spoken of.
WORTH_SAYING, WELL_DONE = 0.55, 0.45
# Below this mark praise would be invented.
LEAST_PRAISED = 3


def positives(reading: Reading, scored: Scored, hit: list[str]) -> list[str]:
    """At most three things that work, the weightiest first; none where there is nothing to say.

    `hit` are the names of earlier anchors that the answer covers.
    """
    if scored.verdict or scored.score < LEAST_PRAISED:
        return []
    gained = {check: points * scored.shares[check] for check, points in POINTS[scored.kind].items()}
    worth = [check for check in gained if gained[check] >= WORTH_SAYING and scored.shares[check] >= WELL_DONE]
    texts = [f"You covered what was asked for last time: {listed(hit[:3])}."] if hit else []
    used: set[str] = set()
    for check in sorted(worth, key=lambda check: -gained[check]):
        if check in _PRAISE:
            texts.append(_PRAISE[check](reading, used))
    return [clip(text, WORDS) for text in texts if text][:MOST]


def _quoting(remark: str, sentences: list[str], cue: re.Pattern[str], used: set[str]) -> str:
    """The remark with a quote from the first sentence that no other remark has quoted."""
    for sentence in sentences:
        piece = excerpt(sentence, cue, 16)
        if piece and sentence not in used:
            used.add(sentence)
            return f"{remark}: “{piece}”."
    return ""


def _cued(remark: str, cue: str, *, last: bool = False) -> Callable[[Reading, set[str]], str]:
    def praise(reading: Reading, used: set[str]) -> str:
        found = [one for one in reading.having(cue) if one not in reading.general and one not in reading.blaming]
        return _quoting(remark, found[::-1] if last else found, CUES[cue], used)

    return praise


def _own_part(reading: Reading, used: set[str]) -> str:
    return _quoting("Your own part is clear", reading.best_steps, STEP, used)


def _numbers(reading: Reading, used: set[str]) -> str:
    return _quoting("You give figures one can check", reading.best_figures, FIGURE, used)


def _outcome(reading: Reading, used: set[str]) -> str:
    outcome = reading.having("outcome")[::-1]
    measured = [one for one in outcome if one in reading.figures]
    return _quoting("You say how it ended", measured or outcome, CUES["outcome"], used)


def _reasons(reading: Reading, used: set[str]) -> str:
    found = [one for one in reading.sentences if FULL_REASON.search(one) and one not in reading.general]
    return _quoting("You give reasons, not only claims", found, FULL_REASON, used)


def _structure(reading: Reading, used: set[str]) -> str:
    cues = list(
        dict.fromkeys(match[0].lower() for one in reading.sentences for match in CUES["structure"].finditer(one))
    )
    return f"The order is easy to follow: {listed([f'“{cue}”' for cue in cues[:3]])} lead through it."


_PRAISE: dict[str, Callable[[Reading, set[str]], str]] = {
    "own part": _own_part,
    "numbers": _numbers,
    "outcome": _outcome,
    "structure": _structure,
    "reflection": _cued("You draw something from it", "reflection", last=True),
    "stations": _cued("One can follow your path", "stations"),
    "fit": _cued("You say why this is the next step", "fit", last=True),
    "situation": _cued("You put us in one real situation", "situation"),
    "reasons": _reasons,
    "example": _cued("You make it concrete", "example"),
    "trade-offs": _cued("You name the other side as well", "trade-offs"),
    "check": _cued("You say how you would find out", "check"),
    "speech": _cued("You speak to the person, not about them", "speech"),
    "offer": _cued("You offer something definite", "offer"),
}
