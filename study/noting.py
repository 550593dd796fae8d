"""Keeps the note on a topic true to the rows: a model's note is checked, and a voided question leaves the note."""

from django.conf import settings

from llm_modes.asking.rows import AskState
from llm_modes.language.repetition import normalised
from llm_modes.reconcile_session.counts import Counts
from llm_modes.reconcile_session.focusing import next_focus
from llm_modes.reconcile_session.holding import held_to
from llm_modes.reconcile_session.noting import note
from plans.models import PlanTopic, TopicProgress
from plans.progress import progress_of, set_next_focus, write_note
from study.history import counts_of
from study.models import Question, Reconciliation


def held(topic: PlanTopic, text: str, *, next_focus: str, in_session: int) -> str:
    """A model's note without what the topic's counts contradict. If nothing is left: a note from the counts alone.

    `next_focus`: what that other note says to practise. `in_session`: answers in the session that was summed up.
    """
    counts, own = counts_of(topic), progress_of(topic).own_lines
    kept = held_to(counts, text, own=own, in_session=in_session)
    return kept or note("", counts, to_do=f"{next_focus.rstrip('.')}.", own=own)


def put_right(question: Question) -> None:
    """Correct the topic's stored counts, note and focus after the question was voided or restored. Asks no LLM.

    If the question has no mark in an ended session, note and focus stay: the next summary will be correct.
    """
    topic = question.topic
    TopicProgress.objects.filter(topic=topic).update(tally={})
    if not question.attempts.filter(score_rating__isnull=False, session__end_time__isnull=False, drill="").exists():
        return
    progress = progress_of(topic)
    summed_up = Reconciliation.objects.filter(session__topic=topic)
    if summed_up.filter(ask_state=AskState.ASKING).exists():
        return  # the summary being written would find the note changed, and take it for the candidate's change
    if not progress.note and not summed_up.filter(ask_state=AskState.DONE).exists():
        return
    counts = counts_of(topic)
    if settings.OFFLINE_COACH:
        text = _by_the_counts(topic, progress, counts)
    else:
        text = held_to(counts, progress.note, own=progress.own_lines)
        asked = normalised(question.text)
        set_next_focus(topic, [item for item in progress.next_focus if not _names(item["focus"], asked)])
    write_note(topic, text, based_on=progress.note_version)


def _by_the_counts(topic: PlanTopic, progress: TopicProgress, counts: Counts) -> str:
    if not counts.answers:
        set_next_focus(topic, [])
        return ""
    focus = next_focus(topic.called, counts.model_copy(update={"focus": []}), [])
    set_next_focus(topic, [one.as_reply() for one in focus])
    return note(progress.note, counts, to_do=focus[0].habit, about=focus[0].craft, own=progress.own_lines)


def _names(focus: str, asked: str) -> bool:
    """Whether the focus quotes the question or a part of it. `asked`: the question's normalised text."""
    quoted = focus.partition("“")[2].partition("”")[0]
    said = normalised(quoted.replace("…", " "))
    return bool(said) and said in asked
