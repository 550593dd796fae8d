"""The candidate, and what the candidate tells about themselves."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
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

if TYPE_CHECKING:
    from coach.login_sessions import SessionStore

NAME_TAKEN = "This user name is taken."


def _next_number(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


class UserQuerySet(models.QuerySet["User"]):
    """Candidates. Their names cannot be changed without their keys."""

    def update(self, **fields: Any) -> int:
        """As in Django, but never a user name, which would leave its key behind. `bulk_update` calls this too."""
        if "username" in fields:
            raise TypeError("A user name is changed by save(), which also writes its key.")
        return super().update(**fields)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes and finds candidates and admins."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make a candidate. Without a password nobody can sign in as them."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make an admin with every permission."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account that this name means, in any spelling.

        Two accounts of release 0.1 may have names with the same key. Each is found by its exact spelling; every other
        spelling means the one that joined first.
        """
        written = as_written(username or "")
        key = name_key(written)
        # No name has these: PostgreSQL takes no NUL and no half of a character; NUMBER_SIGN is for stored keys only.
        strange = "\x00" in key or NUMBER_SIGN in key or any("\ud800" <= letter <= "\udfff" for letter in written)
        found = () if strange else self.filter(Q(username=written) | Q(name_key=key))
        user = max(found, key=lambda user: user.username == written, default=None)
        if user is None:
            raise self.model.DoesNotExist
        return user

    def key_of(self, username: str) -> str:
        """The key of the account that this name means, or would have. Tries are counted by it."""
        try:
            return self.get_by_natural_key(username).name_key
        except self.model.DoesNotExist:
            return name_key(username)

    def is_taken(self, username: str) -> bool:
        """Whether an account has this name, in any spelling."""
        return self.filter(Q(username=as_written(username)) | Q(name_key=name_key(username))).exists()


class User(AbstractBaseUser, PermissionsMixin):
    """A candidate (or an admin). No e-mail address and no real name is asked for."""

    # Unique too, besides the key: Django demands it of the field that one signs in with.
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

    # An admin has chosen the password. Whoever signs in is told so, until the candidate chooses another.
    password_set_by_admin_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.username

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        """The name as it is stored. Django's own rule (NFKC) would change more letters than we do. None stays None."""
        return as_written(username) if isinstance(username, str) else username

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Writes the key with the name. A new row gets its id first: name and role are encrypted for that id."""
        if self._state.adding and not self.pk:
            self.pk = _next_number(self._meta.db_table)
            options["force_insert"] = True
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "name_key"}
        super().save(update_fields=update_fields, **options)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Refuses, in every form, another spelling of a name that is taken."""
        super().validate_unique(exclude)
        renamed = "username" not in (exclude or ()) and not belongs_to(self.name_key, self.username)
        if renamed and User.objects.is_taken(self.username):
            raise ValidationError({"username": ValidationError(NAME_TAKEN, code="unique")})

    def get_short_name(self) -> str:
        """The name by which the coach addresses the candidate."""
        return self.name or self.username


class LoginSession(AbstractBaseSession):
    """A login on one device, or a visitor before the login. Its key is a secret: whoever has it is signed in."""

    # Without a constraint in the database: signing in does not wait for a lock on the candidate's row.
    candidate = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+", help_text="who is signed in"
    )

    class Meta:
        db_table = "django_session"  # as Django's own sessions have it: a process of release 0.2 may run beside this
        verbose_name = "login session"

    def __str__(self) -> str:
        return f"login until {self.expire_date:%Y-%m-%d %H:%M}"

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        """What reads and writes these rows."""
        from coach.login_sessions import SessionStore  # here, because it needs this model

        return SessionStore


class RawUserContext(models.Model):
    """Everything the candidate tells about their experience, and the advert of the post, as they gave them."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="raw_context")
    text = EncryptedTextField("your experience", blank=True, default="")
    job_advert = EncryptedTextField("the job advert", blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"raw context of candidate {self.user_id}"


class RecentTries(models.Model):
    """The times of tries under one key that were not given back; counted by coach.tries."""

    class What(models.TextChoices):
        SIGN_IN = "sign_in", "passwords for a user name"
        ADDRESS = "address", "passwords for any user name"
        JOIN = "join", "accounts made"

    what = models.CharField(max_length=10, choices=What)
    # Only a digest: people type their password into the field of the user name.
    name_digest = models.CharField(max_length=64, blank=True, help_text="keyed; empty where any name counts")
    address = models.CharField(max_length=50, help_text="of the visitor, or its network")
    # Without a constraint in the database: erasing an account and signing in do not wait for each other.
    candidate = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+", help_text="whose name it is"
    )
    times = ArrayField(models.DateTimeField())
    ends_at = models.DateTimeField(help_text="from then on none of these times counts")

    class Meta:
        verbose_name_plural = "recent tries"
        constraints = [models.UniqueConstraint(fields=("what", "name_digest", "address"), name="tries_of_one_key")]
        indexes = [models.Index(fields=["ends_at"], name="tries_to_forget")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} from {self.address}"


class Invitation(models.Model):
    """One account that may be made while joining needs an invitation. Deleted when it is used."""

    digest = models.CharField(max_length=64, unique=True, help_text="of the token in the link, which is kept nowhere")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="invitations_to_forget")]

    def __str__(self) -> str:
        return f"invitation until {self.expires_at:%Y-%m-%d %H:%M}"


class EncryptionKey(models.Model):
    """A key under which values are stored. Only its id is here: the key itself is never in the database."""

    key_id = models.CharField(max_length=8, unique=True, help_text="the first bytes of the key's digest")
    # A value that only this key reads (coach.encryption.canary).
    canary = models.BinaryField()
    # How many unreadable values named the key when it was retired; empty while it is in use.
    unread_when_retired = models.PositiveIntegerField(null=True, blank=True)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"key {self.key_id}"


class NightlyBackup(models.Model):
    """How the backup of one night went (coach.backups.nightly)."""

    WHY = 500  # characters

    started_at = models.DateTimeField()
    seconds = models.FloatField(null=True, blank=True)
    bytes = models.BigIntegerField("bytes of the file", null=True, blank=True)
    rows = models.BigIntegerField("rows in it", null=True, blank=True)
    failure = models.CharField("why there is none", max_length=WHY, blank=True, help_text="a sentence of ours")

    class Meta:
        indexes = [models.Index(fields=("-started_at",), name="newest_backup")]

    def __str__(self) -> str:
        return f"backup of {self.started_at:%Y-%m-%d %H:%M}"
