"""The craft of answering: what the coach's rubric looks at, and how feedback on it is recognised."""

import re
from dataclasses import dataclass

from llm_modes.offline.text import STOP_WORDS, stems, words


@dataclass(frozen=True)
class Craft:
    """One part of the craft: what to practise (12 words), and the words by which feedback on it is known.

    `keys` are words that nearly decide it, `cues` words that point to it.
    """

    name: str
    focus: str
    keys: str
    cues: str
    lacking: str


CRAFTS = [
    Craft(
        name="numbers",
        focus="Give figures: before, after, over what time",
        keys="figure figures percent metric number numbers",
        cues="number numbers figure figures measure metrics percent quantify amount amounts count much money",
        lacking="figures are missing",
    ),
    Craft(
        name="own part",
        focus="Name your own steps, with “I” and a verb",
        keys="verb",
        cues="yours yourself steps step verb personal responsibility role part i",
        lacking="your own part stays unclear",
    ),
    Craft(
        name="outcome",
        focus="Finish with a result that can be checked",
        keys="result ended checkable",
        cues="result results outcome checkable ended ending impact consequence consequences noticed afterwards stops",
        lacking="the ending is thin",
    ),
    Craft(
        name="specifics",
        focus="Tell one real occasion instead of general truths",
        keys="general anyone particulars scene truths",
        cues="specific specifics concrete details general vague anyone occasion particulars names terms scene tool",
        lacking="it stays general",
    ),
    Craft(
        name="reflection",
        focus="End with what you do differently since",
        keys="lesson learned differently",
        cues="learned learning lesson reflect reflection differently hindsight habit later",
        lacking="no lesson is drawn",
    ),
    Craft(
        name="fit",
        focus="Say why this role is the next step",
        keys="next fit",
        cues="role why motivation reason",
        lacking="it is not said why this role",
    ),
    Craft(
        name="structure",
        focus="Give the answer an order one can hear",
        keys="order structure",
        cues="structure structured order hear star organise ramble rambling concise brief long cut parts sequence",
        lacking="the order is hard to follow",
    ),
    Craft(
        name="trade-offs",
        focus="Name limits and alternatives of what you choose",
        keys="alternative alternatives limits cost costs",
        cues="trade-off trade-offs alternative alternatives limits wrong downside compare weigh cost costs instead",
        lacking="limits and alternatives are missing",
    ),
    Craft(
        name="reasons",
        focus="Give the reason behind each choice",
        keys="reason why because",
        cues="reason reasons reasoning why because",
        lacking="reasons are missing",
    ),
    Craft(
        name="example",
        focus="Add one example of your own",
        keys="example examples came",
        cues="example examples instance case came",
        lacking="an example is missing",
    ),
    Craft(
        name="length",
        focus="Use the whole time for fuller answers",
        keys="fit fuller longer",
        cues="say more longer fill short words fit",
        lacking="answers are short for the time",
    ),
    Craft(
        name="relevance",
        focus="Answer the question's own words first",
        keys="question's closer heard",
        cues="question closer asks topic relevant relevance heard back",
        lacking="the question itself gets lost",
    ),
    Craft(
        name="check",
        focus="Say how you would know that it works",
        keys="works",
        cues="check checks verify know works look monitor test",
        lacking="it is not said how you would check",
    ),
    Craft(
        name="offer",
        focus="Close with one definite offer",
        keys="offer",
        cues="offer promise hears definite by",
        lacking="the offer is not definite",
    ),
    Craft(
        name="speech",
        focus="Speak to the person, word for word",
        keys="speak",
        cues="speak front sentences exact word tone",
        lacking="you speak about, not to",
    ),
    Craft(
        name="blame",
        focus="Tell what you could have done yourself",
        keys="others blame yourself",
        cues="others blame blaming fault defensive",
        lacking="others get the blame",
    ),
    Craft(
        name="hedging",
        focus="Say plainly what you know and what not",
        keys="plainly hedge",
        cues="hedge hedging leave unsure plainly say",
        lacking="hedges blur the answer",
    ),
]


def _cue_words(text: str) -> frozenset[str]:
    """Stems, and the small words that stems leave out: "I" and "why" are cues here."""
    return frozenset(stems(text) | (set(words(text)) & STOP_WORDS))


_KEYS = {craft.name: _cue_words(craft.keys) for craft in CRAFTS}
_CUES = {craft.name: _cue_words(craft.cues) for craft in CRAFTS}
# What feedback quotes are the candidate's words; they say nothing about what the feedback asks for.
_QUOTED = re.compile(r"[“\"][^“”\"]{4,}[”\"]")


def craft_in(text: str) -> Craft | None:
    """The part of the craft that a remark or a focus is mostly about, or None when it is about a subject."""
    said = _cue_words(_QUOTED.sub(" ", text))
    weights = {craft.name: 3 * len(said & _KEYS[craft.name]) + len(said & _CUES[craft.name]) for craft in CRAFTS}
    best = max(CRAFTS, key=lambda craft: weights[craft.name])
    return best if weights[best.name] else None
