"""The candidate, and what the candidate tells about themselves."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import connection, models
from django.db.models.functions import Lower
from django.utils import timezone

from coach.encryption import EncryptedCharField, EncryptedTextField


def _next_number(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


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
    name = EncryptedCharField("how the coach may call you", owner="pk", max_length=100, blank=True, default="")
    current_role = EncryptedCharField("role you apply for", owner="pk", max_length=100, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    budget_reset_at = models.DateTimeField(
        null=True, blank=True, help_text="tokens used before do not count against the daily cap any more"
    )

    # An admin chose the password: the candidate is told once, at the next sign-in.
    password_set_by_admin_at = models.DateTimeField(null=True, blank=True)

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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it. A new one gets its number first: name and role are encrypted for it."""
        if self._state.adding and not self.pk:
            self.pk = _next_number(self._meta.db_table)
            kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def get_short_name(self) -> str:
        """How the coach addresses the candidate."""
        return self.name or self.username


class RawUserContext(models.Model):
    """Everything the candidate tells about their experience, as they wrote it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="raw_context")
    text = EncryptedTextField("your experience", blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"raw context of candidate {self.user_id}"


class SignInFailure(models.Model):
    """A failed sign-in, kept only to slow down guessing."""

    username = models.CharField(max_length=150, db_index=True, help_text="as typed, without case")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"failed sign-in at {self.at:%Y-%m-%d %H:%M}"


class EncryptionKey(models.Model):
    """A key under which values are stored, known by its id alone; the key itself is never in the database."""

    key_id = models.CharField(max_length=8, unique=True, help_text="the first bytes of the key's digest")
    # What only this key reads (coach.encryption_canary).
    canary = models.BinaryField()
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"key {self.key_id}"
