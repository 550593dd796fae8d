"""The questions of a session: asks the coach for some, takes the candidate's own, and voids bad ones."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from coach.encryption.unreadable import read_what_can_be_read
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.failures import LLMFailure
from llm_modes.generate_questions.difficulties import Difficulties, wanted
from llm_modes.generate_questions.schema import (
    MIN_QUESTIONS,
    MOST_RECENT,
    Focus,
    GenerateQuestionsInputs,
    RedoCandidate,
)
from llm_modes.generate_questions.schema import (
    MODE as GENERATE_QUESTIONS,
)
from llm_modes.language.folding import spoken
from llm_modes.language.repetition import normalised
from plans.countdown import Countdown
from plans.journey import brief_of, language_of
from plans.preparation import preparation_of
from plans.progress import progress_seen, thin_evidence
from study import approach, caps, fillers, news, noting, offering, redo, strength
from study.models import Question, QuestionRound, StudySession
from study.same_words import by_words
from study.sessions import stage_of, touch

# The number of suggestions for a session of fewer minutes than this.
COUNTS = ((10, 3), (20, 4), (40, 5))
MOST_QUESTIONS = 6
# Words in a role that tell its level. The first that is found decides.
LEVELS = (
    "intern",
    "trainee",
    "graduate",
    "junior",
    "senior",
    "staff",
    "principal",
    "lead",
    "head",
    "director",
    "manager",
)


class RoundBeingAsked(Exception):
    """The coach is writing questions at this moment, so the wish has to wait."""


class SessionOver(Exception):
    """The session has ended, so nothing new can be started in it."""


def suggest(session: StudySession, wish: str = "") -> QuestionRound:
    """Save that questions are wanted. A round without questions takes the new wish: there is only one such round.

    Raises SessionOver, CapReached, or RoundBeingAsked when the coach is writing questions for it.
    """
    with transaction.atomic():
        locked = StudySession.objects.select_for_update(of=("self",)).get(pk=session.pk)
        if locked.end_time is not None:
            raise SessionOver
        question_round = locked.rounds.filter(ask_state__in=UNANSWERED).first()
        if question_round is None:
            caps.require_round(locked)
            question_round = QuestionRound(session=session)
        elif question_round.is_being_asked:
            raise RoundBeingAsked
        question_round.wish = wish
        question_round.mark_pending()
        question_round.save()
        touch(session)
    return question_round


def ask_for(
    question_round: QuestionRound, on_progress: Callable[[dict[str, Any]], None] | None = None
) -> QuestionRound:
    """Ask the coach for the round's questions, and store them. Returns the round as it is then.

    Nobody is asked for a rehearsal (`_rehearse`).
    """
    if _rehearse(question_round):
        question_round.refresh_from_db()
        return question_round
    return ask_and_apply(
        question_round,
        mode=GENERATE_QUESTIONS,
        candidate=question_round.session.user,
        stage=lambda row: stage_of(row.session),
        inputs=prompt_inputs,
        apply=_apply,
        on_progress=on_progress,
    )


def count_for(minutes: int) -> int:
    """How many questions a round has in a session of so many minutes: 3 to 6."""
    return next((count for limit, count in COUNTS if minutes < limit), MOST_QUESTIONS)


def prompt_inputs(question_round: QuestionRound) -> GenerateQuestionsInputs:
    """The inputs of GenerateQuestions."""
    session, topic = question_round.session, question_round.session.topic
    count = count_for(session.planned_duration)
    countdown = Countdown.of(session.user)
    due_here = redo.due(session, countdown)
    redos = redo.pick(session, count, countdown, due_here=due_here)
    known = fillers.known(session, redos, countdown, due_here)
    progress = progress_seen(topic)
    rating = progress.strength_rating
    return GenerateQuestionsInputs(
        language=language_of(session.user),
        topic=topic.as_topic(),
        role=session.user.current_role,
        level=level_of(session.user.current_role),
        strength_rating=None if rating is None else float(rating),
        few_marks=thin_evidence(progress),
        next_focus=[Focus(focus=item["focus"], reason=item["reason"]) for item in progress.next_focus],
        wish=question_round.wish,
        difficulties=_difficulties(question_round, count),
        approach=session.approach if approach.is_followed_in(question_round) else "",
        redo_candidates=[
            RedoCandidate(number=number, question=item.question.text, last_score=item.last_score, reason=item.reason)
            for number, item in enumerate(redos, start=1)
        ],
        recent_questions=_recent_texts(session),
        known_questions=news.known_to(session.user),
        preparation=preparation_of(session.user),
        interview_format=brief_of(session.user).interview_format,
        fillers=len(known.due) + len(known.others),
        fillers_beside_news=len(known.others),
        count=count,
    )


def _difficulties(question_round: QuestionRound, count: int) -> Difficulties:
    """How many questions of each difficulty: by the topic's level; without marks, by the level that the role tells."""
    session = question_round.session
    progress = progress_seen(session.topic)
    seniority = "" if progress.marked_attempts else level_of(session.user.current_role)
    return wanted(count, level=progress.level, rung=session.rung, wish=question_round.wish, seniority=seniority)


