"""The summary after a session. It is written exactly once, whichever process dies meanwhile."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from llm_modes.asking.rows import UNANSWERED, AskState
from llm_modes.asking.rows import stop as stop_asking
from llm_modes.asking.trying_again import (
    ask_and_come_back,
    due,
    hand_all_to_worker,
    hand_to_worker,
    set_next_try,
)
from llm_modes.evaluate_answer.schema import GivenAnchor
from llm_modes.failures import LEFT_ALONE, LLMFailure
from llm_modes.language.repetition import normalised
from llm_modes.reconcile_session.schema import MODE as RECONCILE_SESSION
from llm_modes.reconcile_session.schema import MarkedAttempt, ReconcileSessionInputs
from plans.journey import language_of
from plans.progress import progress_seen, set_next_focus, write_note
from study import drills, missing_marks, noting, sessions, strength
from study.history import counts_of, put_old_away
from study.models import QuestionAttempt, Reconciliation, StudySession


def reconcile(reconciliation: Reconciliation) -> Reconciliation:
    """Write the summary of the session. It may be called again at any time: the row is answered at most once."""
    session = reconciliation.session
    if reconciliation.is_stopped:
        return reconciliation
    if missing_marks.being_made(session):
        # A mark that is being made belongs in the summary. When it is stored, it enqueues this row again.
        return reconciliation
    without = list(missing_marks.to_be_made(session))
    if without and not missing_marks.all_tried(without, reconciliation):
        return reconciliation
    # The one that was tried just now may be left to the candidate from now on.
    without = [attempt for attempt in without if not attempt.is_left_alone]
    if without and not marked_attempts(session):
        return _postpone(reconciliation, without[0].ask_failure)
    if not marked_attempts(session):
        return _close_without_asking(reconciliation)
    ask_and_come_back(
        reconciliation,
        mode=RECONCILE_SESSION,
        candidate=session.user,
        stage=lambda row: sessions.stage_of(row.session),
        inputs=prompt_inputs,
        apply=_apply,
    )
    if reconciliation.is_answered:
        missing_marks.plan_next_try(reconciliation)
    return reconciliation


def retry(reconciliation: Reconciliation) -> None:
    """The candidate's button to try again: enqueue the row for its summary, or for the marks that it lacks.

    A row that is on its way stays as it is.
    """
    with transaction.atomic():
        locked = Reconciliation.objects.select_for_update(of=("self",)).get(pk=reconciliation.pk)
        if locked.failure is not None:
            left_alone = missing_marks.failed(locked.session).filter(ask_failure__in=LEFT_ALONE)
            left_alone.update(ask_state=AskState.PENDING, ask_failure="")
            locked.mark_pending()
            locked.save()
            hand_to_worker(locked)
        elif locked.is_answered and not missing_marks.are_coming(locked) and missing_marks.of(locked.session).exists():
            missing_marks.failed(locked.session).update(ask_state=AskState.PENDING, ask_failure="")
            hand_to_worker(locked)
    reconciliation.refresh_from_db()


def stop(reconciliation: Reconciliation) -> None:
    """The candidate's button to stop the summary, and the marks on their way to it, until they try again."""
    # One after the other: whoever stores a mark locks it first, and the summary then.
    for attempt in missing_marks.of(reconciliation.session):
        stop_asking(attempt)
    stop_asking(reconciliation)
    Reconciliation.objects.filter(pk=reconciliation.pk).update(next_try_at=None)
    reconciliation.refresh_from_db()


def hand_due_to_worker() -> int:
    """Enqueue the due rows that wait, failed, lack marks or were interrupted. Returns how many.

    The sweep calls it.
    """
    return hand_all_to_worker(due(Reconciliation, answered=True)[:500])


def marked_attempts(session: StudySession) -> list[QuestionAttempt]:
    """The session's marked attempts that count, in the order in which they were submitted."""
    return list(
        session.attempts.filter(ask_state=AskState.DONE, question__voided_at=None)
        .select_related("question")
        .order_by("submitted_at", "pk")
    )


def summary_of(
    session: StudySession,
    best_anchors: dict[str, list[dict[str, str]]] | None = None,
    *,
    attempts: Iterable[QuestionAttempt] | None = None,
) -> list[dict[str, Any]]:
    """For each practised question, and each drill on it: question, attempts, best_score, best_anchors; from rows.

    `question`: as it was asked; `text`: without the drill's instruction. `list_opened`: of the best attempt.
    `best_anchors`: the coach's, by normalised question; without them those of the best attempt. `attempts`: the marked
    ones, as of `marked_attempts`, if they are read already.
    """
    tries: dict[tuple[int, str], list[QuestionAttempt]] = {}
    for attempt in marked_attempts(session) if attempts is None else attempts:
        tries.setdefault((attempt.question_id, attempt.drill), []).append(attempt)
    return [_summed_up(of_one, best_anchors or {}) for of_one in tries.values()]


