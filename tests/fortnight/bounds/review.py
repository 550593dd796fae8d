"""What the daily review says and proposes."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from tests.fortnight import measures
from tests.fortnight.bounds.bound import bound
from tests.fortnight.diary import Diary

# Days of practice after which nobody is told that there is too little to go by.
BEGINNING = 7
PATIENCE = 7  # days for which a proposal stays on home
SILENCES = (7, 14, 28)  # days of silence after the first, second and third refusal of an idea
MOST_MOVED = 10  # minutes, or a quarter of the day


@bound
def review_has_something_to_say(diary: Diary) -> Iterator[str]:
    """Review: nobody is told after the first week of practice that there is too little to go by."""
    for day in diary.days:
        practised = {session.day for session in diary.sessions if session.day < day.number and session.marks}
        if len(practised) > BEGINNING and re.search(r"too (little|few|early)|not enough", day.review, re.IGNORECASE):
            yield f"day {day.number}: {day.review[:200]}"


@bound
def every_morning_has_a_review(diary: Diary) -> Iterator[str]:
    """Review: whoever has practised finds one in the morning."""
    for day in diary.days:
        practised = any(session.day < day.number and session.marks for session in diary.sessions)
        if practised and (not day.review or re.search(r"going through|not written yet", day.review)):
            yield f"day {day.number}: {day.review[:100] or 'nothing'}"


@bound
def proposals_are_small(diary: Diary) -> Iterator[str]:
    """Review: none moves more than ten minutes or a quarter of the day, but for a topic that was never practised."""
    signals = _signals(diary)
    for one in diary.proposals:
        most = max(MOST_MOVED, sum(one.before.values()) / 4)
        for name, minutes in one.before.items():
            moved = abs(one.after.get(name, 0) - minutes)
            if moved > most and (name in one.after or signals.get((one.day, name)) != "untouched"):
                yield f"day {one.day}: {name} from {minutes} to {one.after.get(name, 0)} minutes."


def _signals(diary: Diary) -> dict[tuple[int, str], str | None]:
    """The signal of each topic, by day and its name."""
    return {
        (day.number, diary.names[topic]): each.get("signal")
        for day in diary.days
        for topic, each in day.progress.items()
    }


@bound
def refused_means_silence(diary: Diary) -> Iterator[str]:
    """Review: an idea that was refused does not come back for 7, then 14, then 28 days."""
    refusals: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in diary.proposals:
        for idea in one.ideas:
            if before := refusals[idea]:
                silence = SILENCES[min(len(before), len(SILENCES)) - 1]
                if one.day - before[-1] < silence:
                    yield f"{idea[0]} ({idea[1]}), refused on day {before[-1]}, came back on day {one.day}."
            if one.decided == "refused":
                refusals[idea].append(one.day)


@bound
def one_is_open(diary: Diary) -> Iterator[str]:
    """Review: one proposal at most waits for a decision."""
    for day in diary.days:
        if day.open_proposals > 1:
            yield f"day {day.number}: {day.open_proposals}."


@bound
def untouched_is_raised_once(diary: Diary) -> Iterator[str]:
    """Review: a topic that was never practised is raised by one proposal in all."""
    signals = _signals(diary)
    raised: dict[str, int] = {}
    for one in diary.proposals:
        for name in {topic for topic, change in one.ideas if change in ("removed", "less_time")}:
            if signals.get((one.day, name)) == "untouched":
                if name in raised:
                    yield f"{name} on day {raised[name]} and on day {one.day}."
                raised[name] = one.day


@bound
def not_every_morning(diary: Diary) -> Iterator[str]:
    """Review: what waits for a decision, or was left alone, is not proposed anew within a week."""
    for at, one in enumerate(diary.proposals):
        for earlier in diary.proposals[:at]:
            if earlier.decided == "left" and earlier.ideas == one.ideas and one.day - earlier.day < PATIENCE:
                yield f"{', '.join(sorted(topic for topic, _change in one.ideas))}: day {earlier.day}, day {one.day}."


@bound
def nothing_is_moved_back(diary: Diary) -> Iterator[str]:
    """Review: what was approved is not moved back within four sessions of the topic."""
    for name, day, between in measures.reversals(diary):
        if between < 4:
            yield f"{name} on day {day}, after {between} of its sessions."


@bound
def home_does_not_nag(diary: Diary) -> Iterator[str]:
    """Review: a proposal left alone for a week is not on home, and none is called agreed that nobody approved."""
    first: dict[int, date] = {}
    for day in diary.days:
        if day.on_home is not None:
            since = first.setdefault(day.on_home, day.date)
            if (day.date - since).days > PATIENCE:
                yield f"day {day.number}: proposal {day.on_home} is there since {since}."
            if "agreed" in day.waits:
                yield f"day {day.number}: {day.waits}"
