"""Practising: sessions, questions, attempts, stories, and the summary after a session."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from coach.counted import whole_minutes
from coach.encryption import EncryptedJSONField, EncryptedTextField
from llm_modes.asking.rows import TO_ASK_FOR, UNANSWERED, Asking, AskState, TriedAgain
from llm_modes.generate_questions.kinds import KINDS
from llm_modes.generate_questions.schema import NewOrRedo, RedoReason
from llm_modes.language.words import count_words
from plans.models import DIFFICULTIES, PlanTopic
from study.pasted_lines import PastedLine


class StudySession(models.Model):
    """A time of practice on one topic, by the server's clock."""

    class EndedBy(models.TextChoices):
        CANDIDATE = "candidate", "ended by you"
        ABANDONED = "abandoned", "ended by itself after a long pause"

    # Here and elsewhere db_index=False: another index begins with this column.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_sessions", db_index=False
    )
    topic = models.ForeignKey(PlanTopic, on_delete=models.PROTECT, related_name="study_sessions")
    planned_duration = models.PositiveIntegerField(help_text="minutes")
    start_time = models.DateTimeField(default=timezone.now)
    last_interaction_time = models.DateTimeField(default=timezone.now)
    end_time = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=9, choices=EndedBy, blank=True, default="")
    only_opened = models.BooleanField(default=False, help_text="ended, and nothing was done in it")
    # The topic that was suggested when it began: its own, or another one that the candidate did not take.
    suggested_topic = models.ForeignKey(
        PlanTopic, on_delete=models.SET_NULL, null=True, blank=True, related_name="suggested_sessions"
    )
    # What it tries when its topic is stuck (plans/rungs.py), as it was at the session's beginning.
    rung = models.PositiveSmallIntegerField(default=0)
    approach = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(end_time=None), name="one_running_session"),
            models.CheckConstraint(name="session_has_a_duration", condition=Q(planned_duration__range=(1, 480))),
        ]
        indexes = [models.Index(fields=["user", "-start_time"], name="sessions_latest_first")]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether it has not ended; its planned time may be over."""
        return self.end_time is None

    @property
    def is_abandoned(self) -> bool:
        """Whether COACH_SESSION_GRACE_MINUTES have passed since its planned end and since the last action in it."""
        grace = timedelta(minutes=settings.SESSION_GRACE_MINUTES)
        return self.is_running and max(self.planned_end, self.last_interaction_time) + grace <= timezone.now()

    @property
    def planned_end(self):
        """The moment at which the planned time is over."""
        return self.start_time + timedelta(minutes=self.planned_duration)

    @property
    def seconds_spent(self) -> int:
        """Seconds from start to end, or until now."""
        return max(0, round(((self.end_time or timezone.now()) - self.start_time).total_seconds()))

    @property
    def minutes_spent(self) -> int:
        """Whole minutes of practice, as they count for the topic."""
        return 0 if self.only_opened else whole_minutes(self.seconds_spent)


class Drill(models.TextChoices):
    """The ways to ask a known question again when a topic has nothing new left."""

    HALF_TIME = "half_time", "in half the time"
    RESULT_FIRST = "result_first", "with the result first"
    OUTSIDER = "outsider", "for somebody outside the field"
    NO_NOTES = "no_notes", "without notes"


class Question(models.Model):
    """A question that was offered to the candidate, with the anchors that a good answer should hit."""

    class Origin(models.TextChoices):
        COACH = "coach", "suggested by the coach"
        CANDIDATE = "candidate", "your own"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    topic = models.ForeignKey(PlanTopic, on_delete=models.PROTECT, related_name="questions", db_index=False)
    text = EncryptedTextField("a question")
    answer_anchors = EncryptedJSONField("what a good answer hits", default=list, blank=True)
    difficulty = models.CharField(max_length=6, choices=DIFFICULTIES, default="medium")
    kind = models.CharField(max_length=11, choices=[(kind, kind) for kind in KINDS], blank=True, default="")
    looks_for = EncryptedJSONField("what a question looks for", default=list, blank=True)
    # A competency of the job advert, by its name; "" where it serves none.
    serves = EncryptedTextField("what a question trains for the post", blank=True, default="")
    origin = models.CharField(max_length=9, choices=Origin, default=Origin.COACH)
    asked_for_real_on = models.DateField(null=True, blank=True, help_text="the day on which an interviewer asked it")
    # Spaced repetition: the scheduler's card (numbers only) and when the question is due again.
    review_card = models.JSONField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    skips = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True, help_text="failed so often that it is left alone")
    voided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["topic", "-created_at"], name="questions_of_topic")]

    def __str__(self) -> str:
        return f"question {self.pk}"


class QuestionPaste(Asking):
    """Questions of the candidate's own that were pasted together, until they have decided on their topics."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="question_pastes")
    lines = EncryptedJSONField("questions that you pasted", items=PastedLine, default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True, help_text="when its lines became questions, or went")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(decided_at=None), name="one_undecided_paste")
        ]

    def __str__(self) -> str:
        return f"paste {self.pk}"


