"""What to do next time, check by check, resting on the answer's own words where there are some to rest on."""

import re
from collections.abc import Callable

from coach.counted import stopwatch
from llm_modes.evaluate_answer.unread import FOREIGN, GIBBERISH, NO_ANSWER
from llm_modes.language.text import clip, listed, stem, words
from llm_modes.offline.evidence import BLAME, CUES, GENERAL, STEP, VAGUE_AMOUNT
from llm_modes.offline.excerpts import excerpt
from llm_modes.offline.reading import Reading, question_stems
from llm_modes.offline.scoring import POINTS, Scored
from llm_modes.offline.verdicts import speaks_of_something_else

WORDS, MOST = 30, 3
# A check has to cost this many points to be spoken of.
WORTH_SAYING = 0.55

_INSTEAD = {"no answer": NO_ANSWER, "empty": NO_ANSWER, "gibberish": GIBBERISH, "foreign": FOREIGN}

Found = list[tuple[float, str, str]]


def improvements(reading: Reading, scored: Scored, seconds_used: int, seconds_allowed: int) -> list[str]:
    """At most three things to do next time, the costliest first; one at least, unless the mark is full."""
    if scored.verdict in _INSTEAD:
        return [clip(_INSTEAD[scored.verdict].format(target=scored.target_words), WORDS)]
    found: Found = [(scored.lost(check), *_ADVICE[check](reading, scored)) for check in POINTS[scored.kind]]
    found += _faults(reading, scored) + _on_time(seconds_used, seconds_allowed)
    found.sort(key=lambda item: -item[0])
    texts: list[str] = []
    quoted: set[str] = set()
    for cost, passage, text in found:
        # One passage is criticised once only.
        if text and passage not in quoted and (cost >= WORTH_SAYING or (not texts and scored.score < 10)):
            texts.append(clip(text, WORDS))
            quoted |= {passage} - {""}
    return texts[:MOST]


def _faults(reading: Reading, scored: Scored) -> Found:
    """What takes marks away, each with its weight and the passage."""
    return [*_beside_the_question(reading, scored), *_not_counted(reading), *_weakening(reading, scored)]


def _beside_the_question(reading: Reading, scored: Scored) -> Found:
    about = _asked_about(reading)
    if scored.verdict == "off the question":
        return [(9.0, "", f"I do not find the question in it. It asks about {about}; begin by answering that.")]
    if scored.kind == "behavioural" and speaks_of_something_else(reading):
        return [(5.0, "", f"I find no word of the question in it ({about}). If it does answer it, say how at once.")]
    return []


def _not_counted(reading: Reading) -> Found:
    """What earns nothing, whoever says it: words to the marker, the question again, the same again."""
    found: Found = []
    if reading.to_the_marker:
        piece = excerpt(reading.to_the_marker[0], most=10)
        found.append(
            (8.0, "", f"“{piece}” is addressed to the marker and counts for nothing; use the time for the question.")
        )
    if reading.copied:
        found.append(
            (3.0, "", "Repeating the question takes time and earns nothing: start with your first own sentence.")
        )
    if reading.repeated:
        found.append((3.0, "", "You say the same thing more than once; each sentence counted only once."))
    return found


def _weakening(reading: Reading, scored: Scored) -> Found:
    """What makes an answer weaker: blame, generalities, doubt."""
    found: Found = []
    if reading.blaming:
        passage = reading.blaming[0]
        piece = excerpt(passage, BLAME, 11)
        found.append(
            (2.3, passage, f"“{piece}” puts it on others. Say what you could have done, and what you changed.")
        )
    if scored.kind in ("behavioural", "personal") and len(reading.general) >= 0.3 * len(reading.sentences) > 0:
        passage = reading.general[0]
        piece = excerpt(passage, GENERAL, 12)
        text = f"“{piece}” would be true of anyone. Tell one occasion instead: when, where, who, what you did."
        found.append((2.5, passage, text))
    if len(reading.hedges) >= 2:
        pair = [f"“{hedge}”" for hedge in dict.fromkeys(hedge.lower() for hedge in reading.hedges)]
        found.append((0.9, "", f"Leave out {listed(pair[:3])}: say what you know, and say plainly what you do not."))
    return found


def _on_time(used: int, allowed: int) -> Found:
    if allowed > 0 and used > 1.25 * allowed:
        text = (
            f"You took {stopwatch(used)} where {stopwatch(allowed)} were planned: cut what does not lead to the result."
        )
        return [(min(3.0, used / allowed), "", text)]
    return []


def _asked_about(reading: Reading) -> str:
    """The question's own words, up to four of them, those missing in the answer first."""
    wanted = question_stems(reading.question)
    asked = [word for word in dict.fromkeys(words(reading.question)) if stem(word) in wanted]
    missing = [word for word in asked if stem(word) not in reading.stems]
    return listed([f"“{clip(word, 1)}”" for word in (missing or asked)[:4]]) or "something else"


Advice = tuple[str, str]


def _length(reading: Reading, scored: Scored) -> Advice:
    count = len(reading.words)
    if count > scored.target_words:
        return "", f"This is long ({count} words). Choose the two points that matter most and cut the rest."
    return (
        "",
        f"Say more: {count} words here, about {scored.target_words} would do in the time. One real example fills it.",
    )


