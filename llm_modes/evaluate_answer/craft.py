"""The craft of answering: what the coach's rubric looks at, and how feedback on it is recognised."""

import re
from dataclasses import dataclass

from llm_modes.language.text import STOP_WORDS, stems, words


@dataclass(frozen=True)
class Craft:
    """One part of the craft: what to practise (12 words), and the words by which feedback on it is known.

    `keys` are words that nearly decide it, `cues` words that point to it. `lacking`, `lacked` and `good` say in a
    clause how it is missing, was missing and is there; `ways` go on after "answer it again, " in at most 5 words.
    """

    name: str
    focus: str
    keys: str
    cues: str
    lacking: str
    lacked: str
    good: str
    ways: tuple[str, ...]


CRAFTS = [
    Craft(
        name="numbers",
        focus="Give figures: before, after, over what time",
        keys="figure figures percent metric number numbers",
        cues="number numbers figure figures measure metrics percent quantify amount amounts count much money",
        lacking="figures are missing",
        lacked="figures were missing",
        good="you give figures",
        ways=("with one figure", "saying how much", "ending on a figure"),
    ),
    Craft(
        name="own part",
        focus="Name your own steps, with “I” and a verb",
        keys="verb",
        cues="yours yourself steps step verb personal responsibility role part i",
        lacking="your own part stays unclear",
        lacked="your own part stayed unclear",
        good="your own part is clear",
        ways=("naming your own steps", "saying what you did"),
    ),
    Craft(
        name="outcome",
        focus="Finish with a result that can be checked",
        keys="result ended checkable",
        cues="result results outcome checkable ended ending impact consequence consequences noticed afterwards stops",
        lacking="the ending is thin",
        lacked="the ending was thin",
        good="you say how it ended",
        ways=("ending with the result", "with a checkable result"),
    ),
    Craft(
        name="specifics",
        focus="Tell one real occasion instead of general truths",
        keys="general anyone particulars scene truths",
        cues="specific specifics concrete details general vague anyone occasion particulars names terms scene tool",
        lacking="it stays general",
        lacked="it stayed general",
        good="you tell one real occasion",
        ways=("with one real occasion", "with who, where, when"),
    ),
    Craft(
        name="reflection",
        focus="End with what you do differently since",
        keys="lesson learned differently",
        cues="learned learning lesson reflect reflection differently hindsight habit later",
        lacking="what you learned is missing",
        lacked="what you learned was missing",
        good="you say what you learned",
        ways=("ending with the lesson", "with what you learned"),
    ),
    Craft(
        name="fit",
        focus="Say why this role is the next step",
        keys="next fit",
        cues="role why motivation reason",
        lacking="the reason for this role is missing",
        lacked="the reason for this role was missing",
        good="you say why this role is next",
        ways=("saying why this role", "ending on why now"),
    ),
    Craft(
        name="structure",
        focus="Give the answer an order one can hear",
        keys="order structure",
        cues="structure structured order hear star organise parts sequence",
        lacking="the order is hard to follow",
        lacked="the order was hard to follow",
        good="the order is easy to follow",
        ways=("in a clear order", "point by point"),
    ),
    Craft(
        name="brevity",
        focus="Cut the answer to its two best points",
        keys="cut ramble rambling concise brief shorter same repeat repeated repetition",
        cues="long cut leads lead rest planned ramble rambling concise brief shorter once twice",
        lacking="answers run long",
        lacked="answers ran long",
        good="you keep within the time",
        ways=("cut to two points", "in half the words"),
    ),
    Craft(
        name="trade-offs",
        focus="Name limits and alternatives of what you choose",
        keys="alternative alternatives limits cost costs side",
        cues="trade-off trade-offs alternative alternatives limits wrong downside compare weigh cost costs instead",
        lacking="limits and alternatives are missing",
        lacked="limits and alternatives were missing",
        good="you name limits and alternatives",
        ways=("naming what it costs", "naming one alternative"),
    ),
    Craft(
        name="reasons",
        focus="Give the reason behind each choice",
        keys="reason why because",
        cues="reason reasons reasoning why because",
        lacking="reasons are missing",
        lacked="reasons were missing",
        good="you give reasons",
        ways=("with the reason why", "giving each reason"),
    ),
    Craft(
        name="example",
        focus="Add one example of your own",
        keys="example examples came",
        cues="example examples instance case came",
        lacking="an example is missing",
        lacked="an example was missing",
        good="you give an example",
        ways=("with one example", "adding a real case"),
    ),
    Craft(
        name="length",
        focus="Use the whole time for fuller answers",
        keys="fit fuller longer",
        cues="say more longer fill short words fit",
        lacking="answers are short for the time",
        lacked="answers were short for the time",
        good="you use the time you have",
        ways=("saying more", "using the whole time"),
    ),
    Craft(
        name="relevance",
        focus="Answer the question's own words first",
        keys="question's closer heard",
        cues="question closer asks topic relevant relevance heard back",
        lacking="the question itself gets lost",
        lacked="the question itself got lost",
        good="you answer the question itself",
        ways=("staying with the question", "taking up the question's words"),
    ),
    Craft(
        name="check",
        focus="Say how you would know that it works",
        keys="works",
        cues="check checks verify know works look monitor test",
        lacking="the way to check it is missing",
        lacked="the way to check it was missing",
        good="you say how you would check",
        ways=("saying how you check", "with one check"),
    ),
    Craft(
        name="offer",
        focus="Close with one definite offer",
        keys="offer",
        cues="offer promise hears definite by",
        lacking="the offer stays vague",
        lacked="the offer stayed vague",
        good="you close with a definite offer",
        ways=("closing with an offer", "with one definite offer"),
    ),
    Craft(
        name="speech",
        focus="Speak to the person, word for word",
        keys="speak",
        cues="speak front sentences exact word tone",
        lacking="you speak about the person, not to them",
        lacked="you spoke about the person, not to them",
        good="you speak to the person",
        ways=("speaking to the person", "word for word"),
    ),
    Craft(
        name="blame",
        focus="Tell what you could have done yourself",
        keys="others blame blaming yourself",
        cues="blame blaming fault defensive",
        lacking="others get the blame",
        lacked="others got the blame",
        good="you say what you could have done",
        ways=("blaming nobody", "with your own share"),
    ),
    Craft(
        name="hedging",
        focus="Say plainly what you know and what not",
        keys="plainly hedge",
        cues="hedge hedging leave unsure plainly say",
        lacking="hedges blur the answer",
        lacked="hedges blurred the answer",
        good="you say plainly what you know",
        ways=("saying plainly what you know", "without “maybe”"),
    ),
]


