from django.db import migrations, models

from coach.encryption.key_ring import digests

BATCH = 1000


def digest(apps, schema_editor):
    """A client's keys may be anything, a name for example: keep what finds them again, not what they say."""
    attempts = apps.get_model("study", "QuestionAttempt")._base_manager.exclude(idempotency_key="").order_by("pk")
    last = 0
    while batch := list(attempts.filter(pk__gt=last).values_list("pk", "user_id", "idempotency_key")[:BATCH]):
        for pk, user_id, key in batch:
            attempts.filter(pk=pk).update(idempotency_key=digests(f"idempotency key of candidate {user_id}: {key}")[0])
        last = batch[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ("study", "0003_values_bound_to_their_place"),
        # It stops when the keys are the wrong ones.
        ("coach", "0005_encryption_key"),
    ]

    operations = [
        migrations.RunPython(digest, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="questionattempt",
            name="idempotency_key",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
