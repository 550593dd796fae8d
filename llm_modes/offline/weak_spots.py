"""From a candidate's weak spots, in their words, to topics that train them; and the names of topics of their own."""

import re
from dataclasses import dataclass

from llm_modes.language.text import on_one_line, stem, upper_first, words
from llm_modes.language.words import count_words
from llm_modes.offline.bank import SAID_OF_ANYTHING, BankTopic, RoleBank, general, topic_for
from llm_modes.offline.sayings import sayings
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, NAME_WORDS

MOST_SPOTS = 20
# What is longer than any list of weak spots is not read to its end.
MOST_CHARACTERS = 2_000
# Finds its words in a text with single spaces only.
_PAUSE = re.compile(r"[,.!?…]+ (?:and )?")


@dataclass(frozen=True)
class Spot:
    """A weak spot in the candidate's `text`; `topic` is the bank's topic for it, or None.

    `name` is what its topic is called: without one of the bank, the words of a short line; "" where it is no topic.
    """

    text: str
    topic: BankTopic | None
    name: str = ""


def spots_of(weaknesses: str, bank: RoleBank) -> list[Spot]:
    """The weak spots, one for each line; where parts of a line name topics of the bank, one for each part of it."""
    found: list[Spot] = []
    for line in (_trimmed(line) for line in weaknesses[:MOST_CHARACTERS].replace(";", "\n").splitlines()):
        pieces = [line] if called(line, bank) else _PAUSE.split(line)
        parts = [part for piece in pieces for part in _apart(piece, bank)]
        known = {part: topic for part in parts if (topic := topic_for(part, bank))}
        if line and not known:
            found.append(Spot(line, None, own_name(line)))
        elif known:
            names = {part: topic.name for part, topic in known.items()}
            found += [Spot(_trimmed(part), known.get(part), names.get(part, "")) for part in parts]
    return list(dict.fromkeys(found))[:MOST_SPOTS]


def called(text: str, bank: RoleBank) -> BankTopic | None:
    """The topic of this name, of the role or the general bank."""
    return next((topic for topic in (*bank.topics, *general().topics) if topic.is_called(text)), None)


def own_name(text: str) -> str:
    """The name of a topic in exactly these words; "" for what is too long for one, or names nothing."""
    name = upper_first(_trimmed(on_one_line(text)))
    said, no_names = words(name), sayings("suggest_plan")["no_names"].split()
    names_something = any(map(str.isalpha, name)) and any(stem(word) not in SAID_OF_ANYTHING for word in said)
    names_something = names_something and set(said).isdisjoint(no_names)
    return name if names_something and count_words(name) <= NAME_WORDS and len(name) <= NAME_CHARACTERS else ""


def _apart(part: str, bank: RoleBank) -> list[str]:
    """ "X and Y" as two, where the bank has both."""
    pieces = part.split(" and ")
    return pieces if all(topic_for(piece, bank) for piece in pieces) else [part]


def _trimmed(text: str) -> str:
    return on_one_line(text).strip(" .,;:!?\"'-–•*")
