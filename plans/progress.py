"""How far the candidate has come in a topic: strength, level, time and note. `study` reports marks and time to it.

Code computes the numbers. The coach and the candidate write the note.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from coach.counted import counted, whole_minutes
from coach.encryption import sealed
from coach.encryption.unreadable import is_untouched
from coach.time_zone import local_day
from llm_modes.language.folding import folded
from llm_modes.reconcile_session.old_reports import without_reports
from plans.holds import holds
from plans.levels import level_after
from plans.models import PlanTopic, PracticeDay, TopicProgress
from plans.rungs import replay
from plans.session_marks import SessionMarks, mean, own_sessions
from plans.trends import trend

# Each mark counts this much of the next newer one: the mark five places back counts a sixth of the newest.
RECENCY = 0.7
# The most that so few marks can give, by their number: one good answer may be luck.
THIN_EVIDENCE_CAPS = {1: 5.0, 2: 8.0}
ENOUGH_MARKS = len(THIN_EVIDENCE_CAPS) + 1
# From this many days without practice on, pages say how long ago it was.
LONG_AGO = 7
_STILL_TO_COME = {1: "one more makes it count", 2: "two more make it count"}


def strength(marks: Sequence[int]) -> Decimal | None:
    """The strength rating, 0 to 10 with one decimal, of these marks (1 to 10, oldest first); None without marks.

    It is a mean in which newer marks weigh more: 1, RECENCY, RECENCY² … from the newest mark back. THIN_EVIDENCE_CAPS
    limits it while there are few marks.
    """
    if not marks:
        return None
    weights = [RECENCY**age for age in range(len(marks))]
    mean = sum(weight * mark for weight, mark in zip(weights, reversed(marks), strict=True)) / sum(weights)
    capped = min(mean, THIN_EVIDENCE_CAPS.get(len(marks), 10.0))
    return Decimal(str(round(capped, 1)))


def thin_evidence(progress: TopicProgress) -> str:
    """What is said of a strength that rests on fewer than ENOUGH_MARKS marks; "" with enough marks, or none.

    Example: "from 1 mark; two more make it count (the mark was 9)".
    """
    count, marks = progress.marked_attempts, progress.few_marks
    if not 0 < count < ENOUGH_MARKS:
        return ""
    which = " and ".join(str(mark) for mark in marks)
    shown = f" (the {'mark was' if count == 1 else 'marks were'} {which})" if which else ""
    return f"from {counted(count, 'mark')}; {_STILL_TO_COME[ENOUGH_MARKS - count]}{shown}"


def strength_said(topic: PlanTopic) -> str:
    """`in_words` of this topic's progress."""
    return in_words(progress_seen(topic))


def in_words(progress: TopicProgress) -> str:
    """A strength as every page says it: "5.5 of 10", or "no marks yet". With few marks, `thin_evidence` follows."""
    if progress.strength_rating is None:
        return "no marks yet"
    thin = thin_evidence(progress)
    return f"{progress.strength_rating} of 10{f', {thin}' if thin else ''}"


def left_out(progress: TopicProgress) -> list[str]:
    """What the strength leaves out: a sentence each for unmarked answers, declined ones and voided questions."""
    waiting, declined, voided = (progress.uncounted.get(name, 0) for name in ("waiting", "declined", "voided"))
    said = []
    if waiting:
        wait, do = ("waits", "does") if waiting == 1 else ("wait", "do")
        said.append(f"{counted(waiting, 'answer')} {wait} for a mark and {do} not count yet.")
    if declined:
        them, do = ("it", "it does") if declined == 1 else ("them", "they do")
        said.append(f"{counted(declined, 'answer')} got no mark, because the coach declined {them}; {do} not count.")
    if voided:
        left = "is left out, with its" if voided == 1 else "are left out, with their"
        said.append(f"{counted(voided, 'question')} that you took out {left} marks.")
    return said


def absence(progress: TopicProgress) -> str:
    """ "last practised 12 days ago", if that was at least LONG_AGO days ago; else ""."""
    days = days_since(progress.last_practised_at)
    return f"last practised {days} days ago" if days else ""


def days_since(practised: datetime | None) -> int:
    """Days since this practice, if at least LONG_AGO; else 0."""
    days = (timezone.localdate() - timezone.localdate(practised)).days if practised else 0
    return days if days >= LONG_AGO else 0


def progress_seen(topic: PlanTopic) -> TopicProgress:
    """The topic's progress, for reading. If there is none yet: an empty, unsaved one."""
    return getattr(topic, "progress", None) or TopicProgress(topic_id=topic.pk)


def progress_of(topic: PlanTopic) -> TopicProgress:
    """The topic's progress. Creates the row if there is none yet."""
    return TopicProgress.objects.get_or_create(topic=topic)[0]


