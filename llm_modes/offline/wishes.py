"""What a candidate wants changed in a plan: "more X", "drop Y", "add Z: 10 minutes a day", "30 minutes in total".

A small grammar, whose words are data. What it does not read whole is no wish: better none than one that nobody has.
"""

import re
from dataclasses import dataclass
from functools import cache

from llm_modes.language.text import on_one_line, stems, words
from llm_modes.offline.bank import SAID_OF_ANYTHING, banks
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import NO_NAMES, own_name
from llm_modes.suggest_plan.plan import key

# A short message comes with the coach's question behind it, which is no wish of the candidate's.
COACH_SAID = "(The coach had said: "
# What is longer than any list of wishes, or than any one of them, is not read.
MOST_CHARACTERS, MOST_WORDS, MOST_WISHES = 4_000, 40, 20

_SENTENCES = re.compile(r"(?<=[.!?])\s+|[;\n]+")
# A number before its unit, a pause, or a word.
_WORDS = re.compile(r"\d+(?=m)|,|[^\s,:()\"“”!?=]*[^\s,:()\"“”!?=.]")
_DATA = sayings("suggest_plan_changes")
_JOINTS = re.compile("|".join(_DATA["joints"]))
# The first of the characters that stand for names: nobody types them.
_FIRST = 0xE000


@dataclass(frozen=True)
class Wish:
    """One wanted change.

    kind: more | less (by `minutes`, else by as much as is usual) | minutes | drop | add | first | total. `topic`: a
    name of the plan; for "add" the new one, as typed or as the bank has it; for "total" "". `minutes`: a day.
    """

    kind: str
    topic: str = ""
    minutes: int | None = None


def read_wishes(text: str, names: list[str]) -> list[Wish]:
    """The changes that lines of feedback ask for, in their order; [] when none is read. `names`: the plan's topics."""
    known, wishes = _Names(names), list[Wish]()
    for sentence in _SENTENCES.split(known.marked(text.partition(COACH_SAID)[0])):
        # What is asked is not wanted yet.
        if not sentence.rstrip().endswith("?"):
            each = [_read(clause, known) for clause in _JOINTS.split(sentence)]
            wishes += _read(sentence, known) or ([wish for found in each for wish in found] if all(each) else [])
    return list(dict.fromkeys(wishes))[:MOST_WISHES]


class _Names:
    """The names that may stand in a text, each as one character there: no word of a name is read as one of a wish."""

    def __init__(self, plan: list[str]) -> None:
        of_banks = [topic.name for bank in banks().values() for topic in bank.topics]
        names = {key(name): name for name in (*of_banks, *plan)}
        self.plan, self.of_marks = plan, dict(enumerate(names.values(), _FIRST))
        self.marks = {name: chr(mark) for mark, name in enumerate(names, _FIRST)}

    def marked(self, text: str) -> str:
        """The text with single spaces, its lines kept, and a character for each name."""
        names = sorted((on_one_line(name).replace("’", "'") for name in self.of_marks.values()), key=len, reverse=True)
        any_name = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.I)
        lines = "\n".join(map(on_one_line, text[:MOST_CHARACTERS].replace("’", "'").splitlines()))
        return any_name.sub(lambda name: self.marks.get(key(name[0]), name[0]), lines)

    def topic(self, said: str) -> str:
        """The plan's topic of this name, or the only one with all these words in its name; else ""."""
        meant = stems(said.translate(self.of_marks))
        near = [name for name in self.plan if meant <= stems(name)]
        found = [name for name in near if self.marks[key(name)] in said] or (near if meant - SAID_OF_ANYTHING else [])
        return found[0] if len(found) == 1 and NO_NAMES.isdisjoint(words(said)) else ""

    def new(self, said: str) -> str:
        """The name of a new topic, as typed or as the bank has it; "" for what is none."""
        name = said.translate(self.of_marks)
        if said in self.marks.values():
            return name
        return own_name(name) if set(words(said)).isdisjoint(_DATA["never_new"]) else ""

    def all_in(self, place: str, *, is_new: bool) -> list[str]:
        """What is named in a form's place for topics, one or a list; [] where a part of it names none."""
        find = self.new if is_new else self.topic
        parts = [part for said in place.replace(" and ", ",").split(",") if (part := said.strip())]
        is_list = "," in place or not set(parts).isdisjoint(self.marks.values())
        if not is_list and (whole := find(place)):
            return [whole]
        found = [find(part) for part in parts]
        return found if all(found) else []


def _read(sentence: str, known: _Names) -> list[Wish]:
    """The wishes of a sentence or clause that one of the forms fits as a whole; [] where none does."""
    head, colon, tail = sentence.partition(": ")
    # "Drop X: it holds by now."
    if colon and not tail[:1].isdigit() and (found := _read(head, known)):
        return found
    said = ["minutes" if word.lower() in _DATA["units"] else word for word in _WORDS.findall(sentence)]
    line = " ".join(said).replace(" ,", ",") if len(said) <= MOST_WORDS else ""
    for kind, form in _forms():
        if fitting := form.fullmatch(line):
            given = fitting.groupdict()
            topics = known.all_in(given["topic"], is_new=kind == "add") if "topic" in given else [""]
            if topics:
                return [Wish(kind, topic, int(given["number"]) if "number" in given else None) for topic in topics]
    return []


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """The kinds of wishes with their forms, each with what may stand before and after it."""
    before, after, why, name = (
        "|".join(map(re.escape, _DATA[which])) for which in ("before", "after", "because", "before_name")
    )
    around = rf"(?:(?:{before})[ ,]+)*{{}}(?:[ ,]+(?:{after}))*(?:[ ,]+(?:{why}) .*)?"
    topic = "(?P<topic>.+?)"
    places = {"{topic}": topic, "{name}": f"(?:(?:{name}) )*{topic}", "#": r"(?P<number>[1-9]\d{0,3})"}
    return [
        (kind, re.compile(around.format(" ".join(places.get(word, word) for word in form.split())), re.I))
        for kind, forms in _DATA["forms"].items()
        for form in forms
    ]
