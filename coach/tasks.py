"""What the worker deletes, once a day."""

from datetime import timedelta

from django.utils import timezone
from django_q.models import Task

from coach.models import LoginSession
from coach.running.quiet_tasks import quiet

# For how long the queue keeps finished and failed tasks.
TASKS_KEPT = timedelta(days=30)


@quiet
def clear_away() -> None:
    """Delete expired login sessions, and the queue's records of old tasks."""
    LoginSession.objects.filter(expire_date__lt=timezone.now()).delete()
    Task.objects.filter(stopped__lt=timezone.now() - TASKS_KEPT).delete()
