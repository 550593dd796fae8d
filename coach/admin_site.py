"""The admin: it has the candidates' login page, and shows the state of queue and ledger on its first page."""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.db.models import Count, Min, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods
from django_q.models import Failure, OrmQ, Schedule

from coach.backups import history
from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.models import LLMCall
from plans.models import DailyReview
from study.models import QuestionAttempt, Reconciliation

# django-q's scheduler looks every 30 s. A schedule that is later by this much is looked at by nobody.
OVERDUE = timedelta(minutes=2)
LEDGER_DAYS = (1, 7, 30)
_PAGE_METHODS = require_http_methods(["GET", "HEAD", "POST"])


class CoachAdminSite(admin.AdminSite):
    """The admin site; coach.apps.CoachAdminConfig makes it the default one."""

    site_header = site_title = "Interview coach"
    index_title = "Running the place"

    @method_decorator(_PAGE_METHODS)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leads to the candidates' login page, which counts guesses. Whoever is signed in and no admin gets a 403."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get("next", "")
        ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
        return redirect_to_login(target if ours else request.path.removesuffix("login/"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Leads to the candidates' page for it, which counts guesses of the old password."""
        return redirect("password")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Makes every page of the admin `no-store`, and answers a wrong method with a 405, as our other pages do."""
        return super().admin_view(_PAGE_METHODS(_or_not_found(view)), cacheable=False)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        state: dict[str, Any] = {}
        if request.user.has_perm("django_q.view_ormq"):
            state |= {"queue": queue_health()}
        if request.user.has_perm("coach.view_nightlybackup"):
            state |= {"backups": history.state()}
        if request.user.has_perm("llm_modes.view_llmcall"):
            state |= {"ledger": ledger_totals()}
        return super().index(request, {**state, **(extra_context or {})})


def _or_not_found(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers 404 where the address holds a value that the database cannot be asked about: a NUL, the year 10**30."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (DataError, OverflowError):
            raise Http404 from None

    return wrapped


def queue_health() -> dict[str, Any]:
    """Counts of waiting and failed tasks, and the age of the oldest waiting one (None: nothing waits)."""
    now = timezone.now()
    # In `lock` django-q keeps when a waiting task was enqueued; for one that was taken, until when it may run.
    tasks = OrmQ.objects.aggregate(
        waiting=Count("pk", filter=Q(lock__lte=now)),
        running=Count("pk", filter=Q(lock__gt=now)),
        oldest=Min("lock", filter=Q(lock__lte=now)),
    )
    return {
        "waiting": tasks["waiting"],
        "running": tasks["running"],
        "oldest": now - tasks["oldest"] if tasks["oldest"] else None,
        "failed_today": Failure.objects.filter(stopped__gte=now - timedelta(days=1)).count(),
        "overdue": Schedule.objects.filter(next_run__lt=now - OVERDUE).count(),
        "rows": [
            {"name": model._meta.verbose_name_plural, **_asking(model, now)}
            for model in (Reconciliation, DailyReview, QuestionAttempt)
        ],
    }


def _asking(model: type[Any], now: Any) -> dict[str, int]:
    interrupted = Q(ask_state=AskState.ASKING, ask_lease_until__lte=now)
    # The condition is that of an index: the table has every answer there ever was.
    return model.objects.filter(ask_state__in=UNANSWERED).aggregate(
        waiting=Count("pk", filter=Q(ask_state__in=(AskState.PENDING, AskState.ASKING)) & ~interrupted),
        failed=Count("pk", filter=Q(ask_state=AskState.FAILED) | interrupted),
    )


def ledger_totals() -> list[dict[str, Any]]:
    """Calls, failures, tokens and mean milliseconds of the last day, week and month."""
    now = timezone.now()
    return [{"days": days, **_ledger_since(now - timedelta(days=days))} for days in LEDGER_DAYS]


def _ledger_since(since: Any) -> dict[str, Any]:
    totals = LLMCall.objects.filter(at__gte=since).aggregate(
        calls=Count("pk"),
        candidates=Count("user", distinct=True),
        failed=Count("pk", filter=~Q(outcome="ok")),
        input=Sum("input_tokens", default=0),
        cached=Sum("cached_tokens", default=0),
        output=Sum("output_tokens", default=0),
        milliseconds=Sum("milliseconds", default=0),
    )
    return {**totals, "seconds_each": totals["milliseconds"] / 1000 / totals["calls"] if totals["calls"] else 0.0}
