"""What to practise next: sentences one can act on, each about a question of the topic."""

from typing import NamedTuple

from llm_modes.evaluate_answer.craft import BY_NAME, craft_in
from llm_modes.language.text import clip, lower_first, upper_first
from llm_modes.language.words import count_words
from llm_modes.reconcile_session.counts import FEW, Counts, CraftCount
from llm_modes.reconcile_session.noting import lately, missing, unread_said
from llm_modes.reconcile_session.questions_named import named

WORDS, REASON_WORDS, MOST = 12, 20, 3


class Focus(NamedTuple):
    """One thing to practise: `text` has the place of a question in it, {question}, where it is about one.

    `habit` says the same of any question: one thing for the note, which holds for longer. `craft` is the name of what
    is missing, if it is that.
    """

    text: str
    question: str
    reason: str
    habit: str
    craft: str = ""

    def as_reply(self) -> dict[str, str]:
        """In the shape of NextFocus."""
        text = self.text.replace("{question}", named(self.question, WORDS + 1 - count_words(self.text)))
        return {"focus": clip(text, WORDS), "reason": clip(self.reason, REASON_WORDS)}


def next_focus(topic: str, counts: Counts, tried: list[str]) -> list[Focus]:
    """One to three things to practise: what recurs, then the weakest question of the last session, else harder ones.

    `tried` are focuses that did not help: what they were about comes last, and none of them word for word.
    """
    found: list[Focus] = _unread(counts)
    for one in _in_turn(counts, tried)[:2]:
        found.append(_again(topic, one, counts, asked={focus.question for focus in found}))
    weakest = counts.weakest
    if weakest and all(weakest.question != focus.question for focus in found):
        reason = f"Marked {weakest.score} of 10, the lowest mark of your last session."
        again = "Answer “{question}” once more."
        found.append(Focus(again, weakest.question, reason, habit="Answer the weakest one again."))
    news = [focus for focus in found if focus.as_reply()["focus"] not in tried]
    return (news or found)[:MOST] or [_onwards(topic, counts)]


def _unread(counts: Counts) -> list[Focus]:
    """Where most answers cannot be read: to write what can be."""
    unread = counts.answers - counts.read
    if 2 * unread <= counts.answers:
        return []
    how = "in three full sentences" if 2 * counts.silent >= unread else "in English"
    question = counts.weakest.question if counts.weakest else ""
    text = f"Answer “{{question}}” {how}." if question else f"Answer {how}, even where you have to guess."
    return [Focus(text, question, unread_said(counts), f"Answer {how}, even where you have to guess.")]


def _in_turn(counts: Counts, tried: list[str]) -> list[CraftCount]:
    """What is still missing. What was first the last time comes second if another is missing at least half as often."""
    did_not_help = {craft.name for focus in tried if (craft := craft_in(focus))}
    found = sorted(counts.still_missing, key=lambda one: one.craft in did_not_help)
    before = craft_in(counts.focus[0]) if counts.focus else None
    if before and len(found) > 1 and found[0].craft == before.name and 2 * found[1].recent >= found[0].recent:
        found = [found[1], found[0], *found[2:]]
    return found


def _again(topic: str, one: CraftCount, counts: Counts, *, asked: set[str]) -> Focus:
    """About the last question whose answer lacked it; the advice is worded in another way from session to session."""
    craft = BY_NAME[one.craft]
    question = next((question for question in one.questions if question not in asked), "")
    if not question:
        text = f"In {clip(topic, 3) or 'every answer'}, {lower_first(craft.focus)}."
        return Focus(text, "", f"{upper_first(missing(one, counts.read))}.", f"{craft.focus}.", craft.name)
    often = "" if one.recent < 2 else f", as in {lately(one, counts.read)}"
    way = craft.ways[counts.sessions % len(craft.ways)]
    text, reason = f"Answer “{{question}}” again, {way}.", f"There {craft.lacked}{often}."
    return Focus(text, question, reason, f"{craft.focus}.", craft.name)


_HARDER = (
    ("Ask for harder questions: “{question}” is in hand.", "Ask for harder questions."),
    ("Answer “{question}” again in half the time.", "Answer your best ones again in half the time."),
    ("Answer “{question}” for somebody outside your field.", "Answer your best ones for somebody outside your field."),
)


def _onwards(topic: str, counts: Counts) -> Focus:
    if best := counts.best:
        text, habit = _HARDER[counts.sessions % len(_HARDER)]
        return Focus(text, best.question, f"It has {best.score} of 10, and no remark recurs.", habit)
    few = counts.read <= FEW
    why = "Too few answers yet to see a pattern." if few else "No one thing is missing again and again."
    text = f"Answer {'two or three' if few else 'new'} questions on {clip(topic, 3) or 'this topic'}."
    return Focus(text, "", why, text)
