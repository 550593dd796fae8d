"""When a question is due again: FSRS (a spaced repetition algorithm), with the coach's marks as its ratings."""

from datetime import UTC, datetime, timedelta

from fsrs import Card, Rating, Scheduler

from study.models import Question

# Without learning steps no question is due again within the hour. Without fuzzing the same marks give the same dates.
# The longest interval, in days, is longer than a preparation lasts.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=180, enable_fuzzing=False)

# The rest doubles with each skip in a row, up to MOST_DOUBLINGS times: 1, 2, 4 … 64 days.
FIRST_REST_AFTER_SKIP = timedelta(days=1)
MOST_DOUBLINGS = 6


def rating_for(score: int) -> Rating:
    """FSRS's rating for a mark (1 to 10): 1-3 again, 4-5 hard, 6-8 good, 9-10 easy."""
    if score <= 3:
        return Rating.Again
    if score <= 5:
        return Rating.Hard
    return Rating.Good if score <= 8 else Rating.Easy


def schedule_next(question: Question, *, score: int, at: datetime) -> None:
    """Set on the question when it is due after an answer with this mark (1 to 10). The caller saves the question."""
    card = Card.from_dict(question.review_card) if question.review_card else Card(card_id=question.pk)
    card, _log = _SCHEDULER.review_card(card, rating_for(score), review_datetime=at.astimezone(UTC))
    question.review_card = card.to_dict()
    question.due_at = card.due
    question.skips = 0


def rest_after_skip(skips: int) -> timedelta:
    """How long a question rests after its `skips`-th skip in a row (1, 2, …)."""
    return FIRST_REST_AFTER_SKIP * 2 ** min(max(skips, 1) - 1, MOST_DOUBLINGS)
