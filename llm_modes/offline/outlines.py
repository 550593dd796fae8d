"""The outlines of answers, and by which words a sentence is known to belong to a part of one."""

import re
from dataclasses import dataclass

from llm_modes.offline.evidence import CUES, IRREGULAR_PAST

FALLBACK = "(Nothing noted yet: write two or three sentences about what happened, then build again.)"


PAST = "|".join(IRREGULAR_PAST.split())


@dataclass(frozen=True)
class Part:
    """A part of an outline: its heading (4 words), the cues of its sentences, and what to fill in when it is empty."""

    heading: str
    cues: tuple[tuple[float, re.Pattern[str]], ...]
    gap: str

    def fit(self, sentence: str) -> float:
        """How well a sentence belongs here; 0 when nothing speaks for it."""
        return sum(weight for weight, cue in self.cues if cue.search(sentence))


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_STEP = _cue(
    rf"\b(?:i|we)\s+(?:\w+ly\s+|then\s+|also\s+|first\s+|had\s+)*(?!learned|realised|realized|wanted|needed"
    rf"|worked (?:at|in|for|as))(?:\w+ed|{PAST})\b"
    rf"|^(?:then |also |first |\w+ly )*(?:\w+ed|{PAST})\b|\b(?:first|second|third|then),? (?:i|we)\b"
)
_TASK = _cue(
    r"\b(?:my (?:task|job|role|goal|responsibility|part|brief) (?:was|is|as)|i (?:was|am) (?:asked|responsible"
    r"|supposed|in charge|to)|i (?:had|needed|wanted) to|we (?:had|needed|wanted) to|goal|target|deadline"
    r"|the challenge|in charge)\b"
)
_SETTING = _cue(r"\b(?:was|were|had been|used to|there (?:was|were)|at the time|it took|worked (?:at|in|for|as))\b")
_NUMBERED_END = _cue(r"\b(?:by \d+|\d+ (?:percent|%)|\d+%|from \d[\w.,%]* \w*\s?to \d)")
_LESSON = CUES["reflection"]

