"""What is printed of a run."""

from collections.abc import Iterator
from itertools import groupby

from tests.fortnight import measures
from tests.fortnight.diary import Diary, SessionSeen


def table(diary: Diary) -> str:
    """A run in a table: a line for each topic, and lines for the rest."""
    lines = [f"── {diary.title}: {diary.persona.about}"]
    lines.append(
        f"   {len(diary.sessions)} sessions in {diary.seconds:.0f} s, {diary.processor:.0f} s of them computing"
    )
    lines.append(
        f"   {'topic':26}{'min':>4}{'first':>6}{'gap/bound':>11}{'part/plan':>12}{'in a row':>9}{'marks':>6}"
        f"  {'strength':9}{'level':8}{'trend':9}{'signal':11}flips"
    )
    lines += [_topic(diary, topic) for topic in diary.topics()]
    lines += [f"   {line}" for line in _rest(diary)]
    return "\n".join(lines)


def _topic(diary: Diary, topic: int) -> str:
    there = [session for session in diary.sessions if topic in session.plan]
    minutes = there[-1].plan[topic] if there else 0
    first = measures.first_offers(diary).get(topic, (0, 0))[0]
    waits = measures.waits(diary, topic)
    gap, bound = max(waits, key=lambda wait: wait[0] - wait[1], default=(0, 0))
    part, planned = measures.practised_share(diary, topic)
    row = sum(session.suggested == topic for session in measures.in_a_row(diary))
    marks = [mark for session in diary.of(topic) for mark in session.marks]
    last = next((one.after[topic] for one in reversed(diary.sessions) if topic in one.after), {})
    flips = sum(measures.flips(measures.series(diary, topic, name)) for name in ("trend", "level", "signal"))
    strength = last.get("strength_rating") or "-"
    shown = [str(last.get(name) if last.get(name) is not None else "-") for name in ("level", "trend", "signal")]
    return (
        f"   {diary.names[topic][:25]:26}{minutes:>4}{first:>6}{f'{gap}/{bound}':>11}{f'{part:.0%}/{planned:.0%}':>12}"
        f"{row:>9}{len(marks):>6}  {strength!s:<9}{shown[0]:8}{shown[1]:9}{shown[2]:11}{flips}"
    )


def _rest(diary: Diary) -> Iterator[str]:
    signals = [f"{name}: {signal} on day {day}" for name, signal, day in measures.signal_days(diary)]
    yield "signals: " + ("; ".join(signals) or "none")
    for topic, found in measures.stuck_sessions(diary).items():
        rungs = " ".join(str(session.rung) for session in found)
        advice = len({(session.approach, session.advice) for session in found})
        yield f"stuck in {diary.names[topic]}: rungs {rungs}; {advice} different advices in {len(found)} sessions"
    weeks = max(1, round(diary.length / 7))
    made = len(diary.proposals)
    yield (
        f"proposals: {made}, {made / weeks:.1f} a week; approved {_decided(diary, 'approved')}, "
        f"refused {_decided(diary, 'refused')}; moved back {len(list(measures.reversals(diary)))}"
    )
    kinds = [sum(getattr(one, kind) for one in diary.sessions) for kind in ("redos", "drills", "filled")]
    due = [day.due for day in diary.days]
    yield (
        f"new questions: {sum(len(one.new) for one in diary.sessions)}, again {kinds[0]}, drills {kinds[1]}, "
        f"still open {kinds[2]}; "
        f"called new twice {len(measures.repeated(diary))}, by a frame {len(measures.framed(diary))}; "
        f"redos waiting: {max(due, default=0)} at most, {due[-1] if due else 0} in the end"
    )


def _decided(diary: Diary, how: str) -> int:
    return sum(one.decided == how for one in diary.proposals)


def day_by_day(diary: Diary) -> str:
    """The whole run in words, for the eyes of a person."""
    lines = []
    by_day = {number: list(found) for number, found in groupby(diary.sessions, key=lambda session: session.day)}
    for day in diary.days:
        lines.append(f"\nDay {day.number}, {day.date:%A %j %B}".replace(f" {day.date:%j}", f" {day.date.day}"))
        lines.append(f"  home: {diary.names.get(day.suggested.get('/') or 0, 'nothing')}. {day.why}")
        if day.waits:
            lines.append(f"  waits: {day.waits}")
        lines.append(f"  review: {day.review}")
        lines += [f"  {_said(diary, session)}" for session in by_day.get(day.number, [])]
        for topic in {session.practised for session in by_day.get(day.number, [])}:
            note = " ".join(day.notes.get(topic, "").split())
            lines.append(f"  note this morning, {diary.names[topic]}: {note or '(nothing yet)'}")
            lines += [f"    next: {focus}" for focus in day.focus.get(topic, [])]
    return "\n".join(lines)


def _said(diary: Diary, session: SessionSeen) -> str:
    after = session.after.get(session.practised, {})
    labels = [str(after[name]) for name in ("level", "trend", "signal") if after.get(name)]
    passed = "" if session.suggested == session.practised else f" instead of {diary.names.get(session.suggested or 0)}"
    rung = f", rung {session.rung} {session.approach}" if session.rung else ""
    marks = " ".join(map(str, session.marks)) or "none"
    if session.drilled:
        marks += f" (and {' '.join(map(str, session.drilled))} in drills)"
    if session.elsewhere:
        guests = " ".join(str(mark) for given in session.elsewhere.values() for mark in given)
        marks += f" (and {guests} for other topics)"
    return (
        f"{session.at:%H:%M} UTC {diary.names[session.practised]}{passed}, {session.minutes} min{rung}; "
        f"{len(session.new)} new, {session.redos} again, {session.drills} drills; marks {marks}; "
        f"strength {after.get('strength_rating')}{', ' + ', '.join(labels) if labels else ''}"
    )
