"""What a server is told of the shape of a reply."""

import gettext
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import django
import pytest

from llm_modes.catalogue import MODES
from llm_modes.language.mode import Reply, checking_against, inline
from llm_modes.language.sent_schema import BOUNDS, MOST_NESTED, changed, nestable, unbounded
from llm_modes.language.words import Words, clip_words, most_characters
from tests.fake_llm import count_tokens
from tests.llm_modes.checking import read
from tests.llm_modes.user_day import prose

# llm_modes/language/sent_schema.py and the test below look into these only.
KNOWN = BOUNDS | {"type", "description", "enum", "properties", "required", "items", "anyOf"}
# What is free, and why: code counts attempts itself, a number that is not on the redo list is refused, and minutes that
# no plan can have count as not said (a grammar with bounds would write other minutes than were said).
FREE_NUMBERS = {"question_attempts.attempts", "questions.redo_of", "known.daily_minutes"}
# llama.cpp takes no grammar with one string of 2,000 characters, and forgets longer bounds.
LONGEST_STRING = 1999
# A tokenizer with fewer words than OpenAI's needs a third more.
OTHER_TOKENIZERS = 4 / 3


def within(schema, path=""):
    """A schema and those within it, each with the path of its field."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from within(part, f"{path}.{name}".strip("."))
    for part in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        yield from within(part, path)


def keywords(schema):
    return set().union(*(part for _path, part in within(schema)))


def unbounded_fields(schema):
    """The fields that a server with a grammar could write without end, or in another order than ours."""
    for path, part in within(schema):
        kind = part.get("type")
        closed = {
            "string": "enum" in part or 0 < part.get("maxLength", 0) <= LONGEST_STRING,
            "array": 0 <= part.get("minItems", 0) <= part.get("maxItems", 0) > 0,
            "object": part.get("additionalProperties") is False
            and part.get("required") == [*part.get("properties", {})],
            "integer": {"minimum", "maximum"} <= part.keys() or path in FREE_NUMBERS,
            "null": True,
            "boolean": True,
        }
        if not closed.get(kind, "anyOf" in part) or not part.keys() <= KNOWN:
            yield f"{path}: {kind}"


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_whatever_a_reply_may_hold_has_a_bound(mode):
    assert list(unbounded_fields(mode.reply.model_json_schema())) == []


class Wild(Reply):
    """What a schema looks like to which no one gave bounds."""

    text: str
    list_of_short_ones: list[Annotated[str, Words(3)]]
    number: int
    anything: dict[str, str]
    fine: Annotated[str, Words(3)] | None = None


def test_a_field_without_a_bound_is_found():
    assert list(unbounded_fields(Wild.model_json_schema())) == [
        "text: string",
        "list_of_short_ones: array",
        "number: integer",
        "anything: object",
    ]


def test_a_field_that_may_be_left_out_has_to_be_written_by_a_grammar_and_is_still_not_missed():
    mode = MODES["evaluate_answer"]
    assert "quotes" in mode.reply.model_json_schema()["required"]
    without = {name: value for name, value in mode.example.reply.items() if name != "quotes"}
    assert read("evaluate_answer", without).quotes == []


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("evaluate_answer", ["quotes", "positive_feedback", "improvement_areas", "anchors", "shown", "score"]),
        ("suggest_plan", ["plan_topics", "plan_overview"]),
        ("suggest_plan_changes", ["changes", "plan_topics", "plan_overview"]),
        ("plan_chat", ["known", "action", "reply"]),
        ("reconcile_session", ["question_attempts", "progress_note", "next_focus"]),
        ("build_story", ["sections", "gaps", "title"]),
    ],
)
def test_fields_are_written_in_the_order_in_which_one_thinks(name, order):
    assert MODES[name].reply.model_json_schema()["required"] == order


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_reasons_are_written_before_numbers_and_verdicts(mode):
    reasons = {"rationale", "reason", "description", "expected_outcome", "question"}
    verdicts = {"score", "best_score", "change", "priority", "total_daily_minutes", "daily_study_minutes", "difficulty"}
    for _path, part in within(mode.reply.model_json_schema()):
        names = list(part.get("properties", {}))
        last_reason = max((names.index(name) for name in reasons & {*names}), default=-1)
        assert all(names.index(name) > last_reason for name in verdicts & {*names}), names


def test_nothing_that_depends_on_the_call_is_in_the_schema():
    mode = MODES["plan_chat"]
    before = json.dumps(mode.reply.model_json_schema())
    with checking_against(mode.example.inputs):
        assert json.dumps(mode.reply.model_json_schema()) == before


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("plan_chat", ["reply"]),
        ("evaluate_answer", []),
        ("build_story", ["sections.heading", "sections.points", "title"]),
        ("reconcile_session", ["progress_note", "next_focus.focus", "next_focus.reason"]),
        # The candidate may have left a description of the plan empty, which is copied.
        ("suggest_plan_changes", ["plan_topics.name", "plan_overview.target_role", "plan_overview.rationale"]),
    ],
)
def test_a_grammar_leaves_no_text_empty_that_a_reply_cannot_do_without(name, needed):
    schema = MODES[name].reply.model_json_schema()
    assert [path for path, part in within(schema) if part.get("minLength") == 1] == needed
    assert '"minLength": 0' not in json.dumps(schema)
    assert "minLength" not in json.dumps(unbounded(schema))


def longest(part, items):
    """A reply with every text at its bound, and up to so many items in a list."""
    if "anyOf" in part:
        return longest(part["anyOf"][0], items)
    if "enum" in part:
        return max(part["enum"], key=len)
    if part["type"] == "array":
        return [longest(part["items"], items)] * min(part["maxItems"], items)
    if part["type"] == "object":
        return {name: longest(field, items) for name, field in part["properties"].items()}
    return prose(400)[: part["maxLength"]] if part["type"] == "string" else part.get("maximum", 10)


# Changes to the smallest plan. The lists of a story have to be long, for notes that are: with three items each text may
# run to its end.
@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("plan_chat", 99),
        ("suggest_plan", 99),
        ("generate_questions", 99),
        ("evaluate_answer", 99),
        ("suggest_plan_changes", 99),
        ("build_story", 3),
    ],
)
def test_a_model_that_writes_up_to_every_bound_comes_to_the_end_of_its_reply(name, items):
    mode = MODES[name]
    reply = json.dumps(longest(mode.reply.left_by(mode.example.inputs, mode.reply.model_json_schema()), items))
    assert count_tokens(reply) * OTHER_TOKENIZERS <= mode.max_output_tokens


LANGUAGES = [
    "da",
    "de",
    "el",
    "en",
    "es",
    "fi",
    "gd",
    "hu",
    "ja",
    "ka",
    "lt",
    "ml",
    "nn",
    "ru",
    "ta",
    "th",
    "tr",
    "zh_Hans",
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_needs_more_characters_for_its_words_than_the_bound_has(language):
    """Django's own texts, sentence after sentence in any order: long words, and sentences that are about technology."""
    said = texts_of(language)
    random.Random(language).shuffle(said)
    text = ". ".join(said)
    starts = [match.start() for match in re.finditer(r"\S+", text)]
    for limit in (3, 8, 15, 30, 120):
        most = most_characters(limit)
        for start in starts[:: 1 + len(starts) // 100]:
            assert len(clip_words(text[start : start + 2 * most], limit)) <= most + len("…")


def texts_of(language):
    """What Django says in this language, without the names of its variables."""
    texts = []
    for file in Path(django.__file__).parent.glob(f"**/locale/{language}/LC_MESSAGES/django.mo"):
        with file.open("rb") as opened:
            texts += [text for name, text in gettext.GNUTranslations(opened)._catalog.items() if name]
    plain = (" ".join(re.sub(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>|&\w+;", "", text).split()) for text in texts)
    return [text.rstrip(".") for text in plain if len(text) > 2]


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_a_schema_without_bounds_says_everything_else(mode):
    schema = mode.reply.model_json_schema()
    freed = unbounded(schema)
    assert keywords(freed) == keywords(schema) - BOUNDS
    assert freed["properties"].keys() == schema["properties"].keys()
    assert freed["required"] == schema["required"]
    assert mode.reply.model_json_schema() == schema


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_a_server_that_nests_gets_no_bound_that_it_cannot_nest_and_all_else_as_it_is(mode):
    schema = mode.reply.model_json_schema()
    longest = [part.get("maxLength", 0) for _path, part in within(schema)]
    nested = [part.get("maxLength", 0) for _path, part in within(nestable(schema))]
    assert nested == [min(bound, MOST_NESTED) for bound in longest]
    listed = {"enum", "minLength"}
    without = changed(nestable(schema), lambda part: {key: value for key, value in part.items() if key not in listed})
    choices = changed(schema, lambda part: {key: value for key, value in part.items() if key not in listed})
    assert unbounded(without) == unbounded(choices)


def test_a_server_that_enforces_no_range_is_told_a_mark_as_one_of_ten():
    score = nestable(MODES["evaluate_answer"].reply.model_json_schema())["properties"]["score"]
    assert score["enum"] == list(range(1, 11))
    minutes = nestable(MODES["suggest_plan"].reply.model_json_schema())["properties"]["plan_topics"]["items"]
    assert "enum" not in minutes["properties"]["daily_study_minutes"]


def test_a_server_that_nests_is_told_that_no_text_is_empty():
    note = nestable(MODES["reconcile_session"].reply.model_json_schema())["properties"]["progress_note"]
    assert note["minLength"] == 1


def test_a_property_that_is_called_like_a_bound_stays():
    number = {"type": "integer", "minimum": 1}
    schema = {"type": "object", "properties": {"minimum": number, "title": {"anyOf": [number, {"type": "null"}]}}}
    freed = unbounded(schema)["properties"]
    assert freed == {"minimum": {"type": "integer"}, "title": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}


def test_a_call_bounds_its_lists_by_what_it_is_about():
    """A small model goes on for as long as a list may be, until its reply is cut off."""

    def most(mode, field):
        inputs, reply = MODES[mode].example.inputs, MODES[mode].reply
        return reply.left_by(inputs, reply.model_json_schema())["properties"][field]["maxItems"]

    assert most("reconcile_session", "question_attempts") == 1
    assert most("generate_questions", "questions") == MODES["generate_questions"].example.inputs.count + 2
    assert most("suggest_plan_changes", "changes") == 2 * len(MODES["suggest_plan_changes"].example.inputs.plan) + 8


@pytest.mark.parametrize("typed", ["", "R&D " * 100])
def test_a_text_of_a_plan_is_bounded_by_its_words_but_where_the_candidate_typed_a_longer_one(typed):
    mode = MODES["suggest_plan_changes"]
    first, *others = mode.example.inputs.plan
    plan = [replace(first, description=typed, expected_outcome="Leads."), *others]
    inputs = mode.example.inputs.model_copy(update={"plan": plan})
    topic = mode.reply.left_by(inputs, mode.reply.model_json_schema())["properties"]["plan_topics"]["items"]
    assert topic["properties"]["description"]["maxLength"] == max(most_characters(20), len(inline(typed)))
    assert topic["properties"]["expected_outcome"]["maxLength"] == most_characters(15)


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_what_is_asked_again_is_told_the_same_schema(mode):
    inputs = mode.example.inputs
    nothing = [{"looks_for": []}, {"preparation": {}, "redo_candidates": []}, {}]
    fields = next(some for some in nothing if some.keys() <= type(inputs).model_fields.keys())
    less = type(inputs).model_validate({**inputs.model_dump(), **fields})
    once = mode.reply.left_by(less, mode.reply.model_json_schema())
    assert mode.reply.left_by(less, once) == once
