"""Numbers as sentences say them."""

import pytest

from coach.counted import counted, whole_minutes


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(-5, 0), (0, 0), (1, 1), (40, 1), (61, 1), (89, 1), (90, 2), (119, 2), (120, 2), (149, 2), (150, 3), (600, 10)],
)
def test_seconds_are_whole_minutes_halves_up_and_practice_is_never_none(seconds, minutes):
    assert whole_minutes(seconds) == minutes


def test_a_number_has_its_noun_in_the_number():
    assert [counted(n, "word") for n in (0, 1, 2)] == ["0 words", "1 word", "2 words"]
