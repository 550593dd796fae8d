"""Why a session of the agenda has its place and its length, in words that rest on stored numbers."""

from collections.abc import Iterable

from coach.counted import counted
from plans.models import PlanTopic
from plans.progress import progress_seen, strength_said, thin_evidence
from plans.turns import MIDDLE, Place

# Reasons that every topic has in turn: they are nothing new.
AGAIN, JUST_PRACTISED = "its turn again", "practised last"
NOT_IN_THE_LAST_DAYS = "not in the last days before your interview, unless you want it"


def waited(place: Place) -> str:
    """For how many sessions the topic was not practised, in words."""
    if not place.sessions:
        # One of its questions may have been answered in another topic's session.
        return "not practised yet" if place.strength is None else "no session of its own yet"
    # While a topic was archived, `waited` counted the sessions and `unpractised` did not.
    sessions = max(place.waited, place.unpractised)
    if sessions:
        return "one session since its last" if sessions == 1 else f"not practised for {sessions} sessions"
    return JUST_PRACTISED


def first_of_all(place: Place, share: float) -> str:
    """Why the topic is the very next one, in words that rest on stored numbers."""
    if share == 1:
        return "the only topic of your plan"
    if place.is_new and not place.sessions:
        return f"{waited(place)}: every topic begins once, in the order of your plan"
    if place.is_new:
        return "its turn: every topic is suggested once, in the order of your plan"
    why_now = waited(place)
    if why_now == JUST_PRACTISED:
        why_now = "more than half of all sessions are its own" if share > 0.5 else "the other topic was suggested last"
    return f"its turn: {why_now}"


def by_strength(topic: PlanTopic, place: Place, share: float, plain_share: float) -> Iterable[str]:
    """Whether its strength lets the topic come more or less often than its minutes do, in words."""
    if place.strength is None:
        return
    said, is_sure = strength_said(topic), not thin_evidence(progress_seen(topic))
    if place.strength < MIDDLE:
        yield f"your strength here is {said}{', so it comes more often' if is_sure and share > plain_share else ''}"
    else:
        yield f"your strength is {said}{', so it comes less often' if is_sure and share < plain_share else ''}"


def why_so_long(minutes: int, length: int, daily: int) -> Iterable[str]:
    """Why a session of so many minutes does not have its usual `length`, or that not the topic's `daily` minutes."""
    if minutes < length:
        yield f"cut from {counted(length, 'minute')} to what the day has"
    elif minutes > length:
        yield f"longer than {counted(length, 'minute')}, with time that is too short for another session"
    elif daily != length:
        yield f"its {daily} minutes a day in sessions of {length}"


def sentence(parts: Iterable[str]) -> str:
    """The reasons in one sentence; "" without one."""
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "." if text else ""
