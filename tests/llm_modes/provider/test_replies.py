"""Reading the text of a reply: where the answer stands in it, what is repaired, and what is not."""

import json

import pytest

from llm_modes.catalogue import MODES
from llm_modes.language import mending
from llm_modes.provider.replies import is_whole, json_of, so_far

CHAT = MODES["plan_chat"]
KNOWN = {"role": None, "daily_minutes": 30, "weaknesses": None, "motivation": None}
REPLY = {"reply": 'Hello {you}, what "role", please?', "known": KNOWN, "action": "ask"}
JSON = json.dumps(REPLY)
DRAFT = json.dumps({**REPLY, "reply": "A draft."})
TAGGED = {**REPLY, "reply": "I use <think> and </think>."}

THOUGHTS = {
    "<think>": f"<think>Perhaps {DRAFT}?</think>{JSON}",
    "<thinking>": f"\n<thinking>Perhaps {DRAFT}?</thinking>\n{JSON}",
    "<reasoning>": f"<reasoning>{{so}}</reasoning>{JSON}",
    "[THINK] of Magistral": f"[THINK]Perhaps {DRAFT}?[/THINK]{JSON}",
    "the channels of gpt-oss": f"<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final<|message|>{JSON}",
    "a thought without a beginning": f"Perhaps {DRAFT}?\n</think>\n\n{JSON}",
    "thoughts within thoughts": f"<think><reasoning>{DRAFT}</reasoning> {DRAFT}</think>{JSON}",
}
AROUND = {
    "a thought behind it": f"{JSON}\n<think>Was {DRAFT} better?</think>",
    "a thought behind it that has no end": f"{JSON}\n<think>Was {DRAFT} better?",
    "the end of a thought behind it": f"{JSON}\n</think>",
    "a fence": f"```json\n{json.dumps(REPLY, indent=2)}\n```",
    "a fence in the middle": f"Here you are:\n\n```\n{JSON}\n```\nGood luck!",
    "prose with braces": f"Here is {{the}} answer: {JSON} hope {{this}} helps",
    "formulas": f"\\frac{{a}}{{b}} and {{x: 1}}: {JSON}",
    "the same object twice": JSON + JSON,
    "a draft and the answer": f"{DRAFT}\nBetter:\n{JSON}",
    "an example and the answer": f'For example {{"reply": "Hello"}}:\n{JSON}',
    "the answer and an object that is none": f'{JSON}\n{{"confidence": 0.9}}',
    "a wrapper": json.dumps({"PlanChatReply": REPLY}),
    "two wrappers": json.dumps({"status": "ok", "result": {"data": REPLY}}),
    "a list": json.dumps([REPLY]),
    "a string": json.dumps(JSON),
    "a string in a wrapper": json.dumps({"answer": JSON}),
    "the schema with values": json.dumps({"type": "object", "properties": REPLY, "required": list(REPLY)}),
}
NOT_QUITE_JSON = {
    "trailing commas": JSON.replace("null}", "null,}")[:-1] + ",}",
    "comments": "{ // so\n" + JSON[1:-1] + " /* and */ }",
    "a Python dictionary": repr(REPLY),
    "no last brace": JSON[:-1],
    "no last brace in a fence": f"```json\n{JSON[:-1]}\n```",
    "quotation marks within a string": JSON.replace('\\"', '"'),
    "no commas": JSON.replace(', "', ' "'),
    "no quotation marks around names": JSON.replace('"known"', "known").replace('"action"', "action"),
    "curly quotation marks": JSON.replace('\\"', "QUOTE")
    .replace(' "', " “")
    .replace('{"', "{“")
    .replace('"', "”")
    .replace("QUOTE", '"'),
    "a trailing comma behind thoughts": f"<think>{{so}}</think>{JSON[:-1]},}}",
    "a draft, and the answer with a trailing comma": f"{DRAFT}\n{JSON[:-1]},}}",
}
MISSING = {
    "a thought without an end": f"<think>Perhaps {JSON}",
    "a thought and nothing else": f"<think>Perhaps {JSON}?</think>\n",
    "a channel of thoughts and nothing else": f"<|channel|>analysis<|message|>Perhaps {JSON}<|end|>",
}
CUT_OFF = [JSON[:end] for end in (12, 30, JSON.index('"known"'), JSON.index("30"), len(JSON) - 3)]


