"""The four things a plan needs, read from a few words: one answer and nothing beside it, or nothing at all."""

from typing import Any

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import normal, on_one_line, words
from llm_modes.offline.bank import general, role_bank, topic_called
from llm_modes.offline.sayings import fits, of_chat, sayings
from llm_modes.offline.weak_spots import NO_NAMES, spots_of
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES, ROLE_CHARACTERS

SAYINGS = sayings("plan_chat")
WORDS = SAYINGS["words"]
FIELDS = ("role", "daily_minutes", "weaknesses", "motivation")  # in the order in which the coach asks
ROLE_WORDS = 6  # of a role in a message, at most
_MINUTES = range(MIN_DAILY_MINUTES, MAX_DAILY_MINUTES + 1)
_TIMES = {f"{minutes}{unit}": minutes for minutes in _MINUTES for unit in ("", "m", "min", "mins")}


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


def is_unreadable(text: str) -> bool:
    """Whether the text is in another language or script, as far as rules can tell."""
    foreign = of_chat(*WORDS["foreign"].split()).findall(text)
    return looks_foreign(text) or 0 < len(words(text)) <= 3 * len(foreign)


def typed(name: str, text: str) -> str | int | None:
    """The answer to a field's question, where the text is one and nothing else; of weak spots, only "not sure yet"."""
    line = on_one_line(text).strip(" .!")
    if "?" in text or is_unreadable(text):
        return None
    if name == "role":
        return line if _is_short(line) and role_bank(line) is not general() else None
    said = " ".join(of_chat(*WORDS["beside"]).sub(" ", line.lower().replace("’", "'")).split())
    return WORDS["answers"].get(name, {}).get(said) or (_TIMES.get(said) if name == "daily_minutes" else None)


def prefilled(name: str, text: str, role: str) -> list[str]:
    """What the field can begin with after a text that was no answer: names of weak spots, or one role, or nothing."""
    if is_unreadable(text) or remark(text) or fits(text, WORDS["no_answer"]):
        return []
    if name == "weaknesses":
        return list(dict.fromkeys(filter(None, spots_of(text, role_bank(role)).values())))
    line = on_one_line(text).strip(" .!?")
    return [line] if name == "role" and _is_short(line) and not topic_called(line) else []


def _is_short(line: str) -> bool:
    """Whether a line is a few words, none of which makes a sentence."""
    said = words(line.replace("-", " "))
    return 0 < len(said) <= ROLE_WORDS and len(line) <= ROLE_CHARACTERS and NO_NAMES.isdisjoint(said)
