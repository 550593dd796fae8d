"""What the worker does. Tasks carry ids only."""

from coach.unreadable import read_what_can_be_read
from plans import daily_review
from plans.models import DailyReview


@read_what_can_be_read()
def write_daily_review(review_id: int) -> None:
    """Write this review, unless somebody has done so already or the candidate is gone."""
    review = DailyReview.objects.filter(pk=review_id).first()
    if review:
        daily_review.write(review)
