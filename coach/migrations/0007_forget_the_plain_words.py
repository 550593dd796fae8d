from django.db import migrations


class Migration(migrations.Migration):
    """Rewrites the table's file, in which the rows of before, with names in plain words, would stay for a while."""

    atomic = False  # VACUUM runs in no transaction

    dependencies = [("coach", "0006_encrypt_name_and_role")]

    operations = [migrations.RunSQL("VACUUM (FULL) coach_user", migrations.RunSQL.noop)]
