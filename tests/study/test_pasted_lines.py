"""A pasted list, read line by line: without bullets, each question once, with the day it was asked for real."""

from datetime import date
from time import perf_counter

import pytest

from study.pasted_lines import PastedLine, last_day_said, once_each, read

TODAY = date(2026, 11, 30)  # a Monday


def questions(text):
    return [line.question for line in read(text, today=TODAY)]


@pytest.mark.parametrize(
    "mark",
    "|- |• |•|1. |(12) |3) |Q: |Q3. |Question 3: |  –  2. Q: |> |7: ".split("|"),
)
def test_bullets_and_numbers_in_front_go(mark):
    assert questions(f"{mark}Why us? ") == ["Why us?"]


@pytest.mark.parametrize(
    "line",
    [
        "5 whys: what are they?",
        "3.5 years of it: enough?",
        "*args: what are they?",
        "Q-learning: what is it?",
        "-5 degrees: what happens?",
        "1984: who wrote it?",
        "Question everything?",
    ],
)
def test_what_belongs_to_the_question_stays(line):
    assert questions(line) == [line]


def test_blank_lines_and_lines_of_signs_are_none():
    assert questions("\n  \n-\n1.\n???\n---\nWhy us?\r\n\u2028•") == ["Why us?"]


@pytest.mark.parametrize(
    ("ending", "day"),
    [
        (" (was asked for real on 8 December)", date(2025, 12, 8)),
        (" – was asked for real on 3 November", date(2026, 11, 3)),
        (" asked on the 3rd", date(2026, 11, 3)),
        (" (asked on 2026-11-02)", date(2026, 11, 2)),
        (" [asked last Thursday]", date(2026, 11, 26)),
        (", asked yesterday.", date(2026, 11, 29)),
        (" Asked for real on Monday", TODAY),
        (" (asked on 29 February)", date(2024, 2, 29)),
        (" (Asked for real, 8 Nov.)", date(2026, 11, 8)),
        (" (asked on November 8th, 2024)", date(2024, 11, 8)),
    ],
)
def test_a_day_behind_a_question_is_the_last_such_day(ending, day):
    assert read(f"Why us?{ending}", today=TODAY) == [PastedLine(question="Why us?", asked_on=day)]
    assert read(f"Tell me about yourself{ending}", today=TODAY)[0].asked_on in (day, None)


@pytest.mark.parametrize(
    "line",
    [
        "What would you do if you were asked today?",
        "Where were you asked on 8 December?",
        "How do you react when asked on Monday",
        "Describe a time you were asked for help.",
        "Why? (asked in nine days)",
        "Why? (asked on 8 December 2030)",
        "Why? (asked by the panel)",
        "Why? (asked on 31 November)",
        "Why? (asked on 3/12)",
    ],
)
def test_other_words_stay_in_the_question(line):
    assert read(line, today=TODAY) == [PastedLine(question=line)]


def test_a_day_for_all_is_that_of_lines_without_one():
    lines = read("Why us?\nWhy now? (asked on 3 November)", today=TODAY, asked_on=date(2026, 11, 20))
    assert [line.asked_on for line in lines] == [date(2026, 11, 20), date(2026, 11, 3)]


def test_the_same_words_are_one_question_with_the_latest_day():
    lines = read("Why us?\n2. WHY US\n“Why  us?” (asked on 3 November)\nWhy not us?", today=TODAY)
    assert once_each(lines) == [
        PastedLine(question="Why us?", asked_on=date(2026, 11, 3), times=3),
        PastedLine(question="Why not us?"),
    ]


def test_a_line_comes_back_from_its_stored_form():
    line = PastedLine(question="Why us?", asked_on=TODAY, topic_id=7, kind="case", looks_for=["a", "b"], known_id=1)
    assert PastedLine(**line.as_json()) == line


@pytest.mark.parametrize("phrase", ["", "tomorrow", "in two weeks", "next week", "8/12", "the 31st of June", "soon"])
def test_what_names_no_day_that_is_over_is_none(phrase):
    assert last_day_said(phrase, TODAY) is None


@pytest.mark.parametrize(
    "text",
    ["a. asked " * 2000, "(" * 18_000, "1. " * 6000, "asked for real " * 1200, ". " * 9000, "asked on 8 May\n" * 900],
)
def test_no_text_holds_the_processor(text):
    begun = perf_counter()
    read(text, today=TODAY)
    assert perf_counter() - begun < 1
