"""What a persona does on one day of theirs, besides practising. `persona.events` names them."""

from typing import TYPE_CHECKING, Any

from tests.fortnight.visiting import suggested_on

if TYPE_CHECKING:
    from tests.fortnight.life import Life


def _own_plan(life: "Life") -> list[dict[str, Any]]:
    return [{"name": topic["name"], "minutes": topic["daily_study_minutes"]} for topic in life.topics()]


def change_plan(life: "Life", _day: int) -> None:
    """The last two topics go, a new one comes, the first gives five minutes to the second."""
    topics = _own_plan(life)
    kept = topics[:-2] if len(topics) > 3 else topics[:-1]
    if kept[0]["minutes"] >= 10 and len(kept) > 1:
        kept[0]["minutes"] -= 5
        kept[1]["minutes"] += 5
    life.approve([*kept, {"name": "APIs and services", "minutes": 10}])


def change_plan_in_session(life: "Life", day: int) -> None:
    """The same, after a session has begun."""
    seen, session = life.start(day)
    if session is not None:
        change_plan(life, day)
        life.practise(seen, session)
        life.end(seen, session)


def archive_next(life: "Life", _day: int) -> None:
    """The topic that home suggests leaves the plan."""
    _status, home = life.visitor.page("/")
    name = life.diary.names.get(suggested_on(home) or 0)
    life.approve([topic for topic in _own_plan(life) if topic["name"] != name])


def restore(life: "Life", _day: int) -> None:
    """What has left the first plan comes back, with its minutes."""
    there = _own_plan(life)
    gone = {name: minutes for name, minutes in life.persona.plan if all(name != topic["name"] for topic in there)}
    life.approve([*there, *({"name": name, "minutes": minutes} for name, minutes in gone.items())])


def leave_session(life: "Life", day: int) -> None:
    """Begin a session, get its questions, and go away."""
    seen, session = life.start(day)
    if session is not None:
        life.visitor.rest("POST", f"/study/generate_questions/{session['id']}")
        life.practised[seen.practised] += 1


def forty_sessions(life: "Life", day: int) -> None:
    """Forty sessions of ten minutes, one after the other."""
    for _one in range(40):
        life.session(day, minutes=10)
        life.clock.on(5)


EVENTS = {
    "change_plan": change_plan,
    "change_plan_in_session": change_plan_in_session,
    "archive_next": archive_next,
    "restore": restore,
    "leave_session": leave_session,
    "forty_sessions": forty_sessions,
}
