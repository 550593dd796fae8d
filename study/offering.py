"""What a session offers to choose from: put a question aside, and bring back what was put aside."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from llm_modes.asking.rows import AskState
from study.models import Question, StudySession, SuggestedQuestion
from study.review_schedule import rest_after_skip
from study.sessions import touch

Choice = SuggestedQuestion.Choice


class OnOffer(NamedTuple):
    """What there is to choose from now, and what can be brought back; each question once.

    `offered`: the last answered round's, then those brought back from before. `skipped`: in this session. `earlier`:
    what the latest of the rounds before offered and newer questions replaced.
    """

    offered: list[SuggestedQuestion]
    skipped: list[SuggestedQuestion]
    earlier: list[SuggestedQuestion]


def on_offer(session: StudySession) -> OnOffer:
    """The session's suggestions, sorted; none once it has ended. Two queries."""
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
    # Of one that was skipped and suggested again the later says what it is.
    others = _each_once(one for one in found if one.question_id not in shown)
    replaced = [one for one in others if one.choice == Choice.OFFERED]
    return OnOffer(
        offered,
        skipped=[one for one in others if one.choice == Choice.SKIPPED],
        earlier=[one for one in replaced if one.round_id == replaced[0].round_id],
    )


def _open(session: StudySession) -> QuerySet[SuggestedQuestion]:
    """The session's suggestions of which none was tried or voided, the latest round first."""
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
    """Note that the candidate took up a suggested question."""
    SuggestedQuestion.objects.filter(round__session=session, question=question).update(choice=Choice.CHOSEN)


def skip(session: StudySession, question: Question) -> None:
    """Put a suggested question away. It comes back later, after a longer rest with each skip; twice counts once."""
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
    """Offer a question skipped in this session once more, as if it had not been skipped; twice is once."""
    with transaction.atomic():
        locked = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
        rows = SuggestedQuestion.objects.filter(round__session=session, question=question, choice=Choice.SKIPPED)
        first = rows.order_by("skips_before").first()
        # A mark that came meanwhile has set both anew; release 0.1 did not note what they were.
        if first is not None and first.skips_before is not None and locked.skips > first.skips_before:
            locked.skips, locked.due_at = first.skips_before, first.due_before
            locked.save(update_fields=["skips", "due_at"])
        rows.update(choice=Choice.BROUGHT_BACK)
        touch(session)


def bring_back(session: StudySession, round_id: int) -> None:
    """Offer what is left of an earlier round of this session beside the newer questions; twice is once."""
    left = SuggestedQuestion.objects.filter(round__session=session, round_id=round_id, choice=Choice.OFFERED)
    left.update(choice=Choice.BROUGHT_BACK)
    touch(session)


def replace(session: StudySession) -> None:
    """Newer questions came: what was brought back goes to the earlier ones again."""
    back = SuggestedQuestion.objects.filter(round__session=session, choice=Choice.BROUGHT_BACK)
    back.update(choice=Choice.OFFERED)
