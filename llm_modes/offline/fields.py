"""The four things a plan needs, read from a few words: one answer and nothing beside it, or nothing at all."""

import re
from functools import cache
from typing import Any

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import normal, on_one_line, words
from llm_modes.offline.bank import banks, general, role_bank, topic_called
from llm_modes.offline.phrases import fits, of_chat, pattern
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import spots_of
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES

SAYINGS = sayings("plan_chat")
FIELDS = ("role", "daily_minutes", "weaknesses", "motivation")  # in the order in which the coach asks
NAME_WORDS, LIST_WORDS = 6, 40  # of a role, or of a weak spot that a field begins with; of all weak spots
LETTERS_OF_A_WORD = 16  # at most, on average
LAST_OF_LATIN = "\u024f"
WORDS, MINUTES = SAYINGS["words"], SAYINGS["words"]["minutes"]
_TIME = re.compile(rf" *([0-9]{{1,9}}) *({'|'.join(MINUTES['units'])})? *")


def choice(name: str, value: object) -> str:
    """A value chosen in the field of this name, as the candidate's message."""
    return str(SAYINGS["chosen"][name]).format(value)


def chosen_in(message: str, known: dict[str, Any]) -> str:
    """The name of the field in which the message was chosen: what is known says the same. Else ""."""
    said = normal(message)
    return next((name for name in FIELDS if known[name] and normal(choice(name, known[name])) == said), "")


def remark(text: str) -> str:
    """What is said to a text that tells of a need or a feeling, greets, or asks about the coach; else ""."""
    return next((row["say"] for row in SAYINGS["remarks"] if fits(text, row)), "")


def is_aside(text: str) -> bool:
    """Whether the text leaves open what was said before it: a remark, agreement, "next"."""
    no_answer = {"alone": WORDS["no_name"]["alone"]}
    return bool(remark(text)) or fits(text, WORDS["agreed"]) or fits(text, no_answer)


def is_unreadable(text: str) -> bool:
    """Whether the text is in another language or script, as far as rules can tell."""
    listed, said = WORDS["lists"]["foreign"].split(), words(text)
    foreign = [word for word in said if word in listed or (len(word) > 1 and min(word) > LAST_OF_LATIN)]
    return looks_foreign(text) or 0 < len(said) <= 3 * len(foreign)


def typed(name: str, text: str, role: str) -> str | int | None:
    """The answer to the question for this field, where the text is one and nothing else; as it was typed.

    `role` is the candidate's, for their weak spots.
    """
    line = on_one_line(text).strip(" .,;:!\"'")
    if not line or "?" in text or is_unreadable(text):
        return None
    if name == "motivation":
        said = normal(of_chat(*WORDS["beside_energy"]).sub(" ", normal(line)))
        return said if said in SAYINGS["energy"] else None
    if name == "daily_minutes":
        return time if MIN_DAILY_MINUTES <= (time := minutes_in(line) or 0) <= MAX_DAILY_MINUTES else None
    if name == "role":
        return line if (titles := _titles_in(line)) and _is_name(line, NAME_WORDS, titles) else None
    if fits(line, WORDS["not_sure"]):
        return str(SAYINGS["not_sure"])
    spots = spots_of(text, role_bank(role))
    known = [spot.topic.name for spot in spots if spot.topic]
    is_list = spots and len(known) == len(spots) and _is_name(line, LIST_WORDS, known)
    return "; ".join(spot.text for spot in spots) if is_list else None


def minutes_in(text: str) -> int | None:
    """The minutes, where the text names one time and nothing else, whether a plan can take them or not."""
    said = text.lower().replace("’", "'")
    for phrase, minutes in MINUTES["phrases"].items():
        said = of_chat(phrase).sub(str(minutes), said)
    time = _TIME.fullmatch(of_chat(*MINUTES["beside"]).sub(" ", said))
    return int(time[1]) * MINUTES["units"].get(time[2], 1) if time else None


def prefilled(name: str, text: str, role: str) -> list[str]:
    """What the field can begin with after a text that was no answer: names of weak spots, or one role, or nothing."""
    if is_aside(text) or fits(text, WORDS["no_weakness"]):
        return []
    spots = spots_of(text, role_bank(role))
    known = [spot.topic.name for spot in spots if spot.topic]
    named = [spot for spot in spots if _is_name(spot.text, NAME_WORDS, [*known, *WORDS["beside_weakness"]])]
    if name == "weaknesses":
        return [spot.name for spot in named if spot.name]
    other = [spot.text for spot in named if len(spots) == 1 and not topic_called(spot.text)]
    found = _titles_in(on_one_line(text)) or other
    return found if name == "role" and len(found) == 1 else []


def _is_name(text: str, most: int, known: list[str]) -> bool:
    """Whether the text can name roles or topics: few words, but for `known` names none of a sentence, and no number."""
    beside = pattern(known).sub(" ", on_one_line(text))
    is_short = 0 < len(words(text)) <= most and len(text) <= LETTERS_OF_A_WORD * most
    return is_short and not fits(beside, WORDS["no_name"])


def _titles_in(line: str) -> list[str]:
    """The job titles of the bank in a text on one line, each once, with words of rank; none where one is denied."""
    found = [] if fits(line, WORDS["no_role"]) else dict.fromkeys(_titles().findall(line))
    return [said for said in found if role_bank(said) is not general()]


@cache
def _titles() -> re.Pattern[str]:
    """Finds job titles with the words of rank beside them; none behind a number: "8 pm"."""
    one = pattern([*WORDS["rank"].split(), *(title for bank in banks().values() for title in bank.titles)]).pattern
    return re.compile(rf"(?<!\d )(?:{one})(?: (?:{one}))*", re.I)
