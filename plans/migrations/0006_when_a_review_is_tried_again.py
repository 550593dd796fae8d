from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone


def look_at_unwritten(apps, schema_editor):
    """Reviews that are not written on the day of the upgrade are tried again, too."""
    now = timezone.now()
    unwritten = apps.get_model("plans", "DailyReview").objects.filter(ask_state__in=["pending", "failed"])
    unwritten.filter(created_at__gte=now - timedelta(days=2)).update(next_try_at=now)


class Migration(migrations.Migration):

    dependencies = [
        ("plans", "0005_values_bound_to_their_place"),
    ]

    operations = [
        migrations.AddField(
            model_name="dailyreview",
            name="next_try_at",
            field=models.DateTimeField(blank=True, help_text="when the sweep tries again", null=True),
        ),
        migrations.RunPython(look_at_unwritten, migrations.RunPython.noop),
    ]
