"""What a question is about, and whether an answer speaks of it: by words, since rules know no more."""

from functools import lru_cache
from typing import NamedTuple

from llm_modes.evaluate_answer.craft import RUBRIC
from llm_modes.language.text import on_one_line, stems
from llm_modes.offline.bank import BankQuestion, BankTopic, banks, find_question, general, role_bank, topic_for
from llm_modes.offline.reading import Reading
from llm_modes.offline.sayings import pattern

_ABOUT = RUBRIC["about"]
_OPENER, CHANCE, _OUTSIDE = (frozenset(stems(_ABOUT[name])) for name in ("opener", "chance", "elsewhere"))
_KINDS = [(row["kind"], pattern(row["cues"])) for row in RUBRIC["kinds"]]
# So many letters of a word of the question, within another word, are no chance: "distrust" takes up "trust".
LONG_STEM = 5


@lru_cache(maxsize=500)
def kind_of(question: str) -> str:
    """The kind of answer that a question asks for, one of kinds.KINDS: as the bank says, else by its wording."""
    found, line = find_question(question), on_one_line(question)
    return found[1].kind if found else next((kind for kind, cue in _KINDS if cue.search(line)), "technical")


class Subject(NamedTuple):
    """What a question is about, as stems: its own words, those of its topic, those of the trade."""

    question: str
    topic: BankTopic | None
    entry: BankQuestion | None
    asked: frozenset[str]
    field: frozenset[str]
    trade: frozenset[str]
    is_unknown_trade: bool


def subject_of(question: str, topic_name: str = "", role: str = "") -> Subject:
    """As the bank knows it, else by the topic's name and the role; where there is neither, by all trades together."""
    topic, entry = find_question(question) or (topic_for(topic_name, role_bank(role)) if topic_name else None, None)
    of_topic = [one for one in banks().values() if topic in one.topics and one is not general()]
    bank = of_topic[0] if of_topic else role_bank(role)
    described = f"{topic.name} {' '.join(topic.tags)} {topic.description}" if topic else topic_name
    looks_for = " ".join(entry.looks_for) if entry else ""
    asked, field = (frozenset(stems(text) - _OPENER) for text in (question, f"{described} {looks_for}"))
    trades = [bank] if bank is not general() else banks().values()
    trade = general().vocabulary.union(*(one.vocabulary for one in trades)) - _OPENER
    is_unknown_trade = bool(role) and role_bank(role) is general()
    return Subject(question, topic, entry, asked, field - asked, trade - field - asked, is_unknown_trade)


class Closeness:
    """How far an answer speaks of a subject. `kind` is the question's.

    `verdict`: "" where it does, "elsewhere" where it speaks of something else, "other words" where rules cannot tell.
    `has_nothing`: it speaks of life outside work, and of nothing of the subject.
    """

    def __init__(self, reading: Reading, subject: Subject, kind: str) -> None:
        self.kind, self.said, self.subject, self.count = kind, reading.stems, subject, len(reading.words)
        self.is_story = bool(subject.entry) and kind == "behavioural"
        whole = " ".join(reading.words)
        within = {one for one in subject.asked if len(one) >= LONG_STEM and one in whole}
        # By what any answer may have by chance a question is taken up only where it has no other words.
        clear = subject.asked - CHANCE
        self.taken, self.clearly = self.said & subject.asked | within, within & clear if clear else within
        self.own = self._weight("asked") + self._weight("field")
        self.trade = self._weight("trade")
        self.gives_reasons = kind == "motivation" and bool(reading.having("fit strong"))
        outside, least = self.said & _OUTSIDE - subject.asked - subject.field - subject.trade, _ABOUT["outside"]
        self.outside = len(outside) / max(least, _ABOUT["outside_share"] * len(self.said))
        self.has_nothing = self.outside >= 1.5 and self.own + self.trade < _ABOUT["nothing"]
        self.verdict = "elsewhere" if self._is_elsewhere() else "" if self._is_taken_up() else "other words"

    def _weight(self, part: str) -> float:
        """The words of a part of the subject that come up; those that any text may have count for little."""
        common = self.said & getattr(self.subject, part)
        by_chance: float = _ABOUT["by_chance"] * len(common & CHANCE)
        return _ABOUT["weights"][part] * (len(common - CHANCE) + by_chance)

    def _is_elsewhere(self) -> bool:
        if self.clearly or self.own + self.trade == 0:
            return not self.clearly
        # A chef speaks at work of what others speak of at home.
        is_near = len(self.taken) + (self.trade > _ABOUT["nothing"]) > bool(self.subject.asked - CHANCE)
        # A long explanation has words of its subject; a story of the trade, told in its place, has few.
        needed = _ABOUT["explained"].get(self.kind, 0) if self.subject.entry and self.count >= _ABOUT["long"] else 0
        if self.own + self.trade / 3 < needed:
            return True
        is_far = self.count >= _ABOUT["enough"] and self.own + self.trade < _ABOUT["near"]
        return self.outside >= 1 and is_far and not ((is_near and self.subject.is_unknown_trade) or self.gives_reasons)

    def _is_taken_up(self) -> bool:
        # What any story may have by chance is no sign that it is the one that was asked for.
        taken = self.taken - CHANCE if self.is_story else self.taken
        asks = self.subject.entry or (len(self.subject.asked) > 2 and self.subject.asked - CHANCE)
        enough = len(taken) > (bool(self.subject.entry) and not self.is_story)
        by_topic = self.own >= _ABOUT["weights"]["field"] * (1 + self.is_story)
        # In a few words, and to a question of two, one may well answer without the question's.
        return enough or by_topic or self.gives_reasons or not asks or self.count < _ABOUT["told"]
