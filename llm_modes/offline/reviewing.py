"""The daily review: a table from what weeks of practice show to one gentle change of the plan, or why there is none."""

from collections.abc import Callable, Iterator
from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.offline.draft import Draft
from llm_modes.offline.looking import REASON_WORDS, Look, said
from llm_modes.suggest_plan.plan import MIN_TOPIC_MINUTES, MIN_TOPICS, Topic, key

# A mark of one session may be chance; from two on the review takes it as evidence.
ENOUGH_SESSIONS = 2
WEAK_BELOW, CLEAR_GAP = 6.0, 2.0
LAST_RUNG = 4
LEFT_IN_PEACE = "I leave what you decided lately, and nothing else calls for a change."


def review_plan(draft: Draft, inputs: dict[str, Any]) -> list[str]:
    """Carry out the first line of TABLE that leads to a change; returns what has to be said of it, or why none did."""
    look = Look(draft, inputs)
    notes: list[str] = []
    for line in TABLE:
        note = line(look)
        if look.has_changed:
            return [note]
        notes += [note] if note else []
    if not notes:
        notes = [LEFT_IN_PEACE if look.leaves_in_peace else "Nothing calls for a change."]
    return notes[:1]


def _rest_what_is_stuck(look: Look) -> str:
    """Stuck on the last rung: fewer minutes for some days, to another topic; another topic where it has the least."""
    notes = []
    for signal in look.showing("stuck"):
        name, rung = signal["topic"], signal.get("rung", 0)
        if rung < LAST_RUNG:
            at = f", step {rung} of {LAST_RUNG}" if rung else ""
            notes.append(f"{name} is hard going, and is tried another way already{at}, so its minutes stay.")
        elif look.can_give(name):
            return _with_less_time(look, signal)
        elif look.minutes(name) > MIN_TOPIC_MINUTES:
            notes += [reason] if (reason := look.why_not(name, "less_time")) else []
        elif len(look.draft.topics) > MIN_TOPICS and look.takers(name):
            if look.may(name, "removed"):
                return _left_out(look, signal)
            notes += [reason] if (reason := look.why_not(name, "removed")) else []
        else:
            notes.append(
                f"{name} is stuck, with the least time already: at its turn you may as well take another topic."
            )
    return " ".join(notes[:1])


def _with_less_time(look: Look, signal: dict[str, Any]) -> str:
    name = signal["topic"]
    step, takers = look.step(name), look.takers(name)
    look.less(name, step, f"{step} minutes less for some days. {said(signal)}")
    if takers:
        taker = takers[0].name
        look.more(taker, step, f"{look.evidence(taker)}: takes {step} minutes while {name} rests.")
    return (
        f"{name} may rest: less of it for three to seven days. Its time comes back when you ask. Being stuck says "
        "nothing about you."
    )


def _left_out(look: Look, signal: dict[str, Any]) -> str:
    name, free = signal["topic"], look.minutes(signal["topic"])
    taker = look.takers(name)[0].name
    look.draft.remove(name, clip(f"Left out for now. {said(signal)}", REASON_WORDS))
    look.more(taker, free, f"{look.evidence(taker)}: takes the {free} minutes of {name}.")
    return (
        f"{name} has the least time already, so another topic may take its place for now. It keeps its notes, and "
        "comes back when you ask. Being stuck says nothing about you."
    )


def _fit_what_is_done(look: Look) -> str:
    """More planned than done: a plan of the size that is done."""
    if look.week.signal != "more planned than done":
        return ""
    if not look.may("", "less_time"):
        return look.why_not("", "less_time")
    total, done = look.draft.total, look.week.done
    target = max(MIN_TOPIC_MINUTES * len(look.draft.topics), look.week.done_a_day)
    taken: dict[str, int] = {}
    while look.draft.total > target and (giver := _spare(look, taken)):
        name = giver.name
        step = min(5, look.draft.total - target, giver.daily_study_minutes - MIN_TOPIC_MINUTES)
        step = min(step, look.most - taken.get(name, 0))
        taken[name] = taken.get(name, 0) + step
        look.less(
            name, step, f"You did {done} of {look.week.planned} minutes in {look.week.days} days; this fits them."
        )
    if look.draft.total < total:
        done_of = f"{done} of {look.week.planned} minutes in {look.week.days} days"
        return f"{done_of}: a smaller plan that you keep is worth more."
    larger = [topic.name for topic in look.draft.topics if topic.daily_study_minutes > MIN_TOPIC_MINUTES]
    if not larger:
        return "You do less than the plan has, and it cannot be smaller: every topic has the least."
    return look.why_not(larger[0], "less_time")


def _spare(look: Look, taken: dict[str, int]) -> Topic | None:
    """The largest topic that may still be made smaller."""
    able = [topic for topic in look.draft.topics if look.can_give(topic.name) and taken.get(topic.name, 0) < look.most]
    return max(reversed(able), key=lambda topic: topic.daily_study_minutes, default=None)


def _ask_about_untouched(look: Look) -> str:
    """Never practised: start with it once, or drop it; asked by one proposal."""
    for signal in look.showing("untouched"):
        name = signal["topic"]
        if not look.may(name, "removed"):
            look.why_not(name, "removed")
            continue
        if len(look.draft.topics) <= MIN_TOPICS:
            return f"{name} was never practised. A plan needs two topics, so it stays: try it once."
        free = look.minutes(name)
        reason = f"Start with it once, or drop it: both are fine. {said(signal)}"
        look.draft.remove(name, clip(reason, REASON_WORDS))
        if look.week.signal != "more planned than done":
            look.spread(free, look.takers(name), f"from {name}")
        return f"{name} was never practised. Agree, and it goes; say no, and start with it once. Both are fine."
    return ""


