"""What a candidate wants changed in a plan: "more X", "drop Y", "add Z: 10 minutes a day", "30 minutes in total".

A small grammar, whose words are data. What it does not read whole is no wish: better none than one that nobody has.
"""

import re
from dataclasses import dataclass
from functools import cache

from coach.candidate_text import one_line
from llm_modes.language.text import clip, stems, words
from llm_modes.language.words import count_words
from llm_modes.offline.bank import SAID_OF_ANYTHING, banks
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import NO_NAMES, own_name
from llm_modes.suggest_plan.plan import NAME_CHARACTERS, NAME_WORDS, key

# A short message comes with the coach's question behind it, which is no wish of the candidate's.
COACH_SAID = "(The coach had said: "
# What is longer than any list of wishes, or than any one of them, is not read.
MOST_CHARACTERS, MOST_WORDS, MOST_WISHES, MOST_TOGETHER = 4_000, 40, 20, 10
SAID_WORDS = 12  # of what was said, at most, where it is said again

_DATA = sayings("suggest_plan_changes")
_SENTENCES = re.compile(r"(?<=[.!?])\s+|[;\n]+")
# A number before its unit, a pause, or a word.
_WORDS = re.compile(r"\d+(?=m)|,|[^\s,:()\"“”!?=]*[^\s,:()\"“”!?=.]")
_REASON = re.compile(rf"(?:^|[ ,]+)(?:{'|'.join(_DATA['because'])}) |: (?!\d)", re.I)
_JOINTS = re.compile(f"(\n|{'|'.join(_DATA['joints'])})", re.I)
# The first of the characters that stand for names: nobody types them.
_FIRST = 0xE000


def _words_in(*lists: str) -> frozenset[str]:
    return frozenset(words(str([_DATA[which] for which in lists])))


_NOTHING, _OF_WISHES = _words_in("before", "after", "small_talk"), _words_in("before", "after", "forms", "units")
_NEVER_NEW, _NEVER_LAST = _words_in("never_new"), _words_in("never_last")


@dataclass(frozen=True)
class Wish:
    """One wanted change.

    kind: more | less (by `minutes`, else by as much as is usual) | minutes | drop | add | first | total. `topic`: a
    name of the plan, or one that it does not have; for "add" the new one, as typed or as the bank has it; for "total"
    "". `minutes`: a day. What could not be read beside a wish is "unread", with its words for a topic, quoted; a name
    that several topics have a part in is "which", with theirs.
    """

    kind: str
    topic: str = ""
    minutes: int | None = None


def quoted(name: str) -> str:
    """A name in a wish that a page writes: `read_wishes` takes it whole, whatever it is."""
    return "“" + re.sub("[“”]", '"', one_line(name)) + "”"


def written(wish: Wish) -> str:
    """The line in which a page asks for minutes of a topic, or to drop or add one."""
    return str(_DATA["written"][wish.kind]).format(topic=quoted(wish.topic), minutes=wish.minutes)


def read_wishes(text: str, names: list[str]) -> list[Wish]:
    """The changes that lines of feedback ask for, in their order; [] when none is read. `names`: the plan's topics."""
    known, wishes = _Names(names), list[Wish]()
    for sentence in _SENTENCES.split(known.marked(text.partition(COACH_SAID)[0])):
        said = sentence.translate(known.names).strip()
        # What is asked is not wanted yet.
        found = [] if sentence.rstrip().endswith("?") else _of_sentence(sentence, known)
        wishes += found or [Wish("unread", quoted(clip(said, SAID_WORDS)))][: not _NOTHING.issuperset(words(said))]
    return list(dict.fromkeys(wishes))[:MOST_WISHES] if {wish.kind for wish in wishes} - {"unread"} else []


