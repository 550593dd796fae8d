"""Mending a reply by the shape of its model: what is read as what, and what stays for validation to refuse."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from llm_modes.catalogue import MODES
from llm_modes.language import mending
from llm_modes.language.mending import EveryOne, MaySayNone, Overwritten
from llm_modes.language.shapes import mended


class Point(BaseModel):
    name: str
    text: str


class Item(BaseModel):
    text: Annotated[str, Overwritten("(ours)", where=("kind", "old"))]
    kind: Literal["old", "new"]
    tries: Annotated[int, Overwritten(1)]


class Model(BaseModel):
    score: int = Field(5, ge=1, le=10)
    study_minutes: int = 5
    kind: Literal["so_so", "more_time"] = "so_so"
    action: Literal["ask", "none"] = "ask"
    wanted: Literal["low", "high"] | None = None
    role: str | None = None
    weaknesses: Annotated[str, MaySayNone()] | None = None
    texts: list[str] = Field(default=[], max_length=3)
    points: list[Point] = Field(default=[], min_length=2, max_length=4)
    plan: Annotated[list[Point], Field(max_length=2), EveryOne()] = []
    items: list[Item] = []


def read(field: str, value: Any) -> tuple[Any, int]:
    with mending.counting() as count:
        reply = mended(Model, {field: value})
    return reply[field], count.number


@pytest.mark.parametrize(
    "said", ["7", "7.0", 7.0, 7.5, "7.5", "7,5", " 7/10", "7.5/10.", "7 out of 10", "7 of 10", "**7**", "Score: 7"]
)
def test_a_number_is_read_and_rounded_down(said):
    assert read("score", said) == (7, 1)


@pytest.mark.parametrize(
    "said", [0, 11, 10.5, 0.5, "12/10", "7/5", "7.5 of 5", "0/10", "seven", "7 stars", "-7", "7-8"]
)
def test_a_number_out_of_its_range_or_of_another_scale_stays(said):
    assert read("score", said) == (said, 0)


@pytest.mark.parametrize("said", [float("nan"), float("inf"), None, [7], {"score": 7}])
def test_what_is_no_number_stays(said):
    assert read("score", said)[0] is said


def test_true_is_no_number():
    assert read("score", True) == ("true", 0)


@pytest.mark.parametrize("said", ["45 min", "45 minutes", "45 Minutes."])
def test_a_number_may_have_the_unit_that_its_field_names(said):
    assert read("study_minutes", said) == (45, 1)
    assert read("score", said) == (said, 0)


@pytest.mark.parametrize("said", ["1 hour", "1,000", "45 min a day", "half an hour"])
def test_another_unit_is_not_guessed(said):
    assert read("study_minutes", said) == (said, 0)


@pytest.mark.parametrize("said", ["More time", "MORE_TIME", "more-time", " moreTime. "])
def test_a_choice_is_known_in_another_spelling(said):
    assert read("kind", said) == ("more_time", 1)


@pytest.mark.parametrize("said", ["more", "", None, "less_time", 1, ["so_so"]])
def test_what_is_none_of_the_choices_stays(said):
    assert read("kind", said) == (said, 0)


@pytest.mark.parametrize("said", ["", None, "None", "n/a"])
def test_nothing_is_none_where_that_can_be_chosen(said):
    assert read("action", said)[0] == "none"


@pytest.mark.parametrize("field", ["wanted", "role"])
@pytest.mark.parametrize("said", ["", "  ", "none", "NULL", "N/A"])
def test_a_word_for_nothing_is_null_where_null_may_be(field, said):
    assert read(field, said) == (None, 1)


def test_null_where_it_may_be_is_no_deviation():
    assert read("role", None) == (None, 0)


def test_the_prompts_word_for_what_nobody_said_is_null():
    assert read("role", "Unknown") == read("weaknesses", "unknown") == (None, 1)


def test_none_is_an_answer_where_a_text_may_say_so():
    assert read("weaknesses", "none") == ("none", 0)


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        (None, []),
        ("", []),
        ("one", ["one"]),
        (["", "a b", "  ", None, "\u200b", "N/A"], ["a b"]),
        (["a", "b", "c", "d"], ["a", "b", "c"]),
        ([{"text": "a"}, "b"], ["a", "b"]),
        (["a", 5, "b"], ["a", "b"]),
        (["a", ["c"]], ["a"]),
    ],
)
def test_a_list_of_texts_is_mended(said, texts):
    found, count = read("texts", said)
    assert found == texts
    assert count > 0


@pytest.mark.parametrize("said", [["a", 5, 6], [5], 7, {"a": 1}])
def test_a_list_that_is_more_broken_than_good_stays(said):
    assert read("texts", said) == (said, 0)


A, B, C = ({"name": name, "text": "Say it."} for name in "abc")


@pytest.mark.parametrize(
    "broken", [{"name": "x"}, {"name": "", "text": "y"}, {}, "no colon", 3, [], {"name": 1, "text": "y"}]
)
def test_a_broken_item_is_dropped_while_enough_good_ones_are_left(broken):
    assert read("points", [A, broken, B]) == ([A, B], 1)
    assert read("points", [A, broken]) == ([A, broken], 0)
    assert read("plan", [A, broken, B]) == ([A, broken, B], 0)


def test_of_too_many_items_the_first_are_kept_unless_every_one_counts():
    assert read("points", [A, B, C, A, B]) == ([A, B, C, A], 1)
    assert read("plan", [A, B, C]) == ([A, B, C], 0)


def test_an_object_of_two_texts_is_read_from_a_line():
    assert read("points", ["a: Say it.", B]) == ([A, B], 1)


def test_one_object_is_a_list_of_one():
    assert read("plan", A) == ([A], 1)


def test_a_blank_item_is_no_item_even_where_every_one_counts():
    assert read("plan", [A, None]) == ([A], 1)


def test_names_of_fields_are_known_in_another_spelling():
    with mending.counting() as count:
        assert mended(Model, {"Score": 7, "StudyMinutes": 5, "more": 1}) == {"score": 7, "study_minutes": 5, "more": 1}
    assert count.number == 2
    assert mended(Model, {"Score": 3, "score": 7})["score"] == 7


@pytest.mark.parametrize("tries", ["often", None, -1.5, True, [], 3])
def test_what_code_overwrites_may_be_anything(tries):
    new = {"text": "a", "kind": "New", "tries": tries}
    (found,), _count = read("items", [new])
    assert (found["text"], found["kind"]) == ("a", "new")
    assert isinstance(found["tries"], int)


def test_what_code_overwrites_in_one_case_only_is_not_looked_at_there():
    old, new = {"kind": "old", "tries": 1}, {"kind": "new", "tries": 1}
    assert read("items", [old]) == ([old | {"text": "(ours)"}], 1)
    assert read("items", [new]) == ([new], 0)


@pytest.mark.parametrize("mode", MODES)
def test_a_good_reply_is_left_as_it_is(mode):
    for reply in (MODES[mode].example.reply, MODES[mode].answer_offline(MODES[mode].example.inputs)):
        with mending.counting() as count:
            assert mended(MODES[mode].reply, reply) == reply
        assert count.number == 0


def test_what_is_mended_elsewhere_is_not_counted_here():
    with mending.counting() as outer:
        with mending.counting() as inner:
            mending.note()
        mending.note()
    mending.note()
    assert (outer.number, inner.number) == (1, 1)
