"""Sessions that were only opened; and for how many sessions each topic has waited, counted from those there are."""

from django.db import migrations, models


def _count_waiting(apps, _schema_editor):
    TopicProgress = apps.get_model("plans", "TopicProgress")
    StudySession = apps.get_model("study", "StudySession")
    passed: dict[int, int] = {}
    waited: dict[int, int] = {}
    for user_id, topic_id in StudySession.objects.order_by("-start_time", "-pk").values_list("user_id", "topic_id"):
        waited.setdefault(topic_id, passed.get(user_id, 0))
        passed[user_id] = passed.get(user_id, 0) + 1
    for topic_id, sessions in waited.items():
        TopicProgress.objects.filter(topic_id=topic_id).update(waited=sessions, unpractised=sessions)


class Migration(migrations.Migration):
    dependencies = [
        ("study", "0008_what_marks_showed"),
    ]

    operations = [
        migrations.AddField(
            model_name="studysession",
            name="only_opened",
            field=models.BooleanField(default=False, help_text="ended, and nothing was done in it"),
        ),
        migrations.RunPython(_count_waiting, migrations.RunPython.noop),
    ]
