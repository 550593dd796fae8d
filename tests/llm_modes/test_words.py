from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from llm_modes.words import Line, WithoutBlanks, Words, clip_words, clipping


class Text(BaseModel):
    text: Annotated[str, Words(3)] = "x"
    line: Annotated[str, Line(10)] = "x"
    points: Annotated[list[Annotated[str, Words(3)]], WithoutBlanks] = []


def test_a_text_within_its_limit_is_kept_as_it_is():
    assert Text(text="one two three").text == "one two three"


def test_a_text_over_its_limit_is_refused_and_the_error_says_by_how_much():
    with pytest.raises(ValidationError, match="at most 3 words, please; this has 4"):
        Text(text="one two three four")


def test_a_text_over_its_limit_is_clipped_where_that_is_asked_for():
    with clipping():
        assert Text(text="one two three four").text == "one two three…"


def test_a_text_far_over_its_limit_is_clipped_too():
    with clipping():
        assert Text(text="word " * 500).text == "word word word…"


def test_clipping_ends_with_its_block():
    with pytest.raises(RuntimeError), clipping():
        raise RuntimeError
    with pytest.raises(ValidationError):
        Text(text="one two three four")


def test_clipping_does_not_help_a_text_without_spaces():
    with clipping(), pytest.raises(ValidationError, match="usual length"):
        Text(text="x" * 1000)


@pytest.mark.parametrize("empty", ["", "   ", "\n\t", "\x00\x07"])
def test_an_empty_text_is_refused(empty):
    with pytest.raises(ValidationError, match="must not be empty"):
        Text(text=empty)


def test_what_cannot_be_stored_is_taken_out():
    text = Text.model_validate_json(r'{"text": "a\u0000b c", "line": " two\n words "}')
    assert (text.text, text.line) == ("ab c", "two words")


def test_a_line_that_is_too_long_is_refused_even_while_clipping():
    with clipping(), pytest.raises(ValidationError, match="1 to 10 characters"):
        Text(line="x" * 11)


def test_clipping_keeps_line_breaks_and_the_words_before():
    assert clip_words("one\n\ntwo  three four", 3) == "one\n\ntwo  three…"
    assert clip_words("one two", 2) == "one two"


def test_blank_points_count_as_none():
    assert Text(points=["", "a b", "  "]).points == ["a b"]
    with pytest.raises(ValidationError):
        Text(points="not a list")


def test_the_schema_names_the_limit_and_nothing_else():
    assert Text.model_json_schema()["properties"]["text"] == {
        "default": "x",
        "description": "max 3 words",
        "title": "Text",
        "type": "string",
    }
