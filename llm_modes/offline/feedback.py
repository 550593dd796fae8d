"""What is said of an answer: what works in it, what to do next time, what to hit, and the words the mark rests on."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from coach.counted import stopwatch
from llm_modes.evaluate_answer.craft import RUBRIC, praise_of
from llm_modes.evaluate_answer.honesty import own_words
from llm_modes.language.folding import Folded
from llm_modes.language.text import clip, stem, stems, words
from llm_modes.offline.about import CHANCE
from llm_modes.offline.reading import CUES, VAGUE_STEPS, Reading, clause, found, has_figure, steps_in
from llm_modes.offline.rubric import Marking

MOST, WORDS, ADVICE_QUOTE, PRAISE_QUOTE, MARK_QUOTE = 3, 30, 11, 15, 18
# That an answer has only a few words weighs so many points.
BRIEF_COST = 3.0
# An anchor counts as hit when this share of its words that carry meaning is in the answer.
HIT_SHARE, LEAST_LOSS = 0.4, 0.4
_HELP = RUBRIC["help"]
Anchor = dict[str, str]


def feedback_on(marking: Marking, anchors: list[Anchor], seconds_used: int) -> dict[str, Any]:
    """The reply of EvaluateAnswer. No craft is both praised and advised on, and no clause is quoted twice in that."""
    wanted = [(one, stems(one["anchor"])) for one in anchors]
    hit = [one for one, want in wanted if len(want & marking.reading.stems) >= max(1, HIT_SHARE * len(want))]
    says_nothing = marking.verdict in ("no answer", "unreadable")
    advised = [] if says_nothing else _advised(marking, seconds_used)
    quoted: list[str] = []
    measures = {"count": marking.count, "target": round(marking.target), "about": _asked_about(marking)}
    measures |= {"taken": stopwatch(seconds_used), "planned": stopwatch(marking.seconds_allowed)}
    measures |= {"words": ", ".join(marking.hedges[:3]), "sweeping": ", ".join(sorted({*marking.sweeping})[:3])}
    improvements = _help(marking) if says_nothing else [_advice(marking, row, measures, quoted) for row in advised]
    is_praised = marking.verdict in ("", "other words") and marking.score >= RUBRIC["least_praised"]
    praise = list(_praise(marking, hit, {row["craft"] for row in advised}, quoted)) if is_praised else []
    return {
        "score": marking.score,
        "positive_feedback": praise[:MOST],
        "improvement_areas": [clip(one, WORDS) for one in improvements],
        "anchors": _anchors(marking, [one for one in anchors if one not in hit]),
        "quotes": _quotes(marking),
    }


def _help(marking: Marking) -> list[str]:
    """For an answer that says nothing yet: what the question is after, and a smaller one to begin with."""
    if marking.verdict == "unreadable":
        return [_HELP["unreadable"].format(target=round(marking.target))]
    topic, entry, kind = marking.subject.topic, marking.subject.entry, marking.kind
    after = "; ".join(entry.looks_for[:2]) if entry else _asked_about(marking) or _HELP["after_for"][kind]
    easy = [one for one in topic.questions if one.level == "easy" and one != entry] if topic else []
    smaller = min(easy, key=lambda one: (one.kind != kind, len(one.text.split())), default=None)
    question = smaller.text if smaller else _HELP["smaller_for"][kind]
    kind_words = _HELP["nerves" if marking.reading.having("nervous") else "guess"]
    return [kind_words, _HELP["after"].format(looks_for=after), _HELP["smaller"].format(question=question)]


def _asked_about(marking: Marking) -> str:
    """Up to four of the question's own words, only those missing in the answer where there are any."""
    said, subject = marking.reading.stems, marking.subject
    asked = [one for one in dict.fromkeys(words(subject.question)) if stem(one) in subject.asked]
    missing = [one for one in asked if stem(one) not in said] or asked
    return ", ".join(clip(one, 1) for one in sorted(missing, key=lambda one: stem(one) in CHANCE)[:4])


def _advised(marking: Marking, seconds_used: int) -> list[dict[str, Any]]:
    """The rows of at most three things to do next time, the costliest first; one at least, unless the mark is full."""
    rows = ({"name": name, **RUBRIC["faults"][name]} for name in _faults(marking, seconds_used))
    costs = [(row["cost"], row) for row in rows]
    for check in marking.checks if marking.verdict != "elsewhere" else []:
        is_brief = check.row["name"] == "length" and marking.count < RUBRIC["brief_words"]
        if is_brief or check.lost >= RUBRIC["worth_saying"]:
            costs.append((BRIEF_COST if is_brief else check.lost, check.row))
    if not costs and marking.score < 10:
        return [{"name": "onwards", **RUBRIC["faults"]["onwards"]}]
    first: dict[str, dict[str, Any]] = {}
    for _cost, row in sorted(costs, key=lambda one: -one[0]):
        first.setdefault(row["craft"] or row["name"], row)
    return list(first.values())[:MOST]


