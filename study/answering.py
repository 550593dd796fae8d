"""An answer is drafted and submitted. Its words are saved before the coach is asked for the mark (study/marking.py)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from coach.candidate_text import clean_text
from coach.composed import composed_once
from coach.encryption.key_ring import digests
from coach.models import User
from study import caps, drills, offering, questions, sessions, strength
from study.models import Question, QuestionAttempt, StudySession

# A clock that ran for more than a day does not measure an answer.
MOST_SECONDS = 86_400
# After this time home does not show a begun answer any more; it stays on its session's page.
DRAFT_REMEMBERED = timedelta(days=3)


class DraftConflict(Exception):
    """The draft was changed elsewhere meanwhile. `attempt`: with the stored text."""

    def __init__(self, attempt: QuestionAttempt) -> None:
        self.attempt = attempt
        super().__init__(f"attempt {attempt.pk} has draft version {attempt.draft_version}")


class AlreadySubmitted(Exception):
    """The attempt was submitted before, with another text. `attempt`: with the stored text."""

    def __init__(self, attempt: QuestionAttempt) -> None:
        self.attempt = attempt
        super().__init__(f"attempt {attempt.pk} was submitted before")


class EmptyAnswer(Exception):
    """The answer has no text to be marked."""


class AnswerTooLong(Exception):
    """The answer has more than COACH_ANSWER_CHARACTERS characters."""


class KeyUsedForAnother(Exception):
    """The idempotency key was used before, with another question or text."""


def start_attempt(session: StudySession, question: Question) -> QuestionAttempt:
    """The draft for this question in this session; made now if there is none.

    Raises SessionOver when the session has ended and has no such draft; CapReached.
    """
    drafts = QuestionAttempt.objects.filter(session=session, question=question, submitted_at=None)
    try:
        with transaction.atomic():
            running = StudySession.objects.select_for_update(of=("self",)).get(pk=session.pk).end_time is None
            draft = drafts.first()
            if draft is None:
                if not running:
                    raise questions.SessionOver
                caps.require_attempt(session)
                draft = _begun(session, question)
                draft.save()
            offering.choose(session, question)
            sessions.touch(session)
    except IntegrityError:
        draft = drafts.get()
    return draft


def save_draft(attempt: QuestionAttempt, text: str, version: int) -> QuestionAttempt:
    """Store what is written so far. `version`: the version of the draft that the writer's page has.

    Raises DraftConflict when this would overwrite the text of another page, AlreadySubmitted when it was submitted.
    """
    text = text.replace("\r\n", "\n")
    with transaction.atomic():
        stored = _locked(attempt)
        if not stored.is_draft:
            raise AlreadySubmitted(stored)
        if _overwrites(stored, text, version):
            raise DraftConflict(stored)
        if text != stored.raw_answer:
            stored.raw_answer = text
            stored.draft_version += 1
        stored.draft_saved_at = timezone.now()
        stored.save(update_fields=["raw_answer", "draft_version", "draft_saved_at"])
        sessions.touch(stored.session)
    return stored


def submit(
    attempt: QuestionAttempt, text: str, *, version: int | None = None, self_mark: int | None = None
) -> QuestionAttempt:
    """Submit the answer: save it, with its time by the server's clock, to be marked. A second call changes nothing.

    Raises EmptyAnswer, AnswerTooLong, DraftConflict when this would overwrite the text of another page, and
    AlreadySubmitted when another text was submitted before.
    """
    text = check_answer(text)
    with transaction.atomic():
        stored = _locked(attempt, "question__topic__user")
        if not stored.is_draft:
            if stored.raw_answer == text:
                return stored
            raise AlreadySubmitted(stored)
        if version is not None and _overwrites(stored, text, version):
            raise DraftConflict(stored)
        _set_submitted(stored, text, self_mark=self_mark)
        stored.save()
        sessions.touch(stored.session)
        sessions.await_mark(stored.session)
        strength.recompute(stored.question.topic)
    return stored


def submit_at_once(
    session: StudySession,
    question: Question,
    text: str,
    *,
    seconds_taken: int | None = None,
    idempotency_key: str = "",
) -> QuestionAttempt:
    """Submit an answer without a draft, as the REST facade does: save it, to be marked.

    With an idempotency key the same answer is submitted once: a repeat returns the first attempt. Raises
    KeyUsedForAnother, SessionOver, EmptyAnswer, AnswerTooLong, CapReached.
    """
    text = check_answer(text)
    try:
        with transaction.atomic():
            earlier = _with_key(session, idempotency_key)
            if earlier is None:
                return _begun_and_submitted(session, question, text, seconds_taken, idempotency_key)
    except IntegrityError:
        earlier = _with_key(session, idempotency_key)
        if earlier is None:
            raise
    first = (earlier.session_id, earlier.question_id, earlier.raw_answer, earlier.seconds_taken)
    if first != (session.pk, question.pk, text, seconds_taken or 0):
        raise KeyUsedForAnother
    return earlier


def _begun_and_submitted(
    session: StudySession, question: Question, text: str, seconds_taken: int | None, idempotency_key: str
) -> QuestionAttempt:
    """A saved attempt that was submitted as soon as it began. Raises SessionOver and CapReached."""
    running = StudySession.objects.select_for_update(of=("self",)).get(pk=session.pk)
    if running.end_time is not None:
        raise questions.SessionOver
    caps.require_attempt(session)
    attempt = _begun(session, question)
    attempt.idempotency_key = _digests(session, idempotency_key)[0]
    _set_submitted(attempt, text, seconds_taken=seconds_taken)
    attempt.save()
    offering.choose(session, question)
    sessions.touch(session)
    strength.recompute(question.topic)
    return attempt


def check_answer(text: str) -> str:
    """The answer as it is stored. Raises EmptyAnswer or AnswerTooLong; a text is never cut."""
    text = clean_text(text)
    if not text:
        raise EmptyAnswer
    if len(text) > settings.ANSWER_CHARACTERS:
        raise AnswerTooLong
    return text


def left_draft(user: User) -> QuestionAttempt | None:
    """The answer that the candidate began last and did not submit before its session ended, a few days ago at most."""
    lately = timezone.now() - DRAFT_REMEMBERED
    draft = next(iter(_drafts_left(user.pk, lately)), None)
    return draft if draft and draft.raw_answer else None


@composed_once
def _drafts_left(user: int, since: datetime) -> QuerySet[QuestionAttempt]:
    """The last one, with what home shows of it."""
    drafts = QuestionAttempt.objects.filter(
        user=user, submitted_at=None, draft_saved_at__gt=since, session__end_time__gt=since, question__voided_at=None
    )
    shown = drafts.select_related("question").only("user_id", "raw_answer", "question__user_id", "question__text")
    return shown.order_by("-draft_saved_at")[:1]


def _begun(session: StudySession, question: Question) -> QuestionAttempt:
    """An unsaved attempt that begins now; a drill if the session suggested the question as a drill."""
    drill = drills.suggested(session, question)
    return QuestionAttempt(
        user=session.user,
        session=session,
        question=question,
        drill=drill,
        seconds_allowed=drills.seconds_allowed(question, drill),
    )


def _locked(attempt: QuestionAttempt, *beside: str) -> QuestionAttempt:
    """The stored attempt, locked, with these relations beside its session."""
    rows = QuestionAttempt.objects.select_for_update(of=("self",)).select_related("session", *beside)
    return rows.get(pk=attempt.pk)


def _overwrites(stored: QuestionAttempt, text: str, version: int) -> bool:
    """Whether storing the text would lose words that its writer has not seen.

    A page whose last save was stored, but that did not get the reply, has an old version. Then its text begins with the
    stored one.
    """
    return version != stored.draft_version and not clean_text(text).startswith(clean_text(stored.raw_answer))


def _set_submitted(
    attempt: QuestionAttempt, text: str, *, self_mark: int | None = None, seconds_taken: int | None = None
) -> None:
    """Set the fields of a submitted answer. The caller saves it."""
    now = timezone.now()
    # The clock stops at the session's end: what follows, until the draft is submitted, is no time of answering.
    stopped = attempt.session.end_time or now
    by_clock = round((stopped - attempt.started_at).total_seconds())
    attempt.raw_answer = text
    attempt.draft_version += 1
    attempt.submitted_at = now
    attempt.seconds_taken = min(MOST_SECONDS, max(0, by_clock if seconds_taken is None else seconds_taken))
    attempt.self_mark = self_mark
    attempt.mark_pending()


def _with_key(session: StudySession, key: str) -> QuestionAttempt | None:
    keys = _digests(session, key)
    return QuestionAttempt.objects.filter(user=session.user, idempotency_key__in=keys).first() if key else None


def _digests(session: StudySession, key: str) -> list[str]:
    """What is kept of a client's key, and may have been kept under an earlier key of ours; [""] of none."""
    return digests(f"idempotency key of candidate {session.user_id}: {key}") if key else [""]