def _give_from_what_holds(look: Look) -> str:
    """Holds: fewer minutes, given to the weakest."""
    holding = look.showing("holds")
    for signal in holding:
        name = signal["topic"]
        if not look.can_give(name):
            look.why_not(name, "less_time")
            continue
        if not (takers := look.takers(name)):
            return f"{name} holds. No other topic can take its minutes now, so they stay."
        step, weakest = look.step(name), takers[0].name
        look.less(name, step, f"It should hold with {step} minutes less. {said(signal)}")
        look.more(weakest, step, f"{look.evidence(weakest)}: {step} minutes more, from {name}.")
        return f"{name} holds by now, so {weakest} can have some of its time."
    if holding and all(look.minutes(signal["topic"]) <= MIN_TOPIC_MINUTES for signal in holding):
        return f"{listed([signal['topic'] for signal in holding[:3]])}: holds, with the least time already."
    return ""


def _use_the_time(look: Look) -> str:
    """More done than planned: more minutes, within the time that there is."""
    if look.week.signal != "more done than planned":
        return ""
    if not look.may("", "more_time"):
        return look.why_not("", "more_time")
    done, total = look.week.done, look.draft.total
    room = min(look.available, look.week.done_a_day) - total
    if room <= 0:
        return f"You do more than planned. Your time is noted as {look.available} minutes a day; tell me if it is more."
    look.spread(room, look.takers(), "as you practise more than planned")
    if look.draft.total > total:
        against = f"{done} minutes in {look.week.days} days, where the plan has {look.week.planned}"
        return f"{against}: it can grow to what you do."
    return ""


def _follow_the_marks(look: Look) -> str:
    """Minutes from what goes well to what does not, where the marks are evidence enough."""
    known = [
        topic.name
        for topic in look.draft.topics
        if look.strength(topic.name) is not None and look.progress[topic.key]["sessions"] >= ENOUGH_SESSIONS
    ]
    if len(known) < 2:
        return _why_not_compared(look, known)
    ranked = sorted(known, key=lambda name: (look.weakness(name), name))
    lowest, highest = look.weakness(ranked[0]), look.weakness(ranked[-1])
    if highest - lowest < CLEAR_GAP:
        return "The marks are close together, so the minutes stay where they are."
    if lowest >= WEAK_BELOW:
        return f"No topic is weak: the lowest is {ranked[0]}, at {look.evidence(ranked[0])}."
    weak = next((topic.name for topic in look.takers() if topic.name in ranked), "")
    if not weak or look.weakness(weak) >= WEAK_BELOW:
        return look.why_not(ranked[0], "more_time")
    if giver := next(_givers(look, weak), ""):
        return _give(look, giver, weak)
    return _help_without_a_giver(look, weak, f"{weak} is {'weakest' if weak == ranked[0] else 'weak'}")


def _give(look: Look, giver: str, weak: str) -> str:
    """Minutes of one topic to a weak one."""
    step = look.step(giver)
    spares = "it has the time" if look.strength(giver) is None else "it should do with less"
    look.less(giver, step, f"{look.evidence(giver)}: {spares}, {step} minutes go to {weak}.")
    look.more(weak, step, f"{look.evidence(weak)}: {step} minutes more, taken from {giver}.")
    return f"Minutes follow your marks, from {giver} to {weak}."


def _help_without_a_giver(look: Look, weak: str, is_weak: str) -> str:
    """Minutes that the day has left for a weak topic, else why nothing gives any. `is_weak`: how weak it is, said."""
    # Whoever does less than the plan has is not helped by a longer one.
    if look.available - look.draft.total >= MIN_TOPIC_MINUTES and look.week.done >= look.week.planned > 0:
        look.more(weak, 5, f"{look.evidence(weak)}: 5 minutes more, which your day has left.")
        return f"{is_weak}, and your day has 5 minutes left for it."
    reason = _why_nothing_gives(look, weak)
    return f"{is_weak}. {reason}" if reason else ""


def _why_not_compared(look: Look, known: list[str]) -> str:
    """Why marks say nothing of minutes yet."""
    marked = [topic.name for topic in look.draft.topics if look.strength(topic.name) is not None]
    if not marked:
        return "There is too little evidence yet: no topic has marks."
    if len(marked) == 1:
        return f"So far only {marked[0]} has marks, so there is nothing to compare them with."
    ready = f"only {known[0]}" if known else "no topic"
    return f"I compare the marks of two sessions or more, and so far {ready} has them."


def _why_nothing_gives(look: Look, weak: str) -> str:
    """What keeps every other topic from giving minutes."""
    others = [topic.name for topic in look.draft.topics if topic.key != key(weak)]
    larger = [name for name in others if look.minutes(name) > MIN_TOPIC_MINUTES]
    if not larger:
        return "Nothing can give: every other topic has the least."
    decided = [name for name in larger if not look.may(name, "less_time")]
    return look.why_not(decided[0], "less_time") if decided else "Nothing can give: what has more time is as weak."


def _givers(look: Look, weak: str) -> Iterator[str]:
    """Who can spare minutes for the weak topic: the strongest first, then what has no marks; never what is as weak."""
    others = [topic.name for topic in look.draft.topics if topic.key != key(weak)]
    able = [name for name in others if look.can_give(name)]
    clearly = [name for name in able if (s := look.strength(name)) is not None and s - look.weakness(weak) >= CLEAR_GAP]
    yield from sorted(clearly, key=lambda name: -look.weakness(name))
    yield from sorted((name for name in able if look.strength(name) is None), key=lambda name: -look.minutes(name))


TABLE: list[Callable[[Look], str]] = [
    _rest_what_is_stuck,
    _fit_what_is_done,
    _ask_about_untouched,
    _give_from_what_holds,
    _use_the_time,
    _follow_the_marks,
]
