"""The stories file as Markdown has it: what is a heading is for the parser to say."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from study import stories_file
from study.markdown import render
from study.models import Question, Story
from study.stories import body


def sections(text: str) -> dict[str, str]:
    return {section.question: section.text for section in stories_file.read(text)}


def stories(texts: list[str], question: str = "Question {}?") -> list[Story]:
    return [
        Story(pk=place, text=text, question=Question(text=question.format(place))) for place, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    "story",
    [
        "```\n~~~\n## Not a question\n```",
        "~~~\n```\n## Not a question\n~~~",
        "````\n```\n## Not a question\n```\n````",
        "```python\n# a comment\n## another\n```",
        "Text\n\n    ## in an indented block",
        "\t## behind a tab",
        "    ## in code from the first line on",
        "> ## in a quotation",
        "- ## in a point",
        "- a point\n  ## below it",
        "1. ```\n   ## in a fence in a list\n   ```",
        "- ```\n  ## in a fence that ends with its list",
        "Underlined\n---",
        "Underlined\n===",
        "#no space",
        "\\## escaped",
    ],
)
def test_what_is_no_heading_of_two_marks_begins_no_question_and_stays_as_it_was_typed(story):
    text = f"## Before?\n\n{story}\n\n## After?\n\nMore."
    assert sections(text) == {"Before?": story, "After?": "More."}
    assert body(story) == story


@pytest.mark.parametrize("heading", ["## Why?", "   ## Why?", "## Why? ##", "##\tWhy?", "## Why?   ", "## Why? #####"])
def test_a_heading_is_a_question_however_it_is_spaced(heading):
    assert sections(f"# Stories\n\n{heading}\n\nText") == {"Why?": "Text"}


def test_a_heading_ends_a_paragraph_a_list_and_a_quotation():
    assert sections("## A?\ntext\n## B?\n- point\n## C?\n> quoted\n## D?") == {
        "A?": "text",
        "B?": "- point",
        "C?": "> quoted",
        "D?": "",
    }


@pytest.mark.parametrize("tag", ["<!-- open", "<script>", "<div>", "<?php", "<![CDATA["])
def test_a_tag_that_is_left_open_hides_no_question(tag):
    assert sections(f"## A?\n\n{tag}\n\n## B?\n\nText") == {"A?": tag, "B?": "Text"}


def test_a_question_may_end_in_the_mark_of_a_heading():
    assert list(sections(stories_file.write(stories(["x"], "Why C #")))) == ["Why C #"]
    assert list(sections("## Why C#")) == ["Why C#"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_any_line_ends_and_a_byte_order_mark_are_read(end):
    text = "\ufeff# Stories\n\n## A?\n\n```\n## no\n```\n\n## B?\n\ntext"
    assert sections(text.replace("\n", end)) == {"A?": "```\n## no\n```", "B?": "text"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("# One\n## Two ##\n### Three", "### One\n### Two ##\n### Three"),
        ("#\n##", "###\n###"),
        ("  # Indented", "  ### Indented"),
        ("```\nopen", "```\nopen\n```"),
        ("~~~~\n```\n# open", "~~~~\n```\n# open\n~~~~"),
        ("```", "```\n```"),
        ("```\nclosed\n```", "```\nclosed\n```"),
        ("```\nclosed with more\n`````", "```\nclosed with more\n`````"),
        ("```\na\n``` not closed by this", "```\na\n``` not closed by this\n```"),
        ("\n\n    code\n      more\n\n", "    code\n      more"),
    ],
)
def test_a_story_is_stored_so_that_nothing_of_it_begins_a_question(typed, stored):
    assert body(typed) == stored
    assert body(stored) == stored


def test_lists_within_lists_swallow_neither_the_rest_of_the_story_nor_the_next_one():
    deep = "- " * 40 + "deep\n\nAnd then."
    assert sections(f"## A?\n\n{deep}\n\n## B?\n\nx") == {"A?": deep, "B?": "x"}
    assert "And then." in render(deep)
    assert "deep" in render(deep)


@pytest.mark.parametrize("text", ["", "# Stories", "\ufeff# Stories\n\n\n"])
def test_a_file_without_a_question_holds_no_story(text):
    assert stories_file.read(text) == []


def test_the_version_is_read_from_the_end_or_from_above_what_was_added_there():
    comment = "<!-- version 0123456789abcdef -->"
    added = f"## A?\n\nx\n\n{comment}\n\n## B?\n\ny\n\n### C\n"
    assert stories_file.split_version(added) == ("## A?\n\nx\n\n\n## B?\n\ny\n\n### C\n", "0123456789abcdef")
    assert stories_file.split_version(f"## A?\n\nx\n\n{comment}\n\n ") == ("## A?\n\nx\n", "0123456789abcdef")
    for text in (f"## A?\n\n{comment}\n\nx", "## A?\n\n<!-- version 0123456789abcdeg -->", "", "<!-- version  -->"):
        assert stories_file.split_version(text)[1] == ""


def test_a_file_of_more_stories_than_anybody_has_is_refused_in_words(settings):
    settings.COACH_STORIES = 2
    with pytest.raises(stories_file.NotAStoriesFile, match="stories for 2 questions"):
        stories_file.read("## A?\n## B?\n## C?")


_LINES = st.sampled_from(
    (
        "\ntext\n# one\n## two\n  ## two\n### three\n```\n````\n~~~\n``` js\n  ```"
        "\n- a\n  b\n- ```\n> q\n> ```\n    code\n\tcode"
        "\n---\n===\n<!--\n<div>\n1. x\n- - - a\n   ## c\n* * *\n## t ##\n\u00a0"
    ).split("\n")
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_LINES, max_size=9).map("\n".join), min_size=1, max_size=4))
def test_what_is_written_is_read_as_the_same_stories(typed):
    stored = [body(text) for text in typed]
    assert [body(text) for text in stored] == stored
    written = stories_file.write(stories(stored))
    assert [section.text for section in stories_file.read(written)] == stored
    # Also when the database holds what an older release, or the coach, has put there.
    assert stories_file.read(stories_file.write(stories(typed))) == stories_file.read(written)


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.lists(_LINES, max_size=9).filter(lambda lines: not any(line.lstrip().startswith("~~~") for line in lines)))
def test_what_is_inside_code_is_never_altered(lines):
    code = "\n".join(["~~~", *lines, "~~~"])
    assert body(code) == code
    assert sections(f"## A?\n\n{code}\n\n## B?\n\nx") == {"A?": code, "B?": "x"}
