"""All stories of a candidate as one Markdown file, with a heading for each question: writes it and reads it back."""

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import cast

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import F, Func, IntegerField, QuerySet

from coach.candidate_text import clean_markdown, isolated
from coach.caps import CapReached
from coach.models import User
from llm_modes.language.repetition import normalised
from plans.models import PlanTopic
from study import caps
from study.headings import lowered, outline
from study.models import Question, Story
from study.stories import body

TITLE = "# Stories"
QUESTION_CHARACTERS = 500
# Limits of one page of /stories/: rendering many long stories takes seconds. Bytes as stored, a few more than letters.
STORIES_SHOWN, BYTES_SHOWN = 10, 30_000
# Characters of the whole file: a hundred long stories.
MOST_CHARACTERS = 500_000
# A file with more lines, such as list items of one letter, would take seconds to parse.
MOST_LINES = 20_000
# The line at the end of a downloaded file that names its version of the stories. Markdown does not show it.
_VERSION = re.compile(r"<!-- version ([0-9a-f]{16}) -->")


class FileConflict(Exception):
    """The stories were changed elsewhere since this file was written. `text` and `version`: the file as it is now."""

    def __init__(self, text: str, version: str) -> None:
        self.text, self.version = text, version
        super().__init__(f"the stories have version {version}")


class NotAStoriesFile(Exception):
    """The text cannot be read as stories. The message tells the candidate why."""


@dataclass(frozen=True)
class Section:
    """A question and its story in the file."""

    question: str
    text: str


_ORDER = ("question__created_at", "pk")
# What a page shows of a story.
_SHOWN = ("user_id", "text", "question__user_id", "question__text", "question__topic__user_id", "question__topic__name")


def _rows(user: User) -> QuerySet[Story]:
    return Story.objects.filter(user=user).select_related("question__topic").order_by(*_ORDER)


def _is_shown(story: Story) -> bool:
    """Whether the story and its question have a text. Either is empty if it cannot be decrypted any more."""
    return bool(story.text and story.question.text)


def stories_of(user: User) -> list[Story]:
    """The candidate's stories that have a text, those of the oldest question first: what the file has of them."""
    return [story for story in _rows(user).only(*_SHOWN, "version") if _is_shown(story)]


def page_of(user: User, number: str | None) -> tuple[Page[Story], int]:
    """The page of stories with this number, or the nearest one there is; and how many stories all pages have.

    Of the stories on other pages nothing is read but their sizes.
    """
    sizes = _sizes(user)
    pages = Paginator(_in_pages(sizes), per_page=1)
    page = pages.get_page(number)
    rows = _rows(user).filter(pk__in=[pk for keys in page for pk in keys]).only(*_SHOWN)
    topics: dict[int, PlanTopic] = {}
    shown = [story for story in rows if _is_shown(story)]
    for story in shown:
        # Of the stories of one topic its name is decrypted once.
        story.question.topic = topics.setdefault(story.question.topic_id, story.question.topic)
    return Page(shown, page.number, cast("Paginator[Story]", pages)), len(sizes)


def _sizes(user: User) -> list[tuple[int, int]]:
    """The key and the bytes of each story with a text, as it is stored. One that cannot be read may be among them."""
    size = Func(F("text"), function="octet_length", output_field=IntegerField())
    written = Story.objects.filter(user=user, version__gt=0).order_by(*_ORDER)
    sizes = list(written.annotate(size=size).values_list("pk", "size"))
    # An emptied one is as long as any that fills a block of the cipher at most: those few are read.
    of_nothing = len(Story._meta.get_field("text").seal("", Story(user=user)).stored)
    short = Story.objects.filter(pk__in=[pk for pk, bytes_ in sizes if bytes_ <= of_nothing]).only("user_id", "text")
    empty = {story.pk for story in short if not story.text}
    return [one for one in sizes if one[0] not in empty]


def _in_pages(sizes: list[tuple[int, int]]) -> list[list[int]]:
    """The keys of these stories, page by page. `sizes`: (key, bytes). Number and length limit a page."""
    pages: list[list[int]] = []
    room = 0
    for pk, size in sizes:
        if size > room or len(pages[-1]) == STORIES_SHOWN:
            pages.append([])
            room = max(size, BYTES_SHOWN)
        pages[-1].append(pk)
        room -= size
    return pages


def write(stories: list[Story]) -> str:
    """The file as text, without its version."""
    parts = [TITLE, *(f"{_heading(story.question.text)}\n\n{body(story.text)}" for story in stories)]
    return "\n\n".join(parts) + "\n"


def _heading(question: str) -> str:
    """The question as a ## heading. One that ends with # gets ## behind it: Markdown drops the # marks at the end."""
    line = f"## {' '.join(question.split())}"
    return f"{line} ##" if line.endswith("#") else line


def version_of(stories: list[Story]) -> str:
    """The version of these stories: 16 hex digits, which change with every change of a story."""
    return sha256(str([(story.pk, story.version) for story in stories]).encode()).hexdigest()[:16]


def with_version(stories: list[Story]) -> str:
    """The file for downloading, with its version at the end."""
    return f"{write(stories)}\n<!-- version {version_of(stories)} -->\n"


