"""What all admin pages of candidates' rows have in common: they are read-only, and show no text that was written."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from coach.encryption import fields
from coach.user_names import search_key

# The columns and filters of a row that waits for the LLM (llm_modes.asking.rows).
ASKING = ("ask_state", "ask_failure", "ask_attempt", "asked_at")
ASKING_FILTERS = ("ask_state", "ask_failure")


def encrypted_fields(model: type[models.Model]) -> list[str]:
    """The names of the fields whose content is encrypted."""
    return [field.name for field in fields.encrypted_fields(model)]


class NameSearch(admin.ModelAdmin):
    """A list that can be searched by user name, in any spelling."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, search_key(search_term))


class ReadOnlyAdmin(NameSearch):
    """Lists and shows rows. Only actions change them, for admins with the permission to change such rows.

    Encrypted fields are not shown, searched, or read for lists. `owner`: the lookup from a row to its candidate.
    `hidden`: plain fields that are left out too.
    """

    owner = "user"
    hidden: tuple[str, ...] = ()
    show_full_result_count = False
    list_per_page = 50
    search_help_text = "Search by user name."
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related(self.owner)
        return rows.defer(*encrypted_fields(self.model), *self._encrypted_on_the_way())

    def _encrypted_on_the_way(self) -> list[str]:
        """The encrypted fields of the rows between a row and its candidate."""
        found, model, path = [], self.model, ""
        for step in self.owner.split("__"):
            model, path = model._meta.get_field(step).related_model, f"{path}{step}__"
            found += [f"{path}{name}" for name in encrypted_fields(model)]
        return found

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (f"{self.owner}__name_key__contains",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        left_out = {*encrypted_fields(self.model), *self.hidden}
        return [field.name for field in self.model._meta.concrete_fields if field.name not in left_out]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)

    @admin.display(description="candidate")
    def candidate(self, row: Any) -> str:
        """The user name of the candidate that the row belongs to."""
        for step in self.owner.split("__"):
            row = getattr(row, step)
        return str(row)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this admin may use the actions: it takes Django's permission to change such rows."""
        return super().has_change_permission(request)
