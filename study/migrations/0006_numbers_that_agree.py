"""Count time and marks of earlier sessions as later ones are counted: each session in whole minutes, few marks kept."""

from django.db import migrations


def _count_anew(apps, _schema_editor):
    TopicProgress = apps.get_model("plans", "TopicProgress")
    StudySession = apps.get_model("study", "StudySession")
    QuestionAttempt = apps.get_model("study", "QuestionAttempt")
    few = TopicProgress.objects.filter(marked_attempts__in=(1, 2)).values_list("pk", "topic_id", "marked_attempts")
    for pk, topic_id, count in few:
        marks = QuestionAttempt.objects.filter(
            question__topic_id=topic_id, question__voided_at=None, score_rating__isnull=False
        ).order_by("submitted_at", "pk")
        found = list(marks.values_list("score_rating", flat=True))
        if len(found) == count:
            TopicProgress.objects.filter(pk=pk).update(few_marks=found)
    practised = TopicProgress.objects.filter(sessions__gt=0).values_list("pk", "topic_id", "sessions")
    for pk, topic_id, count in practised:
        sessions = StudySession.objects.filter(topic_id=topic_id).exclude(end_time=None)
        times = [round((end - start).total_seconds()) for start, end in sessions.values_list("start_time", "end_time")]
        if len(times) == count:
            minutes = sum(max(1, (seconds + 30) // 60) for seconds in times if seconds > 0)
            TopicProgress.objects.filter(pk=pk).update(total_time_spent=60 * minutes)


class Migration(migrations.Migration):
    dependencies = [
        ("study", "0005_what_a_skip_changed"),
        ("plans", "0007_few_marks"),
    ]

    operations = [migrations.RunPython(_count_anew, migrations.RunPython.noop)]