def _own_part(reading: Reading, scored: Scored) -> Advice:
    if scored.kind == "personal":
        return "", "Name one or two steps of yours that you are proud of, and what came of them. Duties say little."
    shared = [one for one in reading.we_sentences if CUES["outcome"].search(one) is None] or reading.we_sentences
    if shared:
        return shared[0], f"“{excerpt(shared[0], _WE, 12)}”: which steps were yours? Name them with “I” and a verb."
    if reading.steps:
        passage = reading.best_steps[0]
        return (
            passage,
            f"After “{excerpt(passage, STEP, 12)}” I would ask what you did next: name more steps of your own.",
        )
    return "", "I find no step of your own. Name three things you did, each starting with “I” and a verb."


def _numbers(reading: Reading, scored: Scored) -> Advice:
    if reading.vague_claims:
        passage = reading.vague_claims[0]
        piece = excerpt(passage, VAGUE_AMOUNT, 12)
        return passage, f"“{piece}”: how much? Give the figure before and after, or a count, a time, an amount."
    return "", "Give one figure that shows the size of it: how many people, how long, how much money."


def _outcome(reading: Reading, scored: Scored) -> Advice:
    outcome = reading.having("outcome")
    if outcome:
        piece = excerpt(outcome[-1], CUES["outcome"], 12)
        return outcome[-1], f"“{piece}”: make this result checkable. What was different afterwards, and who noticed?"
    if reading.sentences:
        piece = excerpt(reading.sentences[-1], most=10)
        return reading.sentences[-1], f"The answer stops before the result. After “{piece}”, say how it ended."
    return "", "Say how it ended."


def _reflection(reading: Reading, scored: Scored) -> Advice:
    learned = reading.having("reflection")
    if learned:
        piece = excerpt(learned[0], CUES["reflection"], 11)
        return learned[0], f"Show the lesson at work: after “{piece}”, name a later occasion where you used it."
    return "", "End with what you learned: one thing you do differently since, and when it last helped."


_ORDERS = {
    "behavioural": "situation, your task, your steps, the result",
    "personal": "where you are, how you got there, why this is next",
    "case": "what you would ask, your approach, the steps, how you would check it",
}


def _structure(reading: Reading, scored: Scored) -> Advice:
    order = _ORDERS.get(scored.kind, "your point, the reason, an example, where it stops being true")
    return "", f"Give it an order one can hear: {order}."


def _specifics(reading: Reading, scored: Scored) -> Advice:
    if reading.general:
        piece = excerpt(reading.general[0], GENERAL, 11)
        return reading.general[0], f"“{piece}” is general. Name the tool, the person, the place or the amount."
    return "", (
        "Use more names and terms: which tool, which person, which step? Particulars are what an interviewer remembers."
    )


def _relevance(reading: Reading, scored: Scored) -> Advice:
    if scored.kind == "role-play":
        return "", f"Show that you have heard me: say {_asked_about(reading)} back to me before you offer anything."
    return "", f"Come closer to the question: it asks about {_asked_about(reading)}, and I find little on that."


def _reasons(reading: Reading, scored: Scored) -> Advice:
    if scored.kind == "role-play":
        return "", "Say in one sentence why it happened, as far as you know, and own your side's part in it."
    plain = [one for one in reading.sentences if not CUES["reasons"].search(one)]
    if plain:
        return plain[0], f"“{excerpt(plain[0], most=12)}”: why? Give the reason with “because” or “so that”."
    return "", "Give the reason behind each choice."


def _example(reading: Reading, scored: Scored) -> Advice:
    given = reading.having("example")
    if given:
        return given[
            0
        ], f"Go on after “{excerpt(given[0], CUES['example'], 12)}”: what came of it in a case of your own?"
    return "", "Add one example: a case you worked on or saw, in two sentences, with what came of it."


def _trade_offs(reading: Reading, scored: Scored) -> Advice:
    claims = [one for one in reading.sentences if one not in reading.general and len(one.split()) >= 6]
    if claims:
        piece = excerpt(claims[0], most=12)
        return claims[0], f"“{piece}”: when does that not work, what does it cost, and what would you do instead?"
    return "", "Say when this would be the wrong choice, what it costs, and which alternative you would then take."


def _always(text: str) -> Callable[[Reading, Scored], Advice]:
    return lambda _reading, _scored: ("", text)


_WE = re.compile(r"\b(?:we|the team|our team)\b", re.I)

# Worded so that craft.py recognises what each is about.
_ADVICE: dict[str, Callable[[Reading, Scored], Advice]] = {
    "length": _length,
    "own part": _own_part,
    "numbers": _numbers,
    "outcome": _outcome,
    "reflection": _reflection,
    "structure": _structure,
    "specifics": _specifics,
    "relevance": _relevance,
    "reasons": _reasons,
    "stations": _always(
        "Choose two or three stations: what you do now, what came before, and what each of them has taught you."
    ),
    "fit": _always("End with why this role is the next step for you: what in the work itself, and why now."),
    "situation": _always("Set the scene in one sentence: when it was, where, who was involved, what was at stake."),
    "example": _example,
    "trade-offs": _trade_offs,
    "check": _always("Say how you would know that it works: what you would look at or ask, and when."),
    "speech": _always("Speak as if I sat in front of you: the exact sentences, and a question to me."),
    "offer": _always("End with one definite offer: what you will do, by when, and how the person hears from you."),
}
