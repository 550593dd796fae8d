"""The question bank: one TOML file per role, read once."""

import re
import tomllib
from collections.abc import Set
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from llm_modes.generate_questions.difficulties import Difficulty
from llm_modes.language.text import normal, stem, stems, words
from llm_modes.offline.phrases import pattern
from llm_modes.offline.sayings import sayings

FOLDER = Path(__file__).parent / "bank"
KINDS = ("behavioural", "situational", "technical", "motivation", "case")
# A description says more than a name, some of it by chance: it has to share more with a topic than a name does.
DESCRIBED = 3
# So many different words of one topic are no chance.
ENOUGH_WORDS = 2
_BEHIND = pattern(sayings("offline")["behind"].split())
_DENIED = re.compile(
    rf"\b(?:{'|'.join(sayings('offline')['denied'].split())})\b.*?(?=[,;:/()]| but | now | and |$)", re.I
)
SAID_OF_ANYTHING = stems(sayings("offline")["said_of_anything"])


@dataclass(frozen=True)
class BankQuestion:
    """A question as an interviewer would ask it.

    `kind` is one of KINDS, `seconds` a good speaking length, `looks_for` two to four things that a good answer shows.
    """

    text: Annotated[str, Field(validation_alias="ask")]
    kind: str
    level: Difficulty
    seconds: int
    looks_for: tuple[str, ...]


@dataclass(frozen=True)
class BankTopic:
    """An area to practise: what a plan says about it, and what to ask.

    `tags` are words by which a candidate's own words are known to mean it. An `only_named` topic is for some people
    only, such as those who come back after years: it is meant where a tag stands word for word, and never a likeness.
    """

    name: str
    tags: tuple[str, ...]
    description: str
    outcome: str
    questions: tuple[BankQuestion, ...]
    only_named: bool = False

    def is_named_in(self, text: str) -> bool:
        """Whether all words of the name stand in the text; of an `only_named` topic, a tag word for word."""
        if self.only_named:
            return any(f" {tag} " in f" {normal(text)} " for tag in map(normal, (self.name, *self.tags)))
        return {stem(word) for word in words(self.name)} - {"and"} <= {stem(word) for word in words(text)}

    @cached_property
    def weights(self) -> dict[str, int]:
        """The stems by which a text is known to be about it: a word of its name counts twice a tag."""
        about = dict.fromkeys(stems(" ".join(self.tags)), 1) | dict.fromkeys(stems(self.name), 2)
        return {} if self.only_named else about

    def closeness(self, wanted: Set[str]) -> int:
        """How much of these stems the topic is about."""
        return sum(self.weights.get(one, 0) for one in wanted)


@dataclass(frozen=True)
class RoleBank:
    """The topics of one role, the most important first.

    `titles` are job titles by which the role is found, `vocabulary` the stems of words that its answers are told with.
    """

    name: str
    titles: tuple[str, ...]
    vocabulary: Annotated[frozenset[str], BeforeValidator(stems)]
    topics: tuple[BankTopic, ...]


@cache
def banks() -> dict[str, RoleBank]:
    """All roles by file name ("software", …, "general")."""
    read = TypeAdapter(RoleBank).validate_python
    return {path.stem: read(tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.toml"))}


def general() -> RoleBank:
    """The bank for roles that have none of their own; its questions suit everyone."""
    return banks()["general"]


@lru_cache(maxsize=500)
def role_bank(role: str) -> RoleBank:
    """The bank with the weightiest title that stands in a job title; the general one when none does.

    In a "teacher of nurses" the teacher counts, in a "manager in sales" the sales, and no title behind a "not".
    """
    said = f" {_singular(_DENIED.sub(' ', role))} "
    found = {title: bank for bank in banks().values() for title in bank.titles if f" {_singular(title)} " in said}
    first = [one for one in found if _weight(one) >= 1 and not _BEHIND.search(said.split(f" {_singular(one)} ")[0])]
    return found[max(first or found, key=_weight)] if found else general()


@lru_cache(maxsize=500)
def topic_called(name: str) -> BankTopic | None:
    """The topic of exactly this name, in whatever bank."""
    return next(
        (topic for bank in banks().values() for topic in bank.topics if normal(topic.name) == normal(name)), None
    )


def topic_for(text: str, bank: RoleBank) -> BankTopic | None:
    """The topic of the role, else of the general bank, that a text clearly means; None where none is clear."""
    topics, said = (*bank.topics, *general().topics), stems(text) - SAID_OF_ANYTHING
    if named := [topic for topic in topics if topic.is_named_in(text)]:
        return max(named, key=lambda topic: normal(topic.name) == normal(text))
    near = max(topics, key=lambda topic: topic.closeness(said))
    common = said & near.weights.keys()
    return near if common and (common == said or len(common) >= ENOUGH_WORDS) else None


@lru_cache(maxsize=500)
def own_topic(name: str, description: str, role: str) -> BankTopic | None:
    """The bank's topic for a topic of a plan, by its name, else by what it is about; None when no bank has it."""
    bank, said = role_bank(role), stems(description)
    if topic := topic_for(name, bank) or topic_called(name):
        return topic
    near = max((*bank.topics, *general().topics), key=lambda topic: topic.closeness(said))
    return near if near.closeness(said) >= DESCRIBED else None


def is_general(question: str, topic: str, description: str, role: str) -> bool:
    """Whether this is a question of the general bank, asked in a topic of a plan that it does not belong to.

    `topic` and `description` are the topic's, `role` is the candidate's.
    """
    found = find_question(question)
    return bool(found and found[0] in general().topics and found[0] is not own_topic(topic, description, role))


def find_question(text: str) -> tuple[BankTopic, BankQuestion] | None:
    """The bank's topic and entry for a text that is one of its questions, also with a sentence after it; or None."""
    before_last = max(text.rfind(". "), text.rfind("? "))
    return _by_text().get(normal(text)) or _by_text().get(normal(text[: before_last + 1]))


def bank_of(topic: BankTopic) -> RoleBank:
    """The bank that a topic belongs to."""
    return next(bank for bank in banks().values() if topic in bank.topics)


@cache
def _by_text() -> dict[str, tuple[BankTopic, BankQuestion]]:
    return {
        normal(question.text): (topic, question)
        for bank in banks().values()
        for topic in bank.topics
        for question in topic.questions
    }


def _weight(title: str) -> float:
    """More for longer titles; words that are said of many jobs decide only when nothing else does."""
    return sum(0.4 if word in sayings("offline")["said_of_many_jobs"].split() else 1 for word in normal(title).split())


def _singular(title: str) -> str:
    """The words without their plural. Stems would take a "production manager" for a product manager."""
    return " ".join(word if word.endswith("ss") else word.removesuffix("s") for word in words(title))
