from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from coach.read_only_admin import ASKING, ASKING_FILTERS, ReadOnlyAdmin
from llm_modes.asking.trying_again import hand_to_worker
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


@admin.register(PlanBrief)
class PlanBriefAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "daily_minutes", "motivation")
    list_filter = ("motivation",)


@admin.register(PlanTopic)
class PlanTopicAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "priority", "daily_study_minutes", "created_at", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter), "created_at")


@admin.register(TopicProgress)
class TopicProgressAdmin(ReadOnlyAdmin):
    owner = "topic__user"
    list_display = (
        "id",
        "candidate",
        "topic_id",
        "strength_rating",
        "total_time_spent",
        "sessions",
        "marked_attempts",
        "level",
        "trend",
        "signal",
        "rung",
        "last_practised_at",
    )
    list_filter = ("signal", "level", "last_practised_at")


@admin.register(PracticeDay)
class PracticeDayAdmin(ReadOnlyAdmin):
    owner = "topic__user"
    list_display = ("id", "candidate", "topic_id", "local_day", "seconds", "sessions")
    list_filter = ("local_day",)


@admin.register(PlanProposal)
class PlanProposalAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "source", "status", "base_version", "version", *ASKING, "created_at", "decided_at")
    list_filter = ("status", "source", *ASKING_FILTERS, "created_at")


@admin.register(ChatMessage)
class ChatMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "author", *ASKING, "created_at")
    list_filter = ("author", *ASKING_FILTERS, "created_at")


@admin.register(ContextReading)
class ContextReadingAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", *ASKING, "next_try_at", "confirmed_at")
    list_filter = (*ASKING_FILTERS, "confirmed_at")


@admin.register(Debrief)
class DebriefAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "held_on", *ASKING, "confirmed_at", "created_at")
    list_filter = (*ASKING_FILTERS, ("confirmed_at", admin.EmptyFieldListFilter), "held_on")


@admin.register(DailyReview)
class DailyReviewAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "local_day", *ASKING, "next_try_at", "proposal_id", "created_at")
    list_filter = (*ASKING_FILTERS, "local_day")
    actions = ("run_again",)

    @admin.action(description="Run failed reviews again", permissions=["operate"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[DailyReview]) -> None:
        """Enqueue rows that failed or were interrupted once more."""
        failed = [review for review in chosen if review.failure is not None]
        for review in failed:
            hand_to_worker(review)
            self.log_change(request, review, "Handed to the worker again.")
        self.message_user(request, f"Handed to the worker again: {len(failed)}.")
        if len(chosen) > len(failed):
            self.message_user(
                request,
                f"Left as they are, because they have not failed: {len(chosen) - len(failed)}.",
                messages.WARNING,
            )
