"""What a candidate wants changed in a plan: "more X", "drop Y", "add Z: 10 minutes a day", "30 minutes in total".

A small grammar, whose words are data. What it does not read whole is no wish: better none than one that nobody has.
"""

import re
from dataclasses import dataclass
from functools import cache, reduce

from llm_modes.language.text import clean, on_one_line, stems, words
from llm_modes.offline.bank import banks
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import own_name
from llm_modes.suggest_plan.plan import key

# A short message comes with the coach's question behind it, which is no wish of the candidate's.
COACH_SAID = "(The coach had said: "
# What is longer than any list of wishes, or than any one of them, is not read.
MOST_CHARACTERS, MOST_WORDS, MOST_WISHES = 4_000, 40, 20

_SENTENCES = re.compile(r"(?<=[.!?])\s+|[;\n]+")
# A number before its unit, a pause, or a word.
_WORDS = re.compile(r"\d+(?=m)|,|[^\s,:()\"“”!?=]*[^\s,:()\"“”!?=.]")
_DATA = sayings("suggest_plan_changes")
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
            clauses = reduce(lambda said, joint: said.replace(joint, "\n"), _DATA["joints"], sentence).split("\n")
            each = [_read(clause, known) for clause in clauses]
            wishes += _read(sentence, known) or ([wish for found in each for wish in found] if all(each) else [])
    return list(dict.fromkeys(wishes))[:MOST_WISHES]


class _Names:
    """The names that may stand in a text, each as one character there: no word of a name is read as one of a wish."""

    def __init__(self, plan: list[str]) -> None:
        self.plan = [name for name in plan if name.strip()]
        of_banks = [topic.name for bank in banks().values() for topic in bank.topics]
        names = list({key(name): name for name in (*of_banks, *self.plan)}.values())
        self.of_marks = dict(enumerate(names, _FIRST))
        self.marks = {key(name): chr(mark) for mark, name in self.of_marks.items()}

    def marked(self, text: str) -> str:
        """The text with single spaces, its lines kept, and a character for each name."""
        names = sorted((on_one_line(name).replace("’", "'") for name in self.of_marks.values()), key=len, reverse=True)
        any_name = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.I)
        said = clean(text)[:MOST_CHARACTERS].replace("’", "'").translate(dict.fromkeys(self.of_marks, " "))
        lines = "\n".join(map(on_one_line, said.splitlines()))
        return any_name.sub(lambda name: self.marks.get(key(name[0]), name[0]), lines)

    def topic(self, said: str) -> str:
        """The topic of this name, of all the content words of its name, or of the one that no other has; or ""."""
        name = said.translate(self.of_marks)
        meant = set() if _has_more_to_it(said) else stems(name)
        found = [one for one in self.plan if key(one) == key(name)]
        found = found or [one for one in self.plan if meant and stems(one) == meant]
        if not found and len(meant) == 1 and own_name(name):
            found = [one for one in self.plan if meant < stems(one)]
        return found[0] if len(found) == 1 else ""

    def new(self, said: str) -> str:
        """The name of a new topic, as typed or as the bank has it; "" for what is none."""
        name = said.translate(self.of_marks)
        return name if said in self.marks.values() else "" if _has_more_to_it(said) else own_name(name)


def _read(sentence: str, known: _Names) -> list[Wish]:
    """The wishes of a sentence or clause that one of the forms fits as a whole; [] where none does."""
    head, colon, tail = sentence.partition(": ")
    # "Drop X: it holds by now."
    if colon and not tail[:1].isdigit() and (found := _read(head, known)):
        return found
    said = ["minutes" if word.lower() in _DATA["units"] else word for word in _WORDS.findall(sentence)]
    line = " ".join(said).replace(" ,", ",") if len(said) <= MOST_WORDS else ""
    for kind, fitting in ((kind, form.fullmatch(line)) for kind, form in _forms()):
        if fitting:
            place, number = (fitting.groupdict().get(name) or "" for name in ("topic", "number"))
            topics = [""] if kind == "total" else _topics(place, known, is_new=kind == "add")
            if topics and (all(topics) or kind == "total"):
                return [Wish(kind, topic, int(number) if number else None) for topic in topics]
    return []


def _topics(place: str, known: _Names, *, is_new: bool) -> list[str]:
    """What is named in a form's place for topics, one or a list; "" for each part that names none."""
    find, fillers = (known.new, "before_name") if is_new else (known.topic, "before_topic")
    parts = [part for said in place.replace(" and ", ",").split(",") if (part := _bare(said, fillers))]
    is_list = "," in place or any(part in known.marks.values() for part in parts)
    whole = "" if is_list else find(_bare(place, fillers))
    return [whole] if whole else [find(part) for part in parts]


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """The kinds of wishes with their forms, each with what may stand before and after it."""
    before, after, why = ("|".join(map(re.escape, _DATA[name])) for name in ("before", "after", "because"))
    around = rf"(?:(?:{before})[ ,]+)*{{}}(?:[ ,]+(?:{after}))*(?:[ ,]+(?:{why}) .*)?"
    places = {"{topic}": "(?P<topic>.+?)", "{name}": "(?P<topic>.+?)", "#": r"(?P<number>\d{1,4})"}
    return [
        (kind, re.compile(around.format(" ".join(places.get(word, word) for word in form.split())), re.I))
        for kind, forms in _DATA["forms"].items()
        for form in forms
    ]


def _bare(said: str, fillers: str) -> str:
    """The words of a topic's place without the phrases that may stand before a name there."""
    said = said.strip(" ,")
    phrase = next((one for one in _DATA[fillers] if said.lower().startswith(f"{one} ")), "")
    return _bare(said[len(phrase) :], fillers) if phrase else said


def _has_more_to_it(said: str) -> bool:
    """Whether words in a topic's place begin or end as a wish does, or say something of it: "not", "it is"."""
    forms = [form.split() for some in _DATA["forms"].values() for form in some]
    typed, of_wishes = said.lower().split(), {form[at] for form in forms for at in (0, -1)}
    no_names = sayings("suggest_plan")["no_names"].split()
    return bool(of_wishes.intersection(typed[:1] + typed[-1:])) or not set(words(said)).isdisjoint(no_names)
