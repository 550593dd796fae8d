from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from coach import zone_names
from coach.limits import limits_of
from coach.models import EncryptionKey, Invitation, RawUserContext, RecentTries, User
from coach.read_only_admin import NameSearch, ReadOnlyAdmin
from llm_modes.provider import shares


class UserCreationForm(AdminUserCreationForm):
    """A user name and a password."""

    class Meta:
        model = User
        fields = ("username",)

    def clean_username(self) -> str:
        """As it is: the model says whether it is taken. Django would ask the database, which folds in its own way."""
        return self.cleaned_data["username"]


class UserChangeForm(DjangoUserChangeForm):
    """All but the password."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_time_zone(self) -> str:
        """The zone's name of today: by one that nobody knows, the candidate's days would turn at the wrong hour."""
        zone = zone_names.meant_by(self.cleaned_data["time_zone"])
        if zone is None:
            raise ValidationError("No time zone goes by that name.")
        return zone


@admin.register(User)
class UserAdmin(NameSearch, DjangoUserAdmin):
    """Candidates and admins. There is no e-mail address, so a forgotten password is set anew here."""

    form = UserChangeForm
    add_form = UserCreationForm
    list_display = ("username", "is_active", "is_staff", "date_joined", "last_login", "budget_reset_at")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    search_fields = ("name_key__contains",)
    search_help_text = "Search by user name."
    ordering = ("username",)
    show_full_result_count = False
    readonly_fields = ("date_joined", "last_login", "budget_reset_at", "limits")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Candidate", {"fields": ("time_zone",)}),
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
        lines = ((limit.name, limit.told) for limit in limits_of(user))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", lines))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password signs the candidate out everywhere, erases nothing, and is told until another is chosen."""
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, unquote(id))
        changed = request.method == "POST" and response.status_code == HTTPStatus.FOUND
        if changed and user is not None and user != request.user:
            User.objects.filter(pk=user.pk).update(password_set_by_admin_at=timezone.now())
        return response

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
        """Only a superuser changes another admin: setting their password would give anybody their rights."""
        is_other_admin = obj is not None and obj != request.user and (obj.is_staff or obj.is_superuser)
        if is_other_admin and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Candidates erase themselves, with everything that is theirs; an admin deactivates."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody but a superuser gives rights."""
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *rights)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Rights that several admins share; whoever changes a group gives rights, and may be in it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(RawUserContext)
class RawUserContextAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "updated_at")
    list_filter = ("updated_at",)


@admin.register(RecentTries)
class RecentTriesAdmin(NameSearch, admin.ModelAdmin):
    """Who has to wait. Deleting the row lets them try again.

    A name nobody has is not shown, nor stored: people type their password into the wrong field.
    """

    list_display = ("id", "what", "user_name", "address", "tried", "ends_at")
    list_filter = ("what", ("candidate", admin.EmptyFieldListFilter), "ends_at")
    list_per_page = 50
    search_fields = ("candidate__name_key__contains",)
    search_help_text = "Search by user name."
    fields = readonly_fields = ("what", "user_name", "address", "tried", "ends_at")
    show_full_result_count = False
    list_select_related = ("candidate",)
    ordering = ("-ends_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecentTries]:
        # What was all given back was none.
        return super().get_queryset(request).exclude(times=[])

    @admin.display(description="user name")
    def user_name(self, tries: RecentTries) -> str:
        if not tries.name_digest:
            return "(any)"
        return str(tries.candidate) if tries.candidate else "(nobody's)"

    @admin.display(description="times")
    def tried(self, tries: RecentTries) -> int:
        return len(tries.times)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Links of `manage.py invite` that nobody has used yet. Deleting one makes its link worthless."""

    list_display = ("id", "created_at", "expires_at")
    list_filter = ("expires_at",)
    fields = readonly_fields = ("created_at", "expires_at")
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EncryptionKey)
class EncryptionKeyAdmin(ReadOnlyAdmin):
    """Under which keys values are stored: their ids."""

    owner = ""
    hidden = ("canary",)
    list_display = ("key_id", "since", "unread_when_retired")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EncryptionKey]:
        return admin.ModelAdmin.get_queryset(self, request).defer("canary")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What admins did."""

    list_display = ("action_time", "user", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag", "action_time")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return super().get_queryset(request).select_related("content_type")
