"""What a candidate wants changed in a plan: "more X", "drop Y", "add Z: 10 minutes a day", "30 minutes in total".

A small grammar, whose words are data. What it does not read whole is no wish: better none than one that nobody has.
"""

import re
from dataclasses import dataclass

from llm_modes.language.text import clean, on_one_line, stems
from llm_modes.offline.bank import banks
from llm_modes.offline.sayings import sayings
from llm_modes.offline.weak_spots import own_name
from llm_modes.suggest_plan.plan import key

# A short message comes with the coach's question behind it, which is no wish of the candidate's.
COACH_SAID = "(The coach had said: "
# What is longer than any list of wishes, or than any one of them, is not read.
MOST_CHARACTERS, MOST_WORDS, MOST_WISHES = 4_000, 40, 20

_SENTENCES = re.compile(r"(?<=[.!?])\s+|[;\n]+")
_CLAUSES = re.compile(r",\s+(?:and |but |then )?|\s+(?:and|but|then)\s+")
# A name by its number (see _Names), a number before its unit, a pause, or a word.
_WORDS = re.compile(r"\ue000\d+\ue001|\d+(?=m)|,|[^\s,:()\"“”!?=]*[^\s,:()\"“”!?=.]")


@dataclass(frozen=True)
class Wish:
    """One wanted change.

    kind: more | less (by `minutes`, else by as much as is usual) | minutes | drop | add | first | total. `topic`: a
    name of the plan; for "add" the new one, as typed or as the bank has it; for "total" "". `minutes`: a day.
    """

    kind: str
    topic: str = ""
    minutes: int | None = None

    @property
    def subject(self) -> str:
        return self.topic

    @property
    def delta(self) -> bool:
        return self.kind in ("more", "less")


def is_wish(message: str) -> bool:
    """Whether it holds a wish that needs no topic of a plan."""
    return bool(read_wishes(message, []))


def read_wishes(text: str, names: list[str]) -> list[Wish]:
    """The changes that lines of feedback ask for, in their order; [] when none is read. `names`: the plan's topics."""
    known, wishes = _Names(names), []
    for sentence in _SENTENCES.split(known.numbered(text.partition(COACH_SAID)[0])):
        # What is asked is not wanted yet.
        if not sentence.rstrip().endswith("?"):
            wishes += _read(sentence, known) or _read_each(sentence, known)
    return list(dict.fromkeys(wishes))[:MOST_WISHES]


class _Names:
    """The names that may stand in a text, each as a number there: no word of a name is read as one of a wish."""

    def __init__(self, plan: list[str]) -> None:
        self.plan = [name for name in plan if name.strip()]
        of_banks = [topic.name for bank in banks().values() for topic in bank.topics]
        self.all = list({key(name): name for name in (*of_banks, *self.plan)}.values())
        typed = sorted((on_one_line(name).replace("’", "'") for name in self.all), key=len, reverse=True)
        self._any = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, typed))})(?!\w)", re.I)

    def numbered(self, text: str) -> str:
        """The text with single spaces, its lines kept, and a number for each name."""
        numbers = {key(name): f"\ue000{number}\ue001" for number, name in enumerate(self.all)}
        said = clean(text)[:MOST_CHARACTERS].replace("’", "'").replace("\ue000", " ")
        lines = "\n".join(map(on_one_line, said.splitlines()))
        return self._any.sub(lambda found: numbers.get(key(found[0]), found[0]), lines)

    def named(self, words: list[str]) -> str:
        return " ".join(self.all[int(word[1:-1])] if word[0] == "\ue000" else word for word in words)

    def topics(self, place: list[str]) -> list[str]:
        """The plan's topics in a place for them, one or a list; [] where anything else stands there."""
        found = [self._topic(_stripped(part, "before_topic")) for part in _listed(place)]
        return found if all(found) else []

    def _topic(self, words: list[str]) -> str:
        """The topic of this name, of all the content words of its name, or of the one that no other has; or ""."""
        said = self.named(words)
        meant = set() if _has_more_to_it(words) else stems(said)
        found = [name for name in self.plan if key(name) == key(said)]
        found = found or [name for name in self.plan if meant and stems(name) == meant]
        if not found and len(meant) == 1 and own_name(said):
            found = [name for name in self.plan if meant < stems(name)]
        return found[0] if len(found) == 1 else ""

    def new(self, place: list[str]) -> list[str]:
        """The names in a place for new topics, as typed or as the bank has them; [] where something is no name."""
        parts = [_stripped(part, "before_name") for part in _listed(place)]
        if (
            "," not in place
            and not any(map(_is_number, parts))
            and (whole := self._new(_stripped(place, "before_name")))
        ):
            return [whole]
        names = [self._new(part) for part in parts]
        return names if all(names) else []

    def _new(self, words: list[str]) -> str:
        said = self.named(words)
        return said if _is_number(words) else "" if _has_more_to_it(words) else own_name(said)


