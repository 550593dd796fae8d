"""Whether a topic was suggested last. And what was practised before suggestions were counted has had its first turn:
otherwise a candidate of weeks would begin once more with each topic in the order of the plan."""

from django.db import migrations, models


def _count_first_turns(apps, _schema_editor):
    TopicProgress = apps.get_model("plans", "TopicProgress")
    TopicProgress.objects.filter(offers=0, sessions__gt=0).update(offers=1)


class Migration(migrations.Migration):

    dependencies = [
        ("plans", "0012_tally_of_older_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="topicprogress",
            name="suggested_last",
            field=models.BooleanField(default=False, help_text="for the last session that began"),
        ),
        migrations.RunPython(_count_first_turns, migrations.RunPython.noop),
    ]
