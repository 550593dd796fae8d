"""The candidate, and what the candidate tells about themselves."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from coach.encryption import EncryptedTextField


class UserManager(BaseUserManager["User"]):
    """Makes candidates and admins."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make a candidate; without a password no one can sign in as them."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make an admin with every permission."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """User names differ in more than case, so signing in does not mind it."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A candidate (or an admin). No e-mail address and no real name is asked for."""

    username = models.CharField(
        "user name",
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "This user name is taken."},
    )
    name = models.CharField(max_length=100, blank=True)
    current_role = models.CharField("role you apply for", max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    budget_reset_at = models.DateTimeField(
        null=True, blank=True, help_text="tokens used before do not count against the daily cap any more"
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="user_name_unique", violation_error_message="This user name is taken."
            )
        ]

    def __str__(self) -> str:
        return self.username

    def get_short_name(self) -> str:
        """How the coach addresses the candidate."""
        return self.name or self.username


class RawUserContext(models.Model):
    """Everything the candidate tells about their experience, as they wrote it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="raw_context")
    text = EncryptedTextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"raw context of candidate {self.user_id}"


class SignInFailure(models.Model):
    """A failed sign-in, kept only to slow down guessing."""

    username = models.CharField(max_length=150, db_index=True, help_text="as typed, without case")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"failed sign-in at {self.at:%Y-%m-%d %H:%M}"
