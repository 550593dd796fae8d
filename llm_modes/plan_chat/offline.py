"""PlanChat without a model: four questions, one at a time, each with its field; then wishes for another plan."""

from typing import Any

from coach.candidate_text import isolated
from llm_modes.language.text import clip, sentences
from llm_modes.offline.bank import general, role_bank
from llm_modes.offline.changing import changed
from llm_modes.offline.fields import FIELDS, SAYINGS, WORDS, choice, chosen_in, is_unreadable, remark, typed
from llm_modes.offline.sayings import fits
from llm_modes.offline.wishes import Wish, read_wishes
from llm_modes.plan_chat.schema import REPLY_WORDS, WHEN_WORDS, KnownNow
from llm_modes.suggest_plan.plan import Topic, total

# What is said to a person in danger, before all else; and to agreement. What tells the day of an interview.
CARE, AGREED, DAY = SAYINGS["remarks"][0], SAYINGS["remarks"][-1], WORDS["interview_day"]


def answer(inputs: dict[str, Any]) -> dict[str, Any]:
    """One turn of the plan chat, in the shape of PlanChatReply. `known` holds what is new only."""
    allowed, known, news = inputs["allowed_actions"], inputs["known"], dict[str, Any]()
    newest = {line["author"]: line["text"] for line in inputs["messages"]}
    said, asked = newest.get("candidate", ""), "changes" if "suggest_changes" in allowed else _missing(known)
    wishes = read_wishes(said, [topic["name"] for topic in inputs["plan"] or inputs["proposal"]])
    told = [clip(one, WHEN_WORDS) for one in sentences(said) if "interview" in one.lower() and fits(one, DAY)]
    if fits(said, CARE) or allowed == ["none"]:
        action, text = "none", remark(said) or SAYINGS["in_session"]
    elif chosen := chosen_in(said, known):
        action, text = "suggest_plan", f"{_noted(chosen, known)} {SAYINGS['asks'][asked]}"
    elif value := typed(asked, said):
        known = known | (news := {asked: value})
        action, text = "suggest_plan", f"{_noted(asked, known)} {SAYINGS['asks'][_missing(known)]}"
    elif asked == "plan" and (fits(said, AGREED) or wishes):
        action, text = "suggest_plan", SAYINGS["asks"]["plan"]
    elif asked == "changes" and wishes:
        action, text = _wanted(wishes, inputs)
    else:
        action, text = "ask", _again(asked, said, newest.get("coach", ""), told)
    return {
        "reply": clip(text, REPLY_WORDS),
        "known": dict.fromkeys(KnownNow.model_fields) | news | {"interview_when": next(iter(told), None)},
        "action": next(one for one in (action, "ask", "none", *allowed) if one in allowed),
    }


def _missing(known: dict[str, Any]) -> str:
    """What is asked for next: the first of FIELDS that is not known; "plan" where all are."""
    return next((name for name in FIELDS if not known[name]), "plan")


def _noted(name: str, known: dict[str, Any]) -> str:
    """What is known from now on; of a role, also whether there are questions for it."""
    said = str(SAYINGS["noted"].format(choice(name, isolated(clip(known[name], 30)))))
    if name == "role" and role_bank(known["role"]) is general():
        said += " " + SAYINGS["unreadable_role" if is_unreadable(known["role"]) else "unknown_role"]
    return said


def _again(asked: str, said: str, before: str, told: list[str]) -> str:
    """The question again, after what did not answer it, or `told` a day; in other words where it came `before`."""
    if not said or told or remark(said):
        return f"{remark(said)} {SAYINGS['refused' if asked == 'plan' else 'asks'][asked]}".strip()
    text = SAYINGS["english_only"] if is_unreadable(said) else SAYINGS["refused"][asked]
    return str(SAYINGS["refused_again"] if before == text else text)


def _wanted(wishes: list[Wish], inputs: dict[str, Any]) -> tuple[str, str]:
    """What becomes of wishes for another plan: a proposal, or why there is none."""
    plan, known = [Topic(**topic) for topic in inputs["plan"] or inputs["proposal"]], inputs["known"]
    made = changed(plan, wishes, available=known["daily_minutes"] or total(plan), motivation=known["motivation"] or "")
    if not made.changes:
        return "ask", " ".join(made.notes) or SAYINGS["changes_nothing"]
    return "suggest_changes", " ".join([SAYINGS["changing"], *made.notes])
