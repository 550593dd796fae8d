"""Makes many of everything: rows are copied, each kind in the ways in which it grows in life."""

import copy
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success, Task

from coach.encryption import encrypted_fields
from coach.models import (
    EncryptionKey,
    Invitation,
    LoginSession,
    NightlyBackup,
    RawUserContext,
    RecentTries,
    User,
)
from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.models import Dialect, LLMCall, StartedCall
from plans.models import (
    ChatMessage,
    ContextReading,
    DailyReview,
    Debrief,
    PlanBrief,
    PlanProposal,
    PlanTopic,
    PracticeDay,
    TopicProgress,
)
from study.models import (
    Question,
    QuestionAttempt,
    QuestionPaste,
    QuestionRound,
    Reconciliation,
    Story,
    StudySession,
    SuggestedQuestion,
)

AT_ONCE = 5000
# Of these a candidate has one row, or the program has a few, however long it runs.
DO_NOT_GROW = {RawUserContext, PlanBrief, ContextReading, EncryptionKey, Dialect, Group, Schedule, User}


class Copies:
    """The ids of the copies of each row: the n-th copy of an answer may stand with the n-th copy of its session."""

    def __init__(self) -> None:
        self.made: dict[tuple[type[models.Model], Any], list[Any]] = defaultdict(list)

    def of(self, model: type[models.Model], pk: Any, number: int) -> Any:
        """The id of copy `number` of this row."""
        return self.made[model, pk][number]


def _answered(row: Any) -> None:
    if row.ask_state in UNANSWERED:
        row.ask_state, row.ask_lease_until = AskState.NONE, None


def _topic(row: Any, _number: int, _copies: Copies) -> None:
    row.archived_at = row.archived_at or timezone.now()  # a plan in force has a bounded number of topics


def _with_topic(row: Any, number: int, copies: Copies) -> None:
    row.topic_id = copies.of(PlanTopic, row.topic_id, number)


def _day(row: Any, number: int, _copies: Copies) -> None:
    row.local_day -= timedelta(days=number + 1)


def _session(row: Any, number: int, _copies: Copies) -> None:
    row.start_time -= timedelta(hours=number + 2)
    row.end_time = row.last_interaction_time = row.start_time + timedelta(minutes=10)
    row.ended_by = StudySession.EndedBy.CANDIDATE


def _paste(row: Any, _number: int, _copies: Copies) -> None:
    _answered(row)
    row.decided_at = timezone.now()


def _round(row: Any, number: int, copies: Copies) -> None:
    _answered(row)
    if number % 2:
        row.session_id = copies.of(StudySession, row.session_id, number)


def _suggestion(row: Any, number: int, copies: Copies) -> None:
    if number % 2:
        row.round_id = copies.of(QuestionRound, row.round_id, number)
    else:
        row.question_id = copies.of(Question, row.question_id, number)


def _attempt(row: Any, number: int, copies: Copies) -> None:
    """Every third answers the same question in the same session, every third another one, every third elsewhere."""
    if row.ask_state == AskState.ASKING:
        row.ask_state = AskState.FAILED
    if number % 3 or row.submitted_at is None:
        row.question_id = copies.of(Question, row.question_id, number)
    if number % 3 == 2:
        row.session_id = copies.of(StudySession, row.session_id, number)
    row.idempotency_key = ""


def _story(row: Any, number: int, copies: Copies) -> None:
    _answered(row)
    row.question_id = copies.of(Question, row.question_id, number)


def _reconciliation(row: Any, number: int, copies: Copies) -> None:
    row.session_id = copies.of(StudySession, row.session_id, number)


def _proposal(row: Any, number: int, _copies: Copies) -> None:
    _answered(row)
    if row.status in ("open", "waiting"):
        row.status = PlanProposal.Status.SUPERSEDED
    if row.version is not None:
        row.version += 10 * (number + 1)


def _message(row: Any, _number: int, _copies: Copies) -> None:
    _answered(row)
    row.in_reply_to_id = None


def _debrief(row: Any, _number: int, _copies: Copies) -> None:
    _answered(row)


def _review(row: Any, number: int, copies: Copies) -> None:
    _day(row, number, copies)
    row.proposal_id = copies.of(PlanProposal, row.proposal_id, number) if row.proposal_id else None


def _as_it_is(_row: Any, _number: int, _copies: Copies) -> None:
    """Nothing of it has to differ."""


def _login(row: Any, number: int, _copies: Copies) -> None:
    row.session_key = f"{row.session_key[:26]}{number:06}"


def _tries(row: Any, number: int, _copies: Copies) -> None:
    row.address = f"{row.address} {number}"


def _invitation(row: Any, number: int, _copies: Copies) -> None:
    row.digest = f"{row.digest} {number}"


def _task(row: Any, number: int, _copies: Copies) -> None:
    row.id = f"{row.id[:20]}{number}"


# In the order in which they are copied: a row comes after those that it belongs to.
GROWS: dict[type[models.Model], Callable[[Any, int, Copies], None]] = {
    PlanTopic: _topic,
    TopicProgress: _with_topic,
    PracticeDay: _day,
    StudySession: _session,
    Question: _as_it_is,
    QuestionPaste: _paste,
    QuestionRound: _round,
    SuggestedQuestion: _suggestion,
    QuestionAttempt: _attempt,
    Story: _story,
    Reconciliation: _reconciliation,
    PlanProposal: _proposal,
    ChatMessage: _message,
    Debrief: _debrief,
    DailyReview: _review,
    LLMCall: _as_it_is,
    StartedCall: _as_it_is,
    LoginSession: _login,
    RecentTries: _tries,
    Invitation: _invitation,
    NightlyBackup: _as_it_is,
    LogEntry: _as_it_is,
    OrmQ: _as_it_is,
    Success: _task,
    Failure: _task,
}


def known_models() -> set[type[models.Model]]:
    """Every model of ours, and those of others that the admin lists."""
    ours = [
        model for app in ("coach", "plans", "study", "llm_modes") for model in apps.get_app_config(app).get_models()
    ]
    return {*ours, LogEntry, Group, OrmQ, Success, Failure, Schedule}


class Growing:
    """The rows that there are when this is made, and their copies."""

    def __init__(self) -> None:
        self.rows = {model: list(model._default_manager.order_by("pk")) for model in GROWS}
        self.copies = Copies()
        self.number = 0
        for model, rows in self.rows.items():
            for row, field in product(rows, encrypted_fields(model)):
                if field.owner != "user_id":
                    getattr(row, field.attname)  # its copy belongs to another owner, for whom it is encrypted anew

    def to(self, number: int) -> None:
        """Make copies of every row until there are so many of each."""
        for model, change in GROWS.items():
            manager = Task.objects if issubclass(model, Task) else model._base_manager
            for row in self.rows[model]:
                for first in range(self.number, number, AT_ONCE):
                    places = range(first, min(first + AT_ONCE, number))
                    made = manager.bulk_create([_copy(row, place, change, self.copies) for place in places])
                    self.copies.made[model, row.pk] += [one.pk for one in made]
        self.number = number


def _copy(row: Any, number: int, change: Callable[[Any, int, Copies], None], copies: Copies) -> Any:
    made = copy.copy(row)
    made._state = models.base.ModelState()
    if made._meta.auto_field:
        made.pk = None
    change(made, number, copies)
    return made
