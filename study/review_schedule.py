"""When a question is due again: FSRS (a spaced repetition algorithm), with the coach's marks as its ratings.

Stored is what FSRS and rests say. An interview brings it forward when it is read (`before`): so a day that is told,
moved or taken back later, and another time zone, count at once for every question.
"""

from datetime import UTC, datetime, timedelta

from fsrs import Card, Rating, Scheduler

from plans.countdown import Countdown
from study.models import Question

# Without learning steps no question is due again within the hour. Without fuzzing the same marks give the same dates.
# The longest interval, in days, is longer than a preparation lasts.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=180, enable_fuzzing=False)

# The rest doubles with each skip in a row, up to MOST_DOUBLINGS times: 1, 2, 4 … 64 days.
FIRST_REST_AFTER_SKIP = timedelta(days=1)
MOST_DOUBLINGS = 6
# Nothing that was answered or skipped is asked again sooner than that, unless the interview is.
SOONEST_AGAIN = timedelta(hours=12)


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


def before(countdown: Countdown, due: datetime, since: datetime | None) -> datetime:
    """`due`, or an earlier moment, so that the question comes once more before the interview.

    It comes when as much time has passed `since` it was last answered or skipped as is left from then on: halfway.
    So what was met on different days is not due all at once, and each time the way that is left is halved again.
    """
    last = countdown.last_moment
    if last is None:
        return due
    if since is None:
        return min(due, last)
    return min(due, last, max(since + (last - since) / 2, since + SOONEST_AGAIN))


def due_before(countdown: Countdown, question: Question) -> datetime:
    """When this question, which has a due date, is due at the latest before the interview."""
    assert question.due_at is not None
    if question.skips:
        return before(countdown, question.due_at, question.due_at - rest_after_skip(question.skips))
    return before(countdown, question.due_at, last_review(question))


def last_review(question: Question) -> datetime | None:
    """When its last mark came; None before the first."""
    reviewed = question.review_card and question.review_card.get("last_review")
    return datetime.fromisoformat(reviewed) if reviewed else None
