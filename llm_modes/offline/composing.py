"""Questions put together from frames and subjects, in an order that never repeats and does not run out."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from llm_modes.craft import craft_in
from llm_modes.offline.bank import BankQuestion, BankTopic
from llm_modes.offline.frames import CRAFT_FRAMES, FIELD_FRAMES, FOCUS_FRAMES, SITUATION_FRAMES, TWISTS
from llm_modes.offline.text import clip, folded, lower_first, number_from, stems, upper_first

WORDS = 30


def composed(
    inputs: dict[str, Any], topic: BankTopic | None, level: str, seed: int, beside: list[str]
) -> Iterator[BankQuestion]:
    """Composed questions of a level, by the thousand: plain frames, then with a twist, then with two.

    Subjects and wordings that the questions `beside` them have come last.
    """
    subjects = _subjects(inputs, topic)
    frames = SITUATION_FRAMES if topic else FIELD_FRAMES
    pairs = _shuffled([(frame, subject) for frame in frames[level] for subject in subjects], seed)
    pairs.sort(key=lambda pair: _alike(pair[0], pair[1], beside))
    for frame, subject in pairs:
        yield _question(frame, subject, level)
    twisted = _shuffled([(frame, subject, twist) for frame, subject in pairs for twist in TWISTS], seed)
    for frame, subject, twist in twisted:
        yield _question(f"{frame} {twist}", subject, level)
    for first, second in _shuffled(list(combinations(TWISTS, 2)), seed):
        for frame, subject in pairs:
            yield _question(f"{frame} {first} {second}", subject, level)


def _alike(frame: str, subject: str, beside: list[str]) -> int:
    """How much a question would resemble those beside it: a wording heard twice tires more than a subject."""
    opening = " ".join(frame.split()[:3])
    same_wording = any(text.startswith(opening) for text in beside)
    return 2 * same_wording + any(subject in text for text in beside)


def focus_questions(inputs: dict[str, Any], topic: BankTopic | None, level: str, seed: int) -> Iterator[BankQuestion]:
    """Questions that follow the next focus: on the craft of answering, or on the focus as a subject."""
    subjects = _subjects(inputs, topic)
    for place, item in enumerate(inputs["next_focus"][:3]):
        craft = craft_in(item["focus"])
        frames = CRAFT_FRAMES.get(craft.name) if craft else None
        if frames is None and topic is not None:
            wanted = stems(item["focus"])
            near = [question for question in topic.questions if len(wanted & question.stems) >= min(2, len(wanted))]
            yield from _shuffled(near, seed)
        if frames is None:
            # "Add one example of your own" is no subject to ask about, and neither is a question to come back to.
            frames = FOCUS_FRAMES if craft is None and "“" not in item["focus"] else []
        pairs = _shuffled([(frame, subject) for frame in frames for subject in subjects], number_from(seed, place))
        for frame, subject in pairs[:12]:
            yield _question(frame, subject, level, focus=item["focus"])


def _subjects(inputs: dict[str, Any], topic: BankTopic | None) -> list[str]:
    """Noun phrases to ask about: the bank's for this topic, else the topic's own name."""
    name = lower_first(clip(inputs["topic"]["name"], 3)) or "your work"
    if topic is not None:
        return [*topic.subjects]
    return [name]


def _question(frame: str, subject: str, level: str, focus: str = "") -> BankQuestion:
    text = frame.replace("{s}", subject).replace("{f}", lower_first(clip(focus, 10).strip(" .")))
    return BankQuestion(clip(upper_first(folded(text)), WORDS), level, "behavioural")


def _shuffled(items: list[Any], seed: int) -> list[Any]:
    """The items in an order that depends on the seed only."""
    return [items[place] for place in sorted(range(len(items)), key=lambda place: number_from(seed, place))]
