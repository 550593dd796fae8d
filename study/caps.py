"""How many sessions, rounds of questions, answers, own questions and stories a candidate may make."""

from django.db.models import Exists, OuterRef, QuerySet

from coach.candidate_text import isolated
from coach.caps import Cap, CapReached, DailyCap
from coach.models import User
from plans.models import PlanTopic
from study.models import Question, QuestionAttempt, QuestionRound, Story, StudySession

SESSIONS = DailyCap(
    setting="COACH_SESSIONS_PER_DAY",
    name="sessions today",
    at="start_time",
    sentence="You have started {most} sessions today, as many as fit into a day. Go on tomorrow.",
)
ROUNDS = Cap(
    setting="COACH_ROUNDS_PER_SESSION",
    name="times that questions were asked for in the running session",
    sentence="You have asked for questions {most} times in this session. Choose one of those below, bring your own, or "
    "end the session and start another one.",
)
ATTEMPTS = Cap(
    setting="COACH_ATTEMPTS_PER_SESSION",
    name="answers in the running session",
    sentence="This session has {most} answers, as many as fit into one. End it, and start another one to go on.",
)
OPEN_QUESTIONS = Cap(
    setting="COACH_OPEN_QUESTIONS",
    name="own questions without an answer in a topic",
    sentence="This topic has {most} questions of your own that you have not answered yet. Answer one of them before "
    "you add another.",
)
STORIES = Cap(
    setting="COACH_STORIES",
    name="stories",
    sentence="You have stories for {most} questions, as many as can be kept. Rework one of them instead.",
)


def require_session(user: User) -> None:
    """Raise CapReached if the candidate has started SESSIONS.most sessions today."""
    SESSIONS.require_today(StudySession.objects.filter(user=user), user)


def require_round(session: StudySession) -> None:
    """Raise CapReached if questions were asked for ROUNDS.most times in this session."""
    ROUNDS.require(QuestionRound.objects.filter(session=session))


def require_attempt(session: StudySession) -> None:
    """Raise CapReached if the session has ATTEMPTS.most answers and drafts."""
    ATTEMPTS.require(QuestionAttempt.objects.filter(session=session))


def require_own_question(topic: PlanTopic) -> None:
    """Raise CapReached if the topic has OPEN_QUESTIONS.most own questions with neither an answer nor a story."""
    OPEN_QUESTIONS.require(_open_questions(topic))


def require_own_questions(topic: PlanTopic, many: int) -> None:
    """Raise CapReached, with how many still fit, if so many more would pass OPEN_QUESTIONS.most in this topic."""
    left = max(0, OPEN_QUESTIONS.most - OPEN_QUESTIONS.count(_open_questions(topic)))
    if OPEN_QUESTIONS.most and many > left:
        raise CapReached(
            f"{isolated(topic.called)} has room for {left or 'no'} more of your own questions, until you have answered "
            f"some; {many} are chosen for it. Choose another topic for the others, or leave them out.",
            None,
        )


def require_story(user: User) -> None:
    """Raise CapReached if the candidate has STORIES.most stories."""
    STORIES.require(Story.objects.filter(user=user))


def _open_questions(topic: PlanTopic) -> QuerySet[Question]:
    answered = QuestionAttempt.objects.filter(question=OuterRef("pk"), submitted_at__isnull=False)
    own = Question.objects.filter(topic=topic, origin=Question.Origin.CANDIDATE, story=None)
    return own.exclude(Exists(answered))


def counts(user: User) -> list[tuple[str, int, int]]:
    """How much of each cap is used, for the admin: (name, rows, cap)."""
    session = StudySession.objects.filter(user=user, end_time=None).first()
    topics = PlanTopic.objects.filter(user=user).in_force()
    rounds, attempts = QuestionRound.objects.filter(session=session), QuestionAttempt.objects.filter(session=session)
    return [
        (SESSIONS.name, SESSIONS.count_today(StudySession.objects.filter(user=user), user), SESSIONS.most),
        (ROUNDS.name, ROUNDS.count(rounds), ROUNDS.most),
        (ATTEMPTS.name, ATTEMPTS.count(attempts), ATTEMPTS.most),
        (
            OPEN_QUESTIONS.name,
            max((OPEN_QUESTIONS.count(_open_questions(topic)) for topic in topics), default=0),
            OPEN_QUESTIONS.most,
        ),
        (STORIES.name, STORIES.count(Story.objects.filter(user=user)), STORIES.most),
    ]
