"""The ledger of LLM calls: what was asked for and what it cost, without any content; and the calls of this minute."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class LLMCall(models.Model):
    """One HTTP request to an LLM."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="llm_calls")
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
    outcome = models.CharField(max_length=20, help_text="ok, or a failure code")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "LLM call"
        indexes = [models.Index(fields=["user", "at"])]

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
