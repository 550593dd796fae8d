"""What a model is told of a reply that breaks its schema: each field with its bound, and nobody's words."""

import json
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.language.mode import checking_against
from llm_modes.provider.corrections import AGAIN, MOST_LINES, NO_JSON, correction
from tests.fake_llm import count_tokens
from tests.llm_modes.checking import inputs_for

SECRET = "Zanzibar"


def told(mode, reply, inputs=None):
    """The lines that follow the first sentence."""
    content = reply if isinstance(reply, str) else json.dumps(reply)
    with checking_against(inputs or MODES[mode].example.inputs), pytest.raises(ValidationError) as refused:
        MODES[mode].reply.model_validate_json(content)
    first, *lines = correction(refused.value, MODES[mode].reply).split("\n")
    assert first == AGAIN
    assert all(line.startswith("- ") for line in lines)
    return [line.removeprefix("- ") for line in lines]


def but(mode, **fields: Any):
    return {**deepcopy(MODES[mode].example.reply), **fields}


def new_question(text):
    return {"question": text, "status": "new", "redo_reason": None, "difficulty": "easy", "redo_of": None}


@pytest.mark.parametrize(
    ("mode", "field", "value", "says"),
    [
        ("evaluate_answer", "score", 17, "score: a whole number from 1 to 10"),
        ("evaluate_answer", "score", SECRET, "score: a whole number from 1 to 10"),
        (
            "evaluate_answer",
            "positive_feedback",
            ["fine", f"{SECRET} " * 41],
            "positive_feedback[1]: at most 30 words, please; this has 41",
        ),
        ("evaluate_answer", "anchors", 7, "anchors: a list of 0 to 4 items"),
        ("evaluate_answer", "anchors", [{"name": "Result"}], "anchors[0].anchor: missing; a text of at most 50 words"),
        ("evaluate_answer", "anchors", [SECRET], "anchors[0]: an object with name, anchor"),
        ("plan_chat", "action", SECRET, "action: one of ask, suggest_plan, suggest_changes, none"),
        ("plan_chat", "action", "none", "action: only these actions are allowed now: ask"),
        ("plan_chat", "reply", " ", "reply: must not be empty"),
        ("plan_chat", "known", {"role": ["a"]}, "known.role: a text of at most 100 characters, or null"),
        ("plan_chat", "known", {"motivation": SECRET}, "known.motivation: one of low, medium, high, or null"),
        ("plan_chat", "known", {"daily_minutes": {}}, "known.daily_minutes: a whole number, or null"),
        ("build_story", "sections", [], "sections: at least 1 item, please; this has 0"),
        ("reconcile_session", "next_focus", 7, "next_focus: a list of 1 to 3 items"),
        (
            "generate_questions",
            "questions",
            [new_question(f"Why {SECRET}?")],
            "1 usable new questions, at least 3 are needed: write new ones that repeat none of the listed.",
        ),
    ],
)
def test_each_error_names_its_field_and_what_may_stand_there(mode, field, value, says):
    [line] = told(mode, but(mode, **{field: value}))
    assert line == says


@pytest.mark.parametrize("mode", MODES)
def test_fields_that_are_missing_are_named_with_what_belongs_there(mode):
    lines = told(mode, {})
    needed = [name for name, field in MODES[mode].reply.model_fields.items() if field.is_required()]
    assert [line.partition(":")[0] for line in lines] == needed
    assert all("missing; a" in line or "missing; one of" in line for line in lines)


@pytest.mark.parametrize("mode", MODES)
def test_a_reply_that_is_no_object_is_asked_for_anew(mode):
    assert told(mode, json.dumps([SECRET])) == [
        f"an object with {', '.join(MODES[mode].reply.model_json_schema()['required'])}"
    ]
    with pytest.raises(ValidationError) as refused:
        MODES[mode].reply.model_validate_json(f'{{"a": {SECRET}')
    assert correction(refused.value, MODES[mode].reply) == NO_JSON


def wild(value):
    """The same reply with something wrong in every place."""
    if isinstance(value, dict):
        return {name: wild(part) for name, part in value.items()} | {SECRET: SECRET}
    if isinstance(value, list):
        return [wild(part) for part in value] * 9
    return f"{SECRET} " * 200 if isinstance(value, str) else SECRET


@pytest.mark.parametrize("mode", MODES)
def test_a_reply_that_is_wrong_all_over_is_told_in_a_few_lines_without_a_word_of_it(mode):
    reply = wild(MODES[mode].example.reply)
    lines = told(mode, reply)
    assert 1 <= len(lines) <= MOST_LINES
    said = "\n".join(lines)
    assert SECRET not in said and "http" not in said
    assert count_tokens(said) < 350


def test_sums_and_changes_are_told_by_places_in_the_plan_and_not_by_names():
    inputs = inputs_for("suggest_plan_changes")
    plan = but("suggest_plan_changes")
    plan["plan_topics"][0]["daily_study_minutes"] += 5
    [line] = told("suggest_plan_changes", plan, inputs)
    assert line.startswith("The topics' minutes add up to 35, not to the total of 30. ")
    plan["plan_topics"][1]["daily_study_minutes"] -= 5
    plan["changes"] = [{"topic": plan["plan_topics"][1]["name"], "reason": "Because.", "change": "reworded"}]
    [line] = told("suggest_plan_changes", plan, inputs)
    assert line == (
        "plan_topics[1] is less_time without a reason in changes. "
        "plan_topics[0] is more_time without a reason in changes. "
        "changes[0] says reworded of plan_topics[1], the plan does not."
    )
