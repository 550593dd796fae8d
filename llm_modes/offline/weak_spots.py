"""From a candidate's weak spots, in their words, to topics that train them; and the names of topics of their own."""

import re
from typing import NamedTuple

from llm_modes.language.text import on_one_line, stem, upper_first, words
from llm_modes.language.words import count_words
from llm_modes.offline.bank import SAID_OF_ANYTHING, BankTopic, RoleBank, topic_called, topic_for
from llm_modes.offline.phrases import fits
from llm_modes.offline.sayings import sayings
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, NAME_WORDS

# What is longer than any list of weak spots is not read to its end.
MOST_CHARACTERS, MOST_SPOTS = 2_000, 20
# No name of a topic has one of these words in it.
NO_NAMES = frozenset(sayings("suggest_plan")["no_names"].split())
# Finds its words in a text with single spaces only.
_PAUSE = re.compile(r"[,.!?…/]+ (?:and )?")


class Spot(NamedTuple):
    """A weak spot in the candidate's `text`; `topic` is the bank's topic for it, or None.

    `name` is what its topic is called: without one of the bank, the words of a short line; "" where it is no topic.
    """

    text: str
    topic: BankTopic | None
    name: str


def spots_of(weaknesses: str, bank: RoleBank) -> list[Spot]:
    """The weak spots, one for each line; where parts of a line name topics of the bank, one for each part of it."""
    found, no_weakness = list[Spot](), sayings("plan_chat")["words"]["no_weakness"]
    for line in filter(None, map(_trimmed, weaknesses[:MOST_CHARACTERS].replace(";", "\n").splitlines())):
        pieces = [line] if topic_called(line) else [one for one in _PAUSE.split(line) if not fits(one, no_weakness)]
        parts = {part: topic_for(part, bank) for piece in pieces for part in _apart(piece, bank)}
        spots = [Spot(_trimmed(part), topic, topic.name if topic else "") for part, topic in parts.items()]
        found += spots if any(parts.values()) else [Spot(line, None, own_name(line))] * bool(pieces)
    return [spot for spot in dict.fromkeys(found) if set(words(spot.text)) - NO_NAMES][:MOST_SPOTS]


def own_name(text: str) -> str:
    """The name of a topic in exactly these words; "" for what is too long for one, or names nothing."""
    name = upper_first(_trimmed(text))
    said = words(name)
    names_something = any(not word.isdecimal() and stem(word) not in SAID_OF_ANYTHING for word in said)
    is_short = count_words(name) <= NAME_WORDS and len(name) <= NAME_CHARACTERS
    return name if names_something and is_short and NO_NAMES.isdisjoint(said) else ""


def _apart(part: str, bank: RoleBank) -> list[str]:
    """ "X and Y" as two, where the bank has a topic for each."""
    pieces = part.split(" and ")
    found = {topic.name for piece in pieces if (topic := topic_for(piece, bank))}
    return pieces if len(found) == len(pieces) else [part]


def _trimmed(text: str) -> str:
    return on_one_line(text).strip(" .,;:!?\"'-–•*")
