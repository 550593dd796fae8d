from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from coach.read_only_admin import ASKING, ASKING_FILTERS, ReadOnlyAdmin
from study import reconciliation, sessions
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


@admin.register(StudySession)
class StudySessionAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "user",
        "topic_id",
        "planned_duration",
        "start_time",
        "last_interaction_time",
        "end_time",
        "ended_by",
    )
    list_filter = (("end_time", admin.EmptyFieldListFilter), "ended_by", "start_time")
    actions = ("end_abandoned",)

    @admin.action(
        description="End abandoned sessions (the time after the last action is not counted)", permissions=["operate"]
    )
    def end_abandoned(self, request: HttpRequest, chosen: QuerySet[StudySession]) -> None:
        """End those that are abandoned, as the sweep does. A message tells how many others go on."""
        abandoned = sessions.end_abandoned(chosen)
        for session in abandoned:
            self.log_change(request, session, "Ended as abandoned.")
        self.message_user(request, f"Ended: {len(abandoned)}.")
        if still_running := chosen.filter(end_time=None).count():
            grace = f"{settings.SESSION_GRACE_MINUTES} minutes after its planned time and after the last action"
            self.message_user(
                request, f"Not ended: {still_running}. A session may be left alone until {grace}.", messages.WARNING
            )


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "topic_id", "difficulty", "origin", "due_at", "skips", "voided_at", "created_at")
    list_filter = ("difficulty", "origin", ("voided_at", admin.EmptyFieldListFilter), "due_at", "created_at")


@admin.register(QuestionPaste)
class QuestionPasteAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", *ASKING, "created_at", "decided_at")
    list_filter = (*ASKING_FILTERS, ("decided_at", admin.EmptyFieldListFilter), "created_at")


@admin.register(QuestionRound)
class QuestionRoundAdmin(ReadOnlyAdmin):
    owner = "session__user"
    list_display = ("id", "candidate", "session_id", "wish", *ASKING, "created_at")
    list_filter = ("wish", *ASKING_FILTERS, "created_at")


@admin.register(SuggestedQuestion)
class SuggestedQuestionAdmin(ReadOnlyAdmin):
    owner = "question__user"
    list_display = (
        "id",
        "candidate",
        "round_id",
        "question_id",
        "position",
        "status",
        "redo_reason",
        "last_score",
        "choice",
    )
    list_filter = ("status", "redo_reason", "choice")


@admin.register(QuestionAttempt)
class QuestionAttemptAdmin(ReadOnlyAdmin):
    # The client chooses it, so it may contain anything.
    hidden = ("idempotency_key",)
    list_display = (
        "id",
        "user",
        "session_id",
        "question_id",
        "score_rating",
        "self_mark",
        "seconds_taken",
        *ASKING,
        "submitted_at",
        "model",
    )
    list_filter = (*ASKING_FILTERS, "score_rating", ("submitted_at", admin.EmptyFieldListFilter), "submitted_at")


@admin.register(Story)
class StoryAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "question_id", "version", *ASKING, "updated_at")
    list_filter = (*ASKING_FILTERS, "updated_at")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    owner = "session__user"
    list_display = ("id", "candidate", "session_id", *ASKING, "next_try_at", "created_at", "done_at")
    list_filter = (*ASKING_FILTERS, "created_at")
    actions = ("retry",)

    @admin.action(description="Retry reconciliation", permissions=["operate"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Reconciliation]) -> None:
        """Hand rows that failed or were interrupted to the worker again."""
        retried = 0
        for row in chosen:
            if row.failure is not None:
                reconciliation.retry(row)
                self.log_change(request, row, "Handed to the worker again.")
                retried += 1
        self.message_user(request, f"Handed to the worker again: {retried}.")
        if len(chosen) > retried:
            self.message_user(
                request, f"Left as they are, because they have not failed: {len(chosen) - retried}.", messages.WARNING
            )