def _cue_words(text: str) -> frozenset[str]:
    """Stems, and the small words that stems leave out: "I" and "why" are cues here."""
    return frozenset(stems(text) | (set(words(text)) & STOP_WORDS))


_KEYS = {craft.name: _cue_words(craft.keys) for craft in CRAFTS}
_CUES = {craft.name: _cue_words(craft.cues) for craft in CRAFTS}
# One cue alone may be any word: "say that reads scale" is no remark on hedging.
LEAST_WEIGHT = 2
BY_NAME = {craft.name: craft for craft in CRAFTS}
# What feedback quotes are the candidate's words; they say nothing about what the feedback asks for.
_QUOTED = re.compile(r"[“\"][^“”\"]{4,}[”\"]")


def craft_in(text: str) -> Craft | None:
    """The part of the craft that a remark or a focus is mostly about, or None when it is about a subject."""
    for craft in CRAFTS:
        if text.startswith("Answer ") and any(way in text for way in craft.ways):
            return craft  # a focus of ours
    said = _cue_words(_QUOTED.sub(" ", text))
    weights = {craft.name: 3 * len(said & _KEYS[craft.name]) + len(said & _CUES[craft.name]) for craft in CRAFTS}
    best = max(CRAFTS, key=lambda craft: weights[craft.name])
    return best if weights[best.name] >= LEAST_WEIGHT else None
