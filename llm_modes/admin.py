from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from coach.read_only_admin import ReadOnlyAdmin
from llm_modes.ledger import sums
from llm_modes.models import Dialect, LLMCall, StartedCall


@admin.register(StartedCall)
class StartedCallAdmin(ReadOnlyAdmin):
    """Calls that run, or began within the last minute. A candidate's page resets them."""

    list_display = ("started_at", "user", "mode", "model", "lease_until", "ended_at", "reserved_tokens")
    list_filter = ("mode", "started_at")


@admin.register(Dialect)
class DialectAdmin(admin.ModelAdmin):
    """What each server was found to speak with each model. A row that is deleted is found out anew."""

    list_display = (
        "address",
        "model",
        "reply_form",
        "schema_in_prompt",
        "limit",
        "streams",
        "stream_options",
        "system_role",
        "learned_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Dialect | None = None) -> bool:
        return False


class MendedFilter(admin.SimpleListFilter):
    """Replies of which something was mended, or nothing."""

    title = "mended"
    parameter_name = "mended"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LLMCall]) -> QuerySet[LLMCall]:
        if self.value() == "yes":
            return queryset.filter(mended__gt=0)
        return queryset.filter(mended=0) if self.value() == "no" else queryset


@admin.register(LLMCall)
class LLMCallAdmin(ReadOnlyAdmin):
    list_display = (
        "at",
        "user",
        "mode",
        "outcome",
        "model",
        "input_tokens",
        "cached_tokens",
        "output_tokens",
        "estimated",
        "milliseconds",
        "first_token_milliseconds",
        "mended",
    )
    list_filter = ("mode", "outcome", MendedFilter, "estimated", "model", "at")

    def get_urls(self):
        summary = path("summary/", self.admin_site.admin_view(self.summary), name="llm_modes_llmcall_summary")
        return [summary, *super().get_urls()]

    def summary(self, request: HttpRequest) -> HttpResponse:
        """Calls, failures, mended replies, tokens and estimated price by day, candidate or mode."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        group = request.GET.get("by", "day")
        days = request.GET.get("days", "")
        group = group if group in sums.GROUPS else "day"
        chosen_days = int(days) if days in map(str, sums.DAYS) else 30
        lines, total = sums.summed(group, chosen_days)
        context = {
            **self.admin_site.each_context(request),
            "title": "What the LLM calls cost",
            "opts": self.opts,
            "group": group,
            "groups": sums.GROUPS,
            "days": chosen_days,
            "all_days": sums.DAYS,
            "headings": [name.removeprefix("user__").replace("username", "candidate") for name in sums.GROUPS[group]],
            "lines": lines,
            "total": total,
            "most_lines": sums.MOST_LINES,
        }
        return TemplateResponse(request, "admin/llm_modes/llmcall/summary.html", context)
