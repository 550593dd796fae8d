"""What `make real-model` makes of the calls of its runs, and of a reply."""

from llm_modes.catalogue import MODES
from tests.real_model.installing import SOURCES
from tests.real_model.modes import fits
from tests.real_model.table import COLUMNS, TITLES, Call, lines, modes_that_work, verdict


def a_call(**changes) -> Call:
    told = {"dialect": "json_object", "requests": 1, "first_token": 2.0, "speed": 50.0, "form": True, "valid": True}
    return Call(**{"mode": "plan_chat", "streamed": True, **told, **changes})


def test_a_line_of_the_table_tells_of_all_calls_of_a_mode_read_in_one_way():
    first = a_call(requests=2, first_token=3.0)
    second = a_call(first_token=1.0, speed=40.0, mended=2)
    failed = a_call(first_token=None, speed=None, form=False, valid=False, failure="timeout")
    titles, streamed, cause, whole = lines([first, second, failed, a_call(streamed=False)])
    assert titles == COLUMNS.format(*TITLES)
    assert streamed.split() == ["plan_chat", "streamed", "json_object", "1.3", "2.0", "45.0", "2/3", "2/3", "1"]
    assert cause == "    1 × timeout"
    assert whole.split()[:2] == ["plan_chat", "whole"]


def test_a_dialect_that_changes_between_calls_is_told_in_order():
    assert "json_schema json_object" in lines([a_call(dialect="json_schema"), a_call(), a_call()])[1]


def test_a_mode_works_when_nineteen_of_twenty_calls_are_valid():
    nineteen = [a_call(valid=number > 0) for number in range(20)]
    assert modes_that_work(nineteen) == {"plan_chat": True}
    assert modes_that_work([*nineteen[:19], a_call(valid=False)]) == {"plan_chat": False}


def test_the_goal_is_not_met_by_one_mode_that_fails_among_many_calls_that_do_not():
    calls = [a_call(mode="build_story", valid=False), *[a_call()] * 99]
    met, sentence = verdict("llama.cpp", calls)
    assert not met
    assert sentence == "llama.cpp: 1 of 2 modes; 100 calls, 100 in form, 99 valid. Not: build_story."
    assert verdict("llama.cpp", calls[1:])[0]


def test_nothing_that_was_asked_is_no_goal_met():
    assert verdict("llama.cpp", [])[0] is False


def test_a_reply_has_the_form_when_it_keeps_to_the_schema_as_it_is_sent():
    mode = MODES["evaluate_answer"]
    inputs, reply = mode.example.inputs, mode.example.reply
    assert fits(mode, inputs, reply)
    assert not fits(mode, inputs, {**reply, "score": 11})


def test_a_choice_that_the_call_does_not_leave_has_not_the_form():
    mode = MODES["plan_chat"]
    assert not fits(mode, mode.example.inputs, {**mode.example.reply, "action": "suggest_plan"})


def test_what_is_fetched_is_pinned_with_its_hash():
    pinned = [line for line in SOURCES.read_text().splitlines() if not line.startswith("#")]
    assert pinned and all("==" in line and " --hash=sha256:" in line for line in pinned)
