"""The short form of `make fortnight`: fourteen days of four people, through pages and REST, with the clock moved."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.fortnight import bounds
from tests.fortnight.diary import Diary, SessionSeen
from tests.fortnight.life import Life
from tests.fortnight.personas import called

SHORT = (
    (replace(called("obedient"), answers=2), "offline"),
    (replace(called("contrary"), answers=1), "scripted"),
    # Of two topics each has seven sessions: enough to be stuck.
    (replace(called("stuck"), plan=(("System design", 20), ("Databases", 20))), "offline"),
    (replace(called("absent"), answers=1), "scripted"),
)


@pytest.mark.parametrize(("persona", "coach"), SHORT, ids=[persona.name for persona, _coach in SHORT])
@pytest.mark.django_db(transaction=True)
def test_fourteen_days_keep_every_bound(persona, coach):
    diary = Life(persona, coach, 1, 14).live()
    assert len(diary.sessions) >= 4
    assert bounds.broken(diary) == []


def test_a_broken_bound_is_told_in_a_sentence():
    """The bounds can fail: a diary of somebody to whom one topic was suggested on all days breaks three of them."""
    diary = _one_topic_only(days=14)
    told = " ".join(bounds.broken(diary))
    assert "never offered comes before" in told
    assert "waits longer" in told
    assert "twice in a row" in told


def _one_topic_only(days: int) -> Diary:
    """What was seen before there were turns: one session a day, System design on all of them."""
    diary = Diary(called("obedient"), "scripted", 1, days, names={1: "System design", 2: "Conflict", 3: "Databases"})
    unknown = {topic: {"strength_rating": None} for topic in diary.names}
    diary.sessions = [
        SessionSeen(
            number=day,
            day=day,
            at=datetime(2027, 1, day, tzinfo=UTC),
            suggested=1,
            practised=1,
            minutes=20,
            plan=dict.fromkeys(diary.names, 20),
            before=unknown,
            new=[f"Question {day}?", f"Another question {day}?"],
            marks=[5, 5],
        )
        for day in range(1, days + 1)
    ]
    return diary
