"""When a question is due again: FSRS (spaced repetition), fed with the coach's marks."""

from datetime import UTC, datetime, timedelta

from fsrs import Card, Rating, Scheduler

from study.models import Question

# No learning steps of minutes: a question that was just answered is not asked again the same hour. No fuzz: the same
# marks give the same dates. Half a year is longer than a preparation lasts.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=180, enable_fuzzing=False)

# A skipped question comes back after 1, 2, 4 … days, at most after 64.
FIRST_REST_AFTER_SKIP = timedelta(days=1)
MOST_DOUBLINGS = 6


def rating_for(score: int) -> Rating:
    """FSRS's rating for a mark: 1-3 again, 4-5 hard, 6-8 good, 9-10 easy."""
    if score <= 3:
        return Rating.Again
    if score <= 5:
        return Rating.Hard
    return Rating.Good if score <= 8 else Rating.Easy


def schedule_next(question: Question, *, score: int, at: datetime) -> None:
    """Note on the question (the caller saves it) that it was answered with this mark, and when it is due again."""
    card = Card.from_dict(question.review_card) if question.review_card else Card(card_id=question.pk)
    card, _log = _SCHEDULER.review_card(card, rating_for(score), review_datetime=at.astimezone(UTC))
    question.review_card = card.to_dict()
    question.due_at = card.due
    question.skips = 0


def rest_after_skip(skips: int) -> timedelta:
    """How long a question stays away after its `skips`-th skip in a row (1, 2, …)."""
    return FIRST_REST_AFTER_SKIP * 2 ** min(max(skips, 1) - 1, MOST_DOUBLINGS)
