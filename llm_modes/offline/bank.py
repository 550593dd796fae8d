"""The question bank: one TOML file per role, read once."""

import re
import tomllib
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from llm_modes.generate_questions.difficulties import Difficulty
from llm_modes.language.text import normal, stems
from llm_modes.offline.sayings import pattern, sayings

FOLDER = Path(__file__).parent / "bank"
_WORDS = sayings("offline")
_BEHIND = pattern(_WORDS["behind"].split())
_DENIED = re.compile(rf"\b(?:{'|'.join(_WORDS['denied'].split())})\b.*?(?=[,;:/()]| but | now | and |$)", re.I)
SAID_OF_ANYTHING = stems(_WORDS["said_of_anything"])
SAID_OF_MANY_JOBS = set(_WORDS["said_of_many_jobs"].split())


@dataclass(frozen=True)
class BankQuestion:
    """A question as an interviewer would ask it.

    `kind`: see generate_questions.kinds; `seconds`: a good speaking length; `looks_for`: what a good answer shows.
    """

    text: Annotated[str, Field(validation_alias="ask")]
    kind: str
    level: Difficulty
    seconds: int
    looks_for: tuple[str, ...]


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def about(self) -> list[str]:
        """The stems by which a text is known to be about it; those of its name stand there twice, and count twice."""
        return [] if self.only_named else [*stems(" ".join((self.name, *self.tags))), *stems(self.name)]


@dataclass(frozen=True, eq=False)
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
    """The bank with the longest title that stands in a job title; the general one when none does.

    In a "teacher of nurses" the teacher counts, in a "manager in sales" the sales, and no title behind a "not".
    """
    said = normal(_DENIED.sub(" ", role))
    for part in (_BEHIND.split(said)[0], said):
        found = {title: bank for bank in banks().values() for title in bank.titles if f" {title} " in f" {part} "}
        # What is said of many jobs, as "manager", decides only when nothing else does.
        if clear := [title for title in found if not SAID_OF_MANY_JOBS.issuperset(title.split())]:
            return found[max(clear, key=len)]
    return found[max(found, key=len)] if found else general()


def topic_called(name: str) -> BankTopic | None:
    """The topic of exactly this name, in whatever bank."""
    return next((topic for topic in _all_topics() if normal(topic.name) == normal(name)), None)


@lru_cache(maxsize=500)
def topic_for(text: str, bank: RoleBank) -> BankTopic | None:
    """The topic of the role, else of the general bank, that a text clearly means; any of exactly this name; or None."""
    topics, said = (*bank.topics, *general().topics), stems(text) - SAID_OF_ANYTHING
    names = [(name, topic) for topic in topics for name in (topic.name, *(topic.tags if topic.only_named else ()))]
    if named := [topic for name, topic in names if f" {normal(name)} " in f" {normal(text)} "]:
        return max(named, key=lambda topic: len(topic.name))
    near = max(topics, key=lambda topic: sum(one in said for one in topic.about))
    common = said.intersection(near.about)
    # Two words of one topic are no chance.
    is_clear = common and (common == said or len(common) > 1)
    return topic_called(text) or (near if is_clear else None)


def find_question(text: str) -> tuple[BankTopic, BankQuestion] | None:
    """The bank's topic and entry for a text that is one of its questions, also with a sentence after it; or None."""
    before_last = max(text.rfind(". "), text.rfind("? "))
    return _by_text().get(normal(text)) or _by_text().get(normal(text[: before_last + 1]))


@cache
def _by_text() -> dict[str, tuple[BankTopic, BankQuestion]]:
    return {normal(question.text): (topic, question) for topic in _all_topics() for question in topic.questions}


@cache
def _all_topics() -> list[BankTopic]:
    return [topic for bank in banks().values() for topic in bank.topics]