OUTLINES: dict[str, list[Part]] = {
    "behavioural": [
        Part(
            "Situation",
            (
                (1.2, CUES["situation"]),
                (0.8, _SETTING),
                (0.9, _cue(r"^(?:when|last|in|at|during|earlier|two|three|four|five) ")),
            ),
            "When and where was this, and what was at stake?",
        ),
        Part("Task", ((2.6, _TASK),), "What exactly was yours to do?"),
        Part("Action", ((1.7, _STEP),), "Which steps did you take yourself, in which order?"),
        Part(
            "Result",
            (
                (2.2, CUES["outcome"]),
                (1.2, _NUMBERED_END),
                (
                    1.5,
                    _cue(
                        r"^(?:home|back|won|lost|closed"
                        r"|live) (?:after|in|within|by)\b"
                    ),
                ),
            ),
            "How did it end, and which figure shows it?",
        ),
        Part(
            "Learning",
            ((3.6, _LESSON), (1.6, _cue(r"\bnow\W*$|^now\b|\btoday i\b"))),
            "What do you do differently since then?",
        ),
    ],
    "personal": [
        Part(
            "Where I am",
            ((1.0, _cue(r"\b(?:i am|i'm|currently|at the moment|now|today|i work|i lead)\b")),),
            "What do you do now, in one sentence?",
        ),
        Part(
            "How I got here",
            ((1.4, _STEP), (1.0, CUES["situation"]), (0.8, _cue(r"\b(?:years|before|studied|started|began|worked)\b"))),
            "Which two stations of your path matter for this role?",
        ),
        Part(
            "What I bring",
            ((1.8, CUES["outcome"]), (1.4, _NUMBERED_END), (1.0, _cue(r"\b(?:good at|strength|best|known for)\b"))),
            "Which result of yours proves that you can do it?",
        ),
        Part(
            "Why this role",
            (
                (
                    2.4,
                    _cue(
                        r"\b(?:i want|i would like|because|looking for|next step|interested|attracts|would love"
                        r"|i hope)\b"
                    ),
                ),
            ),
            "Why is this role the next step for you?",
        ),
    ],
    "knowledge": [
        Part(
            "Short answer",
            ((0.8, _cue(r"\b(?:is|are|means|in short|basically|it is)\b")),),
            "Your answer in one sentence.",
        ),
        Part(
            "How it works",
            ((1.6, CUES["reasons"]), (1.0, _cue(r"\b(?:first|then|after|works|step|when)\b"))),
            "The reason behind it, step by step.",
        ),
        Part("Example", ((2.4, CUES["example"]), (0.8, _STEP)), "A case of your own where it mattered."),
        Part("Limits", ((2.2, CUES["trade-offs"]),), "When is it the wrong choice, and what does it cost?"),
    ],
    "case": [
        Part(
            "Clarify",
            ((2.2, _cue(r"\b(?:ask|clarify|find out|question|know|who|assume|requirement)\b")),),
            "What would you ask before you begin?",
        ),
        Part(
            "Approach",
            ((1.2, CUES["reasons"]), (0.8, _cue(r"\b(?:would|goal|main|approach|decide|choose|option)\b"))),
            "Which way would you go, and why?",
        ),
        Part(
            "Steps",
            ((1.6, _STEP), (1.4, _cue(r"\b(?:first|second|third|then|next|after that|finally)\b"))),
            "What would you do, in which order?",
        ),
        Part(
            "Check and risks",
            ((1.8, CUES["check"]), (1.6, CUES["trade-offs"])),
            "How would you know that it works, and what could go wrong?",
        ),
    ],
    "role-play": [
        Part(
            "Listen",
            ((2.0, _cue(r"\b(?:sorry|understand|hear|listen|feel|annoy|frustrat|angry)\b")),),
            "Which words show the person that you have heard them?",
        ),
        Part(
            "Ask",
            ((2.0, _cue(r"\?|\b(?:ask|question|what|which|would you)\b")),),
            "Which question do you ask before you offer anything?",
        ),
        Part(
            "Offer",
            ((2.0, CUES["offer"]), (1.5, _cue(r"\boffer|\bor (?:cancel|money)|\brefund|\breplace"))),
            "What exactly do you offer, and by when?",
        ),
        Part(
            "Close",
            ((2.0, _cue(r"\b(?:thank|follow up|call|check|next|agree|summari[sz]e|write)\b")),),
            "How do you end, and what do you promise?",
        ),
    ],
}

# What going back to an earlier part costs, and going on to a later one: people tell things in order, but not always.
BACKWARD, FORWARD = 3.0, 0.15


def in_order(points: list[str], outline: list[Part]) -> list[str]:
    """A heading for each point: the best fit for all of them together, told in the outline's order as far as possible.

    The usual dynamic programme over (point, part), with a price for every step backward.
    """
    parts = range(len(outline))
    best: list[list[tuple[float, int]]] = []
    for point in points:
        fits = [part.fit(point) for part in outline]
        row = []
        for part in parts:
            before = [(best[-1][one][0] - _price(one, part), one) for one in parts] if best else [(-0.3 * part, -1)]
            gained, came_from = max(before, key=lambda pair: (pair[0], -abs(pair[1] - part)))
            row.append((gained + fits[part], came_from))
        best.append(row)
    headings: list[str] = []
    part = max(parts, key=lambda one: best[-1][one][0]) if best else 0
    for row in reversed(best):
        headings.append(outline[part].heading)
        part = row[part][1]
    return headings[::-1]


def _price(before: int, after: int) -> float:
    return BACKWARD if after < before else FORWARD * (after > before)


# What any story should have, whatever its parts are.
GAPS = [
    (
        "A figure: how many, how long, how much, before and after?",
        _cue(r"\d|\b(?:percent|twice|half|dozen|hundred|thousand)\b"),
    ),
    ("What you did yourself, as different from the team.", _cue(r"\bI\b")),
]
