"""BuildStory without a model: the candidate's own sentences, sorted into a structure; what is missing becomes a gap."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from llm_modes.failures import LLMFailure
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clip, normal, on_one_line, sentences, upper_first, words
from llm_modes.offline.outlines import FALLBACK, GAPS, OUTLINES, Part, in_order
from llm_modes.offline.question_kinds import kind_of
from llm_modes.offline.recalling import recalled

POINT_WORDS, POINTS_PER_SECTION, MOST_SECTIONS, MOST_GAPS = 25, 5, 6, 3
MOST_PIECES = 60
# Of the story so far; a reply has room for some 30 points.
MOST_LINES, MOST_POINTS = 400, 200
# Notes with fewer sentences than this are filled up from the raw user context, where it clearly matches.
FULL_NOTES = 6

_LABEL = re.compile(r"[A-Z][\w ,/&-]{2,40}:")
_LEADING_AND = re.compile(r"^(?:and|but)\s+", re.I)
_ASKED_FOR = re.compile(
    r"^(?:please )?(?:tell me about|describe|walk me through|give me|explain|how (?:would|do) you|what (?:is|are))\s+"
    r"(?:an? (?:time|situation|example|occasion)\s*(?:when|where|in which|of|that)?\s*)?"
    r"(?:you (?:had to |have to |were |had |have )?)?",
    re.I,
)

Placed = dict[str, list[str]]


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A structure in the shape of BuildStoryReply; every point is something the candidate wrote.

    Raises LLMFailure for notes that rules cannot read.
    """
    if looks_foreign(inputs["notes"]):
        raise LLMFailure("notes_beyond_rules")
    kind = kind_of(inputs["question"])
    outline = OUTLINES.get(kind, OUTLINES["knowledge"])
    placed = _placed(_earlier(inputs["story"], outline), {part.heading: [] for part in outline})
    points = pieces(inputs["notes"])
    if len(points) < FULL_NOTES:
        told = [*points, *(point for section in placed.values() for point in section)]
        about = f"{inputs['question']} {inputs['notes']}"
        found = recalled(inputs["context"], about, told, outline if kind == "personal" else [])
        points += [piece for sentence in found for piece in pieces(sentence)]
    placed = _placed(zip(in_order(points, outline), points, strict=True), placed)
    return {
        "title": _title(inputs["question"]),
        "sections": _sections(placed) or [{"heading": outline[0].heading, "points": [FALLBACK]}],
        "gaps": _gaps(outline, placed),
    }


def _placed(new: Iterable[tuple[str, str]], before: Placed) -> Placed:
    """The points by heading, with these added to those before; each point once."""
    placed = {heading: list(points) for heading, points in before.items()}
    seen = {normal(point) for points in placed.values() for point in points}
    for heading, point in new:
        if normal(point) not in seen:
            placed[heading].append(point)
            seen.add(normal(point))
    return placed


def _earlier(story: str, outline: list[Part]) -> list[tuple[str, str]]:
    """The points of the story so far with the heading they stand under; those under another heading as they fit."""
    headings = {normal(part.heading): part.heading for part in outline}
    found: list[tuple[str, str]] = []
    heading = ""
    lines = [line for line in (story or "").splitlines() if line.strip()]
    for line in lines[:MOST_LINES]:
        if (title := _heading(line)) is not None:
            heading = headings.get(normal(title).removesuffix(" continued"), "")
            continue
        for point in pieces(line):
            if point != FALLBACK:
                found.append((heading or in_order([point], outline)[0], point))
    return found[:MOST_POINTS]


def _heading(line: str) -> str | None:
    """What a line says as a heading: "### Task", "**Task**" or "Task:"; None when it is none."""
    line = line.strip()
    if line.startswith(("#", "**")):
        return line.strip("#*: ")
    return line[:-1] if _LABEL.fullmatch(line) else None


def pieces(text: str) -> list[str]:
    """The sentences of a text, in the candidate's words, cut at joints into pieces of at most 25 words."""
    found: list[str] = []
    for sentence in sentences(text)[:MOST_PIECES]:
        rest = sentence.split()
        while len(rest) > POINT_WORDS:
            cut = _joint(rest)
            found.append(" ".join(rest[:cut]))
            rest = rest[cut:]
        found.append(" ".join(rest))
    cleaned = [_LEADING_AND.sub("", piece.strip(" ,;:")) for piece in found if words(piece)]
    return [upper_first(clip(piece, POINT_WORDS)) for piece in cleaned]


def _joint(parts: list[str]) -> int:
    """Where to cut a long sentence: behind a comma or before "and", "but", "so", as late as the limit allows."""
    for at in range(POINT_WORDS, 7, -1):
        if parts[at - 1].endswith((",", ";", ":", ")")):
            return at
        if parts[at].lower() in ("and", "but", "so", "because", "which", "while"):
            return at
    return POINT_WORDS


def _sections(placed: Placed) -> list[dict[str, Any]]:
    """The sections with something in them. A full one runs on in a second of its name while there is room for one."""
    sections = []
    room = MOST_SECTIONS - sum(bool(points) for points in placed.values())
    for heading, points in placed.items():
        joined = _joined(points)
        if joined:
            sections.append({"heading": heading, "points": joined[:POINTS_PER_SECTION]})
        if len(joined) > POINTS_PER_SECTION and room > 0 and len(heading.split()) < 4:
            room -= 1
            rest = joined[POINTS_PER_SECTION : 2 * POINTS_PER_SECTION]
            sections.append({"heading": f"{heading}, continued", "points": rest})
    return sections


def _joined(points: list[str]) -> list[str]:
    """The points, short neighbours put together where a section has too many."""
    joined = list(points)
    while len(joined) > POINTS_PER_SECTION:
        lengths = [len(f"{one} {other}".split()) for one, other in pairwise(joined)]
        at = min(range(len(lengths)), key=lambda at: lengths[at])
        if lengths[at] > POINT_WORDS:
            break
        first = joined[at] if joined[at][-1] in ".!?…" else f"{joined[at]}."
        joined[at : at + 2] = [f"{first} {joined[at + 1]}"]
    return joined


def _gaps(outline: list[Part], placed: Placed) -> list[str]:
    """What a strong answer still needs: empty parts first, then a missing figure and a missing own step."""
    gaps = [part.gap for part in outline if not placed[part.heading]]
    text = " ".join(point for points in placed.values() for point in points)
    gaps += [gap for gap, present in GAPS if not present.search(text)]
    return [clip(gap, 15) for gap in dict.fromkeys(gaps)][:MOST_GAPS]


def _title(question: str) -> str:
    """The question in a few words, without "tell me about a time"."""
    line = _ASKED_FOR.sub("", on_one_line(question))
    return clip(upper_first(line.split("?")[0].split(". ")[0].strip(" .,")), 8) or "Story"
