"""The worker, inside the test's own process."""

from django.utils.module_loading import import_string
from django_q.models import OrmQ


def run_worker() -> int:
    """Do what the worker would do with the queue, until it is empty; how many tasks that were."""
    done = 0
    while queued := OrmQ.objects.order_by("pk").first():
        queued.delete()
        import_string(queued.func())(*queued.task["args"])
        done += 1
    return done