class QuestionRound(Asking):
    """One request for questions in a session, with the questions that it brought."""

    READ_WITH = ("session__user", "session__topic")

    class Wish(models.TextChoices):
        NONE = "", "suggested"
        OTHERS = "others", "others, please"
        EASIER = "easier", "easier"
        HARDER = "harder", "harder"

    session = models.ForeignKey(StudySession, on_delete=models.CASCADE, related_name="rounds")
    wish = models.CharField(max_length=6, choices=Wish, blank=True, default=Wish.NONE)
    # The ids of the questions in the prompt's numbered redo list; a reply names the numbers.
    redo_question_ids = models.JSONField(default=list, blank=True)
    nothing_new = models.BooleanField(default=False, help_text="the topic had no new question left")
    interview_on = models.DateField(null=True, blank=True, help_text="the interview for which they were chosen")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(ask_state__in=[AskState.PENDING, AskState.ASKING, AskState.FAILED]),
                name="one_unanswered_round_per_session",
            )
        ]

    def __str__(self) -> str:
        return f"round {self.pk} of session {self.session_id}"


NEW_OR_REDO: dict[NewOrRedo, str] = {"new": "new", "redo": "again"}
REDO_REASONS: dict[RedoReason, str] = {
    "weak_answer": "the last answer was weak",
    "incomplete": "the last answer left something out",
    "time_pressure": "the last answer ran out of time",
    "high_value": "often asked, and due again",
}


class SuggestedQuestion(models.Model):
    """A question as a round suggested it: new or again, why, and what the candidate did with it."""

    class Choice(models.TextChoices):
        OFFERED = "offered", "offered"
        CHOSEN = "chosen", "chosen"
        SKIPPED = "skipped", "skipped"
        BROUGHT_BACK = "brought", "brought back"

    round = models.ForeignKey(QuestionRound, on_delete=models.CASCADE, related_name="suggestions", db_index=False)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="suggestions")
    position = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=4, choices=NEW_OR_REDO)
    redo_reason = models.CharField(max_length=13, choices=REDO_REASONS, blank=True, default="")
    drill = models.CharField(max_length=12, choices=Drill, blank=True, default="")
    last_score = models.PositiveSmallIntegerField(null=True, blank=True)
    choice = models.CharField(max_length=7, choices=Choice, default=Choice.OFFERED)
    # What a skip has changed on the question, so that it can be undone.
    skips_before = models.PositiveIntegerField(null=True, blank=True)
    due_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "question"], name="a_question_once_per_round")]
        ordering = ["round_id", "position"]

    def __str__(self) -> str:
        return f"suggestion {self.pk}"

    @property
    def is_new(self) -> bool:
        """Whether it was called new. If not, the candidate knows the question: it is asked again."""
        return self.status == "new"


