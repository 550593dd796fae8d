"""BuildStory without a model: the candidate's own sentences, each where its words belong; what is missing is a gap."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from llm_modes.failures import NOTES_BEYOND_RULES, LLMFailure
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import breaths, clip, normal, sentences, upper_first, words
from llm_modes.offline.about import kind_of
from llm_modes.offline.sayings import pattern, sayings

SAYINGS = sayings("build_story")
POINT_WORDS, POINTS_PER_SECTION, MOST_SECTIONS, MOST_GAPS = 25, 5, 6, 3
# What a sign of each strength counts; how much is enough to go to a part, and makes it certain that it is there.
WEIGHTS = {"sure": 3, "likely": 2, "begins": 2, "perhaps": 1}
ENOUGH, CERTAIN = 2, 3
Point = tuple[str, str]

# What candidates call the parts, and what a label looks like: "Task: …", "(R) …", "**Action**" alone on its line.
LABELS = {normal(label): row["heading"] for row in SAYINGS["behavioural"] for label in row["labels"]}
_LABEL = re.compile(r"[#*(\s]*(?P<name>\w[\w (]{0,30}?)[*\s]*(?:[:)]|\s[-–—]\s|$)[:*\s]*(?P<said>.*)")
# The title that the coach gave a story, and its signs for what is no Markdown.
_BESIDE_WORDS = re.compile(r"\A\s*\*\*.*|\\(?=\W)")


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A structure in the shape of BuildStoryReply, of the story so far and the notes. Raises LLMFailure.

    The raw user context stays out of it: rules cannot tell what of it belongs to this story.
    """
    if looks_foreign(inputs["notes"]):
        raise LLMFailure(NOTES_BEYOND_RULES)
    kind, once = kind_of(inputs["question"]), dict[str, Point]()
    for text in (_BESIDE_WORDS.sub("", inputs["story"]), inputs["notes"]):
        for heading, point in told(text, kind):
            once.setdefault(normal(point), (heading, point))
    placed = in_order(once.values(), kind)
    nothing, sections = {"heading": next(iter(placed)), "points": [SAYINGS["nothing"]]}, _sections(placed)
    left_out = len(once) - sum(len(section["points"]) for section in sections)
    gaps = [SAYINGS["left_out"].format(count=left_out)] * bool(left_out) + _gaps(kind, placed)
    return {"title": _title(inputs["question"]), "sections": sections or [nothing], "gaps": gaps[:MOST_GAPS]}


def told(text: str, kind: str) -> list[Point]:
    """The points of a text, each behind the heading that stands before it: a label, or Markdown's; "" without one."""
    names = LABELS | {normal(row["heading"]): row["heading"] for row in SAYINGS[kind]}
    read = [(sentence, _LABEL.match(sentence)) for sentence in sentences(text)]
    # "T: 38.2" is a temperature: single letters are labels only where they begin to spell STAR.
    letters = {"s", "t"} <= {normal(label["name"]) for _sentence, label in read if label}
    heading, found = "", list[Point]()
    for sentence, label in read:
        name, said = normal(label["name"]) if label else "", sentence
        if label and name in names and (letters or len(name) > 1):
            heading, said = names[name], label["said"]
        elif sentence.startswith("##"):
            title, said = sentence.strip("#*: ").removesuffix(", continued"), ""
            heading = names.get(normal(title)) or clip(title, 3)
        points = (upper_first(clip(piece.strip(" ,;:"), POINT_WORDS)) for piece in breaths(said, POINT_WORDS))
        found += [(heading, point) for point in points if words(point) and point != SAYINGS["nothing"]]
    return found


def in_order(points: Iterable[Point], kind: str) -> dict[str, list[str]]:
    """The points by their headings: the candidate's, else that of their words, else that of the point before."""
    placed: dict[str, list[str]] = {row["heading"]: [] for row in SAYINGS[kind]}
    headings, part = list(placed), 0
    for heading, point in points:
        fits = _fits(point, kind)
        best = max(range(len(fits)), key=lambda at: (fits[at], at))
        if fits[best] >= (CERTAIN if best < part else ENOUGH):
            part = best
        placed.setdefault(heading or headings[part], []).append(point)
        part = 0 if heading else part
    return placed


def _fits(point: str, kind: str) -> list[int]:
    """How much speaks for a sentence's belonging to each part of the kind's outline, from 0."""
    line = " ".join(word for word in words(point.replace("%", " percent")) if word not in SAYINGS["skipped"].split())
    return [
        sum(WEIGHTS[how] for how, sign in signs.items() if (sign.match if how == "begins" else sign.search)(line))
        for signs in _signs(kind)
    ]


@cache
def _signs(kind: str) -> list[dict[str, re.Pattern[str]]]:
    """For each part of the outline what shows, by its strength, that a sentence belongs there."""
    return [{how: pattern(row[how], SAYINGS["lists"]) for how in WEIGHTS if how in row} for row in SAYINGS[kind]]


def _sections(placed: dict[str, list[str]]) -> list[dict[str, Any]]:
    """As many sections as there is room for. What has too many points for one goes on in a second one."""
    parts = [(at, heading) for heading, points in placed.items() for at in range(0, len(points), POINTS_PER_SECTION)]
    kept = sorted(parts, key=lambda part: part[0])[:MOST_SECTIONS]
    return [
        {"heading": f"{name}, continued" if at else name, "points": placed[name][at : at + POINTS_PER_SECTION]}
        for at, name in parts
        if (at, name) in kept
    ]


def _gaps(kind: str, placed: dict[str, list[str]]) -> list[str]:
    """What a strong answer still needs, and no sentence shows."""
    said = " ".join(point for points in placed.values() for point in points)
    rows, whole = zip(SAYINGS[kind], _fits(said, kind), strict=True), normal(said)
    gaps = [row["gap"] for row, shown in rows if not placed[row["heading"]] and shown < ENOUGH]
    more = [row for row in SAYINGS["gaps"] if kind in row["kinds"] and pattern(row["only_if"]).search(whole)]
    return gaps + [row["gap"] for row in more if not pattern(row["shown"], SAYINGS["lists"]).search(whole)]


def _title(question: str) -> str:
    """The question in a few words, without "tell me about a time"."""
    line = next(iter(sentences(question)), "").strip(" .,?")
    for opener in SAYINGS["openers"].strip().splitlines():
        line = line[len(opener) :].strip() if line.lower().startswith(f"{opener} ") else line
    return clip(upper_first(line), 8) or "Story"