def _read(sentence: str, known: _Names) -> list[Wish]:
    """The wishes of a sentence or clause that one of the forms fits as a whole; [] where none does."""
    head, colon, tail = sentence.partition(": ")
    # "Drop X: it holds by now."
    if colon and not tail[:1].isdigit() and (found := _read(head, known)):
        return found
    said = _WORDS.findall(sentence)
    whole = _stripped(_before_the_reason(said), "before") if len(said) <= MOST_WORDS else []
    return _by_its_form(whole, known) or _by_its_form(_stripped(whole, "after", at_end=True), known)


def _read_each(sentence: str, known: _Names) -> list[Wish]:
    """The wishes of its clauses, where each of them is one."""
    read = [_read(clause, known) for clause in _CLAUSES.split(sentence)]
    return [wish for wishes in read for wish in wishes] if all(read) else []


def _by_its_form(said: list[str], known: _Names) -> list[Wish]:
    for kind, forms in sayings("suggest_plan_changes")["forms"].items():
        for place, number in filter(None, (_fitting(form.split(), said) for form in forms)):
            topics = known.new(place) if kind == "add" else known.topics(place) if place else [""]
            if topics:
                return [Wish(kind, topic, number) for topic in topics]
    return []


def _fitting(form: list[str], said: list[str]) -> tuple[list[str], int | None] | None:
    """The words in the form's place for a topic, [] if it has none, and its number; None where it does not fit."""
    at = next((at for at, word in enumerate(form) if word[0] == "{"), len(form))
    end = len(said) - len(form[at + 1 :])
    wanted, rest = [*form[:at], *form[at + 1 :]], [*said[:at], *said[end:]]
    if len(said) < len(form) or len(rest) != len(wanted) or (at == len(form) and len(said) > at):
        return None
    units, number = sayings("suggest_plan_changes")["units"], None
    for word, one in zip(wanted, rest, strict=True):
        if word == "#" and one.isdecimal() and len(one) < 5:
            number = int(one)
        elif ("minutes" if one.lower() in units else one.lower()) != word:
            return None
    return said[at:end], number


def _stripped(words: list[str], name: str, *, at_end: bool = False) -> list[str]:
    """The words without the phrases of this name that they begin (or end) with; at least one word stays."""
    phrases = [[","], *sorted((phrase.split() for phrase in sayings("suggest_plan_changes")[name]), key=len)]
    while True:
        said = [word.lower() for word in words]
        found = [one for one in phrases if one == (said[-len(one) :] if at_end else said[: len(one)]) and one != said]
        if not found:
            return words
        words = words[: -len(found[-1])] if at_end else words[len(found[-1]) :]


def _is_number(words: list[str]) -> bool:
    return len(words) == 1 and words[0][0] == "\ue000"


def _has_more_to_it(words: list[str]) -> bool:
    """Whether the words in a topic's place begin or end as a wish does, or say something of it: "not", "it is"."""
    forms = [form.split() for some in sayings("suggest_plan_changes")["forms"].values() for form in some]
    said, of_a_wish = [word.lower() for word in words], {form[0] for form in forms} | {form[-1] for form in forms}
    return not of_a_wish.isdisjoint({said[0], said[-1]}) or not set(said).isdisjoint(
        sayings("suggest_plan")["no_names"].split()
    )


def _before_the_reason(words: list[str]) -> list[str]:
    said, whys = [word.lower() for word in words], [why.split() for why in sayings("suggest_plan_changes")["because"]]
    ends = [at for at in range(1, len(said)) for why in whys if said[at : at + len(why)] == why]
    return words[: min(ends, default=len(words))]


def _listed(words: list[str]) -> list[list[str]]:
    """ "X, Y and Z" as its parts."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word.lower() in (",", "and"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]