class QuestionAttempt(Asking):
    """An answer: first a draft, then submitted, then marked. `raw_answer`: the candidate's text, in each state."""

    READ_WITH = ("user", "session__topic", "question__topic")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="question_attempts")
    session = models.ForeignKey(StudySession, on_delete=models.CASCADE, related_name="attempts")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    # "" for a usual answer. A drill is marked like one, but does not count for the strength.
    drill = models.CharField(max_length=12, choices=Drill, blank=True, default="")
    raw_answer = EncryptedTextField("an answer of yours", blank=True, default="")
    draft_version = models.PositiveIntegerField(default=0, help_text="raised by every saved draft")
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    seconds_allowed = models.PositiveIntegerField(default=180)
    seconds_taken = models.PositiveIntegerField(null=True, blank=True)
    self_mark = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 10, given before the coach's")
    score_rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 10")
    feedback = EncryptedJSONField("the feedback on an answer", default=dict, blank=True)
    anchors = EncryptedJSONField("what to hit next time", default=list, blank=True)
    # One for each line of the question's looks_for; [] where the mark was not asked about them.
    shown = models.JSONField(default=list, blank=True, help_text="which lines of looks_for the answer shows")
    list_opened = models.BooleanField(default=False, help_text="the lines were opened before it was submitted")
    marked_at = models.DateTimeField(null=True, blank=True)
    model = models.CharField(max_length=120, blank=True, default="")
    prompt_digest = models.CharField(max_length=16, blank=True, default="")
    # A keyed digest of the client's key (coach.encryption.key_ring.digests): 64 hexadecimal digits.
    idempotency_key = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(ask_state=AskState.ASKING), name="one_answer_being_marked"
            ),
            models.UniqueConstraint(
                fields=["session", "question"], condition=Q(submitted_at=None), name="one_draft_per_question"
            ),
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], condition=~Q(idempotency_key=""), name="idempotency_key_unique"
            ),
            models.CheckConstraint(
                name="score_in_range", condition=Q(score_rating=None) | Q(score_rating__range=(1, 10))
            ),
            models.CheckConstraint(
                name="self_mark_in_range", condition=Q(self_mark=None) | Q(self_mark__range=(1, 10))
            ),
            models.CheckConstraint(
                name="marked_means_scored",
                condition=~Q(ask_state=AskState.DONE) | Q(score_rating__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["question", "-id"], name="attempts_of_question"),
            models.Index(
                fields=["user", "-draft_saved_at"], condition=Q(submitted_at=None), name="drafts_latest_first"
            ),
            models.Index(fields=["id"], condition=Q(ask_state__in=UNANSWERED), name="attempts_to_mark"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"

    @property
    def is_draft(self) -> bool:
        """Whether it is still being written."""
        return self.submitted_at is None

    @property
    def words(self) -> int:
        """The number of words, as its language counts them."""
        return count_words(self.raw_answer)

    @property
    def deadline(self):
        """The moment at which the suggested time for this answer is over; the candidate may write on."""
        return self.started_at + timedelta(seconds=self.seconds_allowed)


class Story(Asking):
    """The structure of a story for a question: Markdown that the candidate and the coach write together."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stories")
    question = models.OneToOneField(Question, on_delete=models.CASCADE, related_name="story")
    notes = EncryptedTextField("your notes for a story", blank=True, default="")
    text = EncryptedTextField("a story", blank=True, default="")
    gaps = EncryptedJSONField("what a story still lacks", default=list, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="raised by every change of the text")
    asked_version = models.PositiveIntegerField(default=0, help_text="version the coach's writing rests on")
    # What the coach wrote while the candidate was editing. It is shown beside the candidate's text.
    suggestion = EncryptedTextField("what the coach wrote for a story", blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "stories"

    def __str__(self) -> str:
        return f"story {self.pk}"


class Reconciliation(TriedAgain):
    """The summary after a session; each session has exactly one."""

    TASK = "study.tasks.reconcile"

    session = models.OneToOneField(StudySession, on_delete=models.CASCADE, related_name="reconciliation")
    summary = EncryptedJSONField("the summary of a session", owner="session_id", default=list, blank=True)
    note = EncryptedTextField("the note after a session", owner="session_id", blank=True, default="")
    note_version = models.PositiveIntegerField(default=0, help_text="version of the topic's note it was asked with")
    # The coach's note, when the candidate has edited theirs meanwhile: theirs stays, and this one is kept beside it.
    note_set_aside = models.BooleanField(default=False)
    next_focus = EncryptedJSONField("what comes next after a session", owner="session_id", default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=TO_ASK_FOR, name="summaries_to_ask_for")]

    def __str__(self) -> str:
        return f"reconciliation of session {self.session_id}"
