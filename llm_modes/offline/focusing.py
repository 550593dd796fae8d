"""What to practise next: sentences one can act on, each about a question of the topic."""

from llm_modes.craft import BY_NAME, craft_in
from llm_modes.offline.noting import lately, missing
from llm_modes.offline.questions_named import named
from llm_modes.offline.text import clip, upper_first
from llm_modes.reconcile_session.counts import FEW, Counts, CraftCount
from llm_modes.words import count_words

WORDS, REASON_WORDS, MOST = 12, 20, 3

_HARDER = (
    "Ask for harder questions: “{question}” is in hand.",
    "Answer “{question}” again in half the time.",
    "Answer “{question}” for somebody outside your field.",
)


def next_focus(topic: str, counts: Counts, tried: list[str]) -> list[dict[str, str]]:
    """One to three things to practise: what recurs, then the weakest question of the last session, else harder ones.

    `tried` are focuses that did not help: what they were about comes last.
    """
    found: list[tuple[str, str]] = []
    asked: set[str] = set()
    for one in _in_turn(counts, tried)[:2]:
        found.append(_again(one, counts, asked))
    weakest = counts.weakest
    if weakest and weakest.question not in asked:
        once_more = f"Answer “{named(weakest.question, WORDS - 3)}” once more."
        found.append((once_more, f"Marked {weakest.score} of 10, the lowest mark of your last session."))
    if not found:
        found.append(_onwards(topic, counts))
    return [{"focus": clip(text, WORDS), "reason": clip(reason, REASON_WORDS)} for text, reason in found[:MOST]]


def _in_turn(counts: Counts, tried: list[str]) -> list[CraftCount]:
    """What is still missing; what came first the last time steps back behind another that is missing half as often."""
    did_not_help = {craft.name for focus in tried if (craft := craft_in(focus))}
    found = sorted(counts.still_missing, key=lambda one: one.craft in did_not_help)
    before = craft_in(counts.focus[0]) if counts.focus else None
    if before and len(found) > 1 and found[0].craft == before.name and 2 * found[1].recent >= found[0].recent:
        found = [found[1], found[0], *found[2:]]
    return found


def _again(one: CraftCount, counts: Counts, asked: set[str]) -> tuple[str, str]:
    """About the last question whose answer lacked it; the advice is worded in another way from session to session."""
    craft = BY_NAME[one.craft]
    question = next((question for question in one.questions if question not in asked), "")
    if not question:
        return f"{craft.focus}.", f"{upper_first(missing(one, counts.read))}."
    asked.add(question)
    way = craft.ways[counts.sessions % len(craft.ways)]
    text = f"Answer “{named(question, WORDS - 2 - count_words(way))}” again, {way}."
    often = "" if one.recent < 2 else f", as in {lately(one, counts.read)}"
    return text, f"There {craft.lacked}{often}."


def _onwards(topic: str, counts: Counts) -> tuple[str, str]:
    if best := counts.best:
        text = _HARDER[counts.sessions % len(_HARDER)]
        question = named(best.question, WORDS + 1 - count_words(text))
        return text.format(question=question), f"It has {best.score} of 10, and no remark recurs."
    few = counts.read <= FEW
    why = "Too few answers yet to see a pattern." if few else "No one thing is missing again and again."
    return f"Answer {'two or three' if few else 'new'} questions on {clip(topic, 3) or 'this topic'}.", why
