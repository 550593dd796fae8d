import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def make_table(apps, schema_editor):
    """Make the table in a new database; an older one has it from Django's own app of sessions, and keeps its rows."""
    model, connection = apps.get_model("coach", "LoginSession"), schema_editor.connection
    with connection.cursor() as cursor:
        known = connection.introspection.table_names(cursor)
    if model._meta.db_table not in known:
        schema_editor.create_model(model)


class Migration(migrations.Migration):
    """The table of Django's sessions becomes ours, with a column for the candidate. Everybody stays signed in.

    Backwards the table stays: release 0.2 knows it, too.
    """

    dependencies = [("coach", "0010_job_advert")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="LoginSession",
                    fields=[
                        (
                            "session_key",
                            models.CharField(
                                max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                            ),
                        ),
                        ("session_data", models.TextField(verbose_name="session data")),
                        ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                    ],
                    options={"verbose_name": "login session", "db_table": "django_session"},
                )
            ]
        ),
        migrations.RunPython(make_table, migrations.RunPython.noop),
        migrations.AddField(
            model_name="loginsession",
            name="candidate",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="who is signed in",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
