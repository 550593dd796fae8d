import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from coach.running.postgresql.index_operations import AddIndex, without_index_of_its_own


class Migration(migrations.Migration):
    """Indexes get names, the sweep gets its own, and those go with whose column another one begins."""

    atomic = False  # indexes of tables with a million rows are made and dropped CONCURRENTLY: nobody has to wait

    dependencies = [
        ("plans", "0016_real_interviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameIndex("chatmessage", new_name="chat_latest_first", old_name="plans_chatm_user_id_1daa6f_idx"),
        migrations.RenameIndex("debrief", new_name="debriefs_latest_first", old_name="plans_debri_user_id_e3a5d5_idx"),
        migrations.RenameIndex("plantopic", new_name="topics_in_order", old_name="plans_plant_user_id_9552fb_idx"),
        AddIndex(
            "contextreading",
            models.Index(
                fields=["id"],
                name="readings_to_ask_for",
                condition=models.Q(("ask_state__in", ("pending", "asking", "failed")), ("next_try_at__isnull", False), _connector="OR"),
            ),
        ),
        AddIndex(
            "dailyreview",
            models.Index(
                fields=["id"],
                name="reviews_to_ask_for",
                condition=models.Q(("ask_state__in", ("pending", "asking", "failed")), ("next_try_at__isnull", False), _connector="OR"),
            ),
        ),
        without_index_of_its_own(
            "plans.ChatMessage",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="chat_messages", to=settings.AUTH_USER_MODEL
            ),
        ),
        without_index_of_its_own(
            "plans.DailyReview",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="daily_reviews", to=settings.AUTH_USER_MODEL
            ),
        ),
        without_index_of_its_own(
            "plans.Debrief",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="debriefs", to=settings.AUTH_USER_MODEL
            ),
        ),
        without_index_of_its_own(
            "plans.PlanTopic",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="plan_topics", to=settings.AUTH_USER_MODEL
            ),
        ),
        without_index_of_its_own(
            "plans.PracticeDay",
            "topic",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="practice_days", to="plans.plantopic"
            ),
        ),
    ]
