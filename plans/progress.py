"""How far the candidate has come in a topic. Study reports to this module; numbers are code's, words the coach's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Max
from django.db.models.functions import Greatest
from django.utils import timezone

from coach.counted import counted, whole_minutes
from coach.encryption import sealed
from coach.encryption.unreadable import is_untouched
from coach.models import User
from coach.time_zone import local_day
from llm_modes.language.folding import folded
from llm_modes.reconcile_session.old_reports import without_reports
from plans.holds import holds
from plans.levels import level_after
from plans.models import PlanTopic, PracticeDay, TopicProgress
from plans.rungs import replay
from plans.session_marks import SessionMarks, mean, own_sessions
from plans.trends import trend

# Every older mark counts 0.7 times the one after it: five marks back weigh a sixth of the last.
RECENCY = 0.7
# While evidence is thin the rating is capped: one good answer may be luck. Keys are numbers of marks.
THIN_EVIDENCE_CAPS = {1: 5.0, 2: 8.0}
ENOUGH_MARKS = len(THIN_EVIDENCE_CAPS) + 1
# Days without practice from which a strength says how old it is.
LONG_AGO = 7
_STILL_TO_COME = {1: "one more makes it count", 2: "two more make it count"}


def strength(marks: Sequence[int]) -> Decimal | None:
    """The strength rating, 0 to 10 with one decimal, of these marks (1 to 10, oldest first); None without marks.

    A recency-weighted mean: weights 1, 0.7, 0.49 … from the newest mark backwards. One mark gives at most 5, two
    at most 8.
    """
    if not marks:
        return None
    weights = [RECENCY**age for age in range(len(marks))]
    mean = sum(weight * mark for weight, mark in zip(weights, reversed(marks), strict=True)) / sum(weights)
    capped = min(mean, THIN_EVIDENCE_CAPS.get(len(marks), 10.0))
    return Decimal(str(round(capped, 1)))


def thin_evidence(progress: TopicProgress) -> str:
    """What a strength from so few marks has to say of itself: how many, how many more are needed, and which they are.

    "from 1 mark; two more make it count (the mark was 9)"; "" where there are enough, or none.
    """
    count, marks = progress.marked_attempts, progress.few_marks
    if not 0 < count < ENOUGH_MARKS:
        return ""
    which = " and ".join(str(mark) for mark in marks)
    shown = f" (the {'mark was' if count == 1 else 'marks were'} {which})" if which else ""
    return f"from {counted(count, 'mark')}; {_STILL_TO_COME[ENOUGH_MARKS - count]}{shown}"


def strength_said(topic: PlanTopic) -> str:
    """The strength in this topic, in words."""
    return in_words(progress_seen(topic))


def in_words(progress: TopicProgress) -> str:
    """A strength as every page says it: "5.5 of 10", with what it rests on where that is little; "no marks yet"."""
    if progress.strength_rating is None:
        return "no marks yet"
    thin = thin_evidence(progress)
    return f"{progress.strength_rating} of 10{f', {thin}' if thin else ''}"


def left_out(progress: TopicProgress) -> list[str]:
    """What the strength leaves out, a sentence each: answers without a mark, and questions that were taken out."""
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
    """ "last practised 12 days ago" where that was a week ago or longer; else ""."""
    days = _days_since(progress.last_practised_at)
    return f"last practised {days} days ago" if days else ""


def days_away(user: User) -> int:
    """Days since the candidate practised anything, where that was a week ago or longer; else 0."""
    return _days_since(TopicProgress.objects.filter(topic__user=user).aggregate(last=Max("last_practised_at"))["last"])


def _days_since(practised: datetime | None) -> int:
    days = (timezone.localdate() - timezone.localdate(practised)).days if practised else 0
    return days if days >= LONG_AGO else 0


def progress_seen(topic: PlanTopic) -> TopicProgress:
    """The topic's progress, to be read; empty and unsaved when there is none yet: looking writes nothing."""
    return getattr(topic, "progress", None) or TopicProgress(topic_id=topic.pk)


def progress_of(topic: PlanTopic) -> TopicProgress:
    """The topic's progress, made when there is none yet."""
    return TopicProgress.objects.get_or_create(topic=topic)[0]


