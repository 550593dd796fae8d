"""Whether marks rise or fall: each against others of its difficulty, through every change of level."""

from dataclasses import replace

import pytest

from plans.session_marks import own_sessions
from plans.trends import trend
from tests.factories import make_session_marks


def named(*sessions, difficulty="medium"):
    return trend(make_session_marks(*sessions, difficulty=difficulty)).name


def test_nothing_is_said_before_the_fourth_session():
    assert [named(*[[mark] * 4 for mark in range(1, 1 + count)]) for count in range(5)] == ["", "", "", "", "steady"]
    assert named([1] * 4, [1] * 4, [1] * 4, [10] * 4) == "rising"
    assert named([5], [5], [5], [5]) == "steady"  # three marks are enough to expect one


def test_it_begins_at_five_quarters_and_ends_below_six_tenths():
    first = [[5] * 4] * 3
    assert named(*first, [9] * 4) == "steady"  # 1.2
    assert named(*first, [9] * 4, [6] * 4) == "steady"  # 1.14
    assert named(*first, [9] * 4, [7] * 4) == "rising"  # 1.44
    assert named(*first, [9] * 4, [7] * 4, [4] * 4) == "rising"  # 0.71
    assert named(*first, [9] * 4, [7] * 4, [4] * 4, [5] * 4) == "steady"  # 0.5
    assert named(*first, [1] * 4, [3] * 4) == "falling"


@pytest.mark.parametrize(("before", "after"), [("medium", "hard"), ("easy", "medium"), ("easy", "hard")])
@pytest.mark.parametrize("drop", [0, 1, 2, 3])
def test_harder_questions_neither_cry_falling_nor_is_a_rise_forgotten(before, after, drop):
    steady = make_session_marks(*[[8] * 4] * 5, difficulty=before)
    harder = make_session_marks(*[[8 - drop] * 4] * 12, difficulty=after)
    assert {trend([*steady, *harder[:count]]).name for count in range(13)} == {"steady"}
    risen = make_session_marks(*[[5] * 4] * 3, *[[8] * 4] * 4, difficulty=before)
    assert trend(risen).name == "rising"
    assert {trend([*risen, *harder[:count]]).name for count in range(13)} == {"rising"}


@pytest.mark.parametrize("rise", [0, 1, 2, 3])
def test_easier_questions_neither_cry_rising_nor_is_a_fall_forgotten(rise):
    steady = make_session_marks(*[[4] * 4] * 5)
    easier = make_session_marks(*[[4 + rise] * 4] * 12, difficulty="easy")
    assert {trend([*steady, *easier[:count]]).name for count in range(13)} == {"steady"}
    fallen = make_session_marks(*[[7] * 4] * 3, *[[4] * 4] * 4)
    assert trend(fallen).name == "falling"
    assert {trend([*fallen, *easier[:count]]).name for count in range(13)} == {"falling"}


def test_a_harder_question_answered_better_is_a_rise_at_once():
    assert trend([*make_session_marks(*[[5] * 4] * 3), *make_session_marks([10] * 4, difficulty="hard")]).name == (
        "rising"
    )


def test_sessions_of_several_difficulties_are_compared_difficulty_by_difficulty():
    """A session with more hard questions than the one before is no worse for it."""
    medium, hard = make_session_marks([8])[0].marks, make_session_marks([4], difficulty="hard")[0].marks
    mixed = [medium * easy + hard * (5 - easy) for easy in (3, 4, 2, 5, 1, 4, 1, 5, 1, 1, 1, 1)]
    sessions = make_session_marks(*[[1]] * len(mixed))
    given = [type(one)(one.session_id, one.started_at, marks) for one, marks in zip(sessions, mixed, strict=True)]
    assert {trend(given[:count]).name for count in range(4, 13)} == {"steady"}


def test_marks_from_other_topics_sessions_join_the_next_session_of_their_own():
    own, guest = make_session_marks([6] * 3, [6] * 3), replace(make_session_marks([9])[0], is_own=False)
    assert [one.marks for one in own_sessions([own[0], guest, guest, own[1], guest])] == [
        own[0].marks,
        guest.marks * 2 + own[1].marks,
    ]
    assert own_sessions([guest]) == []
