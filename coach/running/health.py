"""Whether the program lives, and whether it can serve: for supervisors, balancers and whoever is woken at night."""

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
    """200 when the program can serve candidates: it runs, and its database answers."""
    if not tables_answer():
        return JsonResponse({"status": "the database does not answer, or is not migrated"}, status=503)
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 when this web process answers at all; looks at nothing else, the database included."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when all of it works, else 503: {"status", "checks": {name: true or false}}."""
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
    """Looked at until it holds, and then no more: neither the program nor its database goes back."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseError("there are migrations to run")
    return True


def queue_moves() -> bool:
    """Whether no task has waited longer than COACH_QUEUE_SECONDS for a worker."""
    since = timezone.now() - timedelta(seconds=settings.QUEUE_SECONDS)
    return not OrmQ.objects.filter(lock__lt=since).exists()


def disk_has_room() -> bool:
    """Whether COACH_FREE_DISK_MB are free where the data folder is."""
    return shutil.disk_usage(settings.DATA_DIR).free >= settings.FREE_DISK_MB * 1_000_000


CHECKS: dict[str, Callable[[], bool]] = {
    "database": tables_answer,
    "migrations": migrated,
    "keys": canary_readable,
    "queue": queue_moves,
    "disk": disk_has_room,
}
