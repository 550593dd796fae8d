"""Lengths of time in free wording."""

import pytest

from llm_modes.offline.minutes import daily_minutes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("half an hour a day", 30),
        ("an hour and a half", 90),
        ("one and a half hours", 90),
        ("1h30", 90),
        ("1h 30m", 90),
        ("1.5 hours", 90),
        ("45 min", 45),
        ("forty-five minutes", 45),
        ("three quarters of an hour", 45),
        ("an hour and 15 minutes", 75),
        ("two hours", 120),
        ("an hour or two", 60),
        ("between 30 and 45 minutes", 30),
        ("about 20 mins each morning", 20),
        ("5 hours a week", 40),
        ("I work 12 hour shifts and have half an hour a day", 30),
        ("I have 30 minutes, no, 20 minutes", 20),
        ("maybe 20 minuts, evenings I am tired", 20),
        ("25 mintues", 25),
        ("abends 20 Minuten", 20),
        ("a team of 20 mining engineers", None),
        ("my interview is in 2 hours", None),
        ("ten years of experience", None),
        ("45", None),
    ],
)
def test_minutes_a_day_are_read(text, minutes):
    assert daily_minutes(text) == minutes


def test_a_lone_number_counts_only_as_an_answer():
    assert daily_minutes("maybe 25?", bare=True) == 25
    assert daily_minutes("2", bare=True) is None
