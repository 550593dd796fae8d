"""The ledger of LLM calls: what was asked for and what it cost, without any content."""

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
    milliseconds = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=20, help_text="ok, or a failure code")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "LLM call"
        indexes = [models.Index(fields=["user", "at"])]

    def __str__(self) -> str:
        return f"{self.mode} {self.outcome} {self.at:%Y-%m-%d %H:%M}"