def of_marks(sessions: Sequence[SessionMarks]) -> dict[str, Any]:
    """The fields of a topic's progress that are computed from all its marks that count. `sessions`: oldest first.

    Each field is computed anew from all marks. So a mark that comes late, or a question that is voided, gives the same
    result as if that had happened in time.
    """
    marks = [mark for session in sessions for _difficulty, mark in session.marks]
    own = own_sessions(sessions)
    course, ladder = trend(own), replay(own)
    return {
        "strength_rating": strength(marks),
        "marked_attempts": len(marks),
        "few_marks": marks if len(marks) < ENOUGH_MARKS else [],
        "trend": course.name,
        "level": level_after(sessions),
        "rung": ladder.rung,
        "rung_sessions": ladder.sessions,
        "by_marks": {
            "sessions": len(own),
            "last_three": round(mean(session.mean for session in own[-3:]), 1) if own else None,
            "points": round(course.points, 1),
            "stuck": ladder.is_stuck,
            "gained": ladder.gained,
            "lately": ladder.lately,
            "holds": holds(own),
        },
    }


def record_marks(
    topic: PlanTopic, sessions: Sequence[SessionMarks], *, answers: int | None = None, **uncounted: int
) -> None:
    """Store the fields of `of_marks`, computed from all the topic's sessions, oldest first.

    `answers`: how many were submitted; None means as many as there are marks. `uncounted`: how many the strength leaves
    out, as `waiting` and `declined` answers and `voided` questions with answers. It does not refresh the signal.
    """
    fields = of_marks(sessions)
    fields["answers"] = fields["marked_attempts"] if answers is None else answers
    fields["uncounted"] = {name: count for name, count in uncounted.items() if count}
    if not TopicProgress.objects.filter(topic=topic).update(**fields):
        TopicProgress.objects.create(topic=topic, **fields)


def lock_progress(user_id: int, *, make_for: Iterable[int] = ()) -> list[TopicProgress]:
    """Lock the progress of all the candidate's topics until the transaction ends, always in the same order.

    Creates the missing rows of the topics `make_for` (ids).
    """
    rows = TopicProgress.objects.filter(topic__user=user_id)
    missing = set(make_for) - set(rows.values_list("topic", flat=True))
    TopicProgress.objects.bulk_create([TopicProgress(topic_id=pk) for pk in sorted(missing)], ignore_conflicts=True)
    return list(rows.select_for_update(of=("self",)).order_by("topic"))


def record_session(topic: PlanTopic, *, seconds: int, ended_at: datetime) -> None:
    """Add a session's time, rounded to whole minutes, to the topic and to the candidate's day.

    Call it once per practised session, in its transaction.
    """
    lock_progress(topic.user_id, make_for=[topic.pk])
    counting = 60 * whole_minutes(seconds)
    TopicProgress.objects.filter(topic=topic).update(
        total_time_spent=F("total_time_spent") + counting,
        sessions=F("sessions") + 1,
        unpractised=0,
        # Sessions can be reported late, and clocks can go back.
        last_practised_at=Greatest("last_practised_at", ended_at),
    )
    # An archived topic cannot be left aside, so its count stays.
    others = TopicProgress.objects.filter(topic__user=topic.user_id, topic__archived_at=None).exclude(topic=topic)
    others.update(unpractised=F("unpractised") + 1)
    day, _made = PracticeDay.objects.get_or_create(topic=topic, local_day=local_day(topic.user, ended_at))
    PracticeDay.objects.filter(pk=day.pk).update(seconds=F("seconds") + counting, sessions=F("sessions") + 1)


def write_note(topic: PlanTopic, note: str, *, based_on: int) -> bool:
    """Replace the topic's note with the coach's. The lines that the candidate wrote stay word for word.

    Only reports of release 0.1 are cut out of them: it wrote a note on one line, to which the candidate then added.
    Returns False, and changes nothing, if the note has changed since version `based_on` or cannot be read.
    """
    progress = progress_of(topic)
    own = progress.own_lines
    if is_untouched(own) or is_untouched(progress.note):
        return False
    own = [line for line in map(_as_typed, own) if line.strip()]
    # The coach may repeat a candidate's line with other apostrophes or spaces.
    theirs = {folded(line): line for line in own}
    note = "\n".join(theirs.get(folded(line), line) for line in note.splitlines())
    written = {line.strip() for line in note.splitlines()}
    kept = [line for line in own if line.strip() not in written]
    return _replace_note(topic, "\n".join([*kept, note]) if note else "\n".join(kept), own, based_on=based_on)


def _as_typed(line: str) -> str:
    kept = without_reports(line)
    return line if kept == line.strip() else kept


def correct_note(topic: PlanTopic, note: str, *, based_on: int) -> bool:
    """Replace the topic's note with the candidate's, and remember which lines are new and so the candidate's.

    Returns False, and changes nothing, if the note has changed since version `based_on`.
    """
    progress = progress_of(topic)
    before = {line.strip() for line in progress.note.splitlines()} - {line.strip() for line in progress.own_lines}
    own = [line for line in note.splitlines() if line.strip() and line.strip() not in before]
    return _replace_note(topic, note, own, based_on=based_on)


def _replace_note(topic: PlanTopic, note: str, own_lines: list[str], *, based_on: int) -> bool:
    unchanged = TopicProgress.objects.filter(topic=topic, note_version=based_on)
    written = sealed(TopicProgress(topic=topic), note=note, own_lines=own_lines)
    return bool(unchanged.update(**written, note_version=based_on + 1))


def set_next_focus(topic: PlanTopic, next_focus: list[dict[str, Any]]) -> None:
    """Store what the next questions of the topic should practise: [{"focus", "reason"}], the most useful first."""
    progress = progress_of(topic)
    progress.next_focus = next_focus
    progress.save(update_fields=["next_focus"])
