"""The plan, how far the candidate has come with it, and the conversation in which it is agreed."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from coach.counted import whole_minutes
from coach.encryption import EncryptedCharField, EncryptedJSONField, EncryptedTextField
from llm_modes.asking.rows import TO_ASK_FOR, Asking, AskState, TriedAgain
from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.plan_chat.schema import Motivation
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES, MIN_TOPIC_MINUTES, Topic, total
from plans.proposals.change import Change

# The candidate's own word on their capacity to study.
MOTIVATIONS: dict[Motivation, str] = {
    "low": "low: small steps, please",
    "medium": "medium: steady",
    "high": "high: push me",
}
# How hard questions are, those of a topic as well as one by itself.
DIFFICULTIES = [(step, step) for step in STEPS]


class PlanBrief(models.Model):
    """What a plan needs besides the role: time, weak spots and motivation. Empty until the candidate tells them.

    And what it may know of the interview: its day, how it goes and in which language.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plan_brief")
    daily_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="minutes a day")
    weaknesses = EncryptedTextField("where you feel weak", blank=True, default="")
    motivation = models.CharField(max_length=6, choices=MOTIVATIONS, blank=True, default="")
    interview_on = models.DateField(null=True, blank=True, help_text="the candidate's local day")
    interview_format = EncryptedTextField("how your interview goes", blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="", help_text="of the interview: a BCP 47 tag")
    # "I only have 10 minutes today": valid on this local day only.
    short_day = models.DateField(null=True, blank=True)
    short_day_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="minutes")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="brief_minutes_in_range",
                condition=Q(daily_minutes__isnull=True)
                | Q(daily_minutes__range=(MIN_DAILY_MINUTES, MAX_DAILY_MINUTES)),
            )
        ]

    def __str__(self) -> str:
        return f"plan brief of candidate {self.user_id}"


class PlanTopicQuerySet(models.QuerySet["PlanTopic"]):
    def in_force(self) -> "PlanTopicQuerySet":
        """The topics of the approved plan, most important first."""
        return self.filter(archived_at__isnull=True).order_by("priority", "pk")

    def with_interview(self) -> "PlanTopicQuerySet":
        """The topics, each with the day of the interview that its plan leads to: no query of its own."""
        return self.annotate(interview_on=models.F("user__plan_brief__interview_on"))

    def with_told(self) -> "PlanTopicQuerySet":
        """The topics, each with whether the candidate has told of that day, and when they told of any interview last.

        Also no query of its own.
        """
        told = Debrief.objects.filter(user=models.OuterRef("user"))
        return self.annotate(
            is_told=models.Exists(told.filter(held_on=models.OuterRef("user__plan_brief__interview_on"))),
            told_at=models.Subquery(told.order_by("-created_at").values("created_at")[:1]),
        )


class PlanTopic(models.Model):
    """A topic of the plan in force, or of an earlier one: archived, since sessions refer to it."""

    # Here and elsewhere db_index=False: another index begins with this column.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plan_topics", db_index=False
    )
    name = EncryptedTextField("the name of a topic of your plan")
    description = EncryptedTextField("what a topic of your plan is about", blank=True, default="")
    expected_outcome = EncryptedTextField("what a topic should bring you", blank=True, default="")
    priority = models.PositiveIntegerField(help_text="1 = highest")
    daily_study_minutes = models.PositiveIntegerField(help_text="minutes a day")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    interview_on: date | None  # only of topics that were read with_interview()
    is_told: bool  # and these with_told()
    told_at: datetime | None

    objects = PlanTopicQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="topic_priority_from_one", condition=Q(priority__gte=1)),
            models.CheckConstraint(
                name="topic_minutes_in_range",
                condition=Q(daily_study_minutes__range=(MIN_TOPIC_MINUTES, MAX_DAILY_MINUTES)),
            ),
        ]
        indexes = [models.Index(fields=["user", "archived_at", "priority"], name="topics_in_order")]

    def __str__(self) -> str:
        return f"topic {self.pk}"

    @property
    def called(self) -> str:
        """Its name; a name of ours, which nobody mistakes for it, if it cannot be read."""
        return self.name or f"Topic {self.pk}"

    def as_topic(self) -> Topic:
        """This topic as proposals and prompts have it."""
        return Topic(
            id=self.pk,
            name=self.called,
            description=self.description,
            priority=self.priority,
            daily_study_minutes=self.daily_study_minutes,
            expected_outcome=self.expected_outcome,
        )


class Signal(models.TextChoices):
    """What weeks of practice show about a topic (plans/signals.py)."""

    UNTOUCHED = "untouched", "never practised"
    NEGLECTED = "neglected", "left aside"
    STUCK = "stuck", "stuck"
    HOLDS = "holds", "holds"


