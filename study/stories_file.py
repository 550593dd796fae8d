"""All stories of a candidate as one Markdown file: a heading per question, and the way back."""

import re
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from coach.caps import CapReached
from coach.models import User
from llm_modes.repetition import normalised
from plans.models import PlanTopic
from study.models import Question, Story
from study.stories import FENCE, body, story_of

TITLE = "# Stories"
QUESTION_CHARACTERS = 500
# Characters of the whole file: a hundred long stories.
MOST_CHARACTERS = 500_000
_QUESTION = re.compile(r"^ {0,3}##(?!#)\s+(.+?)\s*#*\s*$")
# Stands at the end of the file, and says which version of the stories it holds; Markdown does not show it.
_VERSION = re.compile(r"\n*<!-- version ([0-9a-f]{16}) -->\s*$")


class FileConflict(Exception):
    """The stories were changed elsewhere since this file was read; `text` is the file as it is now."""

    def __init__(self, text: str, version: str) -> None:
        self.text, self.version = text, version
        super().__init__(f"the stories have version {version}")


class NotAStoriesFile(Exception):
    """The text cannot be read as stories; the message says why, for the candidate."""


@dataclass(frozen=True)
class Section:
    """A question and its story as they stand in the file."""

    question: str
    text: str


def stories_of(user: User) -> list[Story]:
    """The candidate's stories that have a text, oldest question first."""
    rows = Story.objects.filter(user=user).select_related("question__topic").order_by("question__created_at", "pk")
    return [story for story in rows if story.text and story.question.text]


def write(stories: list[Story]) -> str:
    """The file."""
    parts = [TITLE, *(f"## {' '.join(story.question.text.split())}\n\n{story.text}" for story in stories)]
    return "\n\n".join(parts) + "\n"


def version_of(stories: list[Story]) -> str:
    """Names what is in the file: 16 hex digits that change with every change of a story."""
    return sha256(str([(story.pk, story.version) for story in stories]).encode()).hexdigest()[:16]


def with_version(stories: list[Story]) -> str:
    """The file for downloading: it remembers its version."""
    return f"{write(stories)}\n<!-- version {version_of(stories)} -->\n"


def split_version(text: str) -> tuple[str, str]:
    """A file's text, and the version that it names ("" when it names none)."""
    found = _VERSION.search(text)
    return (text[: found.start()] + "\n", found.group(1)) if found else (text, "")


def read(text: str) -> list[Section]:
    """The questions and stories in the file. Raises NotAStoriesFile."""
    if len(text) > MOST_CHARACTERS:
        raise NotAStoriesFile(f"The file is {len(text):,} characters long; at most {MOST_CHARACTERS:,} fit.")
    sections: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n"):
        fenced ^= bool(FENCE.match(line))
        heading = None if fenced else _QUESTION.match(line)
        if heading:
            sections.append((heading.group(1), []))
        else:
            sections[-1][1].append(line)
    before = "\n".join(sections.pop(0)[1]).strip()
    if before.removeprefix(TITLE).strip():
        raise NotAStoriesFile(
            "There is text before the first question. Each story stands below its question, which begins with ##."
        )
    return _checked([Section(question, body("\n".join(lines))) for question, lines in sections])


def _checked(sections: list[Section]) -> list[Section]:
    seen: set[str] = set()
    for section in sections:
        key = normalised(section.question)
        if key in seen:
            raise NotAStoriesFile(f"This question stands there twice: “{section.question}”.")
        if len(section.question) > QUESTION_CHARACTERS:
            raise NotAStoriesFile(f"A question has at most {QUESTION_CHARACTERS} characters.")
        if len(section.text) > settings.ANSWER_CHARACTERS:
            raise NotAStoriesFile(
                f"The story for “{section.question}” is {len(section.text):,} characters long; "
                f"at most {settings.ANSWER_CHARACTERS:,} fit."
            )
        seen.add(key)
    return sections


def save(user: User, text: str, *, version: str) -> list[Story]:
    """Make the stories what the file says, if nobody changed them since `version`. In one transaction.

    A question that left the file loses its story; one that is new in it becomes a question of the plan's first topic.
    Raises FileConflict, NotAStoriesFile.
    """
    sections = read(text)
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        list(Story.objects.select_for_update(of=("self",)).filter(user=user))
        now = stories_of(user)
        if now and version != version_of(now) and sections != read(write(now)):
            raise FileConflict(write(now), version_of(now))
        known = {normalised(question.text): question for question in Question.objects.filter(user=user).order_by("pk")}
        # The questions that have stories come last, and so win over others of the same words.
        known |= {normalised(story.question.text): story.question for story in now}
        kept = {_store(user, section, known).pk for section in sections}
        for story in now:
            if story.pk not in kept:
                story.text, story.version = "", story.version + 1
                story.save(update_fields=["text", "version", "updated_at"])
    return stories_of(user)


def _store(user: User, section: Section, known: dict[str, Question]) -> Story:
    question = known.get(normalised(section.question))
    if question is None:
        topic = PlanTopic.objects.filter(user=user).in_force().first()
        if topic is None:
            raise NotAStoriesFile("A new question needs a plan to belong to. Agree on one with the coach first.")
        question = Question.objects.create(
            user=user, topic=topic, text=section.question, origin=Question.Origin.CANDIDATE
        )
    try:
        story = story_of(question)
    except CapReached as cap:
        raise NotAStoriesFile(cap.message) from None
    if story.text != section.text:
        story.text, story.version = section.text, story.version + 1
        story.save(update_fields=["text", "version", "updated_at"])
    return story
