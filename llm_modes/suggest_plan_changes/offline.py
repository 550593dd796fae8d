"""SuggestPlanChanges without a model: a changed plan from what the candidate asks for, or from what the marks show."""

from dataclasses import replace
from typing import Any

from llm_modes.language.text import clip, listed
from llm_modes.offline.bank import general, role_bank
from llm_modes.offline.draft import Draft, draft_of, plan_of
from llm_modes.offline.facts import plain
from llm_modes.offline.planning import described, target_role, topic_for, topic_name
from llm_modes.offline.reviewing import review_plan
from llm_modes.offline.wish_cues import COACH_SAID
from llm_modes.offline.wishes import Wish, read_wishes
from llm_modes.suggest_plan.plan import MAX_DAILY_MINUTES, MIN_DAILY_MINUTES, MIN_TOPIC_MINUTES, MIN_TOPICS, key
from llm_modes.suggest_plan_changes.differences import differences
from llm_modes.suggest_plan_changes.schema import SuggestPlanChangesInputs


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """A plan in the shape of SuggestPlanChangesReply: every difference to the old one has its entry."""
    available = min(max(inputs["daily_minutes"], MIN_DAILY_MINUTES), MAX_DAILY_MINUTES)
    wishes = [wish for line in inputs["feedback"] for wish in read_wishes(line, [t["name"] for t in inputs["plan"]])]
    draft, notes = _as_wished(inputs, wishes, available)
    if inputs["trigger"] == "review" and not _is_gentle(draft, inputs):
        wishes = []
        draft, notes = _reviewed(inputs, available)
    changes = draft.changes_since(plan_of(inputs["plan"]))
    return {
        "plan_overview": {
            "target_role": target_role(inputs["role"]),
            "total_daily_minutes": draft.total,
            "time_horizon_weeks": min(max(inputs["time_horizon_weeks"], 1), 52),
            "rationale": _rationale(inputs, wishes, changes, notes, draft.total),
        },
        "plan_topics": [topic.as_json() for topic in draft.numbered()],
        "changes": changes,
    }


def _as_wished(inputs: dict[str, Any], wishes: list[Wish], available: int) -> tuple[Draft, list[str]]:
    """The plan with the wishes carried out, and what has to be said about them."""
    draft = draft_of(plan_of(inputs["plan"]))
    _fill_up(draft, inputs["role"])
    before = draft.total
    notes = [note for wish in wishes[:20] if (note := _carry_out(wish, draft, inputs["role"]))]
    draft.fit(_target(wishes, draft, before, available))
    return draft, notes


def _is_gentle(draft: Draft, inputs: dict[str, Any]) -> bool:
    """Whether the wishes led to a change, and to one that a review may propose."""
    plan = draft.numbered()
    return bool(differences(plan_of(inputs["plan"]), plan)) and not SuggestPlanChangesInputs(**inputs).broken_rules(
        plan
    )


def _reviewed(inputs: dict[str, Any], available: int) -> tuple[Draft, list[str]]:
    """The plan as practice asks for it. It grows only where the review says so."""
    draft = draft_of(plan_of(inputs["plan"]))
    _fill_up(draft, inputs["role"])
    notes = review_plan(draft, inputs)
    draft.fit(min(available, draft.total))
    return draft, notes


def _fill_up(draft: Draft, role: str) -> None:
    """A plan has two topics at least, whatever the inputs say."""
    for topic in (*role_bank(role).topics, *general().topics):
        if len(draft.topics) >= MIN_TOPICS:
            return
        draft.add(described(topic, MIN_TOPIC_MINUTES), "A plan needs at least two topics.")


