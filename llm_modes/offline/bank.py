"""The question bank: one TOML file per role, read once."""

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from llm_modes.generate_questions.difficulties import Difficulty
from llm_modes.language.text import normal, stem, stems, words

FOLDER = Path(__file__).parent / "bank"
KINDS = ("behavioural", "situational", "technical", "motivation", "case")
# A description says more than a name, some of it by chance: it has to share more with a topic than a name does.
DESCRIBED = 3.0
# So many different tags of one topic are no chance.
ENOUGH_TAGS = 2
# Said of many jobs, so they decide only when nothing else does.
COMMON_TITLE_WORDS = frozenset("manager lead head director officer assistant junior senior".split())
# They may stand beside a topic's words without meaning another one: "talking about mistakes", "medication questions".
SAID_OF_ANYTHING = stems(
    "talking speaking explaining answering answers question questions weak bad practise practice practising skills"
    " knowledge topic topics interview interviews"
)


@dataclass(frozen=True)
class BankQuestion:
    """A question as an interviewer would ask it.

    `kind` is one of KINDS, `seconds` a good speaking length, `looks_for` two to four things that a good answer shows.
    """

    text: str
    kind: str
    level: Difficulty
    seconds: int
    looks_for: tuple[str, ...]

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stems(self.text))


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

    def is_called(self, text: str) -> bool:
        """Whether the text is this topic's name."""
        return normal(self.name) == normal(text)

    def is_named_in(self, text: str) -> bool:
        """Whether all words of the name stand in the text; of an `only_named` topic, a tag word for word."""
        if self.only_named:
            return any(f" {tag} " in f" {normal(text)} " for tag in map(normal, (self.name, *self.tags)))
        return {stem(word) for word in words(self.name)} - {"and"} <= {stem(word) for word in words(text)}

    @cached_property
    def name_stems(self) -> frozenset[str]:
        return frozenset(stems(self.name))

    @cached_property
    def tag_stems(self) -> frozenset[str]:
        return frozenset(stems(" ".join(self.tags)))

    def closeness(self, wanted: set[str]) -> float:
        """How much of these stems the topic is about: a word of its name counts twice a tag."""
        if self.only_named:
            return 0.0
        return 2.0 * len(wanted & self.name_stems) + 1.0 * len(wanted & (self.tag_stems - self.name_stems))


@dataclass(frozen=True)
class RoleBank:
    """The topics of one role, the most important first.

    `titles` are job titles by which the role is found, `vocabulary` the stems of words that its answers are told with.
    """

    name: str
    titles: tuple[str, ...]
    vocabulary: frozenset[str]
    topics: tuple[BankTopic, ...]


@cache
def banks() -> dict[str, RoleBank]:
    """All roles by file name ("software", …, "general")."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def general() -> RoleBank:
    """The bank for roles that have none of their own; its questions suit everyone."""
    return banks()["general"]


@lru_cache(maxsize=500)
def role_bank(role: str) -> RoleBank:
    """The bank that fits a job title best; the general one when none does."""
    said = _title_words(role)[:40]
    weights = {
        key: max((_title_weight(title, said) for title in bank.titles), default=0.0) for key, bank in banks().items()
    }
    best = max(weights, key=lambda key: weights[key])
    return banks()[best] if weights[best] else general()


@lru_cache(maxsize=500)
def topic_called(name: str) -> BankTopic | None:
    """The topic of exactly this name, in whatever bank."""
    wanted = normal(name)
    return next((topic for bank in banks().values() for topic in bank.topics if normal(topic.name) == wanted), None)


def topic_for(text: str, bank: RoleBank) -> BankTopic | None:
    """The topic of the role, else of the general bank, that a text clearly means; None where none is clear."""
    topics, said = (*bank.topics, *general().topics), stems(text) - SAID_OF_ANYTHING
    for is_meant in (BankTopic.is_called, BankTopic.is_named_in):
        if meant := next((topic for topic in topics if is_meant(topic, text)), None):
            return meant
    near = max(topics, key=lambda topic: topic.closeness(said))
    of_it = near.name_stems | near.tag_stems
    return near if said and (said <= of_it or len(said & near.tag_stems) >= ENOUGH_TAGS) else None


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


def _title_weight(title: str, said: list[str]) -> float:
    """More for longer titles found whole; a title is found when its words stand in the role in the same order."""
    wanted = _title_words(title)
    if not wanted or not any(said[at : at + len(wanted)] == wanted for at in range(len(said))):
        return 0.0
    return sum(0.4 if word in COMMON_TITLE_WORDS else 1.0 for word in wanted)


def _title_words(title: str) -> list[str]:
    """The words without their plural. Stems would take a "production manager" for a product manager."""
    return [word.removesuffix("s") if not word.endswith("ss") else word for word in normal(title).split()]


def _read(path: Path) -> RoleBank:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    topics = tuple(_topic(**entry) for entry in content["topics"])
    return RoleBank(content["name"], tuple(content["titles"]), frozenset(stems(content["vocabulary"])), topics)


def _topic(questions: list[dict[str, Any]], tags: list[str], **entry: Any) -> BankTopic:
    return BankTopic(tags=tuple(tags), questions=tuple(_question(**one) for one in questions), **entry)


def _question(ask: str, looks_for: list[str], **entry: Any) -> BankQuestion:
    return BankQuestion(text=ask, looks_for=tuple(looks_for), **entry)