def _faults(marking: Marking, seconds_used: int) -> list[str]:
    """The names of the faults that the answer has."""
    reading, is_elsewhere = marking.reading, marking.verdict == "elsewhere"
    has = {
        "marker": reading.to_the_marker,
        "copied": reading.copied,
        "repeated": reading.repeated,
        "blame": reading.blame,
        "elsewhere": is_elsewhere,
        "asked": is_elsewhere and marking.subject.asked,
        "other_words": marking.verdict == "other words",
        "hedges": len(marking.hedges) >= 2,
        "sweeping": len(marking.sweeping) >= RUBRIC["sweeping"]["named"] * marking.count,
        "long": marking.count > RUBRIC["too_long"],
        "late": seconds_used > 1.25 * marking.seconds_allowed > 0,
    }
    return [name for name, is_so in has.items() if is_so]


def _advice(marking: Marking, row: dict[str, Any], measures: dict[str, Any], quoted: list[str]) -> str:
    quote = _quote(marking.reading, row["name"], row["source"], ADVICE_QUOTE, quoted) if row.get("source") else ""
    return str(row["advice" if quote else "plain"].format(quote=quote, **measures))


def _praise(marking: Marking, hit: list[Anchor], advised: set[str], quoted: list[str]) -> Iterator[str]:
    """What works, the weightiest first."""
    if hit:
        names = ", ".join(clip(one["name"], 3) for one in hit[:3])
        yield f"You covered what was asked for last time: {names}."
    for check in sorted(marking.checks, key=lambda one: -one.earned):
        is_good = check.earned >= RUBRIC["worth_saying"] and check.is_well_done
        if is_good and "praise" in check.row and check.row["craft"] not in advised:
            quote = _quote(marking.reading, check.row["name"], check.row["shown"], PRAISE_QUOTE, quoted)
            yield clip(praise_of(check.row, quote), WORDS)


def _quote(reading: Reading, check: str, source: str, most: int, quoted: list[str]) -> str:
    """A clause of the sentences of this source that shows what it is quoted for and is new; "" for none."""
    cue = f"{check} strong" if f"{check} strong" in CUES else check
    cued = reading.having(cue) if cue in CUES else []
    # The end is told last.
    said = {"own_steps": reading.steps, "figures": reading.figures, "cues": cued, "last": cued[::-1]}
    said |= {"general": reading.general, "marker": reading.to_the_marker, "blame": reading.blame}
    shows: dict[str, Callable[[str], object]] = {
        "own_steps": lambda piece: set(steps_in(piece)) - VAGUE_STEPS and not found("undone", piece),
        "figures": has_figure,
        "blame": lambda piece: found("blame", piece),
        "general": lambda piece: found("general", piece),
        "marker": bool,
    }
    unfair = [] if source in ("general", "blame") else [*reading.general, *reading.blame]
    fits = shows.get(source, lambda piece: found(cue, piece))
    pieces = (clause(one, fits, most) for one in said.get(source, []) if one not in unfair)
    return _first_new(pieces, quoted)


def _first_new(pieces: Iterable[str], quoted: list[str]) -> str:
    """The first piece that shares no words with what is quoted already, noted as quoted; "" for none."""
    new = (piece for piece in pieces if piece and not any(piece in one or one in piece for one in quoted))
    quote = next(new, "")
    quoted += [quote] if quote else []
    return quote


def _anchors(marking: Marking, still_open: list[Anchor]) -> list[Anchor]:
    """Two to four things to hit next time: what is lacking, what was open before, what always holds."""
    lacking = sorted((one for one in marking.checks if one.lost >= LEAST_LOSS), key=lambda one: -one.lost)
    made, spare = [one.row["anchor"] for one in lacking], RUBRIC["spare_anchors"]
    before = [(one["name"], one["anchor"]) for one in still_open[:1]]
    chosen: dict[str, Anchor] = {}
    for name, text in (*made[:2], *before, *made[2:], *spare.get(marking.kind, spare["other"])):
        name, text = clip(name, 3), clip(text.replace("{question}", clip(marking.subject.question, 20)), 50)
        if name and text:
            chosen.setdefault(name.casefold(), {"name": name, "anchor": text})
    return list(chosen.values())[: 4 if marking.score < 7 else 3]


def _quotes(marking: Marking) -> list[str]:
    """At most three clauses that the mark rests on: what carries a good one, what pulls down a poor one."""
    reading, score = marking.reading, marking.score
    strong, weak = [*reading.figures, *reading.steps], [*reading.blame, *reading.general]
    order = strong if score >= 7 else [*strong[:1], *weak[:1], *strong[1:]] if score >= 4 else weak
    said, quoted = (*order, *reading.sentences, *reading.to_the_marker), list[str]()
    answer = Folded(reading.answer)
    pieces = (own_words(clause(one, most=MARK_QUOTE), answer) for one in said)
    return [quote for _ in range(MOST) if (quote := _first_new(pieces, quoted))]
