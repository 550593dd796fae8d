"""PlanChat without a model: four questions, one at a time, each with its field; then wishes for another plan."""

from typing import Any

from coach.candidate_text import isolated
from llm_modes.language.text import clip
from llm_modes.offline import fields
from llm_modes.offline.bank import general, role_bank
from llm_modes.offline.changing import changed
from llm_modes.offline.fields import FIELDS, SAYINGS, WORDS
from llm_modes.offline.phrases import fits
from llm_modes.offline.wishes import read_wishes
from llm_modes.plan_chat.schema import REPLY_WORDS
from llm_modes.suggest_plan.plan import Topic, total

# What is said to a person: the first before all else, the second beside an answer too.
CARE, KIND = SAYINGS["remarks"][:2]


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """One turn of the plan chat, in the shape of PlanChatReply. `known` holds what is new only."""
    allowed, now = inputs["allowed_actions"], {name: inputs["known"].get(name) for name in FIELDS}
    newest = {line["author"]: line["text"] for line in inputs["messages"]}
    said, before = newest.get("candidate", ""), newest.get("coach", "")
    news, chosen = dict[str, Any](), fields.chosen_in(said, now)
    asked = next((name for name in FIELDS if not now[name]), "plan")
    if fits(said, CARE):
        chosen, action, text = "", "none", CARE["say"]
    elif allowed == ["none"]:
        action, text = "none", fields.remark(said) or SAYINGS["in_session"]
    elif "suggest_changes" in allowed:
        action, text = _about_the_plan(said, chosen, inputs)
    elif asked != "plan" and not chosen and (value := fields.typed(asked, said, now["role"] or "")):
        chosen, news = asked, {asked: value}
        action, text = _on(chosen, now | news)
    elif chosen or (asked == "plan" and (fits(said, WORDS["agreed"]) or fits(said, WORDS["wishes"]))):
        action, text = _on(chosen, now)
    else:
        action, text = "ask", _again(asked, said, before, now["role"] or "")
    return {
        "reply": clip(f"{KIND['say']} {text}" if chosen and fits(said, KIND) else text, REPLY_WORDS),
        "known": dict.fromkeys(FIELDS) | news,
        "action": next(one for one in (action, "ask", "none", *allowed) if one in allowed),
    }


def _on(chosen: str, now: dict[str, Any]) -> tuple[str, str]:
    """What was noted, and the next question; or the plan, where there is none left."""
    if following := next((name for name in FIELDS if not now[name]), ""):
        return "ask", f"{_noted(chosen, now)} {SAYINGS['asks'][following]}"
    known = " ".join(f"{fields.choice(name, isolated(clip(now[name], 20)))}." for name in FIELDS)
    return "suggest_plan", SAYINGS["planning"].format(known)


def _again(asked: str, said: str, before: str, role: str) -> str:
    """The same question, after what did not answer it; in other words where `before`, the coach's last line, was it."""
    if (remark := fields.remark(said)) or not said:
        return f"{remark} {SAYINGS['asks'].get(asked, SAYINGS['ready'])}".strip()
    text = SAYINGS["refused"][asked]
    if fields.is_unreadable(said):
        text = SAYINGS["english_only"]
    elif asked == "daily_minutes" and fields.minutes_in(said) is not None:
        text = SAYINGS["no_such_time"]
    elif fields.prefilled(asked, said, role):
        text = f"{text} {SAYINGS['begun']}"
    return str(SAYINGS["refused_again"][asked] if before.startswith(text) else text)


def _noted(name: str, now: dict[str, Any]) -> str:
    """What is known from now on; of a role, also whether there are questions for it."""
    said = SAYINGS["noted"].format(fields.choice(name, isolated(clip(now[name], 30))))
    if name != "role" or role_bank(now["role"]) is not general():
        return said
    return f"{said} {SAYINGS['unreadable_role' if fields.is_unreadable(now['role']) else 'unknown_role']}"


def _about_the_plan(said: str, chosen: str, inputs: dict[str, Any]) -> tuple[str, str]:
    """Where a plan or a proposal is there: a wish that changes it leads to a proposal; all else is answered."""
    topics, known = [Topic(**topic) for topic in inputs["plan"] or inputs["proposal"]], inputs["known"]
    if chosen:
        return "none", f"{_noted(chosen, known)} {SAYINGS['written_before']}"
    if wishes := read_wishes(said, [topic.name for topic in topics]):
        time, energy = known["daily_minutes"] or total(topics), known["motivation"] or "medium"
        made = changed(topics, wishes, available=time, motivation=energy)
        notes = " ".join(made.notes)
        if made.changes:
            return "suggest_changes", f"{SAYINGS['changing']} {notes}".strip()
        return "ask", notes or SAYINGS["changes_nothing"]
    if remark := fields.remark(said):
        return "none", remark
    if fits(said, WORDS["agreed"]):
        return "none", SAYINGS["to_approve" if inputs["proposal"] else "content"]
    cannot = SAYINGS["english_only" if fields.is_unreadable(said) else "no_change"]
    return "ask", cannot.format(topic=isolated(topics[0].name) if topics else "a topic")
