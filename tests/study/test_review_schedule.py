"""When a question is due again."""

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Rating

from study.models import Question
from study.review_schedule import rating_for, rest_after_skip, schedule_next

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


MARKS = {
    1: Rating.Again,
    3: Rating.Again,
    4: Rating.Hard,
    5: Rating.Hard,
    6: Rating.Good,
    8: Rating.Good,
    9: Rating.Easy,
    10: Rating.Easy,
}


@pytest.mark.parametrize(("score", "rating"), list(MARKS.items()))
def test_marks_become_ratings(score, rating):
    assert rating_for(score) == rating


def due_in(*scores: int) -> timedelta:
    """How long after the last of these marks, each given when the question was due, it is due again."""
    question, at = Question(pk=7), NOW
    for score in scores:
        at = question.due_at or NOW
        schedule_next(question, score=score, at=at)
    return question.due_at - at


def test_a_better_mark_means_a_longer_rest():
    assert due_in(2) == timedelta(days=1)
    assert due_in(2) <= due_in(5) <= due_in(7) < due_in(10)


def test_the_rest_grows_with_every_good_answer_and_shrinks_with_a_bad_one():
    assert due_in(7) < due_in(7, 7) < due_in(7, 7, 7)
    assert due_in(7, 7, 2) < due_in(7, 7)


def test_answering_forgives_the_skips():
    question = Question(pk=7, skips=3)
    schedule_next(question, score=6, at=NOW)
    assert question.skips == 0


def test_a_skip_rests_1_2_4_days_and_at_most_64():
    assert [rest_after_skip(skips).days for skips in (1, 2, 3, 7, 12)] == [1, 2, 4, 64, 64]
