"""Whatever a candidate wrote or a model answers: prompts, the offline coach and reading replies take no longer.

The fields are found by themselves, of inputs and replies that have something in each of their lists.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import checking_against
from llm_modes.language.words import clipping
from llm_modes.provider.replies import is_whole, json_of, so_far
from tests.long_texts import assert_cheap, hostile

Path = tuple[str | int, ...]

# Characters that a field can hold; all others are bounded by a form or by an earlier reply.
LONGEST = {
    "answer": settings.ANSWER_CHARACTERS,
    "notes": settings.ANSWER_CHARACTERS,
    "story": 2 * settings.ANSWER_CHARACTERS,  # headings grow when they are stored
    "context": settings.CONTEXT_CHARACTERS,
    "text": settings.MESSAGE_CHARACTERS,
    "feedback": settings.MESSAGE_CHARACTERS,
    "weaknesses": 2_400,
    "note": 4_000,
    "told": 20_000,
}
ELSE = 1_200
# So many of each list's items are as long.
ITEMS = 5
# A reply's bytes are bounded by the transport.
REPLY, ITEMS_GONE_WILD = 100_000, 100_000


def full_inputs() -> dict[str, list[dict[str, Any]]]:
    """Inputs of each mode, as JSON, that have something in each list; of the chat also those of its beginning."""
    small = {name: mode.example.inputs.model_dump(mode="json") for name, mode in MODES.items()}
    topics = [{"name": name, "daily_study_minutes": 15} for name in ("System design", "SQL")]
    known = {"role": "Nurse", "daily_minutes": 30, "weaknesses": "numbers", "motivation": "low"}
    progress = {"topic": "System design", "strength_rating": 3.0, "minutes_spent": 3, "sessions": 2, "trend": "up"}
    chat = {"plan": topics, "proposal": topics, "known": known, "allowed_actions": ["ask", "suggest_changes", "none"]}
    questions = {
        "next_focus": [{"focus": "Give figures", "reason": "They are missing."}],
        "redo_candidates": [{"number": 1, "question": "Why?", "last_score": 3, "reason": "weak_answer"}],
        "recent_questions": ["What is a queue?"],
    }
    more = {"plan_chat": chat, "generate_questions": questions, "suggest_plan_changes": {"progress": [progress]}}
    return {mode: [one, one | more[mode]] if mode in more else [one] for mode, one in small.items()}


def full_replies() -> dict[str, dict[str, Any]]:
    """Of each mode a reply that has something in its lists: of what rules cannot read, that of its example."""
    by_rules = {name: mode.answer_offline(mode.example.inputs) for name, mode in MODES.items()}
    return by_rules | {"read_debrief": MODES["read_debrief"].example.reply}


def texts_in(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, str):
        yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(key, str) or key == 0:  # of a list the first item
            yield from texts_in(part, (*path, key))


def lists_in(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, list):
        yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from lists_in(part, (*path, key))


def replaced(value: Any, path: Path, new: Any, items: int = 1) -> Any:
    """A copy of the value with something else at its place, in so many items of each list on the way."""
    if not path:
        return new
    part = replaced(value[path[0]], path[1:], new, items)
    if isinstance(value, list):
        return [part] * items + value[1:]
    return value | {path[0]: part}


def field(path: Path) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))


INPUT_TEXTS = [
    pytest.param(mode, inputs, path, id=f"{mode}-{place}-{'.'.join(map(str, path))}")
    for mode, several in full_inputs().items()
    for place, inputs in enumerate(several)
    for path in texts_in(inputs)
]
REPLY_TEXTS = [
    pytest.param(mode, path, id=f"{mode}-{'.'.join(map(str, path))}")
    for mode, reply in full_replies().items()
    for path in texts_in(reply)
]


@pytest.mark.parametrize(("mode", "inputs", "path"), INPUT_TEXTS)
def test_a_text_of_the_inputs(mode, inputs, path):
    def answer(text: str) -> None:
        changed = replaced(inputs, path, text, ITEMS)
        # A field of few fixed values holds no text; and there are texts that rules cannot read.
        with suppress(ValidationError, LLMFailure):
            read = MODES[mode].inputs.model_validate(changed)
            MODES[mode].messages(read)
            MODES[mode].answer_offline(read)

    length = LONGEST.get(field(path), ELSE)
    texts = hostile(length)
    for pattern in ("and ", "still ", "then ", "a from b ", "the team "):
        texts[f"what is told, and {pattern!r}"] = "I struggle with rename move i " + pattern * (length // 9) + "x"
    assert_cheap(answer, length, texts=texts)


@pytest.mark.parametrize(("mode", "path"), REPLY_TEXTS)
def test_a_text_of_a_reply(mode, path):
    inputs, reply = MODES[mode].example.inputs, full_replies()[mode]

    def read(text: str) -> None:
        content = json.dumps(replaced(reply, path, text))
        so_far(content[:-1])
        with checking_against(inputs):
            with suppress(ValidationError):
                MODES[mode].reply.model_validate_json(json_of(content, MODES[mode]))
            with clipping(), suppress(ValidationError):
                MODES[mode].reply.model_validate_json(content)

    assert_cheap(read, REPLY)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_list_of_a_reply(mode):
    inputs, reply = MODES[mode].example.inputs, full_replies()[mode]
    for path in lists_in(reply):
        before, after = json.dumps(replaced(reply, path, "here")).split('"here"')

        def read(text: str, before: str = before, after: str = after) -> None:
            with checking_against(inputs), suppress(ValidationError):
                MODES[mode].reply.model_validate_json(f"{before}[{text}]{after}")

        texts = {item: ",".join([item] * ITEMS_GONE_WILD) for item in ('"a"', '""', "null", "[]", "{}", "1")}
        assert_cheap(read, 0, texts=texts)


# What begins or ends something in a reply: nested, repeated, never ended.
SIGNS = (
    *(
        '{"a":',
        '{"a":[',
        '{"a":{"a":[1,',
        "{'a':",
        "{“",
        "{a:",
        '{"a',
        "[",
        "{}",
        "}{",
        '{"a":"b"}',
        '{"a":1,',
        "{ ",
        "{x: 1} ",
    ),
    *("<think>", "</think>", "<think>a</reasoning>", "[THINK]", "<|channel|>final", '{"a":"</think>","b":{'),
    *("//", "/*", '\\"', '"a"b"c', '{"a":"b"c', "```json{", '{"reply":"a","known":{},"action":"ask",} '),
)


@pytest.mark.parametrize(
    ("before", "length"),
    [
        ("", 4_000),
        *((before, 16_000) for before in ("", "<think>", "{", '{"reply": "')),
        ("{", REPLY),
        ("", 10 * REPLY),
    ],
)
def test_a_reply_that_is_not_what_was_asked_for(before, length):
    """The shorter ones are repaired; the longest is what the transport lets through."""

    def read(text: str) -> None:
        so_far(before + text)
        is_whole(before + text)
        json_of(before + text, MODES["plan_chat"])

    texts = {signs: signs * (length // len(signs)) for signs in SIGNS}
    assert_cheap(read, length, texts=texts if length != REPLY else texts | hostile(REPLY))
