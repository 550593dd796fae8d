"""Whether the program lives, and whether it can serve: for supervisors, load balancers and whoever runs it."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import OrmQ

from coach.encryption.canary import canary_readable


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 when the program can serve candidates: it runs, and its database answers and has our tables. Else 503."""
    if not tables_answer():
        return JsonResponse({"status": "the database does not answer, or is not migrated"}, status=503)
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 when this web process answers. It looks at nothing else, not even at the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when everything works, else 503: {"status", "checks": {name: true or false}}."""
    checks = {name: _holds(check) for name, check in CHECKS.items()}
    good = all(checks.values())
    return JsonResponse({"status": "ok" if good else "not ready", "checks": checks}, status=200 if good else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DatabaseError:
        return False


def tables_answer() -> bool:
    """Whether the database answers, with our tables in it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM coach_user LIMIT 1")
    except DatabaseError:
        return False
    return True


def migrated() -> bool:
    """Whether the database has the tables of this version of the program."""
    return _migrated_once() if tables_answer() else False


@cache
def _migrated_once() -> bool:
    """Asked until it is true, and then no more: a running program and its database do not go back."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseError("there are migrations to run")
    return True


def queue_moves() -> bool:
    """Whether no task has waited longer than COACH_QUEUE_SECONDS for a worker."""
    since = timezone.now() - timedelta(seconds=settings.QUEUE_SECONDS)
    return not OrmQ.objects.filter(lock__lt=since).exists()


def disk_has_room() -> bool:
    """Whether the disk of the data folder has COACH_FREE_DISK_MB left."""
    return shutil.disk_usage(settings.DATA_DIR).free >= settings.FREE_DISK_MB * 1_000_000


CHECKS: dict[str, Callable[[], bool]] = {
    "database": tables_answer,
    "migrations": migrated,
    "keys": canary_readable,
    "queue": queue_moves,
    "disk": disk_has_room,
}
