"""Pieces of an answer, word for word, short enough to quote."""

import re

from llm_modes.evaluate_answer.honesty import own_words
from llm_modes.language.folding import Folded
from llm_modes.language.text import STOP_WORDS, words

QUOTE_WORDS = 18
_JOINTS = frozenset("and but because so which when while that who where although after before until if then".split())

# Words that a reader would not stop at.
_DANGLING = STOP_WORDS - frozenset("it them him her me us there now again that this too".split()) | {"that", "this"}


def excerpt(sentence: str, cue: re.Pattern[str] | None = None, most: int = 12) -> str:
    """The part of a sentence around a cue, at most `most` words, cut where a reader would pause."""
    parts = sentence.split()
    if len(parts) <= most:
        return _trimmed(parts)
    match = cue.search(sentence) if cue else None
    first = len(sentence[: match.start()].split()) if match else 0
    last = len(sentence[: match.end()].split()) if match else 1
    start = _start(parts, first, last, most)
    end = _end(parts, start, max(last, start + most // 2), start + most)
    return _trimmed(parts[start:end])


def _start(parts: list[str], first: int, last: int, most: int) -> int:
    """Where the clause that holds word `first` begins, if that is near, else a little before the word."""
    nearest = max(0, first - most // 2)
    if last <= most and not any(parts[place - 1].endswith((",", ":", ";")) for place in range(1, first + 1)):
        # A whole beginning reads better than a clause.
        return 0
    for place in range(min(first, len(parts) - 1), nearest - 1, -1):
        if (
            place == 0
            or parts[place - 1].endswith((",", ":", ";", "("))
            or (parts[place].lower() in _JOINTS and place < first)
        ):
            return place
    return nearest if nearest + most < len(parts) else max(0, len(parts) - most)


def _end(parts: list[str], start: int, least: int, limit: int) -> int:
    """Where to stop, from `limit` back to `least`: at a pause, else before a joint, else behind a word with meaning."""
    if limit >= len(parts):
        return len(parts)
    pauses = [at for at in range(limit, least - 1, -1) if parts[at - 1].endswith((",", ":", ";"))]
    joints = [at for at in range(limit, least - 1, -1) if parts[at].lower() in _JOINTS]
    end = next((at for at in pauses + joints if at > start + 3), limit)
    while end > start + 4 and not parts[end - 1].endswith((",", ":", ";")) and set(words(parts[end - 1])) <= _DANGLING:
        end -= 1
    return end


def _trimmed(parts: list[str]) -> str:
    while len(parts) > 4 and parts[0].lower().strip(",") in ("and", "but", "so", "because", "that", "which"):
        parts = parts[1:]
    text = " ".join(parts).strip(' ,;:.!?"“”()-–')
    # One endless word is no quote.
    return text if len(text) <= 200 else ""


def quotes(sentences: list[str], answer: str) -> list[str]:
    """At most three different pieces of these sentences that stand in the answer word for word."""
    found: list[str] = []
    folded = Folded(answer)
    for sentence in sentences:
        piece = excerpt(sentence, most=QUOTE_WORDS)
        if piece and not any(piece in one or one in piece for one in found) and own_words(piece, folded):
            found.append(piece)
        if len(found) == 3:
            break
    return found
