"""PlanChat without a model: asks for role, time, weak spots and motivation, and routes wishes for changes."""

from typing import Any

from llm_modes.language.text import clip, on_one_line
from llm_modes.offline import wording
from llm_modes.offline.cues import CHANGE, GREETING, NO, PLAN_PLEASE, THANKS, WHO, YES
from llm_modes.offline.hearing import Heard, hear
from llm_modes.offline.wishes import is_wish
from llm_modes.plan_chat.schema import REPLY_WORDS, WEAKNESSES_WORDS
from llm_modes.suggest_plan.plan import ROLE_CHARACTERS

Answer = tuple[str, str]


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """One turn of the plan chat, in the shape of PlanChatReply."""
    heard = hear(inputs)
    action, text = _answer(heard, inputs)
    return {
        "reply": clip(text, REPLY_WORDS),
        "known": {
            "role": on_one_line(heard.now.role)[:ROLE_CHARACTERS].strip() or None,
            "daily_minutes": heard.now.daily_minutes,
            "weaknesses": clip(heard.now.weaknesses, WEAKNESSES_WORDS) or None,
            "motivation": heard.now.motivation,
        },
        "action": action if action in inputs["allowed_actions"] else _mildest(inputs["allowed_actions"]),
    }


def _mildest(allowed: list[str]) -> str:
    """The action that promises least, of those that are allowed."""
    return next((action for action in ("ask", "none", *allowed) if action in allowed), "ask")


def _answer(heard: Heard, inputs: dict[str, Any]) -> Answer:
    """The action wanted, and the words that go with it."""
    allowed = inputs["allowed_actions"]
    if "suggest_changes" in allowed:
        return _about_the_plan(heard, inputs)
    if allowed == ["none"]:
        return "none", "You are in a session; we can talk about the plan when it is over."
    if heard.now.missing():
        return "ask", _ask_next(heard)
    if "suggest_plan" not in allowed:
        # What was missing is known now: that alone makes the program write a plan.
        return "ask", wording.planning(heard.now, heard.notes)
    agreed = any(cue.search(heard.message) for cue in (YES, PLAN_PLEASE, THANKS)) and not NO.match(heard.message)
    if (heard.new or agreed or is_wish(heard.message)) and not heard.must_ask:
        return "suggest_plan", wording.planning(heard.now, heard.notes)
    return "ask", wording.confirm(heard.now, heard.new, heard.notes, _side_remark(heard))


def _ask_next(heard: Heard) -> str:
    """What was understood, and the question for the next missing thing."""
    wanted, side = heard.now.missing()[0], _side_remark(heard)
    if not heard.message:
        opening = "" if heard.notes else "first"
        return " ".join([*heard.notes, wording.question(wanted, heard.now, "", opening)])
    noted = wording.noted(heard.now, heard.new, heard.notes, side)
    if heard.must_ask:
        return noted
    if not noted:
        return wording.not_understood(wanted, heard.message)
    return f"{noted} {wording.question(wanted, heard.now, heard.message)}"


def _about_the_plan(heard: Heard, inputs: dict[str, Any]) -> Answer:
    """Where a plan or proposal exists: changes are routed, everything else is answered in a sentence."""
    is_proposal = bool(inputs["proposal"])
    names = [topic["name"] for topic in inputs["proposal"] or inputs["plan"]]
    if heard.wishes:
        return "suggest_changes", wording.changing(heard.wishes, is_proposal)
    if heard.must_ask:
        return "ask", " ".join(heard.notes)
    if heard.new:
        return "suggest_changes", wording.refit(heard.now, heard.new, is_proposal)
    if side := _side_remark(heard):
        return "none", side
    if YES.match(heard.message) or THANKS.match(heard.message):
        return "none", wording.contented(is_proposal)
    if CHANGE.search(heard.message) or NO.match(heard.message):
        return "ask", wording.which_change(names)
    return "ask", wording.not_understood("change", heard.message, names)


def _side_remark(heard: Heard) -> str:
    """The answer to a greeting, to thanks, to "are you human?" and to a question on the process."""
    if WHO.search(heard.message):
        return wording.WHO_I_AM
    if GREETING.match(heard.message):
        return "Hello!"
    if THANKS.match(heard.message) and heard.now.missing():
        return "You are welcome."
    if heard.message.endswith("?") and not heard.new and not heard.wishes:
        return wording.process(heard.message)
    return ""
