import django.utils.timezone
from django.db import migrations, models

import coach.encryption
from coach.encryption import canary
from coach.encryption import key_ring


def register_keys(apps, schema_editor):
    """Make the keys known under which values are stored, and stop before two keys are mixed in one database.

    Values of release 0.1 are taken under those keys until manage.py rotate_keys has rewritten them.
    """
    canary.refuse_foreign_values(apps)
    model = apps.get_model("coach", "EncryptionKey")
    used = canary.keys_in_use(apps)
    for key in key_ring.key_ids():
        if key in used:
            canary.register(old_form=True, key=key, model=model)
    if key_ring.key_ids()[0] not in used:
        canary.register(old_form=False, model=model)


class Migration(migrations.Migration):
    dependencies = [
        ("coach", "0004_recent_tries_and_invitations"),
        # All that holds encrypted values of release 0.1.
        ("plans", "0004_own_lines_of_notes"),
        ("study", "0002_schedule_the_sweep"),
    ]

    operations = [
        migrations.CreateModel(
            name="EncryptionKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key_id",
                    models.CharField(help_text="the first bytes of the key's digest", max_length=8, unique=True),
                ),
                ("canary", models.BinaryField()),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AlterField(
            model_name="rawusercontext",
            name="text",
            field=coach.encryption.EncryptedTextField(blank=True, default="", verbose_name="your experience"),
        ),
        migrations.RunPython(register_keys, migrations.RunPython.noop),
    ]