def of_marks(sessions: Sequence[SessionMarks]) -> dict[str, Any]:
    """The fields of a topic's progress that follow from all its marks that count, session by session, oldest first.

    Each is a fold over them, so that marks that come late, or go with a voided question, leave what they would have
    left in time. Sessions without a mark change nothing.
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
    """Set all that a topic's marks say, from those that count: all its sessions', oldest first.

    `answers` are those that were submitted (None: as many as there are marks); `uncounted` what the strength leaves
    out: `waiting` and `declined` answers, `voided` questions with answers. The signal is refreshed by plans/signals.py.
    """
    fields = of_marks(sessions)
    fields["answers"] = fields["marked_attempts"] if answers is None else answers
    fields["uncounted"] = {name: count for name, count in uncounted.items() if count}
    if not TopicProgress.objects.filter(topic=topic).update(**fields):
        TopicProgress.objects.create(topic=topic, **fields)


def lock_progress(user_id: int, *, make_for: Iterable[int] = ()) -> list[TopicProgress]:
    """The numbers of all the candidate's topics, held until the transaction ends; always locked in the same order.

    Rows that the topics `make_for` (ids) lack are made.
    """
    rows = TopicProgress.objects.filter(topic__user=user_id)
    missing = set(make_for) - set(rows.values_list("topic", flat=True))
    TopicProgress.objects.bulk_create([TopicProgress(topic_id=pk) for pk in sorted(missing)], ignore_conflicts=True)
    return list(rows.select_for_update(of=("self",)).order_by("topic"))


def record_session(topic: PlanTopic, *, seconds: int, ended_at: datetime) -> None:
    """Add a session's time, in whole minutes, to the topic and to the candidate's day.

    Call it once per session that was practised, in its transaction.
    """
    lock_progress(topic.user_id, make_for=[topic.pk])
    counting = 60 * whole_minutes(seconds)
    TopicProgress.objects.filter(topic=topic).update(
        total_time_spent=F("total_time_spent") + counting,
        sessions=F("sessions") + 1,
        unpractised=0,
        # Sessions may be reported late, and clocks go back.
        last_practised_at=Greatest("last_practised_at", ended_at),
    )
    # Nobody leaves aside what is not in the plan.
    others = TopicProgress.objects.filter(topic__user=topic.user_id, topic__archived_at=None).exclude(topic=topic)
    others.update(unpractised=F("unpractised") + 1)
    day, _made = PracticeDay.objects.get_or_create(topic=topic, local_day=local_day(topic.user, ended_at))
    PracticeDay.objects.filter(pk=day.pk).update(seconds=F("seconds") + counting, sessions=F("sessions") + 1)


def write_note(topic: PlanTopic, note: str, *, based_on: int) -> bool:
    """Replace the topic's note by the coach's, around the lines that the candidate wrote: those stay word for word.

    Except for reports of release 0.1, which wrote notes as one line: whoever added to it did not write those.
    Unless it has changed since version `based_on`, or cannot be read: then nothing happens, and False.
    """
    progress = progress_of(topic)
    own = progress.own_lines
    if is_untouched(own) or is_untouched(progress.note):
        return False
    own = [line for line in map(_as_typed, own) if line.strip()]
    # The coach may repeat a line of theirs with other apostrophes or spaces.
    theirs = {folded(line): line for line in own}
    note = "\n".join(theirs.get(folded(line), line) for line in note.splitlines())
    written = {line.strip() for line in note.splitlines()}
    kept = [line for line in own if line.strip() not in written]
    return _replace_note(topic, "\n".join([*kept, note]) if note else "\n".join(kept), own, based_on=based_on)


def _as_typed(line: str) -> str:
    kept = without_reports(line)
    return line if kept == line.strip() else kept


def correct_note(topic: PlanTopic, note: str, *, based_on: int) -> bool:
    """Replace the topic's note by the candidate's, and remember which lines are theirs. Otherwise as `write_note`."""
    progress = progress_of(topic)
    before = {line.strip() for line in progress.note.splitlines()} - {line.strip() for line in progress.own_lines}
    own = [line for line in note.splitlines() if line.strip() and line.strip() not in before]
    return _replace_note(topic, note, own, based_on=based_on)


def _replace_note(topic: PlanTopic, note: str, own_lines: list[str], *, based_on: int) -> bool:
    unchanged = TopicProgress.objects.filter(topic=topic, note_version=based_on)
    written = sealed(TopicProgress(topic=topic), note=note, own_lines=own_lines)
    return bool(unchanged.update(**written, note_version=based_on + 1))


def set_next_focus(topic: PlanTopic, next_focus: list[dict[str, Any]]) -> None:
    """What the next questions of the topic should practise: [{"focus", "reason"}], the most useful first."""
    progress = progress_of(topic)
    progress.next_focus = next_focus
    progress.save(update_fields=["next_focus"])
