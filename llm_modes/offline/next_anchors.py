"""Anchors: two to four things to hit when the question comes again."""

from collections.abc import Callable

from llm_modes.language.text import clip, listed, stems
from llm_modes.offline.evidence import CUES, FIGURE, VAGUE_AMOUNT
from llm_modes.offline.excerpts import excerpt
from llm_modes.offline.reading import Reading
from llm_modes.offline.scoring import POINTS, Scored

Anchor = dict[str, str]

# An anchor counts as hit when this share of its words that carry meaning is in the answer.
HIT_SHARE = 0.4
LEAST_LOSS = 0.4
MOST = 4


def hit_anchors(reading: Reading, anchors: list[Anchor]) -> list[Anchor]:
    """Those of the question's earlier anchors that the answer covers."""
    return [anchor for anchor in anchors if _is_hit(reading, anchor)]


def _is_hit(reading: Reading, anchor: Anchor) -> bool:
    wanted = stems(anchor["anchor"])
    return len(wanted) >= 2 and len(wanted & reading.stems) >= HIT_SHARE * len(wanted)


def next_anchors(reading: Reading, scored: Scored, earlier: list[Anchor]) -> list[Anchor]:
    """What to hit next time: what this answer lacks, what the topic asks for, what was already good."""
    lacking = [check for check in POINTS[scored.kind] if scored.lost(check) >= LEAST_LOSS and check in _ANCHORS]
    lacking.sort(key=lambda check: -scored.lost(check))
    made = [_ANCHORS[check](reading, scored) for check in lacking]
    still_open = [anchor for anchor in earlier if not _is_hit(reading, anchor)]
    wanted = [*made[:2], *still_open[:1], *made[2:], *_keep(reading), *_spare(scored)]
    chosen: dict[str, Anchor] = {}
    for anchor in wanted:
        name, text = clip(anchor["name"], 3), clip(anchor["anchor"], 50)
        if name and text:
            chosen.setdefault(name.casefold(), _anchor(name, text))
    return list(chosen.values())[: MOST if scored.score < 7 else MOST - 1]


def _anchor(name: str, text: str) -> Anchor:
    return {"name": name, "anchor": text}


def _numbers(reading: Reading, scored: Scored) -> Anchor:
    claim = reading.vague_claims[0] if reading.vague_claims else ""
    about = f" Start with “{excerpt(claim, VAGUE_AMOUNT, 10)}”." if claim else ""
    return _anchor("Before and after", f"Put a figure on it: how it was before, how after, over what time.{about}")


def _own_part(reading: Reading, scored: Scored) -> Anchor:
    piece = excerpt(reading.we_sentences[0], most=10) if reading.we_sentences else ""
    shared = f" In “{piece}”, say which part was yours." if piece else ""
    return _anchor("Own steps", f"Three things you did yourself, in order, each with “I” and a verb.{shared}")


def _occasion(reading: Reading, scored: Scored) -> Anchor:
    if scored.kind in ("behavioural", "personal"):
        return _anchor("One occasion", "One real occasion in one sentence: when, where, with whom, what was at stake.")
    return _anchor(
        "Real terms", "The tools, terms or steps you would use, named as you would name them to a colleague."
    )


def _reflection(reading: Reading, scored: Scored) -> Anchor:
    learned = reading.having("reflection")
    about = f" You say “{excerpt(learned[0], CUES['reflection'], 10)}”: when did it help?" if learned else ""
    return _anchor("Changed since", f"What you do differently since then, with one occasion on which it helped.{about}")


def _relevance(reading: Reading, scored: Scored) -> Anchor:
    if scored.kind == "role-play":
        return _anchor("Their words", "What went wrong for the person, said back in their own words before any offer.")
    return _anchor("The question", f"Answer in the question's own words first: “{clip(reading.question, 20)}”")


def _always(name: str, text: str) -> Callable[[Reading, Scored], Anchor]:
    return lambda _reading, _scored: _anchor(name, text)


_ANCHORS: dict[str, Callable[[Reading, Scored], Anchor]] = {
    "numbers": _numbers,
    "own part": _own_part,
    "situation": _occasion,
    "specifics": _occasion,
    "reflection": _reflection,
    "stations": _always("Few stations", "Two or three stations of your path, each with one thing you took from it."),
    "fit": _always("Why this role", "Why this role is next: one reason in the work itself, and one in what you bring."),
    "relevance": _relevance,
    "outcome": _always(
        "Checkable result",
        "Finish with what was different afterwards, who noticed, and how you know: a sentence that could be looked up.",
    ),
    "reasons": _always("The why", "For each choice one reason: what you want to reach or avoid by it. Say “because”."),
    "example": _always("One example", "One case from your own work, in two sentences, and what came of it."),
    "trade-offs": _always(
        "Its limits", "When it is the wrong choice, what it costs, and which alternative you would take then."
    ),
    "check": _always(
        "How you know", "What you would ask first, what you would look at or measure, and when you would call it done."
    ),
    "speech": _always(
        "Exact words", "Your first two sentences to the person, word for word: what you understood, and one question."
    ),
    "offer": _always("Definite offer", "What you will do, by when, and how the person will hear from you."),
    "structure": _always("Clear order", "Say in the first sentence how many parts the answer has, then keep to them."),
}


def _keep(reading: Reading) -> list[Anchor]:
    """The figures that were good, so that they are not lost next time."""
    pieces = [f"“{excerpt(one, FIGURE, 12)}”" for one in reading.best_figures[:2]]
    return [_anchor("Keep figures", f"They carry this answer; say them again: {listed(pieces)}.")] if pieces else []


def _spare(scored: Scored) -> list[Anchor]:
    """Two that always hold, for answers that leave nothing else to say."""
    if scored.kind in ("behavioural", "personal"):
        return [
            _anchor(
                "One-line start", "Begin with one sentence that says what happened and how it ended; then tell it."
            ),
            _anchor("Follow-up ready", "Have one more detail ready for “what would you do differently?”"),
        ]
    return [
        _anchor("Short answer first", "Give your answer in one sentence, then the reasoning behind it."),
        _anchor("Follow-up ready", "Have an answer ready for “and if that does not work?”"),
    ]