@pytest.mark.parametrize("content", [*THOUGHTS.values(), *AROUND.values()], ids=[*THOUGHTS, *AROUND])
def test_the_answer_is_found_in(content):
    with mending.counting() as count:
        assert json.loads(json_of(content, CHAT)) == REPLY
    assert count.number == 1


@pytest.mark.parametrize("content", NOT_QUITE_JSON.values(), ids=NOT_QUITE_JSON)
def test_what_is_not_quite_json_is_repaired(content):
    with mending.counting() as count:
        assert json.loads(json_of(content, CHAT)) == REPLY
    assert count.number == 1
    assert not is_whole(content)


def test_line_ends_and_tabs_may_stand_in_a_string_as_they_are():
    content = '{"reply": "One\nTwo\tthree", "known": {}, "action": "ask"}'
    assert json.loads(json_of(content, CHAT))["reply"] == "One\nTwo\tthree"
    assert so_far(content[:18]) == {"reply": "One Two"}


@pytest.mark.parametrize("content", MISSING.values(), ids=MISSING)
def test_what_is_only_thought_is_no_answer(content):
    assert json_of(content, CHAT) == ""
    assert not is_whole(content)


@pytest.mark.parametrize("content", CUT_OFF)
@pytest.mark.parametrize("fence", ["", "```json\n"])
def test_a_reply_that_was_cut_off_is_neither_repaired_nor_whole(content, fence):
    with pytest.raises(json.JSONDecodeError):
        json.loads(json_of(fence + content, CHAT))
    assert not is_whole(fence + content)


def test_a_reply_with_backslashes_that_was_cut_off_is_not_lost():
    content = JSON.replace('"', '\\"')[:40]
    assert json_of(content, CHAT) == content
    assert not is_whole(content)


def test_of_a_list_that_was_cut_off_no_shorter_one_is_made():
    questions = json.dumps({"questions": [{"question": f"What is {name}?"} for name in ("CAP", "a queue", "ACID")]})
    for end in range(len(questions) - 1):
        with pytest.raises(json.JSONDecodeError):
            json.loads(json_of(questions[:end], MODES["generate_questions"]))


@pytest.mark.parametrize("before", ["", "<think>{so}</think>", "```json\n"])
def test_tags_in_a_string_are_the_strings_own(before):
    assert json.loads(json_of(before + json.dumps(TAGGED), CHAT)) == TAGGED


def test_a_repair_that_loses_words_is_none():
    content = '{"reply": "Say “yes”: “I, you", and” more words, of “which” some, "known": {}, "action": "ask",}'
    found = json_of(content, CHAT)
    assert found == content or "more words" in found


def test_without_any_json_the_model_is_told_what_it_said():
    assert json_of("<think>Hm.</think> I would rather talk about the weather.", CHAT) == (
        "I would rather talk about the weather."
    )
    lacking = '{"reply": "Hello", "action": "ask"}'
    assert json_of(f"Here: {lacking} or {{}}", CHAT) == lacking


def test_names_may_be_written_otherwise():
    assert json.loads(json_of("So: " + JSON.replace('"action"', '"Action"'), CHAT))["Action"] == "ask"


@pytest.mark.parametrize("content", [JSON, f"```json\n{JSON}\n```", *THOUGHTS.values(), *AROUND.values()][:-7])
def test_a_whole_reply_is_whole(content):
    assert is_whole(content) or "{x: 1}" in content


# --- growing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", THOUGHTS.values(), ids=THOUGHTS)
def test_nothing_that_is_thought_is_shown(content):
    seen = [so_far(content[:end]) for end in range(len(content) + 1)]
    assert seen[-1] == REPLY
    # Before its end a thought without a beginning looks like an answer; so does what follows a thought in a thought.
    if content not in (THOUGHTS["a thought without a beginning"], THOUGHTS["thoughts within thoughts"]):
        assert all((part or {}).get("reply", "") in REPLY["reply"] for part in seen)


def test_a_reply_is_shown_while_it_grows():
    assert so_far(JSON[:16]) == {"reply": "Hello "[: 16 - 11]}
    assert so_far(f"Here {{it}} is:\n```json\n{JSON[:16]}") == {"reply": "Hello"}
    assert so_far("Here") is None
    assert so_far(f"{DRAFT} Better: {JSON[:16]}") == {"reply": "Hello"}
