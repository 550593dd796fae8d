from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from coach.limits import lines_of
from coach.models import RawUserContext, SignInFailure, User
from coach.read_only_admin import ReadOnlyAdmin
from llm_modes import shares


class UserCreationForm(AdminUserCreationForm):
    """A user name and a password."""

    class Meta:
        model = User
        fields = ("username",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Candidates and admins. There is no e-mail address, so a forgotten password is set anew here."""

    add_form = UserCreationForm
    list_display = ("username", "name", "is_active", "is_staff", "date_joined", "last_login", "budget_reset_at")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    search_fields = ("username",)
    search_help_text = "Search by user name."
    ordering = ("username",)
    show_full_result_count = False
    readonly_fields = ("date_joined", "last_login", "budget_reset_at", "limits")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Candidate", {"fields": ("name", "current_role", "time_zone")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("date_joined", "last_login", "budget_reset_at")}),
        ("Limits", {"fields": ("limits",)}),
    )
    actions = ("deactivate", "reactivate", "reset_daily_tokens")

    @admin.action(description="Deactivate (signs them out; nothing is deleted)", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._set_active(request, chosen.exclude(username=request.user.get_username()), active=False)

    @admin.action(description="Reactivate", permissions=["change"])
    def reactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._set_active(request, chosen, active=True)

    @admin.action(description="Reset today's limits (what was used stays in the ledger)", permissions=["change"])
    def reset_daily_tokens(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        for user in self._changeable(request, chosen):
            shares.reset(user)
            self.log_change(request, user, "Today's limits were reset.")
        self.message_user(request, "Their tokens, and what they make in a day, are counted from now on.")

    @admin.display(description="used of each limit")
    def limits(self, user: User) -> str:
        lines = ((line.name, line.told) for line in lines_of(user))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", lines))

    def _set_active(self, request: HttpRequest, chosen: QuerySet[User], *, active: bool) -> None:
        changed = self._changeable(request, chosen.exclude(is_active=active))
        for user in changed:
            user.is_active = active
            user.save(update_fields=["is_active"])
            self.log_change(request, user, "Reactivated." if active else "Deactivated.")
        self.message_user(request, f"{'Reactivated' if active else 'Deactivated'}: {len(changed)}.")

    def _changeable(self, request: HttpRequest, chosen: QuerySet[User]) -> list[User]:
        return [user for user in chosen if self.has_change_permission(request, user)]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser changes a superuser: setting their password would make one of anybody."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Candidates erase themselves, with everything that is theirs; an admin deactivates."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody but a superuser gives rights."""
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *rights)


@admin.register(RawUserContext)
class RawUserContextAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "updated_at")
    list_filter = ("updated_at",)


@admin.register(SignInFailure)
class SignInFailureAdmin(admin.ModelAdmin):
    """Who is locked out. Deleting the rows lets them try again.

    A name nobody has is not shown: people type their password into the wrong field.
    """

    list_display = ("id", "user_name", "at")
    list_filter = ("at",)
    fields = readonly_fields = ("user_name", "at")
    show_full_result_count = False
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignInFailure]:
        known = User.objects.filter(username__iexact=OuterRef("username"))
        return super().get_queryset(request).annotate(is_known=Exists(known))

    @admin.display(description="user name")
    def user_name(self, failure: Any) -> str:
        return failure.username if failure.is_known else "(nobody's)"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What admins did."""

    list_display = ("action_time", "user", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag", "action_time")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return super().get_queryset(request).select_related("content_type")