def _summed_up(attempts: list[QuestionAttempt], best_anchors: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    """The row of these marked tries at one question. Of equal marks the later one is the best."""
    best = max(reversed(attempts), key=lambda attempt: attempt.score_rating or 0)
    asked = drills.asked(best.question, best.drill)
    return {
        "question_id": best.question_id,
        "question": asked,
        "text": best.question.text,
        "drill": best.get_drill_display(),
        "attempts": len(attempts),
        "best_score": best.score_rating,
        "best_anchors": (best_anchors and best_anchors.get(normalised(asked))) or best.anchors,
        "list_opened": best.list_opened,
    }


def _postpone(reconciliation: Reconciliation, failure: str) -> Reconciliation:
    """Without any mark there is nothing to sum up: the row fails for the same reason, and is tried again later."""
    as_read = Reconciliation.objects.filter(pk=reconciliation.pk, ask_attempt=reconciliation.ask_attempt)
    as_read.filter(ask_state__in=(AskState.PENDING, AskState.FAILED)).update(
        ask_state=AskState.FAILED, ask_failure=failure, ask_attempt=F("ask_attempt") + 1, asked_at=timezone.now()
    )
    reconciliation.refresh_from_db()
    if reconciliation.ask_state == AskState.FAILED:
        set_next_try(reconciliation, reconciliation, reconciliation.session.user)
    return reconciliation


def _close_without_asking(reconciliation: Reconciliation) -> Reconciliation:
    """Write an empty summary, since nothing was marked. The topic's note and focus stay as they are."""
    with transaction.atomic():
        locked = (
            Reconciliation.objects.select_for_update(of=("self",))
            .filter(pk=reconciliation.pk, ask_attempt=reconciliation.ask_attempt, ask_state__in=UNANSWERED)
            .first()
        )
        if locked is not None and not locked.is_being_asked:
            locked.ask_state, locked.ask_failure, locked.ask_lease_until = AskState.DONE, "", None
            locked.done_at, locked.next_try_at = timezone.now(), None
            locked.save()
    reconciliation.refresh_from_db()
    return reconciliation


def prompt_inputs(reconciliation: Reconciliation) -> ReconcileSessionInputs:
    """The inputs of ReconcileSession: the session's marks, and the note that they may change."""
    session = reconciliation.session
    progress = progress_seen(session.topic)
    return ReconcileSessionInputs(
        language=language_of(session.user),
        topic=session.topic.called,
        note=progress.note,
        own=progress.own_lines,
        counts=counts_of(session.topic),
        attempts=[_marked(attempt) for attempt in marked_attempts(session) if attempt.question.text],
        approach=session.approach,
        tried=_focuses_tried(session) if session.approach else [],
    )


def _focuses_tried(session: StudySession) -> list[str]:
    """The focuses that the last two summaries gave to this session and the one before it, the latest first."""
    before = Reconciliation.objects.filter(
        session__topic=session.topic, session__lt=session.pk, done_at__isnull=False
    ).order_by("-session")
    focuses = [item["focus"] for one in before[:2] for item in one.next_focus if item.get("focus")]
    return list(dict.fromkeys(focuses))


def _marked(attempt: QuestionAttempt) -> MarkedAttempt:
    return MarkedAttempt(
        question=drills.asked(attempt.question, attempt.drill),
        score=attempt.score_rating or 1,
        improvement_areas=attempt.feedback.get("improvement_areas", []),
        anchors=[GivenAnchor(**anchor) for anchor in attempt.anchors],
        seconds=attempt.seconds_taken or 0,
    )


def _apply(reconciliation: Reconciliation, answer: Any) -> None:
    """Store summary, note and next focus. Whatever can be counted is counted from rows."""
    reply, session = answer.reply, reconciliation.session
    anchors = {
        normalised(item.question): [anchor.model_dump() for anchor in item.best_anchors]
        for item in reply.question_attempts
    }
    reconciliation.note = _held(reconciliation, reply)
    progress = progress_seen(session.topic)
    written = progress.note == answer.inputs.note
    if written:
        reconciliation.note_version = progress.note_version
        written = write_note(session.topic, reconciliation.note, based_on=progress.note_version)
    if not written and _another_was_faster(reconciliation):
        # Another session of the topic has changed the note: ask again with the new note, so that neither is lost.
        raise LLMFailure("interrupted")
    reconciliation.note_set_aside = not written
    reconciliation.summary = summary_of(session, anchors)
    reconciliation.next_focus = [item.model_dump() for item in reply.next_focus]
    if settings.OFFLINE_COACH or not sessions.is_summed_up_since(session):
        # The offline coach has read all sessions, so its focus fits its note, whichever session it sums up.
        set_next_focus(session.topic, reconciliation.next_focus)
    strength.recompute(session.topic)
    put_old_away(session.topic)
    reconciliation.done_at, reconciliation.next_try_at = timezone.now(), None
    if session.attempts.filter(marked_at__gt=reconciliation.asked_at, question__voided_at=None).exists():
        # A mark came while the coach was writing: its text stays until it is written again with that mark.
        reconciliation.mark_pending()
        hand_to_worker(reconciliation)


def _held(reconciliation: Reconciliation, reply: Any) -> str:
    """The coach's note without what the counts contradict. If nothing is left: a note from the counts alone."""
    said: str = reply.progress_note
    if settings.OFFLINE_COACH:
        return said  # the offline coach writes only those counts
    session = reconciliation.session
    focus, in_session = reply.next_focus[0].focus, len(marked_attempts(session))
    return noting.held(session.topic, said, next_focus=focus, in_session=in_session)


def _another_was_faster(reconciliation: Reconciliation) -> bool:
    """Whether the coach has changed the topic's note since this row was asked about."""
    others = Reconciliation.objects.filter(session__topic=reconciliation.session.topic, note_set_aside=False)
    return others.exclude(pk=reconciliation.pk).filter(done_at__gte=reconciliation.asked_at).exists()
