"""What a session tries when its topic is stuck: the ladder of approaches, and which comes next. Reads no database.

Learners who fail ten times rarely succeed by more of the same; a change of how a thing is presented helps most. So no
session on the ladder is like the ones before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from llm_modes.evaluate_answer.craft import CRAFTS, Craft, craft_in
from llm_modes.language.text import lower_first

LAST_RUNG = 4


@dataclass(frozen=True)
class Approach:
    """One way to practise, in words for three places.

    `title` and `said` tell the candidate what the session tries. `here` tells them on the page where they answer.
    `prompt` tells the coach, in 30 tokens at most.
    """

    name: str
    title: str
    said: str
    here: str
    prompt: str


POINTS, ONE_BY_ONE, STORY, COMPLETE = "points open", "point by point", "story first", "half-finished"
BEFORE, LOOK_UP, ONLY, TWO = "one step before", "look it up", "only ", "two "

# By rung: a session takes the first that was not tried yet. On every rung, approaches for one craft follow, then for
# two crafts.
_RUNGS: dict[int, tuple[Approach, ...]] = {
    1: (
        Approach(
            POINTS,
            "Easier, with help at hand",
            "Easier questions, and what a strong answer says stays open while you write.",
            "Read it first. It stays here while you write.",
            "easy questions; they see what a strong answer says before they answer",
        ),
        Approach(
            ONE_BY_ONE,
            "Point by point",
            "Easy questions, and one plain sentence for each point of a strong answer. That is all.",
            "One plain sentence for each of these, in their order. That is the whole answer.",
            "easy questions with few parts; they answer in one sentence for each point",
        ),
    ),
    2: (
        Approach(
            STORY,
            "The story first",
            "Put down in fragments what you know or what happened, let the coach order it, and answer with it before "
            "your eyes.",
            "Answer along your story, in its order.",
            "easy questions on their own work; they build the story before they answer",
        ),
        Approach(
            COMPLETE,
            "An answer to complete",
            "You do not begin with an empty page. What you wrote before stands there, with what it still lacks, and "
            "you complete it.",
            "You only complete what is there.",
            "rather redos; they complete an earlier answer of theirs",
        ),
    ),
    3: (
        Approach(
            BEFORE,
            "One step back",
            "We go one step back, to what one has to know before: short, plain questions.",
            "Short and plain will do, with one example.",
            "easy: ask for what one has to know first to answer the questions they fail",
        ),
        Approach(
            LOOK_UP,
            "Look it up first",
            "Choose a question, read about it for five minutes, put that away, and only then answer.",
            "In your own words, with what you read put away.",
            "easy questions on facts; they may look them up before they answer",
        ),
    ),
    4: (),
}

# Crafts that any answer can have, the plainest first. Other crafts are tried only if the feedback asks for them.
_CRAFTS_FOR_ALL = (
    "example",
    "outcome",
    "own part",
    "reasons",
    "specifics",
    "structure",
    "numbers",
    "relevance",
    "trade-offs",
    "check",
    "reflection",
    "hedging",
)
# Crafts that fit few questions, such as "Say why this role is the next step": feedback that asked for them was about
# other questions than the next one.
_FOR_A_FEW = ("fit", "offer", "scene", "speech")
_BY_CRAFT = {craft.name: craft for craft in CRAFTS if craft.name not in _FOR_A_FEW}


# By craft: its name in a heading.
_CALLED = {
    "example": "an example",
    "outcome": "the result",
    "own part": "your own part",
    "reasons": "the reasons",
    "specifics": "one real occasion",
    "structure": "the order",
    "numbers": "figures",
    "relevance": "the question itself",
    "trade-offs": "limits and alternatives",
    "check": "how you would know",
    "reflection": "what you learned",
    "hedging": "plain words",
    "length": "a fuller answer",
    "blame": "what you could do",
    "brevity": "fewer words",
}


def _of_craft(craft: Craft) -> Approach:
    task = lower_first(craft.focus)
    return Approach(
        f"{ONLY}{craft.name}",
        f"One thing only: {_CALLED[craft.name]}",
        f"{craft.focus}. The rest may stay rough.",
        f"Only one thing: {task}. The rest may stay rough; the mark is for the whole answer all the same.",
        f"one sub-skill only: {task}",
    )


def _of_two(one: Craft, other: Craft) -> Approach:
    first, second = lower_first(one.focus), lower_first(other.focus)
    return Approach(
        # Seven letters are enough to tell crafts apart, and fit the column.
        f"{TWO}{one.name[:7]}+{other.name[:7]}",
        f"Two things only: {_CALLED[one.name]}, and {_CALLED[other.name]}",
        f"{one.focus}. {other.focus}. The rest may stay rough.",
        f"Only two things. First, {first}. Second, {second}. The rest may stay rough; the mark is for the whole answer "
        "all the same.",
        f"two sub-skills only: {first}; {second}",
    )


_OF_ONE = {name: _of_craft(craft) for name, craft in _BY_CRAFT.items()}
_OF_TWO = {pair: _of_two(*(_BY_CRAFT[name] for name in pair)) for pair in combinations(_CRAFTS_FOR_ALL, 2)}

APPROACHES: dict[str, Approach] = {
    one.name: one for one in (*(one for rung in _RUNGS.values() for one in rung), *_OF_ONE.values(), *_OF_TWO.values())
}


def choose(rung: int, *, tried: Sequence[str], lacking: Sequence[str] = ()) -> Approach | None:
    """What a session tries that begins on this rung (0 to LAST_RUNG); None on rung 0.

    `tried`: names of what the topic's earlier sessions tried, the latest first. `lacking`: names of the crafts that
    the feedback asks for, the most frequent first. What was never tried comes first, then what was tried longest ago.
    """
    if rung <= 0:
        return None
    crafts = list(dict.fromkeys([*(name for name in lacking if name in _BY_CRAFT), *_CRAFTS_FOR_ALL]))
    # The pairs for what is lacking most come first: their positions in `crafts` have the lowest sum.
    pairs = sorted(_OF_TWO, key=lambda pair: sum(crafts.index(name) for name in pair))
    ladder = [*_RUNGS[min(rung, LAST_RUNG)], *(_OF_ONE[name] for name in crafts), *(_OF_TWO[pair] for pair in pairs)]
    last_tried = {name: place for place, name in reversed(list(enumerate(tried)))}
    return max(ladder, key=lambda one: last_tried.get(one.name, len(tried)))


def prompt_line(name: str) -> str:
    """The words of this approach for the prompt; "" if `name` is no approach of this release."""
    found = APPROACHES.get(name)
    return found.prompt if found else ""


# By craft: beginnings of sentences without content, for an answer to complete when nothing of it is there.
OPENINGS = {
    "example": "One example: when I …",
    "outcome": "In the end …, and one could see it by …",
    "own part": "My own part was to …",
    "reasons": "I did it that way because …",
    "specifics": "It was in …, with …, when …",
    "structure": "There are two things to say. First …, second …",
    "numbers": "Before it was …, afterwards …",
    "trade-offs": "What it costs is …; the other way would have been …",
    "check": "I would know that it works when …",
    "reflection": "Since then I …",
}


def openings(lacking: Sequence[str]) -> list[str]:
    """Three beginnings of sentences. Those for the `lacking` crafts come first."""
    wanted = [name for name in lacking if name in OPENINGS]
    return [OPENINGS[name] for name in dict.fromkeys([*wanted, *OPENINGS])][:3]


def lacking_crafts(remarks: Iterable[str]) -> list[str]:
    """The crafts that these remarks of the coach ask for, the most frequent first; equals in the order of remarks."""
    counts: dict[str, int] = {}
    for remark in remarks:
        if craft := craft_in(remark):
            counts[craft.name] = counts.get(craft.name, 0) + 1
    return sorted(counts, key=lambda name: -counts[name])
