"""The questions that a session offers: choose one, skip one, and bring back skipped or replaced ones."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from llm_modes.asking.rows import AskState
from study.models import Question, QuestionRound, StudySession, SuggestedQuestion
from study.review_schedule import rest_after_skip
from study.sessions import touch

Choice = SuggestedQuestion.Choice


class OnOffer(NamedTuple):
    """What the candidate can choose now, and what they can bring back. Each question stands there once.

    `offered`: the suggestions of the last finished round, then those brought back. `skipped`: in this session.
    `earlier`: the suggestions of the latest round before, which newer questions replaced.
    """

    offered: list[SuggestedQuestion]
    skipped: list[SuggestedQuestion]
    earlier: list[SuggestedQuestion]


def on_offer(session: StudySession) -> OnOffer:
    """What the session offers; nothing once it has ended. Makes two queries."""
    if not session.is_running:
        return OnOffer([], [], [])
    last = session.rounds.filter(ask_state=AskState.DONE).order_by("-pk").values_list("pk", flat=True).first()
    found = list(_open(session))
    offered = _each_once(
        one
        for one in found
        if one.choice == Choice.BROUGHT_BACK or (one.choice == Choice.OFFERED and one.round_id == last)
    )
    shown = {one.question_id for one in offered}
    # If a question was skipped and suggested again, the later suggestion counts.
    others = _each_once(one for one in found if one.question_id not in shown)
    replaced = [one for one in others if one.choice == Choice.OFFERED]
    return OnOffer(
        offered,
        skipped=[one for one in others if one.choice == Choice.SKIPPED],
        earlier=[one for one in replaced if one.round_id == replaced[0].round_id],
    )


def _open(session: StudySession) -> QuerySet[SuggestedQuestion]:
    """The session's suggestions whose questions were neither tried nor voided, the latest round first."""
    return (
        SuggestedQuestion.objects.filter(round__session=session, question__voided_at=None)
        .exclude(question__in=session.attempts.values("question_id"))
        .select_related("question__topic", "question__story", "round__session__topic__progress", "round__session__user")
        .order_by("-round_id", "position")
    )


def _each_once(suggestions: Iterable[SuggestedQuestion]) -> list[SuggestedQuestion]:
    first: dict[int, SuggestedQuestion] = {}
    for suggestion in suggestions:
        first.setdefault(suggestion.question_id, suggestion)
    return list(first.values())


def choose(session: StudySession, question: Question) -> None:
    """Store that the candidate chose this question, if the session suggested it."""
    SuggestedQuestion.objects.filter(round__session=session, question=question).update(choice=Choice.CHOSEN)


def skip(session: StudySession, question: Question) -> None:
    """Put a suggested question away for a rest, which is longer with each skip. A second call changes nothing."""
    with transaction.atomic():
        locked = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
        rows = SuggestedQuestion.objects.filter(
            round__session=session, question=question, choice__in=(Choice.OFFERED, Choice.BROUGHT_BACK)
        )
        if rows.update(choice=Choice.SKIPPED, skips_before=locked.skips, due_before=locked.due_at):
            locked.skips += 1
            locked.due_at = timezone.now() + rest_after_skip(locked.skips)
            locked.save(update_fields=["skips", "due_at"])
        touch(session)


def unskip(session: StudySession, question: Question) -> None:
    """Offer a question again as if this session had not skipped it. A second call changes nothing."""
    with transaction.atomic():
        locked = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
        rows = SuggestedQuestion.objects.filter(round__session=session, question=question, choice=Choice.SKIPPED)
        first = rows.order_by("skips_before").first()
        # A mark that came meanwhile has set both anew. Rows of release 0.1 do not know what they were before.
        if first is not None and first.skips_before is not None and locked.skips > first.skips_before:
            locked.skips, locked.due_at = first.skips_before, first.due_before
            locked.save(update_fields=["skips", "due_at"])
        rows.update(choice=Choice.BROUGHT_BACK)
        touch(session)


def bring_back(session: StudySession, round_id: int) -> None:
    """Offer the rest of an earlier round of this session beside the newer questions. A second call changes nothing."""
    left = SuggestedQuestion.objects.filter(round__session=session, round_id=round_id, choice=Choice.OFFERED)
    left.update(choice=Choice.BROUGHT_BACK)
    touch(session)


def put_on_list(question_round: QuestionRound, suggestions: list[SuggestedQuestion]) -> None:
    """Store these suggestions, the first one first, as what the round brought. They replace what was offered before."""
    for position, suggestion in enumerate(suggestions):
        suggestion.round, suggestion.position = question_round, position
    SuggestedQuestion.objects.bulk_create(suggestions)
    replace(question_round.session)


def replace(session: StudySession) -> None:
    """Put the questions that were brought back among the earlier ones again. Call it when newer questions came."""
    back = SuggestedQuestion.objects.filter(round__session=session, choice=Choice.BROUGHT_BACK)
    back.update(choice=Choice.OFFERED)
