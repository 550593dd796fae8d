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
from coach.models import EncryptionKey, Invitation, LoginSession, NightlyBackup, RawUserContext, RecentTries, User
from coach.read_only_admin import NameSearch, ReadOnlyAdmin
from llm_modes.ledger import spending


class UserCreationForm(AdminUserCreationForm):
    """A user name and a password."""

    class Meta:
        model = User
        fields = ("username",)

    def clean_username(self) -> str:
        """The name as typed; the model checks whether it is taken. Django's check folds names as the database does."""
        return self.cleaned_data["username"]


class UserChangeForm(DjangoUserChangeForm):
    """Every field but the password."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_time_zone(self) -> str:
        """The zone's present name. An unknown zone is refused: the candidate's day would begin at a wrong hour."""
        zone = zone_names.meant_by(self.cleaned_data["time_zone"])
        if zone is None:
            raise ValidationError("No time zone goes by that name.")
        return zone


@admin.register(User)
class UserAdmin(NameSearch, DjangoUserAdmin):
    """Candidates and admins. The coach knows no e-mail address, so a forgotten password is replaced here."""

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
            spending.reset(user)
            self.log_change(request, user, "Today's limits were reset.")
        self.message_user(request, "Their tokens, and what they make in a day, are counted from now on.")

    @admin.display(description="used of each limit")
    def limits(self, user: User) -> str:
        lines = ((limit.name, limit.told) for limit in limits_of(user))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", lines))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password logs the candidate out everywhere, and erases nothing. They are told until they choose one."""
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
        """Only a superuser changes another admin: whoever sets an admin's password can use their rights."""
        is_other_admin = obj is not None and obj != request.user and (obj.is_staff or obj.is_superuser)
        if is_other_admin and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: candidates erase their accounts themselves. An admin can make an account inactive."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a superuser gives rights."""
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *rights)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Rights that several admins share. Whoever changes a group gives rights, perhaps to themselves."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(LoginSession)
class LoginSessionAdmin(ReadOnlyAdmin):
    """Who is signed in, and until when. The address of a row's own page has its key, so no list leads there."""

    owner = "candidate"
    hidden = ("session_key", "session_data")
    list_display = ("candidate", "expire_date")
    list_display_links = None
    list_filter = ("expire_date",)
    ordering = ("-expire_date",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoginSession]:
        return super().get_queryset(request).defer("session_data")


@admin.register(RawUserContext)
class RawUserContextAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "updated_at")
    list_filter = ("updated_at",)


@admin.register(RecentTries)
class RecentTriesAdmin(NameSearch, admin.ModelAdmin):
    """Who has to wait after too many tries. Deleting a row lets them try again.

    A name that nobody has is neither shown nor stored: people type their password into the wrong field.
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
        # Rows whose tries were all given back do not count.
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
    """Links of `manage.py invite` that nobody has used yet. Deleting a row makes its link invalid."""

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
    """The ids of the keys under which values are stored."""

    owner = ""
    hidden = ("canary",)
    list_display = ("key_id", "since", "unread_when_retired")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EncryptionKey]:
        return admin.ModelAdmin.get_queryset(self, request).defer("canary")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()


@admin.register(NightlyBackup)
class NightlyBackupAdmin(ReadOnlyAdmin):
    """How the backups of the last nights went."""

    owner = ""
    list_display = ("id", "started_at", "seconds", "bytes", "rows", "failure")
    list_filter = ("started_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[NightlyBackup]:
        return admin.ModelAdmin.get_queryset(self, request)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What admins did."""

    list_display = ("action_time", "user", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag", "action_time")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return super().get_queryset(request).select_related("content_type")
