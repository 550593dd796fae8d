"""What the worker does. Tasks carry ids only."""

from coach.running.quiet_tasks import quiet
from llm_modes.asking.trying_again import is_due
from llm_modes.ledger import spending
from plans import context_reading, daily_review
from plans.models import ContextReading, DailyReview


@quiet
def write_daily_review(review_id: int) -> None:
    """Write this review, unless it is written already or its candidate was erased."""
    review = DailyReview.objects.filter(pk=review_id).first()
    if review and is_due(review):
        with spending.background():
            daily_review.write(review)


@quiet
def read_context(reading_id: int) -> None:
    """Read these texts, unless they are read already or their candidate was erased."""
    reading = ContextReading.objects.filter(pk=reading_id).first()
    if reading and is_due(reading):
        with spending.background():
            context_reading.read(reading)
