"""From a candidate's weak spots, in their words, to topics that train them; and the names of topics of their own."""

import re

from llm_modes.language.text import on_one_line, stem, upper_first, words
from llm_modes.language.words import count_words
from llm_modes.offline.bank import SAID_OF_ANYTHING, RoleBank, topic_called, topic_for
from llm_modes.offline.sayings import sayings
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, NAME_WORDS

MOST_CHARACTERS, MOST_LINES = 2_000, 40  # What is longer than any list of weak spots is not read to its end.
NO_NAMES = frozenset(sayings("suggest_plan")["no_names"].split())  # No name of a topic has one of these words in it.
_PAUSE = re.compile(r"[,.!?…/]+ (?:and )?")


def spots_of(weaknesses: str, bank: RoleBank) -> dict[str, str]:
    """Each weak spot as it was typed, with the name of its topic: the bank's, else a short text; "" where it is none.

    One is a part of a line between commas; "X and Y" are two where the bank has both.
    """
    found = dict[str, str]()
    lines = weaknesses[:MOST_CHARACTERS].replace(";", "\n").splitlines()
    for line in map(on_one_line, lines[:MOST_LINES]):
        for part in [line] if topic_called(line) else _PAUSE.split(line):
            apart = {piece: topic_for(piece, bank) for piece in part.split(" and ")}
            are_known = len(set(apart.values()) - {None}) == len(apart)
            for text, topic in apart.items() if are_known else [(part, topic_for(part, bank))]:
                found[_trimmed(text)] = topic.name if topic else own_name(text)
    return {text: name for text, name in found.items() if set(words(text)) - NO_NAMES}


def own_name(text: str) -> str:
    """The name of a topic in exactly these words; "" for what is too long for one, or names nothing."""
    name = upper_first(_trimmed(text))
    said = words(name)
    names_something = any(not word.isdecimal() and stem(word) not in SAID_OF_ANYTHING for word in said)
    is_short = count_words(name) <= NAME_WORDS and len(name) <= NAME_CHARACTERS
    return name if names_something and is_short and NO_NAMES.isdisjoint(said) else ""


def _trimmed(text: str) -> str:
    return on_one_line(text).strip(" .,;:!?\"'-–•*")
