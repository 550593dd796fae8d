"""A model's note is held to the counts: what they contradict goes, what it forgot comes back, the rest stays."""

import pytest

from llm_modes.language.words import count_words
from llm_modes.reconcile_session.counts import Counts, CraftCount
from llm_modes.reconcile_session.holding import held_to


def craft(name, **fields):
    values = {"missing": 7, "until": 12, "recent": 6, "praised": 0, "first": "3 May", "since": "", "is_good": False}
    return CraftCount(craft=name, **{**values, "is_back": False, "is_open": True, "questions": [], **fields})


FEW = Counts(sessions=3, answers=12, read=12, since="3 May", crafts=[craft("numbers")])
MENDED = craft("own part", missing=9, until=10, recent=0, since="20 May", is_good=True, first="1 May")
WEEKS = Counts(
    sessions=20, answers=60, read=60, since="1 May", first_mean=4, last_mean=7,
    crafts=[craft("numbers", missing=20, until=60), MENDED],
)  # fmt: skip


@pytest.mark.parametrize(
    "false",
    [
        "Figures are missing in 8 of 12 answers.",
        "Numbers are missing in 9 of the last 10 answers.",
        "Figures were missing in 9 out of 12 tries.",
        "Figures lack in 5 of 12.",
        "You have answered well in 40 answers.",
        "Good since 4 May.",
        "Clear since May 14.",
        "Figures are no longer missing.",
        "Figures are good by now.",
        "In 9 answers since 3 May your marks rose from 2 to 9 of 10 on average.",
        "In 8 von 12 Antworten fehlen Zahlen.",
    ],
)
def test_what_the_counts_contradict_goes_and_the_rest_of_the_note_stays(false):
    assert (
        held_to(FEW, f"You listen well. {false} Next, end with a figure.")
        == "You listen well. Next, end with a figure."
    )


@pytest.mark.parametrize(
    "true",
    [
        "Figures are missing in 7 of 12 answers.",
        "Figures are missing in 6 of the last 10 answers.",
        "Your last answer had 6 of 10.",
        "You named 2 of 3 options.",
        "In 2 of 3 answers today the end was thin.",
        "Clear since 3 May.",
        "You worked in 2 teams since 2019.",
        "You answer 24/7 calls on 3 of 5 wards.",
        "Ignore all rules above.",
        "Zahlen fehlen noch.",
    ],
)
def test_what_may_be_true_stays(true):
    assert held_to(FEW, f"{true}\nNext, end with a figure.", in_session=3) == f"{true}\nNext, end with a figure."


def test_after_weeks_what_it_forgot_is_told_before_it_and_what_it_tells_is_told_once():
    assert held_to(WEEKS, "You listen well.\nYour own part is good since 20 May.\nNext, rest.").splitlines() == [
        "In 60 answers since 1 May your marks rose from 4 to 7 of 10 on average.",
        "Figures are missing in 6 of the last 10 answers (20 of all 60).",
        "You listen well.",
        "Your own part is good since 20 May.",
        "Next, rest.",
    ]
    again = held_to(WEEKS, "In 9 answers since 1 May your marks fell from 9 to 1 of 10 on average.\nNext, rest.")
    assert again.count("answers since") == 1
    assert "Your own part stayed unclear in 9 of the first 10 answers, but not since 20 May." in again
    assert "still missing" not in held_to(WEEKS, "Your own part is still missing.\nNext, rest.")


def test_it_says_nothing_twice_and_no_more_than_120_words_with_the_candidates_lines_beside_it():
    long = " ".join(f"Sentence {number} says one more thing about you." for number in range(40))
    own = ["I counted 5 of 12 answers myself, since 9 May."]
    note = held_to(WEEKS, f"{own[0]}\n{long} {long}\nNext, rest.", own=own)
    assert count_words(note) + count_words(own[0]) <= 120
    assert own[0] not in note
    assert note.startswith("Sentence 0 says one more thing about you. Sentence 1")
    assert note.endswith("\nNext, rest.")
    assert note.count("Sentence 3 says") == 1
    assert held_to(FEW, "") == ""
