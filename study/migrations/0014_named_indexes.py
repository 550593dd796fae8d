import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from coach.running.postgresql.index_operations import AddIndex, without_index_of_its_own


class Migration(migrations.Migration):
    """Indexes get names, sweep and drafts get their own, and those go that no query needs."""

    atomic = False  # indexes of tables with a million rows are made and dropped CONCURRENTLY: nobody has to wait

    dependencies = [
        ("plans", "0017_named_indexes"),
        ("study", "0013_many_own_questions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameIndex("question", new_name="questions_of_topic", old_name="study_quest_topic_i_867376_idx"),
        migrations.RenameIndex("questionattempt", new_name="attempts_of_question", old_name="study_quest_questio_ca6c2c_idx"),
        migrations.RenameIndex("studysession", new_name="sessions_latest_first", old_name="study_study_user_id_649a6d_idx"),
        AddIndex(
            "questionattempt",
            models.Index(
                fields=["user", "-draft_saved_at"], name="drafts_latest_first", condition=models.Q(("submitted_at", None))
            ),
        ),
        AddIndex(
            "questionattempt",
            models.Index(
                fields=["id"],
                name="attempts_to_mark",
                condition=models.Q(("ask_state__in", ("pending", "asking", "failed"))),
            ),
        ),
        AddIndex(
            "reconciliation",
            models.Index(
                fields=["id"],
                name="summaries_to_ask_for",
                condition=models.Q(
                    ("ask_state__in", ("pending", "asking", "failed")), ("next_try_at__isnull", False), _connector="OR"
                ),
            ),
        ),
        RemoveIndexConcurrently("question", "study_quest_user_id_b386ce_idx"),  # by due date: nothing asks for that
        without_index_of_its_own(
            "study.Question",
            "topic",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="plans.plantopic"
            ),
        ),
        without_index_of_its_own(
            "study.QuestionAttempt",
            "question",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="study.question"
            ),
        ),
        without_index_of_its_own(
            "study.StudySession",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="study_sessions", to=settings.AUTH_USER_MODEL
            ),
        ),
        without_index_of_its_own(
            "study.SuggestedQuestion",
            "round",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="suggestions", to="study.questionround"
            ),
        ),
    ]
