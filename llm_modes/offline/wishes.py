"""What a candidate wants changed in a plan: "more X", "drop Y", "add Z: 10 minutes a day", "30 minutes in total".

A few forms, whose words are data. A message is read as a whole or not at all: the form “Change the plan” does the rest.
"""

import re
from dataclasses import dataclass
from functools import cache

from coach.candidate_text import one_line, quoted
from llm_modes.language.text import words
from llm_modes.language.words import count_words
from llm_modes.offline.bank import topic_called
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import own_name
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, NAME_WORDS, key

# A short message comes with the coach's question behind it, which is no wish of the candidate's.
COACH_SAID = "(The coach had said: "
# What is longer than any list of wishes is not read.
MOST_CHARACTERS = 4_000

_DATA = sayings("suggest_plan_changes")
_SMALL_TALK, _NEVER_NEW = set(_DATA["small_talk"].split()), set(_DATA["never_new"].split())
_QUOTED = r"“[^“”\n]+”|\"[^\"\n]+\""
# The parts of a message, and what may be several wishes or topics in one of them: no name in quotation marks is parted.
_SENTENCES = re.compile(rf"(?:{_QUOTED}|(?!\n|;|[.!]+(?:\s|$)).)+")
_JOINT = r",? (?:and|but|then) |, "
_CLAUSES = re.compile(rf"(?:{_JOINT})?((?:{_QUOTED}|(?!{_JOINT}).)+)")


@dataclass(frozen=True)
class Wish:
    """One wanted change.

    kind: more | less (by `minutes`, else by as much as is usual) | minutes | drop | add | first | total. `topic`: a
    name of the plan, or one that it does not have; for "add" the new one, as typed or as the bank has it; for "total"
    "". `minutes`: a day.
    """

    kind: str
    topic: str = ""
    minutes: int | None = None


def written(wish: Wish) -> str:
    """The line in which a page asks for minutes of a topic, or to drop or add one."""
    return str(_DATA["written"][wish.kind]).format(topic=quoted(wish.topic), minutes=wish.minutes)


def read_wishes(text: str, names: list[str]) -> list[Wish]:
    """The changes that a message asks for, in their order; [] where any part of it is no wish, nor small talk.

    `names`: the plan's topics.
    """
    said, wishes = text.partition(COACH_SAID)[0].strip(), list[Wish]()
    for sentence in _SENTENCES.findall(said) if len(said) <= MOST_CHARACTERS else []:
        clauses = [sentence] if _wishes_in(sentence, names) else _CLAUSES.findall(sentence)
        found = [_wishes_in(clause, names) for clause in clauses if not _SMALL_TALK.issuperset(words(clause))]
        if not all(found):
            return []
        wishes += [wish for some in found for wish in some]
    return list(dict.fromkeys(wishes))


def _wishes_in(clause: str, names: list[str]) -> list[Wish]:
    """The wishes of a clause that one of the forms fits as a whole, one for each topic; [] where none does."""
    for kind, form in _forms():
        if found := form.fullmatch(one_line(clause)):
            place, number = (found.groupdict().get(which, "") for which in ("topic", "number"))
            # A number may be meant for several topics together, and one only comes first: they are read with one.
            parts = [place] if number or kind == "first" or _topic(place, names, kind) else _CLAUSES.findall(place)
            topics = [_topic(part.strip(), names, kind) for part in parts]
            if all(topics) or kind == "total":
                return [Wish(kind, topic, int(number) if number else None) for topic in topics]
    return []


def _topic(said: str, names: list[str], kind: str) -> str:
    """The name of the plan or the bank that is said, else what stands in quotation marks, else, to add, a clean one."""
    is_quoted, plain = said.startswith(("“", '"')), words(said)
    name = said[1:-1].strip() if is_quoted else said
    of_bank = topic_called(name)
    if known := {key(one): one for one in names}.get(key(name)) or (of_bank.name if of_bank else ""):
        return known
    if is_quoted:
        is_short = count_words(name, leniently=True) <= NAME_WORDS and len(name) <= NAME_CHARACTERS
        return name if is_short and key(name) else ""
    # What ends in two digits, as "salary talk: 10", may tell minutes; "Python 3" does not.
    is_clean = plain and not plain[0].isdecimal() and not said[-2:].isdecimal()
    is_clean = is_clean and "," not in said and plain[-1] not in _DATA["never_last"].split()
    return own_name(name) if kind == "add" and is_clean and _NEVER_NEW.isdisjoint(plain) else ""


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """The kinds of wishes with their forms, in the order of the data, with what may stand before and after each."""
    before, after, article = (
        "|".join(map(re.escape, _DATA[which])).replace("'", "['’]") for which in ("before", "after", "article")
    )
    pause = r"(?:[ ,:=–-]+|(?<=\d)(?=m))"
    places = {
        "{topic}": rf"(?:(?:{article}) )?(?P<topic>{_QUOTED}|[^“”\"?]+?)",
        "#": r"(?<![–-])(?P<number>[1-9]\d{0,3})",  # a "-5" is no 5
        "minutes": "(?:minutes?|mins?|m)",
    }
    around = rf"(?:(?:{before}){pause}){{0,4}}%s(?:{pause}(?:{after})){{0,3}}"
    forms = [(kind, form.split()) for kind, some in _DATA["forms"].items() for form in some]
    return [(kind, re.compile(around % pause.join(places.get(w, w) for w in form), re.I)) for kind, form in forms]