def _target(wishes: list[Wish], draft: Draft, before: int, available: int) -> int:
    """The total to reach, in minutes: the one asked for, else as before, growing where there is time left."""
    totals = [wish.minutes for wish in wishes if wish.kind == "total" and wish.minutes]
    if totals:
        return max(MIN_DAILY_MINUTES, min(totals[-1], available))
    if any(wish.kind == "shorter" for wish in wishes):
        return min(available, max(MIN_DAILY_MINUTES, before * 7 // 10 // 5 * 5))
    return min(available, max(before, draft.total))


def _carry_out(wish: Wish, draft: Draft, role: str) -> str:
    """Apply one wish to the draft; returns what has to be said about it, or ""."""
    if wish.topic and draft.find(wish.topic) is None:
        return ""
    match wish.kind:
        case "more" | "less" | "minutes":
            return _retime(wish, draft)
        case "drop":
            if not draft.remove(wish.topic, "You asked to drop it."):
                return f"{wish.topic} stays, as a plan needs two topics."
        case "first":
            draft.move_first(wish.topic, "You asked for it to come first.")
        case "rename":
            return _rename(wish, draft)
        case "topic_count":
            draft.keep(max(MIN_TOPICS, wish.minutes or 0), "You asked for fewer topics.")
        case "fewer_topics":
            draft.remove(draft.topics[-1].name, "You asked for fewer topics; it had the lowest priority.")
        case "more_topics" | "add":
            return _add(wish, draft, role)
    return ""


def _retime(wish: Wish, draft: Draft) -> str:
    topic = draft.find(wish.topic)
    assert topic is not None
    now = topic.daily_study_minutes
    step = 10 if draft.total >= 60 and now >= 15 else 5
    if wish.kind == "minutes" and wish.minutes:
        target = wish.minutes
    elif wish.kind == "more":
        target = now + (wish.minutes or step) if wish.delta or not wish.minutes or wish.minutes <= now else wish.minutes
    else:
        target = now - (wish.minutes or step) if wish.delta or not wish.minutes or wish.minutes >= now else wish.minutes
    target = min(target, MAX_DAILY_MINUTES)
    if target <= MIN_TOPIC_MINUTES and now == MIN_TOPIC_MINUTES and wish.kind == "less":
        return f"{wish.topic} already has the least a topic can have; you could drop it."
    asked = {"more": "more time on this", "less": "less time on this"}.get(
        wish.kind, f"{wish.minutes} minutes for this"
    )
    draft.set_minutes(wish.topic, target, f"You asked for {asked}.")
    if wish.minutes:
        draft.fixed.add(key(wish.topic))
    return ""


def _rename(wish: Wish, draft: Draft) -> str:
    topic = draft.find(wish.topic)
    if topic is None or not wish.subject or draft.find(wish.subject):
        return ""
    draft.put(topic, replace(topic, name=wish.subject))
    draft.explain(topic.name, "removed", f"Renamed to {wish.subject}, as you asked.")
    draft.explain(wish.subject, "added", f"The new name of {topic.name}, as you asked.")
    return ""


def _add(wish: Wish, draft: Draft, role: str) -> str:
    minutes = max(MIN_TOPIC_MINUTES, min(wish.minutes or (10 if draft.total >= 40 else 5), MAX_DAILY_MINUTES))
    if wish.kind == "more_topics":
        new = next((topic for topic in role_bank(role).topics if draft.find(topic.name) is None), None)
        if new is None:
            return "I have no further topic for this role; name one and I will add it."
        reason = "You asked for more topics; this one is common in interviews for your role."
    else:
        new = topic_for(wish.subject, role_bank(role))
        reason = "You asked to add it."
    topic = described(new, minutes)
    if wish.subject:
        topic = replace(topic, name=topic_name(wish.subject))
    if wish.minutes:
        draft.fixed.add(topic.key)
    return "" if draft.add(topic, reason) else "A plan holds at most eight topics, each once."


def words_of(line: str) -> str:
    """The candidate's part of a line of feedback."""
    return plain(line.partition(COACH_SAID)[0])


def not_understood(line: str) -> str:
    """What is said of a line of feedback in which no wish was found."""
    return (
        f'I did not find a change I can make in "{clip(words_of(line), 12)}". '
        'Say for example "more time on …", "drop …" or "30 minutes in total".'
    )


def _rationale(
    inputs: dict[str, Any], wishes: list[Wish], changes: list[dict[str, str]], notes: list[str], total: int
) -> str:
    parts = list(dict.fromkeys(notes))
    totals = [wish.minutes for wish in wishes if wish.kind == "total" and wish.minutes]
    if totals and totals[-1] > inputs["daily_minutes"]:
        parts.append(f"Your time is noted as {inputs['daily_minutes']} minutes a day, so the plan stays within it.")
    if inputs["feedback"] and not wishes and inputs["trigger"] == "chat":
        parts.append(not_understood(inputs["feedback"][-1]))
    if changes and inputs["trigger"] == "review" and not wishes:
        parts.append(f"The plan would take {total} minutes a day.")
    elif changes:
        names = list(dict.fromkeys(change["topic"] for change in changes))
        parts.insert(0, f"Changed after your request: {listed(names[:5])}. The plan takes {total} minutes a day.")
    else:
        parts.append(f"Everything stays as it is, at {total} minutes a day.")
    return clip(" ".join(parts), 60)
