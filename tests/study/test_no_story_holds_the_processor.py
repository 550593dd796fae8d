"""Stories and their file: whatever they hold, reading, keeping and showing them takes no longer than prose does."""

from contextlib import suppress

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from study import stories_file
from study.markdown import render
from study.models import Story
from study.stories import body
from tests.factories import make_question, make_story
from tests.long_texts import CHARACTERS, assert_cheap, cost, harmless, hostile

# As long as a file may be, where it is one line or one kind of line; a part of it for all patterns.
WHOLE = stories_file.MOST_CHARACTERS
PART = 20_000


def read(text: str) -> None:
    with suppress(stories_file.NotAStoriesFile):
        stories_file.read(text)


def test_the_whole_file_of_one_character():
    assert_cheap(read, WHOLE, texts={repr(one): one * WHOLE for one in CHARACTERS})


BLOCKS = ("- a\n", "1. a\n", "> > > > a\n\n", "> - a\n", "a\n\n", "- a\n\n  b\n\n", "-\n\n", "> a\n", "# a\n")


def test_the_whole_file_of_small_blocks_and_as_many_lines_of_them_as_it_may_have():
    texts = {repr(block): block * (WHOLE // len(block) - 2) for block in BLOCKS}
    lines = stories_file.MOST_LINES - 10
    texts |= {f"{block!r} by lines": block * (lines // block.count("\n")) for block in BLOCKS}
    assert_cheap(lambda text: read(f"## a\n\n{text}"), WHOLE - 10, texts=texts)


def test_a_file_of_more_lines_than_it_may_have_is_refused_in_words():
    with pytest.raises(stories_file.NotAStoriesFile, match="at most 20,000 fit"):
        stories_file.read("## a\n\n" + "- a\n" * stories_file.MOST_LINES)


@pytest.mark.parametrize("before", ["", "## a\n\n", "# Stories\n\n## a\n\n```\n"])
def test_the_file_in_all_patterns(before):
    texts = {made_of: before + text for made_of, text in hostile(PART).items()}
    texts["questions"] = "".join(f"{before}## {number}\n" for number in range(PART // 8))
    texts["fences of two kinds"] = before + "```\n~~~\n" * (PART // 8)
    texts["lists in lists"] = before + "- " * 40 + "\n".join("  " * (line % 20) + "- a" for line in range(PART // 24))
    assert_cheap(read, PART, texts=texts)


def test_the_end_of_a_file_that_might_name_a_version():
    assert_cheap(stories_file.split_version, WHOLE, texts={
        "newlines": "a" + "\n" * (WHOLE - 2) + "b",
        "comments": "<!-- version 0123456789abcdef -->" * (WHOLE // 33) + "b",
    })  # fmt: skip


def test_a_story_as_it_is_stored_and_shown():
    longest = settings.ANSWER_CHARACTERS
    assert_cheap(body, longest)
    for before in ("", "> - *[", "[a]: b\n\n"):
        texts = {f"{before!r} and {made_of}": before + text for made_of, text in hostile(longest).items()}
        assert_cheap(render, longest, texts=texts)


@pytest.mark.django_db
def test_requests_with_a_heading_of_spaces_or_with_many_lines(client, alice):
    story = make_story(alice, question=make_question(alice, "Why Go?"), text="\n" + "[[a](" * 500)
    one = reverse("study:question_story", args=[story.question_id])

    def ask(text: str) -> None:
        client.post(reverse("study:stories"), {"text": text, "version": "x"})
        client.post(reverse("study:stories_upload"), {"file": SimpleUploadedFile("stories.md", text.encode())})
        client.post(one, {"text": text, "version": story.version})
        client.get(reverse("study:stories"))

    assert_cheap(ask, 20_000, texts={
        "a heading": "## a" + " " * 2_000 + "b",
        "newlines": "## a\n\n" + "\n" * 100_000 + "b",
    })  # fmt: skip


@pytest.mark.django_db
def test_a_page_of_many_long_stories_costs_no_more_than_one_of_few(client, alice):
    def page(count: int) -> float:
        for number in range(Story.objects.count(), count):
            text = harmless(settings.ANSWER_CHARACTERS)
            make_story(alice, question=make_question(alice, f"Question {number}?"), text=text)
        address = reverse("study:stories")
        return min(cost(lambda _: client.get(address), "") for _ in range(3))

    few = page(4)
    assert page(40) < max(4 * few, 0.25)
