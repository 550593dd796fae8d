"""What the coach writes down."""

import re
from collections.abc import Iterator

from tests.fortnight.bounds.bound import bound
from tests.fortnight.diary import Diary

NOTE_WORDS = 120


@bound
def notes_are_sentences(diary: Diary) -> Iterator[str]:
    """Notes: every note has 120 words at most and consists of whole sentences."""
    for day in diary.days:
        for topic, note in day.notes.items():
            if len(note.split()) > NOTE_WORDS:
                yield f"{diary.names.get(topic)}, day {day.number}: {len(note.split())} words."
            if note and not re.match(r"[A-Z0-9“\"]", note.strip()):
                yield f"{diary.names.get(topic)}, day {day.number} begins: {note.strip()[:60]}"
            if note and not re.search(r"[.?!”\"]$", note.strip()):
                yield f"{diary.names.get(topic)}, day {day.number} ends: {note.strip()[-60:]}"
            if "…" in re.sub(r"“[^”]*”", "", note):  # a long question may be quoted by its beginning
                yield f"{diary.names.get(topic)}, day {day.number} breaks off: {note[: note.index('…') + 1][-80:]}"


@bound
def focus_differs(diary: Diary) -> Iterator[str]:
    """Notes: not every topic has the same lines to practise."""
    for day in diary.days:
        said = [tuple(lines) for lines in day.focus.values() if lines]
        if len(said) >= 3 and len(set(said)) == 1 and diary.coach == "offline":
            yield f"day {day.number}: {'; '.join(said[0])}"


@bound
def notes_remember(diary: Diary) -> Iterator[str]:
    """Notes: after three sessions a note counts the answers of all of them."""
    if diary.coach == "offline" and diary.persona.worker == 1 and not diary.persona.voids:
        for day in diary.days:
            for topic, note in day.notes.items():
                done = [one for one in diary.of(topic) if one.day < day.number and one.marks]
                answers = sum(len(one.marks) for one in done)
                counted = re.search(r"In (\d+) answers since", note)
                if len(done) >= 3 and (counted is None or int(counted[1]) < answers):
                    yield f"{diary.names.get(topic)}, day {day.number}, {answers} answers: {note[:100]}"


@bound
def drills_are_apart(diary: Diary) -> Iterator[str]:
    """Strength: the marks of drills change none."""
    for session in diary.sessions:
        before, after = (seen.get(session.practised, {}) for seen in (session.before, session.after))
        if session.drilled and not session.marks and after and before["strength_rating"] != after["strength_rating"]:
            yield (
                f"{diary.names[session.practised]}, day {session.day}: {before['strength_rating']} became "
                f"{after['strength_rating']}."
            )


@bound
def voided_counts_for_nothing(diary: Diary) -> Iterator[str]:
    """Strength: who voids every question has no strength and no signal that rests on marks."""
    if diary.persona.voids:
        for session in diary.sessions:
            said = session.after.get(session.practised, {})
            if said.get("strength_rating") is not None or said.get("signal") in ("stuck", "holds") or said.get("trend"):
                yield f"{diary.names[session.practised]}, day {session.day}: {said}."
