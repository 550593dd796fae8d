"""The ledger of LLM calls: what was asked for and what it cost, without any content; and the calls of this minute."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class LLMCall(models.Model):
    """One HTTP request to an LLM."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="llm_calls", db_index=False
    )  # the index below begins with it
    mode = models.CharField(max_length=40)
    model = models.CharField(max_length=120)
    prompt_digest = models.CharField(max_length=16)
    input_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0, help_text="part of the input that the provider had cached")
    output_tokens = models.PositiveIntegerField(default=0)
    estimated = models.BooleanField(
        default=False, help_text="counted by us: the server did not say, or the call failed"
    )
    milliseconds = models.PositiveIntegerField(default=0)
    first_token_milliseconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="empty where the reply did not come piece by piece"
    )
    mended = models.PositiveSmallIntegerField(default=0, help_text="harmless deviations of the reply that were mended")
    outcome = models.CharField(max_length=20, help_text="ok, dialect (a parameter was refused), or a failure code")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "LLM call"
        indexes = [
            models.Index(fields=["user", "at"], name="calls_of_candidate"),
            models.Index(fields=["at"], name="calls_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.outcome} {self.at:%Y-%m-%d %H:%M}"


class StartedCall(models.Model):
    """An action that asks the LLM: it holds a place and tokens while it lasts, and counts for a minute.

    If its process is killed, its place is free again when the lease ends, or when somebody asks about its row anew. The
    tokens that it had sent count for the day; they stay in `reserved_tokens`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="started_calls")
    mode = models.CharField(max_length=40)
    model = models.CharField(max_length=120)
    about = models.CharField(max_length=60, blank=True, default="", help_text="the row that waits: its kind and number")
    started_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    sent_tokens = models.PositiveIntegerField(default=0, help_text="used by its requests so far, and the last prompt")
    reserved_tokens = models.PositiveIntegerField(default=0, help_text="the same, and the longest reply that may come")

    class Meta:
        verbose_name = "started call"

    def __str__(self) -> str:
        return f"{self.mode} started {self.started_at:%Y-%m-%d %H:%M:%S}"


class Dialect(models.Model):
    """How one server speaks with one model: found out by what it refused, and asked for in that form ever since.

    A server at its defaults has no row. Deleting a row forgets it: the next call finds it out anew.
    """

    class ReplyForm(models.TextChoices):
        """How the server is told the form of a reply, from the strictest down."""

        JSON_SCHEMA = "json_schema", "JSON schema"
        UNBOUNDED = "unbounded", "JSON schema without bounds"
        JSON_OBJECT = "json_object", "JSON object, with the schema beside it"
        BARE_OBJECT = "bare_object", "JSON object"
        PROMPT = "prompt", "in the prompt only"

    class Limit(models.TextChoices):
        """What the limit of a reply's length is called."""

        NEW = "max_completion_tokens", "max_completion_tokens"
        OLD = "max_tokens", "max_tokens"
        NONE = "none", "none"

    address = models.CharField(max_length=500, help_text="OPENAI_BASE_URL; empty for OpenAI's own")
    model = models.CharField(max_length=120)
    reply_form = models.CharField(max_length=12, choices=ReplyForm, default=ReplyForm.JSON_SCHEMA)
    schema_in_prompt = models.BooleanField(default=False, help_text="the server takes the form, and ignores it")
    limit = models.CharField(max_length=24, choices=Limit, default=Limit.OLD)
    streams = models.BooleanField(default=True, help_text="sends a reply piece by piece")
    stream_options = models.BooleanField(default=True, help_text="counts the tokens of a streamed reply")
    system_role = models.BooleanField(default=True, help_text="else the rules stand in the user's message")
    learned_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "model"], name="one_dialect_per_model")]

    def __str__(self) -> str:
        return f"{self.model} at {self.address or 'OpenAI'}"
