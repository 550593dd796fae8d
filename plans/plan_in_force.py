"""The rows of the approved plan: reads them, and puts another plan in its place."""

from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from coach.composed import composed_once
from coach.encryption.unreadable import is_untouched
from coach.models import User
from llm_modes.suggest_plan.plan import Topic, key
from plans import signals
from plans.models import PlanTopic


def topics_in_force(user: User) -> list[Topic]:
    """The topics of the plan in force with their ids, most important first; [] when there is none."""
    return [topic.as_topic() for topic in PlanTopic.objects.filter(user=user).in_force()]


def minutes_in_force(user: User) -> list[int]:
    """The minutes a day of each topic of the plan in force; [] when there is none. No text is read."""
    return _minutes(user.pk)


@composed_once
def _minutes(user: int) -> QuerySet[PlanTopic, int]:
    return PlanTopic.objects.filter(user=user).in_force().values_list("daily_study_minutes", flat=True)


def lock(user: User) -> User:
    """Let every other change of this candidate's plan wait until the transaction ends.

    Nothing else waits: inserts of rows that refer to the candidate go on (no_key).
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def put_in_force(user: User, topics: list[Topic]) -> list[Topic]:
    """Make these topics the plan in force. Call it with the user locked. Returns them with their ids.

    A topic that exists keeps its row and its history: it is found by id, else by name, among archived ones too. Topics
    that are not in the new plan are archived and never deleted: sessions, questions and stories refer to them.
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
    """Whether the text is only the sentence in place of one that cannot be read. Then nobody has written it anew."""
    return is_untouched(getattr(row, field)) and (not value or value == row.called)


def _row_for(topic: Topic, rows: list[PlanTopic], topics: list[Topic]) -> PlanTopic | None:
    """The row of this topic: by id; else by name, first those in force, then archived ones, the latest first."""
    taken = {other.id for other in topics}
    if same := next((row for row in rows if row.pk == topic.id), None):
        return same
    namesakes = [row for row in rows if row.name and key(row.name) == topic.key and row.pk not in taken]
    return max(namesakes, key=lambda row: (row.archived_at is None, row.pk), default=None)
