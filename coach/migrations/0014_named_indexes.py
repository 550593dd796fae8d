from django.db import migrations, models

from coach.running.postgresql.index_operations import AddIndex, without_index_of_its_own


class Migration(migrations.Migration):
    """Two indexes get names, as all others have them."""

    atomic = False  # indexes are made and dropped CONCURRENTLY: people sign in meanwhile

    dependencies = [("coach", "0013_nightly_backups")]

    operations = [
        without_index_of_its_own(
            "coach.RecentTries",
            "ends_at",
            models.DateTimeField(help_text="from then on none of these times counts"),
        ),
        AddIndex("recenttries", models.Index(fields=["ends_at"], name="tries_to_forget")),
        without_index_of_its_own("coach.Invitation", "expires_at", models.DateTimeField()),
        AddIndex("invitation", models.Index(fields=["expires_at"], name="invitations_to_forget")),
    ]