class TopicProgress(models.Model):
    """How far the candidate has come in a topic. Code counts the numbers; coach and candidate write the words."""

    topic = models.OneToOneField(PlanTopic, on_delete=models.CASCADE, related_name="progress")
    strength_rating = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True, help_text="0 to 10")
    total_time_spent = models.PositiveIntegerField(default=0, help_text="seconds")
    sessions = models.PositiveIntegerField(default=0)
    marked_attempts = models.PositiveIntegerField(default=0)
    # The marks, while there are so few that pages tell them beside the strength.
    few_marks = models.JSONField(default=list, blank=True, help_text="the marks while they are few, oldest first")
    # What pages say beside a strength, and the basis of signal and trend. Study counts it: plans see no answers.
    answers = models.PositiveIntegerField(default=0, help_text="answers that were submitted, whatever became of them")
    uncounted = models.JSONField(default=dict, blank=True, help_text="what the strength leaves out (plans/progress.py)")
    by_marks = models.JSONField(default=dict, blank=True, help_text="numbers behind trend, stuck and holds")
    trend = models.CharField(max_length=7, blank=True, default="", help_text="rising, steady or falling, by the marks")
    level = models.CharField(max_length=6, choices=DIFFICULTIES, default="medium", help_text="by the marks")
    # What is tried while a topic is stuck: 0 for nothing, 1 to 4 for the rungs of plans/rungs.py.
    rung = models.PositiveSmallIntegerField(default=0)
    rung_sessions = models.PositiveIntegerField(default=0, help_text="sessions that were practised on this rung")
    signal = models.CharField(max_length=9, choices=Signal, blank=True, default="")
    signal_since = models.DateTimeField(null=True, blank=True)
    signal_evidence = models.JSONField(default=dict, blank=True, help_text="the numbers that the signal rests on")
    # For whose turn it is (plans/turns.py), counted in sessions: days without practice change nothing.
    lag = models.FloatField(default=0, help_text="sessions that the topic is behind its share, -1 to 1")
    offers = models.PositiveIntegerField(default=0, help_text="sessions that began while this topic was suggested")
    suggested_last = models.BooleanField(default=False, help_text="for the last session that began")
    waited = models.PositiveIntegerField(default=0, help_text="sessions since it was suggested or practised")
    unpractised = models.PositiveIntegerField(default=0, help_text="sessions since it was practised")
    note = EncryptedTextField("the note on a topic", owner="topic_id", blank=True, default="")
    note_version = models.PositiveIntegerField(default=0, help_text="raised by every change of the note")
    # The lines of the note that the candidate wrote. The coach leaves them as they are.
    own_lines = EncryptedJSONField("your own lines in a note", owner="topic_id", default=list, blank=True)
    next_focus = EncryptedJSONField("what comes next in a topic", owner="topic_id", default=list, blank=True)
    # Counts of older answers (study/history.py), so that not all answers are read again: numbers and days by craft.
    tally = models.JSONField(default=dict, blank=True, help_text="counts of the answers that are read no more")
    last_practised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "topic progress"
        constraints = [
            models.CheckConstraint(
                name="strength_in_range",
                condition=Q(strength_rating__isnull=True) | Q(strength_rating__range=(0, 10)),
            )
        ]

    def __str__(self) -> str:
        return f"progress in topic {self.topic_id}"

    @property
    def minutes_spent(self) -> int:
        """Minutes of practice in all its sessions together."""
        return whole_minutes(self.total_time_spent)


class PracticeDay(models.Model):
    """Time spent on a topic on one of the candidate's local days."""

    topic = models.ForeignKey(PlanTopic, on_delete=models.CASCADE, related_name="practice_days", db_index=False)
    local_day = models.DateField()
    seconds = models.PositiveIntegerField(default=0)
    sessions = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "local_day"], name="one_practice_day_per_topic")]

    def __str__(self) -> str:
        return f"{self.local_day} in topic {self.topic_id}"


