"""The offline coach's voice in the plan chat: friendly, short, modest."""

import re

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clip, listed, on_one_line, pick
from llm_modes.offline.facts import NOT_SURE, Facts
from llm_modes.offline.wishes import Wish

WHO_I_AM = (
    "I am the offline coach: a set of rules and a question bank, no language model. I read plain sentences and may"
    " misread some; "
    "the panel beside this chat shows what I understood."
)

QUESTIONS = {
    "role": [
        "Which role are you preparing for?",
        "What role are you applying for?",
    ],
    "daily_minutes": [
        "How much time can you give it on a normal day? Roughly is fine, in minutes or hours.",
        "How many minutes a day do you have for practice, on an ordinary day?",
    ],
    "weaknesses": [
        "Where do you feel weakest when you picture the interview? A topic or a kind of question, in your own words.",
        "What part of the interview are you least sure of? Name the topics or kinds of question that worry you.",
    ],
    "motivation": [
        "And how is your motivation at the moment: low, medium or high? It decides how much I put into the plan.",
        "Last thing: how much motivation do you have for this right now, low, medium or high? Low is fine, the plan"
        " just gets shorter.",
    ],
}

EXAMPLES = {
    "role": "Say for example “ICU nurse” or “I am applying as a junior data analyst”.",
    "daily_minutes": "Say for example “30 minutes”, “an hour and a half” or “5 hours a week”.",
    "weaknesses": "Say for example “system design and talking about failure”, or “I don't know yet”.",
    "motivation": "“Low”, “medium” or “high” is enough, or a number out of ten, such as “7/10”.",
    "change": "Say for example “more time on {topic}”, “drop {topic}”, “add salary talk (10 minutes)” or “30 minutes"
    " in total”.",
}


def question(wanted: str, now: Facts, message: str, opening: str = "") -> str:
    """The question for one missing thing, with a greeting when it opens the conversation."""
    text = pick(QUESTIONS[wanted], message, now.role)
    if opening and wanted == "role":
        return (
            f"Hello! Let us make a plan for your interview. {text} You can tell me everything at once: role, time a"
            f" day, weak spots, motivation."
        )
    return text


def noted(now: Facts, new: list[str], notes: list[str], side: str) -> str:
    """What was understood from the last message, in a few words."""
    facts = [_said(name, now) for name in new if not any(_mentions(note, name) for note in notes)]
    text = f"{pick(['Noted', 'Good', 'Thanks, noted', 'Got it'], *facts)}: {listed(facts)}." if facts else ""
    return " ".join(filter(None, (side, text, *notes)))


def _mentions(note: str, name: str) -> bool:
    return {"role": "the role:", "weaknesses": "weak spots:"}.get(name, "\0") in note or (
        name == "weaknesses" and "not sure yet" in note
    )


def _said(name: str, now: Facts) -> str:
    match name:
        case "role":
            return clip(now.role, 8)
        case "daily_minutes":
            return f"{_time(now.daily_minutes or 0)} a day"
        case "weaknesses":
            return _weak_spots(now, 18)
    return f"{now.motivation} motivation"


