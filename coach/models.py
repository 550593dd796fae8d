"""The candidate, and what the candidate tells about themselves."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from coach.encryption import EncryptedCharField, EncryptedTextField
from coach.user_names import (
    HELP_TEXT,
    NUMBER_SIGN,
    NameKeyField,
    UserNameField,
    as_written,
    belongs_to,
    name_key,
    validate_user_name,
)

NAME_TAKEN = "This user name is taken."


def _next_number(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


class UserQuerySet(models.QuerySet["User"]):
    """Candidates, whose names cannot be changed behind the back of their keys."""

    def update(self, **fields: Any) -> int:
        """As everywhere, but never a user name: `bulk_update` goes this way too."""
        if "username" in fields:
            raise TypeError("A user name is changed by save(), which also writes its key.")
        return super().update(**fields)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes and finds candidates and admins."""

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
        """Whom this name means, however it is spelled.

        Two accounts of release 0.1 may have names with one key: each is found by its exact spelling, and all other
        spellings mean the one that joined first.
        """
        written = as_written(username or "")
        key = name_key(written)
        # In nobody's name: PostgreSQL would not compare the first and the last, and the other would be a second key to
        # an account.
        strange = "\x00" in key or NUMBER_SIGN in key or any("\ud800" <= letter <= "\udfff" for letter in written)
        found = () if strange else self.filter(Q(username=written) | Q(name_key=key))
        user = max(found, key=lambda user: user.username == written, default=None)
        if user is None:
            raise self.model.DoesNotExist
        return user

    def key_of(self, username: str) -> str:
        """The key of whoever this name means, or would have: what one account does counts for no other."""
        try:
            return self.get_by_natural_key(username).name_key
        except self.model.DoesNotExist:
            return name_key(username)

    def is_taken(self, username: str) -> bool:
        """Whether somebody has the name, in any spelling."""
        return self.filter(Q(username=as_written(username)) | Q(name_key=name_key(username))).exists()


class User(AbstractBaseUser, PermissionsMixin):
    """A candidate (or an admin). No e-mail address and no real name is asked for."""

    # Unique by itself as well: Django wants that of what one signs in with.
    username = UserNameField(
        "user name",
        unique=True,
        validators=[validate_user_name],
        help_text=HELP_TEXT,
        error_messages={"unique": NAME_TAKEN},
    )
    name_key = NameKeyField(unique=True)
    name = EncryptedCharField("how the coach may call you", owner="pk", max_length=100, blank=True, default="")
    current_role = EncryptedCharField("role you apply for", owner="pk", max_length=100, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    budget_reset_at = models.DateTimeField(
        null=True, blank=True, help_text="tokens used before do not count against the daily cap any more"
    )

    # An admin chose the password: whoever signs in is told, until the candidate has chosen another.
    password_set_by_admin_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.username

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        """As written; Django's own would take signs apart that may stay as they are. None stays None, as there."""
        return as_written(username) if isinstance(username, str) else username

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """The key is written with the name. A new candidate gets a number first: name and role are encrypted for it."""
        if self._state.adding and not self.pk:
            self.pk = _next_number(self._meta.db_table)
            options["force_insert"] = True
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "name_key"}
        super().save(update_fields=update_fields, **options)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Every form that sets the name refuses other spellings of a name that is taken."""
        super().validate_unique(exclude)
        renamed = "username" not in (exclude or ()) and not belongs_to(self.name_key, self.username)
        if renamed and User.objects.is_taken(self.username):
            raise ValidationError({"username": ValidationError(NAME_TAKEN, code="unique")})

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


class RecentTries(models.Model):
    """When something was tried under one key, and not given back: what coach.tries counts."""

    class What(models.TextChoices):
        SIGN_IN = "sign_in", "passwords for a user name"
        ADDRESS = "address", "passwords for any user name"
        JOIN = "join", "accounts made"

    what = models.CharField(max_length=10, choices=What)
    # People type passwords where a user name belongs, so a name is never kept as it was typed.
    name_digest = models.CharField(max_length=64, blank=True, help_text="keyed; empty where any name counts")
    address = models.CharField(max_length=50, help_text="of the visitor, or its network")
    # No constraint in the database: whoever erases an account has not to wait for a sign-in, nor it for them.
    candidate = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+", help_text="whose name it is"
    )
    times = ArrayField(models.DateTimeField())
    ends_at = models.DateTimeField(db_index=True, help_text="from then on none of these times counts")

    class Meta:
        verbose_name_plural = "recent tries"
        constraints = [models.UniqueConstraint(fields=("what", "name_digest", "address"), name="tries_of_one_key")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} from {self.address}"


class Invitation(models.Model):
    """One account that may be made while joining is by invitation. Deleted by the use of it."""

    digest = models.CharField(max_length=64, unique=True, help_text="of the token in the link, which is kept nowhere")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"invitation until {self.expires_at:%Y-%m-%d %H:%M}"


class EncryptionKey(models.Model):
    """A key under which values are stored, known by its id alone; the key itself is never in the database."""

    key_id = models.CharField(max_length=8, unique=True, help_text="the first bytes of the key's digest")
    # What only this key reads (coach.encryption.canary).
    canary = models.BinaryField()
    # Values that named the key when nothing readable did any more; empty while it is in use.
    unread_when_retired = models.PositiveIntegerField(null=True, blank=True)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"key {self.key_id}"
