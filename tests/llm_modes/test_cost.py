"""What a day costs, and that no prompt grows beyond its budget unnoticed."""

import json

import pytest

from llm_modes.catalogue import MODES
from llm_modes.provider import client
from tests.factories import make_user
from tests.fake_llm import a_reply_to, count_tokens
from tests.llm_modes import user_day
from tests.llm_modes.mode_tokens import LOOKED_FOR, PREPARED, SHOWN, fixed_tokens, response_format
from tests.llm_modes.user_day import (
    BOUNDS_GOAL,
    GOAL,
    PREPARING_GOAL,
    Call,
    day,
    other_calls,
    prepared_calls,
    read_context_calls,
    tokens_added,
    tokens_of,
    tokens_of_bounds,
    tokens_of_preparing,
)


@pytest.fixture(scope="module")
def first_day():
    return day(1)


@pytest.fixture(scope="module")
def late_day():
    return day(180)


@pytest.fixture(scope="module")
def of_the_day(first_day):
    """The modes whose largest inputs tests/llm_modes/user_day.py knows."""
    return {call.mode.name for call in [*first_day, *other_calls(), *read_context_calls()]}


@pytest.fixture(scope="module")
def largest(first_day, late_day):
    """Tokens of the largest prompt of each mode."""
    sizes: dict[str, int] = {}
    examples = [Call(mode, mode.example.inputs, 0) for mode in MODES.values()]
    for call in [*first_day, *late_day, *other_calls(), *read_context_calls(), *prepared_calls(), *examples]:
        sizes[call.mode.name] = max(sizes.get(call.mode.name, 0), call.fixed + call.variable)
    return sizes


@pytest.mark.parametrize("name", MODES)
def test_a_prompt_stays_within_its_budget_and_the_budget_is_no_looser_than_it_need_be(name, largest, of_the_day):
    mode = MODES[name]
    assert mode.fixed_budget / 1.1 <= fixed_tokens(mode) <= mode.fixed_budget
    assert largest[name] <= mode.input_budget
    # Of other modes only the example is measured, which is far below the budget.
    assert mode.input_budget / 1.1 <= largest[name] or name not in of_the_day


def test_a_day_meets_the_goal_and_does_not_grow_with_the_history(first_day, late_day):
    assert tokens_of(late_day) <= GOAL
    assert tokens_of(late_day) <= 1.05 * tokens_of(first_day)


def test_bounds_in_the_schemas_add_little_and_what_they_add_is_counted_apart(first_day, late_day):
    assert 0 < tokens_of_bounds(late_day) <= BOUNDS_GOAL
    whole = sum((call.fixed + call.variable) * call.times for call in late_day)
    added = sum(tokens_added(late_day).values())
    assert whole == pytest.approx(tokens_of(late_day) + tokens_of_bounds(late_day) + added)
    assert f"{tokens_of_bounds(late_day):,.0f}; with them" in user_day.report()


def test_knowing_what_one_prepares_for_adds_little_and_each_part_of_it_is_printed(first_day, late_day):
    for calls in (first_day, late_day):
        added = tokens_of_preparing(calls)
        assert {PREPARED, LOOKED_FOR, SHOWN} <= added.keys() and min(added.values()) > 0
        assert sum(added.values()) <= PREPARING_GOAL
    said = user_day.report()
    assert all(f"{called:<34}" in said for called in added)
    assert f"goal {PREPARING_GOAL:,}" in said and said.endswith("\nmet")


def test_questions_and_marks_that_know_it_add_at_most_3700_a_day(late_day):
    assert sum(tokens_added(late_day)[one] for one in (PREPARED, LOOKED_FOR, SHOWN)) <= 3700


def test_the_inputs_of_the_day_have_the_sizes_of_the_specification(late_day):
    sizes = {
        "context": user_day.count_tokens(user_day.prose(5000)),
        "answer": user_day.count_tokens(user_day.prose(1000, 3)),
        "anchors": sum(user_day.count_tokens(anchor.line()) for anchor in user_day.anchors(1)),
    }
    assert 5000 <= sizes["context"] <= 5100
    assert 1000 <= sizes["answer"] <= 1050
    assert 290 <= sizes["anchors"] <= 360
    assert sum(call.times for call in late_day) == pytest.approx(38.6)


def test_reading_the_context_once_in_a_while_adds_little_to_a_day():
    assert tokens_of(read_context_calls()) <= 700
    assert user_day.added_by_context() <= 1_100


@pytest.mark.django_db
@pytest.mark.parametrize("name", MODES)
def test_what_is_counted_is_what_is_sent(fake_llm, name):
    fake_llm.always(a_reply_to)
    client.ask(MODES[name], MODES[name].example.inputs, candidate=make_user(), stage=MODES[name].stages[0])
    body = fake_llm.requests[0].body
    sent, counted = body["response_format"]["json_schema"], response_format(MODES[name])["json_schema"]
    # A call may leave fewer choices than the mode has: what is counted is the whole.
    assert sent == {**counted, "schema": MODES[name].reply.left_by(MODES[name].example.inputs, counted["schema"])}
    assert count_tokens(json.dumps(sent)) <= count_tokens(json.dumps(counted))
    assert body["messages"] == MODES[name].messages(MODES[name].example.inputs)
