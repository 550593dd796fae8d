"""Fold the marks of earlier sessions as later ones are folded: level and trend, and where a topic is stuck or holds."""

from itertools import groupby

from django.db import migrations
from django.utils import timezone

from plans.progress import of_marks
from plans.session_marks import SessionMarks
from plans.signals import signal_of

# What follows from the marks and was not there, or was there by another rule.
FIELDS = ("trend", "level", "rung", "rung_sessions", "by_marks")
# Whose turn it was is counted from now on: nothing is neglected yet.
MANY = 1_000_000


def _fold(apps, _schema_editor):
    QuestionAttempt = apps.get_model("study", "QuestionAttempt")
    for progress in apps.get_model("plans", "TopicProgress").objects.iterator():
        submitted = QuestionAttempt.objects.filter(question__topic_id=progress.topic_id, submitted_at__isnull=False)
        marked = submitted.filter(question__voided_at=None, drill="", ask_state="done", score_rating__isnull=False)
        rows = marked.order_by("session_id", "pk").values_list(
            "session_id", "session__start_time", "session__topic_id", "question__difficulty", "score_rating"
        )
        # Nothing of the ladder was tried in them.
        sessions = [
            SessionMarks(pk, start, tuple(row[3:] for row in given), is_own=of_topic == progress.topic_id)
            for (pk, start, of_topic), given in groupby(rows, key=lambda row: row[:3])
        ]
        found = of_marks(sessions)
        for name in FIELDS:
            setattr(progress, name, found[name])
        progress.answers = submitted.count()
        progress.signal, progress.signal_evidence = signal_of(progress, MANY)
        progress.signal_since = timezone.now() if progress.signal else None
        progress.save(update_fields=[*FIELDS, "answers", "signal", "signal_evidence", "signal_since"])


class Migration(migrations.Migration):
    dependencies = [
        ("study", "0007_drills_and_rungs"),
        ("plans", "0010_what_marks_show"),
    ]

    operations = [migrations.RunPython(_fold, migrations.RunPython.noop)]
