"""A topic's level follows its marks, a step at a time."""

import pytest

from plans.levels import level_after
from tests.factories import make_session_marks


@pytest.mark.parametrize(
    ("sessions", "level"),
    [
        ([], "medium"),
        ([[10, 10, 10, 10]], "medium"),
        ([[8, 8, 8, 8, 8]], "hard"),
        ([[8, 8, 8, 8, 7]], "medium"),
        ([[4, 5, 4, 5, 4]], "easy"),
        ([[4, 5, 4, 5, 5]], "medium"),
        # The last ten: what lies before them is over.
        ([[1, 1, 1, 5, 5, 5, 5, 8, 8, 8, 8, 8]], "medium"),
        ([[5] * 4, [8] * 4, [8] * 4, [8] * 2], "hard"),
        ([[2] * 5, [7] * 5], "easy"),
    ],
)
def test_the_last_ten_marks_and_at_least_five_decide(sessions, level):
    assert level_after(make_session_marks(*sessions)) == level


def test_marks_of_another_difficulty_say_nothing_of_this_level():
    assert level_after(make_session_marks([10] * 10, difficulty="easy")) == "medium"
    assert level_after(make_session_marks([1] * 10, difficulty="hard")) == "medium"


def test_it_goes_one_step_a_session_and_the_window_starts_anew():
    bad = make_session_marks([2] * 20, [2] * 4)
    assert level_after(bad[:1]) == "easy"
    raised = make_session_marks([9] * 20)
    assert level_after(raised) == "hard"
    # What was given to medium questions before does not count when it comes back to medium.
    hard = make_session_marks([3] * 5, difficulty="hard")
    medium = make_session_marks([9] * 4)
    assert level_after([*raised, *hard]) == "medium"
    assert level_after([*raised, *hard, *medium]) == "medium"
    assert level_after([*raised, *hard, *medium, *medium]) == "hard"


def test_there_is_nothing_above_hard_and_nothing_below_easy():
    assert level_after(make_session_marks([9] * 5) + make_session_marks([9] * 30, difficulty="hard")) == "hard"
    assert level_after(make_session_marks([1] * 5) + make_session_marks([1] * 30, difficulty="easy")) == "easy"