def _time(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if minutes < 60:
        return f"{minutes} minutes"
    text = "an hour" if hours == 1 else f"{hours} hours"
    return f"{text} and {rest} minutes" if rest else text


def summary(now: Facts) -> str:
    """The four things, as understood."""
    time, weak = _time(now.daily_minutes or 0), _weak_spots(now, 25)
    return f"{clip(now.role, 8)}, {time} a day, {weak}, {now.motivation} motivation"


def _weak_spots(now: Facts, most: int) -> str:
    return "weak spots still open" if now.weaknesses == NOT_SURE else f"weak spots ({clip(now.weaknesses, most)})"


def planning(now: Facts, notes: list[str]) -> str:
    """All four are known and a plan is being written."""
    said = " ".join(note for note in notes if "?" not in note)
    promise = "I am putting a plan together; look it over, nothing counts until you approve it."
    return f"{said} That is all I need: {summary(now)}. {promise}".strip()


def confirm(now: Facts, new: list[str], notes: list[str], side: str) -> str:
    """All four are known, but the candidate has not said that a plan is wanted."""
    changed = noted(now, [] if len(new) > 1 else new, notes, side)
    return f"{changed} As I understand it: {summary(now)}. Shall I suggest a plan, or is something not right?".strip()


def not_understood(wanted: str, message: str, names: list[str] | None = None) -> str:
    """Says so when nothing was understood, with an example of what would be."""
    example = EXAMPLES[wanted].replace("{topic}", names[0] if names else "a topic")
    if looks_foreign(message):
        return f"I am sorry, I only read English. {example}"
    opening = pick(
        [
            "I did not get that, sorry: I only understand plain statements.",
            "Sorry, I could not make sense of that.",
            "That was beyond my rules, sorry.",
        ],
        message,
    )
    ask = "" if wanted == "change" else f" {QUESTIONS[wanted][0]}"
    return f"{opening}{ask} {example}"


def changing(wishes: list[Wish], has_proposal: bool) -> str:
    """A change of the plan is being worked out."""
    target = "the proposal" if has_proposal else "your plan"
    return (
        f"I understand: {listed([_wish(wish) for wish in wishes[:4]])}. I am working that into {target}; you will"
        f" see each change with its reason before anything applies."
    )


_WISHES = {
    "drop": "no more {topic}",
    "first": "{topic} first",
    "rename": "{topic} renamed to {subject}",
    "minutes": "{minutes} minutes on {topic}",
    "total": "{minutes} minutes in total",
    "fewer_topics": "fewer topics",
    "topic_count": "only {minutes} topics",
    "more_topics": "one more topic",
    "shorter": "a shorter plan",
}


def _wish(wish: Wish) -> str:
    minutes = f"{wish.minutes} minutes" if wish.minutes else ""
    if wish.kind == "add":
        return f"{wish.subject} added" + (f" with {minutes}" if minutes else "")
    if wish.kind in ("more", "less"):
        if minutes and wish.delta:
            return f"{minutes} {wish.kind} on {wish.topic}"
        return f"{wish.kind} time on {wish.topic}" + (f", {minutes}" if minutes else "")
    return _WISHES[wish.kind].format(topic=wish.topic, subject=wish.subject, minutes=wish.minutes)


def refit(now: Facts, new: list[str], has_proposal: bool) -> str:
    """A fact has changed while a plan or proposal is open."""
    target = "the proposal" if has_proposal else "your plan"
    return (
        f"Noted: {listed([_said(name, now) for name in new])}. I am fitting {target} to that; you will see each"
        f" change with its reason."
    )


def contented(has_proposal: bool) -> str:
    """The candidate is content."""
    if has_proposal:
        return (
            "Good. Approve the proposal when you are ready; until then nothing changes, and you can still ask for"
            " changes here."
        )
    return "Good. The plan stays as it is; your next session is waiting whenever you are."


def which_change(names: list[str]) -> str:
    """A change is wanted, but which?"""
    topics = f" Your topics are {listed(names[:8])}." if names else ""
    return f"Tell me what to change.{topics} " + EXAMPLES["change"].replace("{topic}", names[0] if names else "a topic")


def process(message: str) -> str:
    """An answer to the usual questions about how this works; "" for others."""
    line = on_one_line(message).lower()
    for cue, text in _PROCESS:
        if re.search(cue, line):
            return text
    return ""


_PROCESS = [
    (
        r"\b(?:can|could|will) you help|help me\b",
        "Gladly: I make a plan with you, ask you interview questions and mark your answers.",
    ),
    (r"\bwhat do you mean\b|\bi don'?t (?:understand|get it)\b", "A plain answer in a few words is all I need."),
    (
        r"\bhow (?:much time|long|many minutes).*(?:need|should|good|recommend|enough)|enough time",
        "Fifteen to forty-five minutes a day serve most people: short and daily beats long and rare.",
    ),
    (
        r"\bhow (?:does|do) (?:this|it|you|we|that) work|what happens (?:next|now|then)|what now|what can you do",
        "You tell me role, time a day, weak spots and motivation; I suggest a plan; you change or approve it; then"
        " you practise a little every day and I mark your answers.",
    ),
    (
        r"\bwhy (?:do you|are you) (?:ask|need|want)|what for\b",
        "I ask because the plan rests on it: topics from the role and weak spots, length from time and motivation.",
    ),
    (
        r"\b(?:safe|private|privacy|secret|encrypted|data)\b",
        "What you write is stored encrypted, and you can export or erase it in your account.",
    ),
    (
        r"\b(?:change|adjust|edit).*(?:later|afterwards)|later",
        "Yes, you can change the plan at any time, here or by hand.",
    ),
]
