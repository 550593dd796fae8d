"""The four things a plan needs, read from a few words: one answer and nothing beside it, or nothing at all."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import normal, on_one_line, words
from llm_modes.offline.bank import banks, role_bank
from llm_modes.offline.phrases import pattern
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import spots_of
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES

SAYINGS = sayings("plan_chat")
FIELDS = ("role", "daily_minutes", "weaknesses", "motivation")  # in the order in which the coach asks
ROLE_WORDS, LIST_WORDS, SHORT_WORDS = 6, 40, 4  # of a role, of weak spots, of a name that a field begins with
LETTERS_OF_A_WORD = 16  # at most, on average
WORDS, MINUTES = SAYINGS["words"], SAYINGS["words"]["minutes"]
_NUMBERS_AND_WORDS = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)?")


def choice(name: str, value: object) -> str:
    """A value chosen in the field of this name, as the candidate's message."""
    return str(SAYINGS["chosen"][name]).format(value)


def chosen_in(message: str, known: dict[str, Any]) -> str:
    """The name of the field in which the message was chosen: what is known says the same. Else ""."""
    said = normal(message)
    return next((name for name in FIELDS if known[name] and normal(choice(name, known[name])) == said), "")


def hears(text: str, phrases: Iterable[str], *, alone: bool = False) -> bool:
    """Whether one of the phrases stands in the text; `alone`: and nothing beside it."""
    # A "first-aid" course is no wish to have something first.
    said, any_of_them = normal(text).replace("-", ""), pattern(phrases)
    return bool(any_of_them.fullmatch(said) if alone else any_of_them.search(said))


def is_unreadable(text: str) -> bool:
    """Whether the text is in another language or script, as far as rules can tell."""
    is_foreign = looks_foreign(text) or not set(words(text)).isdisjoint(WORDS["foreign"].split())
    return is_foreign or any(letter.isalpha() and letter > "\u024f" for letter in text)


def typed(name: str, text: str, role: str) -> str | int | None:
    """The answer to the question for this field, where the text is one and nothing else; as it was typed.

    `role` is the candidate's, for their weak spots.
    """
    line = on_one_line(text).strip(" .,;:!\"'")
    if not line or "?" in text or is_unreadable(text):
        return None
    if name == "motivation":
        return _meant(words(line), **WORDS["motivation"])
    if name == "daily_minutes":
        return _minutes(line)
    if name == "role":
        is_title = len(line) <= LETTERS_OF_A_WORD * ROLE_WORDS and _titles().fullmatch(line)
        return line if is_title or _is_name(line, ROLE_WORDS) else None
    if hears(line, WORDS["not_sure"], alone=True):
        return str(SAYINGS["not_sure"])
    spots = spots_of(text, role_bank(role))
    return line if spots and all(spot.topic for spot in spots) and _is_name(line, LIST_WORDS) else None


def prefilled(name: str, text: str, role: str) -> list[str]:
    """What the field can begin with after a text that was no answer: names of weak spots, or one role, or nothing."""
    if name == "weaknesses":
        return [spot.name for spot in spots_of(text, role_bank(role)) if spot.name and _is_name(spot.text, SHORT_WORDS)]
    line = on_one_line(text)
    titles = {said for said in _titles().findall(line) if set(words(said)) - set(WORDS["rank"].split())}
    found = [line] if _is_name(line, SHORT_WORDS) else list(titles)
    return found if name == "role" and len(found) == 1 else []


def _is_name(text: str, most: int) -> bool:
    """Whether the text can name roles or topics: few words, none of them of a sentence, and no number."""
    said, is_short = words(text), len(text) <= LETTERS_OF_A_WORD * most
    is_plain = is_short and not any(letter.isdecimal() or letter == "?" for letter in text)
    return 0 < len(said) <= most and is_plain and set(said).isdisjoint(f"{WORDS['no_name']} {WORDS['foreign']}".split())


def _meant(said: list[str], means: dict[str, Any], beside: str) -> Any:
    """What the one word with a meaning means, if all others are of those that may stand beside it."""
    found = [means[word] for word in said if word in means]
    return found[0] if len(found) == 1 and set(said) <= {*means, *beside.split()} else None


def _minutes(line: str) -> int | None:
    """The minutes, where the line names one time that a plan can take."""
    said = " ".join(["", *_NUMBERS_AND_WORDS.findall(line.lower().replace("’", "'")), ""])
    for phrase, minutes in MINUTES["phrases"].items():
        said = said.replace(f" {phrase} ", f" {minutes} ")
    units = [word for word in said.split() if word in MINUTES["units"]][:1]
    numbers = {word: int(word) for word in said.split() if word.isdecimal() and len(word) < 4}
    number = _meant([word for word in said.split() if word not in units], numbers, MINUTES["beside"])
    time = (number or 0) * (MINUTES["units"][units[0]] if units else 1)
    return time if MIN_DAILY_MINUTES <= time <= MAX_DAILY_MINUTES else None


@cache
def _titles() -> re.Pattern[str]:
    """Finds job titles of the bank, with the words of rank beside them, in a text on one line."""
    titles = [title for bank in banks().values() for title in bank.titles]
    one = pattern([*titles, *WORDS["rank"].split()]).pattern
    return re.compile(rf"(?:{one})(?: (?:{one}))*", re.I)
