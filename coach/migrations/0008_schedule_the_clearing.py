from django.db import migrations

NAME = "daily clearing"


def schedule(apps, schema_editor):
    """Have the worker clear away ended sessions and old tasks once a day."""
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name=NAME, defaults={"func": "coach.tasks.clear_away", "schedule_type": "D", "repeats": -1}
    )


def unschedule(apps, schema_editor):
    """Stop clearing."""
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("coach", "0007_forget_the_plain_words"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(schedule, unschedule)]
