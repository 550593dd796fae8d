"""BuildStory without a model: the candidate's own sentences, each where its words belong; what is missing is a gap."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from llm_modes.failures import NOTES_BEYOND_RULES, LLMFailure
from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clip, normal, sentences, stems, upper_first, words
from llm_modes.offline.about import kind_of
from llm_modes.offline.phrases import pattern
from llm_modes.offline.sayings import sayings

SAYINGS = sayings("build_story")
POINT_WORDS, POINTS_PER_SECTION, MOST_SECTIONS, MOST_GAPS, MOST_POINTS = 25, 5, 6, 3, 200
# Notes with fewer points get some from the raw user context, which share so many words with them.
FULL_NOTES, SHARED, MOST_RECALLED = 6, 2, 6
# What a sign of each strength counts; how much makes it certain where a sentence belongs, and how much is needed to go
# back to a part that was told already.
WEIGHTS = {"sure": 3, "likely": 2, "begins": 2, "perhaps": 1}
CERTAIN, TO_GO_BACK = 2, 3
Point = tuple[str, str]

# What candidates call the parts: "Task:", "T -", "# Takeaways", alone on a line or before what stands there.
LABELS = {label: row["heading"] for row in SAYINGS["behavioural"] for label in row["labels"].split()}
_LABEL = re.compile(r"[#*(\s]*(?P<title>\w[\w /&()]{0,30}?)[*\s]*(?P<sign>\)?:|\)|[-–—]\s|$)[*\s]*(?P<rest>.*)")
_LETTER = re.compile(r"(?<![\w'’])([a-z])\*{0,2} ?[):–—-]{1,2}\*{0,2}\s", re.I)
_INNER_LABEL = re.compile(rf"\s(?=(?:{'|'.join(map(str.capitalize, LABELS))}) ?:)")


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A structure in the shape of BuildStoryReply, of the candidate's own words. Raises LLMFailure."""
    if looks_foreign(inputs["notes"]):
        raise LLMFailure(NOTES_BEYOND_RULES)
    kind = kind_of(inputs["question"])
    points = told(inputs["notes"], kind)
    # What shares words with the question alone does not belong to what the notes tell.
    wanted = stems(inputs["notes"]) - stems(inputs["question"]) if len(points) < FULL_NOTES else set()
    known = (point for sentence in sentences(inputs["context"]) for point in _pieces(sentence))
    recalled = [("", point) for point in known if len(stems(point) & wanted) >= SHARED]
    placed: dict[str, list[str]] = {row["heading"]: [] for row in SAYINGS[kind]}
    once: set[str] = set()
    for some in (told(inputs["story"], kind, is_story=True), points, recalled[:MOST_RECALLED]):
        for heading, point in in_order(some[:MOST_POINTS], kind):
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
    line = " ".join(word for word in words(point.replace("%", " percent")) if word not in SAYINGS["skipped"].split())
    return [
        sum(WEIGHTS[how] for how, sign in signs if (sign.match if how == "begins" else sign.search)(line))
        for signs in _signs(kind)
    ]


def in_order(points: list[Point], kind: str) -> Iterator[Point]:
    """The points behind their headings: the candidate's, else that of their words, else that of the point before."""
    headings = [row["heading"] for row in SAYINGS[kind]]
    for heading, run in groupby(points, key=itemgetter(0)):
        said, placed = [point for _heading, point in run], [0]
        fits = [_fits(point, kind) for point in said]
        best = [max(range(len(fit)), key=lambda part: (fit[part], part)) for fit in fits]
        for at, part in enumerate(best):
            after = next((best[on] for on in range(at + 1, len(fits)) if max(fits[on]) >= CERTAIN), part)
            goes_back = part < placed[-1] and part in placed[1:]
            belongs = max(fits[at]) >= (TO_GO_BACK if goes_back else CERTAIN)
            placed.append(part if belongs or (max(fits[at]) and placed[-1] <= part <= after) else placed[-1])
            yield heading or headings[placed[-1]], said[at]


def told(text: str, kind: str, *, is_story: bool = False) -> list[Point]:
    """The points of a text, each behind the heading that a label before it says, "" where none does.

    In the story so far any heading counts, in notes only what parts are called: "Task:", "R -", "**Action**".
    """
    heading, found, names = "", list[Point](), {normal(row["heading"]): row["heading"] for row in SAYINGS[kind]}
    # Single letters are labels only where they begin to spell STAR.
    letters = {"s", "t"} <= set(map(str.lower, _LETTER.findall(text)))
    names = {name: part for name, part in LABELS.items() if letters or len(name) > 1} | names
    lines = text.strip().splitlines()
    for line in map(str.strip, lines):
        if is_story and (line.startswith(("#", "**")) or (line.endswith(":") and len(line.split()) < 5)):
            title = line.strip("#*: ").removesuffix(", continued")
            heading = names.get(normal(title), "" if line.startswith("*") else clip(title, 3))
            continue
        line = re.sub(r"\\(?=\W)", "", line) if is_story else line
        for sentence in sentences(_INNER_LABEL.sub("\n", line) if _labelled(line, names)[0] else line):
            part, said = ("", sentence) if is_story else _labelled(sentence, names)
            heading = part or heading
            # One word alone is no label, but all that was noted.
            points = _pieces(said if said or len(lines) > 1 else sentence)
            found += [(heading, point) for point in points if point != SAYINGS["nothing"]]
    return found


def _labelled(line: str, names: dict[str, str]) -> tuple[str, str]:
    """The part that a label at the beginning of a line names, "" for none, and what stands behind the label."""
    if label := _LABEL.match(line):
        title = normal(label["title"])
        # "What I did:" and "My task:" are labels, "My task is" is not.
        said = [word for word in title.split() if ":" in label["sign"] and word not in SAYINGS["beside_labels"].split()]
        if title in names or (said and names.keys() >= set(said)):
            return names.get(title) or names[said[0]], label["rest"]
    return "", line


def _pieces(sentence: str) -> list[str]:
    """The sentence in the candidate's words; what is longer than a point is cut where a clause begins."""
    lines = (" ".join(parts).strip(" ,;:").removeprefix("and ") for parts in _cut(sentence.split()))
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
    line = next(iter(sentences(question)), "").strip(" .,?")
    for opener in SAYINGS["openers"].strip().splitlines():
        line = line[len(opener) :].strip() if line.lower().startswith(f"{opener} ") else line
    return clip(upper_first(line), 8) or "Story"