def split_version(text: str) -> tuple[str, str]:
    """A file's text, and the version that it names ("" when it names none)."""
    lines = text.rstrip().split("\n")
    # A candidate who adds a story at the end writes it below the version. Elsewhere the line belongs to a story.
    below = "## "
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place].strip()
        if below.startswith("## ") and (found := _VERSION.fullmatch(line)):
            return "\n".join([*lines[:place], *lines[place + 1 :]]).rstrip() + "\n", found.group(1)
        below = lines[place] if line else below
    return "\n".join(lines) + "\n", ""


def read(text: str) -> list[Section]:
    """The questions and stories in the file. Raises NotAStoriesFile, also when it is longer than MOST_CHARACTERS.

    A question is a ## heading outside code, lists and quotations. Other headings belong to the story.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotAStoriesFile(f"The file is {len(text):,} characters long; at most {MOST_CHARACTERS:,} fit.")
    text = clean_markdown(text.removeprefix("\ufeff"))
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise NotAStoriesFile(f"The file has {len(lines):,} lines; at most {MOST_LINES:,} fit.")
    found = outline(text)
    questions = [heading for heading in found.headings if heading.is_question]
    first = questions[0].line if questions else len(lines)
    if "\n".join(lines[:first]).strip().removeprefix(TITLE).strip():
        raise NotAStoriesFile(
            "There is text before the first question. Each story stands below its question, which begins with ##."
        )
    if caps.STORIES.most and len(questions) > caps.STORIES.most:
        raise NotAStoriesFile(caps.STORIES.sentence.format(most=caps.STORIES.most))
    others = [heading for heading in found.headings if heading.line > first and not heading.is_question]
    lines = [*lowered(lines, others), found.open_fence]
    places = pairwise([*(question.line for question in questions), len(lines)])
    return _checked(
        [
            Section(question.text, clean_markdown("\n".join(lines[start + 1 : end])))
            for question, (start, end) in zip(questions, places, strict=True)
        ]
    )


def _checked(sections: list[Section]) -> list[Section]:
    seen: set[str] = set()
    for section in sections:
        key = normalised(section.question)
        if key in seen:
            raise NotAStoriesFile(f"This question stands there twice: “{isolated(section.question)}”.")
        if len(section.question) > QUESTION_CHARACTERS:
            raise NotAStoriesFile(f"A question has at most {QUESTION_CHARACTERS} characters.")
        if len(section.text) > settings.ANSWER_CHARACTERS:
            raise NotAStoriesFile(
                f"The story for “{isolated(section.question)}” is {len(section.text):,} characters long; "
                f"at most {settings.ANSWER_CHARACTERS:,} fit."
            )
        seen.add(key)
    return sections


def save(user: User, text: str, *, version: str) -> int:
    """Replace the stories with the file's. Returns how many have a text. Raises FileConflict and NotAStoriesFile.

    FileConflict: the stories have changed since `version`. If a question is no longer in the file, its story is
    emptied. A new question goes to the plan's first topic.
    """
    sections = read(text)
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        rows = {story.question_id: story for story in _rows(user).select_for_update(of=("self",))}
        now = [story for story in rows.values() if _is_shown(story)]
        if now and version != version_of(now) and sections != read(write(now)):
            raise FileConflict(write(now), version_of(now))
        questions = _questions_of(user, sections, now)
        new = []
        for question, section in zip(questions, sections, strict=True):
            story = rows.pop(question.pk, None)
            if story is None:
                new.append(Story(user=user, question=question, text=section.text, version=1 if section.text else 0))
            else:
                _change(story, section.text)
        _require_room(user, len(new))
        Story.objects.bulk_create(new)
        for story in rows.values():
            if _is_shown(story):
                _change(story, "")
    return sum(bool(section.text) for section in sections)


def _require_room(user: User, more: int) -> None:
    try:
        caps.STORIES.require(Story.objects.filter(user=user), more=more)
    except CapReached as cap:
        raise NotAStoriesFile(cap.message) from None


def _questions_of(user: User, sections: list[Section], stories: list[Story]) -> list[Question]:
    """The question of each section: the candidate's question with the same words, or a new one."""
    known = {normalised(question.text): question for question in Question.objects.filter(user=user).order_by("pk")}
    # Questions with stories come last, so they replace others with the same words.
    known |= {normalised(story.question.text): story.question for story in stories}
    new = {key: section for section in sections if (key := normalised(section.question)) not in known}
    topic = PlanTopic.objects.filter(user=user).in_force().first() if new else None
    if new and topic is None:
        raise NotAStoriesFile("A new question needs a plan to belong to. Agree on one with the coach first.")
    made = Question.objects.bulk_create(
        Question(user=user, topic=topic, text=section.question, origin=Question.Origin.CANDIDATE)
        for section in new.values()
    )
    known |= zip(new, made, strict=True)
    return [known[normalised(section.question)] for section in sections]


def _change(story: Story, text: str) -> None:
    if story.text != text:
        story.text, story.version = text, story.version + 1
        story.save(update_fields=["text", "version", "updated_at"])
