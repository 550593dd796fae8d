"""Two small tables of a candidate, as any project has them."""

from django.conf import settings
from django.db import models


class Topic(models.Model):
    """A line of a plan."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name


class Session(models.Model):
    """A time of practice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, models.CASCADE)
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return str(self.pk)
