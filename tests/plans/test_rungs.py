"""Where a topic is stuck, and how the ladder of other approaches is climbed."""

from dataclasses import replace

import pytest

from plans.rungs import Standing, replay
from tests.factories import make_session_marks


def climbed(*sessions, rung=1):
    """The ladder after three sessions at 2 of 10 and these, in each of which something was tried."""
    return replay([*make_session_marks(*[[2] * 4] * 3), *make_session_marks(*sessions, rung=rung)])


@pytest.mark.parametrize(
    ("sessions", "is_stuck"),
    [
        ([[4] * 4, [4] * 4, [4] * 4], True),
        ([[2] * 5, [2] * 5], False),  # two sessions
        ([[2] * 3, [2] * 3, [2] * 3], False),  # nine marks
        ([[2] * 4, [2] * 3, [2] * 3], True),
        ([[4] * 4, [4] * 4, [4, 4, 4, 5]], False),  # more than 4 on average
        ([[3] * 4, [3] * 4, [5] * 4], False),  # one of them above 4.5
        ([[3] * 4, [3] * 4, [4, 5]], True),
        ([[1] * 4, [3] * 4, [4] * 4], False),  # a point and more above the first
        ([[2] * 4] * 3 + [[3] * 4] * 3, True),  # it was found stuck before
        ([[8] * 4, [8] * 4, [2] * 4, [2] * 4, [2] * 4], True),
        ([[1] * 4, [1] * 4, [8] * 4, [3] * 4, [3] * 4, [3] * 4], True),
        ([[1] * 4, [1] * 4, [9] * 1, [4] * 4, [4] * 4], False),
    ],
)
def test_stuck_is_who_stays_low_over_three_sessions_and_ten_marks(sessions, is_stuck):
    found = replay(make_session_marks(*sessions))
    assert found.is_stuck == is_stuck
    assert found.rung == is_stuck


def test_it_is_counted_across_levels():
    medium, easy = make_session_marks([2] * 4, [3] * 4), make_session_marks([3] * 4, difficulty="easy")
    assert replay([*medium, *easy]).is_stuck


def test_every_two_sessions_without_a_point_gained_lead_one_rung_further_up_to_the_fourth():
    reached = [climbed(*[[2] * 4] * count) for count in range(12)]
    assert [one.rung for one in reached] == [1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4]
    assert [one.sessions for one in reached] == [0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 4, 5]


def test_while_a_point_is_gained_the_rung_stays_and_a_new_stop_leads_on():
    assert climbed([3] * 4, [3] * 4) == Standing(rung=1, sessions=2, is_stuck=True, gained=0.7, lately=0.7)
    assert climbed([3] * 4, [3] * 4, [3] * 4, [3] * 4).rung == 2
    assert climbed([4] * 4, [4] * 4, [5] * 4, [5] * 4).rung == 1


def test_two_sessions_in_a_row_at_six_go_one_rung_back():
    on_the_third = [[2] * 4] * 4
    assert climbed(*on_the_third, [6] * 4).rung == 3
    assert climbed(*on_the_third, [6] * 4, [6] * 4).rung == 2
    assert climbed(*on_the_third, [6] * 4, [5] * 4, [6] * 4, [6] * 4).rung == 2
    assert climbed(*on_the_third, *[[7] * 4] * 6) == Standing()


def test_it_is_no_longer_called_stuck_when_it_has_moved_although_the_help_goes_on():
    moved = [[4] * 4, [5] * 4, [6] * 4, [5] * 4]
    assert climbed(*moved) == Standing(rung=1, sessions=4, is_stuck=False, gained=3.3, lately=2.7)
    assert climbed(*moved, *[[5] * 4] * 6).rung == 1
    assert not climbed(*moved, *[[4, 4, 4, 5]] * 5).is_stuck  # lower, but not as low as where it begins
    assert climbed(*moved, *[[3] * 4] * 3).is_stuck


def test_sessions_in_which_nothing_was_tried_lead_no_rung_further():
    """The marks came days later, or it was another topic's session."""
    assert climbed(*[[2] * 4] * 9, rung=0) == Standing(rung=1, sessions=0, is_stuck=True)


def test_marks_that_come_late_lead_to_where_they_would_have_led_in_time():
    sessions = make_session_marks(*[[2] * 4] * 3, [7] * 4, [3] * 4, rung=1)
    late = [*sessions[:1], replace(sessions[1], marks=()), *sessions[2:]]
    assert replay([one for one in late if one.marks]) != replay(sessions)
    assert replay([*late[:1], sessions[1], *late[2:]]) == replay(sessions)