def level_of(role: str) -> str:
    """The level that the role's name tells, or "not said"."""
    words = spoken(role).split()
    return next((level for level in LEVELS if level in words), "not said")


def _recent_texts(session: StudySession) -> list[str]:
    """The topic's last questions, newest first."""
    latest = news.no_news(Question.objects.filter(topic=session.topic), session.user).order_by("-created_at", "-pk")
    return [question.text for question in latest[:MOST_RECENT] if question.text]


def _apply(question_round: QuestionRound, answer: Any) -> None:
    """Store the suggestions: new questions, due ones, and known ones in another way when there are too few new ones."""
    session, count = question_round.session, count_for(question_round.session.planned_duration)
    told, countdown = {candidate.question for candidate in answer.inputs.redo_candidates}, Countdown.of(session.user)
    due_here = redo.due(session, countdown)
    due = [one for one in redo.pick(session, count, countdown, due_here=due_here) if one.question.text in told]
    question_round.interview_on = countdown.interview_on
    question_round.redo_question_ids = [one.question.pk for one in due]
    said = {item.question: item for item in answer.reply.questions if item.status == "redo"}
    for one in due:
        if one.question.text in said:
            news.describe(one.question, said[one.question.text])
    called_new = [item for item in answer.reply.questions if item.status == "new"][: count - len(due)]
    fresh = news.store(session, called_new, since=question_round.asked_at)
    question_round.nothing_new = not any(one.is_new for one in fresh)
    # When there are new questions, they are half of the list.
    again = due if question_round.nothing_new else due[: max(1, len(fresh))]
    lacking = (count if question_round.nothing_new else MIN_QUESTIONS) - len(fresh) - len(again)
    taken = {one.question_id for one in fresh}
    known = fillers.known(session, again, countdown, due_here) if lacking > 0 else fillers.Fillers([], [])
    spare = known.due + known.others if question_round.nothing_new else known.others + known.due
    spare = [one for one in spare if one.question_id not in taken]
    first = [fillers.as_suggested(one) for one in again if one.is_first]
    later = [fillers.as_suggested(one) for one in again if not one.is_first]
    suggestions = [*fresh[:1], *later, *fresh[1:], *spare[: max(0, lacking)]]
    if not first and not suggestions:
        raise LLMFailure("nothing_left")
    if approach.is_followed_in(question_round):
        suggestions = approach.arranged(session, suggestions)
    offering.put_on_list(question_round, [*first, *suggestions])


@read_what_can_be_read()
def _rehearse(question_round: QuestionRound) -> bool:
    """In the last days before the interview: store a list of questions that the candidate knows. Nobody is asked.

    Returns False, and stores nothing, at other times, and where the topic has fewer than MIN_QUESTIONS to rehearse:
    then new ones come, too, so that nobody is sent away.
    """
    session = question_round.session
    countdown, count = Countdown.of(session.user), count_for(session.planned_duration)
    if not (countdown.is_for_rehearsal and session.is_running):
        return False
    with transaction.atomic():
        waiting = QuestionRound.objects.select_for_update(of=("self",)).filter(ask_state__in=UNANSWERED)
        row = waiting.select_related("session__topic", "session__user").filter(pk=question_round.pk).first()
        if row is None or row.is_being_asked:
            return False
        known = fillers.for_rehearsal(row, countdown)[:count]
        if len(known) < MIN_QUESTIONS:
            return False
        row.ask_state, row.ask_failure, row.ask_lease_until = AskState.DONE, "", None
        row.interview_on = countdown.interview_on
        row.save()
        offering.put_on_list(row, approach.arranged(session, known) if approach.is_followed_in(row) else known)
    return True


def bring(session: StudySession, text: str) -> Question:
    """Store a question of the candidate's own. If they brought it before in these words, that one is used again.

    Raises CapReached.
    """
    if same := by_words([session.topic]).get(normalised(text)):
        return same[0]
    with transaction.atomic():
        StudySession.objects.select_for_update(of=("self",)).get(pk=session.pk)
        caps.require_own_question(session.topic)
        return Question.objects.create(
            user=session.user, topic=session.topic, text=text, origin=Question.Origin.CANDIDATE
        )


def void(question: Question) -> None:
    """Void a bad question: neither it nor its marks count any more. What was written stays readable."""
    _set_voided(question, timezone.now())


def restore(question: Question) -> None:
    """Let a voided question and its marks count again."""
    _set_voided(question, None)


def _set_voided(question: Question, at: datetime | None) -> None:
    with transaction.atomic():
        Question.objects.filter(pk=question.pk).update(voided_at=at)
        strength.recompute(question.topic)
        noting.put_right(question)
    question.voided_at = at


def unanswered_round(session: StudySession) -> QuestionRound | None:
    """The round that waits for the coach or has failed; None when all rounds have their questions."""
    return session.rounds.filter(ask_state__in=UNANSWERED).select_related("session__user", "session__topic").first()
