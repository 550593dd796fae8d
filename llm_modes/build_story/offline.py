"""BuildStory without a model: the candidate's own sentences, each where its words belong; what is missing is a gap."""

import re
from functools import cache
from typing import Any

from llm_modes.failures import NOTES_BEYOND_RULES, LLMFailure
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clip, normal, on_one_line, sentences, stems, upper_first, words
from llm_modes.offline.phrases import pattern
from llm_modes.offline.question_kinds import kind_of
from llm_modes.offline.sayings import sayings

SAYINGS = sayings("build_story")
POINT_WORDS, POINTS_PER_SECTION, MOST_SECTIONS, MOST_GAPS, MOST_POINTS = 25, 5, 6, 3, 200
# Notes with fewer points get some from the raw user context, which share so many words with them.
FULL_NOTES, SHARED, MOST_RECALLED = 6, 2, 6
# What a sign of each strength counts; how much makes it certain where a sentence belongs, and how much is needed to go
# back to a part that was told already.
WEIGHTS = {"sure": 3, "likely": 2, "begins": 2, "perhaps": 1}
CERTAIN, TO_GO_BACK = 2, 3


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A structure in the shape of BuildStoryReply, of the candidate's own words. Raises LLMFailure."""
    if looks_foreign(inputs["notes"]):
        raise LLMFailure(NOTES_BEYOND_RULES)
    kind, points = kind_of(inputs["question"]), pieces(inputs["notes"])
    if len(points) < FULL_NOTES:
        wanted = stems(f"{inputs['question']} {inputs['notes']}")
        points += [one for one in pieces(inputs["context"]) if len(stems(one) & wanted) >= SHARED][:MOST_RECALLED]
    placed: dict[str, list[str]] = {row["heading"]: [] for row in SAYINGS[kind]}
    once: set[str] = set()
    for heading, point in [*_earlier(inputs["story"], kind), *in_order(points[:MOST_POINTS], kind)]:
        if normal(point) not in once:
            placed.setdefault(heading, []).append(point)
        once.add(normal(point))
    nothing, sections = {"heading": next(iter(placed)), "points": [SAYINGS["nothing"]]}, _sections(placed)
    left_out = len(points[MOST_POINTS:]) + len(once) - sum(len(section["points"]) for section in sections)
    gaps = [SAYINGS["left_out"].format(count=left_out)] * bool(left_out) + _gaps(kind, placed)
    return {"title": _title(inputs["question"]), "sections": sections or [nothing], "gaps": gaps[:MOST_GAPS]}


@cache
def _signs(kind: str) -> list[list[tuple[str, re.Pattern[str]]]]:
    """For each part of the kind's outline what shows that a sentence belongs there, by its strength."""
    return [[(how, pattern(row[how], SAYINGS["lists"])) for how in WEIGHTS if how in row] for row in SAYINGS[kind]]


def _fits(point: str, kind: str) -> list[int]:
    """How much speaks for a sentence's belonging to each part, from 0."""
    line = " ".join(word for word in words(point) if word not in SAYINGS["skipped"].split())
    return [
        sum(WEIGHTS[how] for how, sign in signs if (sign.match if how == "begins" else sign.search)(line))
        for signs in _signs(kind)
    ]


def in_order(points: list[str], kind: str) -> list[tuple[str, str]]:
    """Each point behind its heading: that of its words, if they are certain; else it stays between its neighbours."""
    fits, placed = [_fits(point, kind) for point in points], [0]
    best = [max(range(len(fit)), key=lambda part: (fit[part], part)) for fit in fits]
    for at, part in enumerate(best):
        after = next((best[on] for on in range(at + 1, len(fits)) if max(fits[on]) >= CERTAIN), part)
        goes_back = part < placed[-1] and part in placed[1:]
        belongs = max(fits[at]) >= (TO_GO_BACK if goes_back else CERTAIN)
        placed.append(part if belongs or (max(fits[at]) and placed[-1] <= part <= after) else placed[-1])
    return [(SAYINGS[kind][part]["heading"], point) for part, point in zip(placed[1:], points, strict=True)]


def pieces(text: str) -> list[str]:
    """The sentences of a text, in the candidate's words; what is longer than a point is cut where a clause begins."""
    cut = (" ".join(parts).strip(" ,;:") for sentence in sentences(text) for parts in _cut(sentence.split()))
    lines = (line.removeprefix("and ").removeprefix("And ") for line in cut)
    return [upper_first(clip(line, POINT_WORDS)) for line in lines if words(line)]


def _cut(parts: list[str]) -> list[list[str]]:
    """The words of a sentence, cut where a clause begins, and not far from the middle, while they are too many."""
    if len(parts) <= POINT_WORDS:
        return [parts]

    def joint(at: int) -> tuple[int, int]:
        is_joint = parts[at].lower() in SAYINGS["joints"].split()
        is_clause = not set(SAYINGS["subjects"].split()).isdisjoint(map(str.lower, parts[at : at + 2]))
        return 3 * (parts[at - 1][-1] in ",;:)") + 2 * is_joint + is_clause, -abs(at - min(14, len(parts) // 2))

    at = max(range(5, POINT_WORDS + 1), key=joint)
    return [parts[:at], *_cut(parts[at:])]


def _earlier(story: str, kind: str) -> list[tuple[str, str]]:
    """The points of the story so far, each with the heading that it stands under."""
    outline, heading, found = {normal(row["heading"]): row["heading"] for row in SAYINGS[kind]}, "", []
    for line in map(str.strip, story.splitlines()):
        if line.startswith(("#", "**")) or (line.endswith(":") and len(line.split()) < 5):
            title = line.strip("#*: ").removesuffix(", continued")
            heading = outline.get(normal(title), "" if line.startswith("*") else clip(title, 3))
        else:
            placed = in_order(pieces(re.sub(r"\\(?=\W)", "", line)), kind)
            found += [(heading or own, point) for own, point in placed if point != SAYINGS["nothing"]]
    return found[:MOST_POINTS]


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
    told = [point for points in placed.values() for point in points]
    best = [max(fits) for fits in zip(*(_fits(point, kind) for point in ["", *told]), strict=True)]
    rows = zip(SAYINGS[kind], best, strict=True)
    gaps = [row["gap"] for row, shown in rows if not placed[row["heading"]] and shown < CERTAIN]
    whole = " ".join(words(" ".join(told)))
    more = [row for row in SAYINGS["gaps"] if kind in row["kinds"] and pattern(row["only_if"]).search(whole)]
    return gaps + [row["gap"] for row in more if not pattern(row["shown"], SAYINGS["lists"]).search(whole)]


def _title(question: str) -> str:
    """The question in a few words, without "tell me about a time"."""
    line = on_one_line(question).split("?")[0].split(". ")[0].strip(" .,")
    for opener in SAYINGS["openers"].strip().splitlines():
        line = line[len(opener) :].strip() if line.lower().startswith(f"{opener} ") else line
    return clip(upper_first(line), 8) or "Story"