class PlanProposal(Asking):
    """A plan, or a change of the plan, that the candidate decides on."""

    class Source(models.TextChoices):
        CHAT = "chat", "asked for in the chat"
        REVIEW = "review", "proposed by the daily review"
        CANDIDATE = "candidate", "edited by you"
        UNDO = "undo", "taken back by you"

    class Status(models.TextChoices):
        WAITING = "waiting", "being written"
        OPEN = "open", "waiting for your decision"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"
        SUPERSEDED = "superseded", "replaced by a later one"
        KEPT = "kept", "nothing to change"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="proposals")
    source = models.CharField(max_length=10, choices=Source)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    base_version = models.PositiveIntegerField(default=0, help_text="version of the plan it was made from; 0 = none")
    version = models.PositiveIntegerField(null=True, blank=True, help_text="version of the plan it became")
    overview = EncryptedJSONField("why a plan was proposed", default=dict, blank=True)
    base_topics = EncryptedJSONField("the plan before a proposal", items=Topic, default=list, blank=True)
    topics = EncryptedJSONField("the topics of a proposal", items=Topic, default=list, blank=True)
    changes = EncryptedJSONField("the changes of a proposal", items=Change, default=list, blank=True)
    declined = EncryptedJSONField("the changes that you declined", items=Change, default=list, blank=True)
    feedback = EncryptedJSONField("what you wished for in a plan", default=list, blank=True)
    rejection_reason = EncryptedTextField("why you rejected a proposal", blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(status="open"), name="one_open_proposal"),
            models.UniqueConstraint(
                fields=["user", "source"], condition=Q(status="waiting"), name="one_waiting_proposal_per_source"
            ),
            models.UniqueConstraint(
                fields=["user", "version"], condition=Q(version__isnull=False), name="plan_version_unique"
            ),
            models.CheckConstraint(
                name="approved_means_versioned",
                condition=Q(status="approved", version__isnull=False) | (~Q(status="approved") & Q(version=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk} ({self.status})"

    @property
    def total_minutes(self) -> int:
        """Minutes a day of all its topics."""
        return total(self.topics)


class ChatMessage(Asking):
    """A line of the plan chat. A line of the candidate has the state of the coach's answer to it."""

    class Author(models.TextChoices):
        CANDIDATE = "candidate", "you"
        COACH = "coach", "coach"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_messages", db_index=False
    )
    author = models.CharField(max_length=9, choices=Author)
    text = EncryptedTextField("a line of the conversation")
    created_at = models.DateTimeField(default=timezone.now)
    in_reply_to = models.OneToOneField("self", on_delete=models.CASCADE, null=True, blank=True, related_name="answer")
    proposal = models.ForeignKey(
        PlanProposal, on_delete=models.SET_NULL, null=True, blank=True, related_name="announcements"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ask_state__in=[AskState.PENDING, AskState.ASKING]),
                name="one_chat_answer_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["user", "-id"], name="chat_latest_first")]

    def __str__(self) -> str:
        return f"chat message {self.pk}"


class ContextReading(TriedAgain):
    """What the coach takes from the candidate's experience and the job advert, and what of it they confirmed.

    `found` and `confirmed` have the shape of llm_modes.read_context.preparation.Preparation.
    """

    TASK = "plans.tasks.read_context"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="context_reading")
    found = EncryptedJSONField("what the coach takes from your texts", default=dict, blank=True)
    confirmed = EncryptedJSONField("what you confirmed about yourself", default=dict, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # So that the same texts are not read twice.
    texts_digest = models.CharField(max_length=64, blank=True, default="", help_text="keyed, of what was read")

    class Meta:
        indexes = [models.Index(fields=["id"], condition=TO_ASK_FOR, name="readings_to_ask_for")]

    def __str__(self) -> str:
        return f"reading of the context of candidate {self.user_id}"


class Debrief(Asking):
    """What the candidate tells of a real interview, and what the coach reads in it, until they keep it: corrected."""

    class Outcome(models.TextChoices):
        NOT_SAID = "", "not said"
        WAITING = "waiting", "no answer yet"
        NEXT_ROUND = "next_round", "a next round"
        OFFER = "offer", "an offer"
        NO = "no", "a no"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="debriefs", db_index=False
    )
    held_on = models.DateField(help_text="the candidate's local day")
    # Encrypted, although it is chosen: whether somebody was turned down is nobody's business.
    outcome = EncryptedCharField("how an interview ended", max_length=10, choices=Outcome, blank=True, default="")
    text = EncryptedTextField("what you told of an interview", blank=True, default="")
    # [{"question", "topic": the topic's id or None, "went": well | so_so | badly | ""}], when kept with "question_id".
    asked = EncryptedJSONField("what an interviewer asked you", default=list, blank=True)
    gaps = EncryptedJSONField("what an interview showed", default=list, blank=True)  # [{"gap", "quote"}]
    version = models.PositiveIntegerField(default=0, help_text="raised by every change of what was asked and lacked")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when the candidate kept these lines")
    # The gaps count (plans/gaps.py) until a review left the plan as it is, or this proposal is decided.
    weighed_at = models.DateTimeField(null=True, blank=True)
    weighed_in = models.ForeignKey(
        PlanProposal, on_delete=models.SET_NULL, null=True, blank=True, related_name="debriefs"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-held_on"], name="debriefs_latest_first")]

    def __str__(self) -> str:
        return f"debrief {self.pk}"


class DailyReview(TriedAgain):
    """The coach's look at the whole plan, at most once per candidate and local day."""

    TASK = "plans.tasks.write_daily_review"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="daily_reviews", db_index=False
    )
    local_day = models.DateField()
    rationale = EncryptedTextField("what a daily review says", blank=True, default="")
    proposal = models.OneToOneField(
        PlanProposal, on_delete=models.SET_NULL, null=True, blank=True, related_name="daily_review"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "local_day"], name="one_review_per_local_day")]
        indexes = [models.Index(fields=["id"], condition=TO_ASK_FOR, name="reviews_to_ask_for")]

    def __str__(self) -> str:
        return f"review of {self.local_day} for candidate {self.user_id}"

    @property
    def is_quiet(self) -> bool:
        """Whether code has answered it with a sentence, and the coach was not asked."""
        return self.ask_state == AskState.DONE and self.asked_at is None and self.proposal_id is None
