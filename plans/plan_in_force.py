"""The approved plan as rows: read it, and put another one in its place."""

from dataclasses import replace

from django.utils import timezone

from coach.encryption.unreadable import is_untouched
from coach.models import User
from llm_modes.suggest_plan.plan import Topic, key
from plans import signals
from plans.models import PlanTopic


def topics_in_force(user: User) -> list[Topic]:
    """The topics of the plan in force with their ids, most important first; [] when there is none."""
    return [topic.as_topic() for topic in PlanTopic.objects.filter(user=user).in_force()]


def lock(user: User) -> User:
    """Hold every other change of this candidate's plan off until the transaction ends.

    Does not hold off inserts that only point at the candidate (no_key), so nothing else has to wait.
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def put_in_force(user: User, topics: list[Topic]) -> list[Topic]:
    """Make these topics the plan in force; call it with the user locked. Returns them with their ids.

    A topic that exists is kept, with its history: by id, else by name, an archived one too. What is left over is
    archived, never deleted: sessions, questions and stories keep pointing at it.
    """
    rows = list(PlanTopic.objects.filter(user=user).order_by("pk"))
    result = []
    for topic in topics:
        row = _row_for(topic, rows, topics) or PlanTopic(user=user)
        if row in rows:
            rows.remove(row)
        for field in ("name", "description", "expected_outcome", "priority", "daily_study_minutes"):
            if not _stands_in(row, field, value := getattr(topic, field)):
                setattr(row, field, value)
        row.archived_at = None
        row.save()
        result.append(replace(topic, id=row.pk))
    left_over = [row.pk for row in rows if row.archived_at is None]
    PlanTopic.objects.filter(pk__in=left_over).update(archived_at=timezone.now())
    signals.refresh(user, had_turn=False)
    return result


def _stands_in(row: PlanTopic, field: str, value: object) -> bool:
    """Whether the plan only repeats what is shown in place of a text that cannot be read: nobody wrote it anew."""
    return is_untouched(getattr(row, field)) and (not value or value == row.called)


def _row_for(topic: Topic, rows: list[PlanTopic], topics: list[Topic]) -> PlanTopic | None:
    """The row of this topic: by id; else by name, rather one in force than an archived one, rather a later one."""
    taken = {other.id for other in topics}
    if same := next((row for row in rows if row.pk == topic.id), None):
        return same
    namesakes = [row for row in rows if row.name and key(row.name) == topic.key and row.pk not in taken]
    return max(namesakes, key=lambda row: (row.archived_at is None, row.pk), default=None)