class _Names:
    """The names that may stand in a text, each as one character there: no word of a name is read as one of a wish."""

    def __init__(self, plan: list[str]) -> None:
        self.plan, self.names, self.marks = plan, dict[int, str](), dict[str, str]()
        for name in (*plan, *(topic.name for bank in banks().values() for topic in bank.topics)):
            self._mark(name)
        # What could be words of a wish is a name in quotation marks only.
        plain = [one_line(name) for name in self.names.values() if set(words(re.sub(r"\d", "", name))) - _OF_WISHES]
        names = "|".join(re.sub("['’]", "['’]", re.escape(name)) for name in sorted(plain, key=len, reverse=True))
        self._any = re.compile(rf"“([^“”\n]+)”|\"([^\"\n]+)\"|(?<!\w)({names})(?!\w)", re.I)

    def _mark(self, name: str) -> str:
        mark = self.marks.setdefault(key(name), chr(_FIRST + len(self.marks)))
        self.names.setdefault(ord(mark), name)
        return mark

    def marked(self, text: str) -> str:
        """The text with single spaces, its lines kept, and a character for each name."""
        lines = "\n".join(map(one_line, text[:MOST_CHARACTERS].splitlines()))
        return self._any.sub(lambda name: self._mark(name[name.lastindex or 0]), lines)

    def topics(self, said: str) -> list[str]:
        """The plan's topic of this name, else all with these words in theirs, else a whole name that the plan lacks."""
        if not NO_NAMES.isdisjoint(words(said)):
            return []
        text = said.translate(self.names)
        meant, near = stems(text), [name for name in self.plan if stems(text) <= stems(name)]
        if named := [name for name in near if self.marks[key(name)] in said or key(name) == key(text)]:
            return named
        says_something = any(not word.isdecimal() for word in meant - SAID_OF_ANYTHING)
        return (near if says_something else []) or [name for mark, name in self.names.items() if chr(mark) == said]

    def new(self, said: str) -> list[str]:
        """The name of a new topic, as typed or as the bank or the plan has it; [] for what is none."""
        name, plain = said.translate(self.names), words(said)
        if said in self.marks.values():
            is_short = count_words(name, leniently=True) <= NAME_WORDS and len(name) <= NAME_CHARACTERS
            return [name] if is_short and key(name) else []
        if not plain or plain[0].isdecimal() or plain[-1] in _NEVER_LAST or not _NEVER_NEW.isdisjoint(plain):
            return []
        own = own_name(name)
        return ([one for one in self.plan if stems(one) == stems(own)] or [own]) if own else []

    def all_in(self, place: str, *, is_new: bool) -> list[list[str]]:
        """What each part of a form's place for one topic or a list can mean; [] where a part means nothing."""
        find = self.new if is_new else self.topics
        parts = [part for said in place.replace(" and ", ",").split(",") if (part := said.strip())]
        whole = find(place) if "," not in place and set(parts).isdisjoint(self.marks.values()) else []
        found = [whole] if whole else [find(part) for part in parts]
        return found if all(found) else []


def _of_sentence(sentence: str, known: _Names) -> list[Wish]:
    """Its wishes, of as many clauses together as make one; [] where a clause is neither that nor in a reason."""
    parts, wishes, at, in_reason = _JOINTS.split(_REASON.sub("\n", sentence)), list[Wish](), 0, False
    while at < len(parts):
        for end in range(min(len(parts), at + 2 * MOST_TOGETHER - 1), at, -2):
            if found := _read("".join(parts[at:end]), known):
                break
        else:
            found, end = [], at + 1
            if parts[at].strip() and not in_reason:
                return []
        wishes, at, in_reason = wishes + found, end + 1, parts[end : end + 1] == ["\n"] or (in_reason and not found)
    return wishes


def _read(clause: str, known: _Names) -> list[Wish]:
    """The wishes of a clause that one of the forms fits as a whole; [] where none does."""
    said = ["minutes" if word.lower() in _DATA["units"] else word for word in _WORDS.findall(clause.replace("’", "'"))]
    line = "" if "\n" in clause or len(said) > MOST_WORDS else " ".join(said).replace(" ,", ",")
    for kind, form in _forms():
        if fitting := form.fullmatch(line):
            place, number = (fitting.groupdict().get(which) for which in ("topic", "number"))
            topics = known.all_in(place, is_new=kind == "add") if place else [[""]]
            unclear = [Wish("which", " or ".join(one)) for one in topics if len(one) > 1]
            if topics:
                return unclear or [Wish(kind, one[0], int(number) if number else None) for one in topics]
    return []


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """The kinds of wishes with their forms, those of more words first, each with what may stand before and after it."""
    before, after, name = ("|".join(map(re.escape, _DATA[which])) for which in ("before", "after", "before_name"))
    around = rf"(?:(?:{before})[ ,]+)*{{}}(?:[ ,]+(?:{after}))*"
    places = {
        "{topic}": "(?P<topic>.+?)",
        "{name}": f"(?:(?:{name}) )*(?P<topic>.+?)",
        "#": r"(?P<number>[1-9]\d{0,3})",
    }
    all_forms = [(kind, form.split()) for kind, forms in _DATA["forms"].items() for form in forms]
    return [
        (kind, re.compile(around.format(" ".join(places.get(word, word) for word in form)), re.I))
        for kind, form in sorted(all_forms, key=lambda one: -len(one[1]))
    ]
