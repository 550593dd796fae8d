"""What the worker clears away, once a day."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Task

from coach.running.quiet_tasks import quiet

# How long the queue's record of finished and failed tasks is kept.
TASKS_KEPT = timedelta(days=30)


@quiet
def clear_away() -> None:
    """Delete login sessions that have ended, and what the queue remembers of old tasks."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    Task.objects.filter(stopped__lt=timezone.now() - TASKS_KEPT).delete()
