from django.db import migrations, models

import coach.encryption

BATCH = 500


def encrypt(apps, schema_editor):
    """Store what stood there in plain words encrypted, and overwrite it: a dropped column stays in the table's file."""
    users = apps.get_model("coach", "User")._base_manager.order_by("pk")
    last = 0
    while batch := list(users.filter(pk__gt=last)[:BATCH]):
        for user in batch:
            user.name, user.current_role = user.plain_name, user.plain_current_role
            user.plain_name = user.plain_current_role = ""
            user.save(update_fields=["name", "current_role", "plain_name", "plain_current_role"])
        last = batch[-1].pk


def decrypt(apps, schema_editor):
    """Back to release 0.1, which knows plain words only."""
    for user in apps.get_model("coach", "User")._base_manager.order_by("pk").iterator(BATCH):
        user.plain_name, user.plain_current_role = user.name, user.current_role
        user.save(update_fields=["plain_name", "plain_current_role"])


def plain(**options):
    """The column of release 0.1."""
    return models.CharField(blank=True, max_length=100, **options)


def encrypted(words):
    """The column of today."""
    return coach.encryption.EncryptedCharField(
        blank=True, default="", max_length=100, owner="pk", verbose_name=words
    )


class Migration(migrations.Migration):
    dependencies = [("coach", "0005_encryption_key")]

    operations = [
        migrations.RenameField("user", "name", "plain_name"),
        migrations.RenameField("user", "current_role", "plain_current_role"),
        migrations.AlterField("user", "plain_name", plain(default="")),
        migrations.AlterField("user", "plain_current_role", plain(default="")),
        migrations.AddField("user", "name", encrypted("how the coach may call you")),
        migrations.AddField("user", "current_role", encrypted("role you apply for")),
        migrations.RunPython(encrypt, decrypt),
        migrations.RemoveField("user", "plain_name"),
        migrations.RemoveField("user", "plain_current_role"),
        migrations.AddField("user", "password_set_by_admin_at", models.DateTimeField(blank=True, null=True)),
    ]
