import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coach", "0003_one_key_for_a_name"),
    ]

    operations = [
        # With the names in it that were typed, passwords among them.
        migrations.DeleteModel(
            name="SignInFailure",
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="of the token in the link, which is kept nowhere", max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="RecentTries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("sign_in", "passwords for a user name"),
                            ("address", "passwords for any user name"),
                            ("join", "accounts made"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name_digest", models.CharField(blank=True, help_text="keyed; empty where any name counts", max_length=64)),
                ("address", models.CharField(help_text="of the visitor, or its network", max_length=50)),
                ("times", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                ("ends_at", models.DateTimeField(db_index=True, help_text="from then on none of these times counts")),
                (
                    "candidate",
                    models.ForeignKey(
                        db_constraint=False,
                        help_text="whose name it is",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "recent tries",
                "constraints": [
                    models.UniqueConstraint(fields=("what", "name_digest", "address"), name="tries_of_one_key")
                ],
            },
        ),
    ]
