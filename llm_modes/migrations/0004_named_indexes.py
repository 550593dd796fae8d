import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from coach.running.postgresql.index_operations import AddIndex, without_index_of_its_own


class Migration(migrations.Migration):
    """The index of a candidate's calls gets a name, and there is one by time; the one by candidate alone goes."""

    atomic = False  # indexes of tables with a million rows are made and dropped CONCURRENTLY: nobody has to wait

    dependencies = [
        ("llm_modes", "0003_how_servers_speak"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameIndex("llmcall", new_name="calls_of_candidate", old_name="llm_modes_l_user_id_e3e0f7_idx"),
        AddIndex("llmcall", models.Index(fields=["at"], name="calls_by_time")),
        without_index_of_its_own(
            "llm_modes.LLMCall",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="llm_calls", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
