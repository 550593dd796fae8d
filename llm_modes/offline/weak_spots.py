"""From a candidate's weak spots, in their words, to topics that train them."""

import re

from llm_modes.language.text import STOP_WORDS, clip, on_one_line, stems, upper_first, words
from llm_modes.offline.bank import BankTopic, RoleBank, closest_topic

# Finds its words in a text on one line with single spaces only.
_BETWEEN_SPOTS = re.compile(r" ?[,;/•]+ ?(?:and )?| and |\. ", re.I)
_NOTHING_NAMED = stems("not sure yet, don't know, everything, all, none, nothing, anything, idea, weakness, weak")
_NOT_A_NAME = STOP_WORDS | frozenset(
    "forget ramble bad weak trouble hard difficult nervous scared questions question talking explaining giving under"
    " asking sure good"
    " always often sometimes knowledge skills especially part parts work working".split()
)


def split_spots(weaknesses: str) -> list[str]:
    """The single weak spots in a list of them, at most eight, none twice."""
    spots = [on_one_line(spot).strip(" .-") for spot in _BETWEEN_SPOTS.split(on_one_line(weaknesses))]
    return list(dict.fromkeys(clip(spot, 12) for spot in spots if stems(spot) - _NOTHING_NAMED))[:8]


def topic_for(spot: str, bank: RoleBank) -> BankTopic:
    """The topic that trains a weak spot: the bank's, else one made from the candidate's words."""
    return closest_topic(spot, bank) or made_topic(spot)


def made_topic(spot: str) -> BankTopic:
    """A topic in the candidate's own words, for what no bank knows."""
    name = topic_name(spot)
    return BankTopic(
        name=name,
        tags=tuple(words(spot)),
        description=clip(f"Practise what you named: {clip(spot, 10)}.", 20),
        outcome="Three answers in a row in which it no longer holds you back.",
        questions=(),
    )


def topic_name(spot: str) -> str:
    """At most three words of a weak spot that name it; never empty."""
    said = on_one_line(spot).strip(" .,;:!?\"'").split()
    kept = said if len(said) <= 3 else [word for word in said if not set(words(word)) <= _NOT_A_NAME]
    return upper_first(clip(" ".join((kept or said)[:3]).strip(" .,;:!?"), 3)) or "Own topic"
