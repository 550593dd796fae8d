"""Which questions are new to a candidate: none is called new twice within REMEMBERED, in any topic."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from coach.models import User
from llm_modes.language.repetition import Known, normalised
from study import fillers, strength
from study.models import Question, StudySession, SuggestedQuestion

REMEMBERED = timedelta(days=60)
# Only this many are read, the latest first: each one is decrypted and compared.
MOST_READ = 6000


def known_to(user: User) -> list[str]:
    """The texts of the questions that are not new, the latest first, of all topics, archived ones included."""
    return _read(no_news(Question.objects.filter(user=user), user))


def store(session: StudySession, news: list[Any], *, since: datetime | None) -> list[SuggestedQuestion]:
    """Store the questions that the coach calls new. Returns suggestions for them, without a round yet.

    A question from before REMEMBERED is not stored twice: the old one is suggested again. Questions that the candidate
    got by another way after `since` (None: now) are left out.
    """
    meanwhile = Known(_read(Question.objects.filter(user=session.user, created_at__gte=since or timezone.now())))
    fit = [item for item in news if not meanwhile.has(item.question)]
    old = _forgotten(session) if fit else {}
    found: dict[int, SuggestedQuestion] = {}
    for item in fit:
        question = old.get(normalised(item.question))
        if question is not None:
            describe(question, item)
            found[question.pk] = fillers.again(question, strength.last_score(question.pk))
            continue
        question = Question.objects.create(
            user=session.user,
            topic=session.topic,
            text=item.question,
            difficulty=item.difficulty,
            kind=item.kind,
            looks_for=item.looks_for,
            serves=item.serves or "",
        )
        found[question.pk] = SuggestedQuestion(question=question, status="new")
    return list(found.values())


def describe(question: Question, item: Any) -> None:
    """Store what the coach says a question looks for, of one from a release that did not ask that yet."""
    if item.looks_for and not (question.kind or question.looks_for):
        question.kind, question.looks_for, question.serves = item.kind, item.looks_for, item.serves or ""
        question.save(update_fields=["kind", "looks_for", "serves"])


def no_news(questions: QuerySet[Question], user: User) -> QuerySet[Question]:
    """Those of the candidate's questions that are not new: made or suggested within REMEMBERED, voided, or resting."""
    since = timezone.now() - REMEMBERED
    # Found by the candidate's sessions: looked for by each question, it may be cheaper to read everybody's.
    suggested = SuggestedQuestion.objects.filter(round__session__user=user, round__created_at__gte=since)
    lately = Q(created_at__gte=since) | Q(pk__in=suggested.order_by().values("question"))
    return questions.filter(lately | Q(voided_at__isnull=False) | Q(rests_until__gt=timezone.now()))


def _read(questions: QuerySet[Question]) -> list[str]:
    latest = questions.only("user_id", "text", "created_at").order_by("-created_at", "-pk")[:MOST_READ]
    return [question.text for question in latest if question.text]


def _forgotten(session: StudySession) -> dict[str, Question]:
    """The questions of the topics in force that count as new again, by their normalised text."""
    before = timezone.now() - REMEMBERED
    # That the topics are theirs too is said for the database: otherwise it may read everybody's.
    own = Question.objects.filter(
        user=session.user, topic__user=session.user, topic__archived_at=None, created_at__lt=before
    )
    questions = own.exclude(pk__in=no_news(own, session.user).values("pk"))
    questions = questions.select_related("topic").order_by("-created_at", "-pk")[:MOST_READ]
    return {normalised(question.text): question for question in questions if question.text}
