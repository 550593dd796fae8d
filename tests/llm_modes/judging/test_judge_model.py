"""manage.py judge_model, with models that mark well, flatter, jump and fail."""

import re
from decimal import Decimal
from io import StringIO
from itertools import count, cycle

import pytest
from django.core.management import CommandError, call_command

from llm_modes.judging.samples import QUALITIES, sample_sets
from llm_modes.models import LLMCall
from tests.fake_llm import a_mark

pytestmark = pytest.mark.django_db
FAIR = {"weak": 2, "middling": 5, "strong": 8}
ONE_SET = ("--sets", "own_mistake")


def judge(*arguments):
    """What it prints, and its exit code."""
    printed = StringIO()
    try:
        call_command("judge_model", *arguments, stdout=printed)
    except SystemExit as end:
        return printed.getvalue(), end.code
    return printed.getvalue(), 0


def quality_of(request):
    """Which of the sample answers this request is about."""
    return next(quality for sample in sample_sets() for quality in QUALITIES if sample.answers[quality] in request.user)


def marking(marks, **fields):
    """A model that gives each quality its mark, or the next of its marks."""
    rows = {quality: cycle(mark if isinstance(mark, list) else [mark]) for quality, mark in marks.items()}
    return lambda request: a_mark(next(rows[quality_of(request)]), **fields)


def row(printed, name="own_mistake"):
    return next(line for line in printed.splitlines() if line.startswith(name))


def test_a_model_that_marks_well_is_good_enough(fake_llm):
    fake_llm.always(marking(FAIR))
    printed, code = judge("--runs", "2")
    assert code == 0
    assert "good enough for marks.\n" in printed
    assert "Order right in 6 of 6 sets" in printed
    assert "Marks of one answer: 0.0 apart on average, 0 at most." in printed
    assert "Average mark: weak 2.0, middling 5.0, strong 8.0." in printed
    assert re.match(r"own_mistake +2 2 +5 5 +8 8 +right +0 ", row(printed))
    assert [request.mode for request in fake_llm.requests] == ["evaluate_answer"] * 36


def test_each_answer_is_marked_three_times_unless_told_otherwise(fake_llm):
    fake_llm.always(marking(FAIR))
    printed, _code = judge(*ONE_SET)
    assert [quality_of(request) for request in fake_llm.requests] == [*QUALITIES] * 3
    assert "2 2 2" in row(printed)


def test_a_model_that_gives_everybody_a_7_is_not_used_for_marks(fake_llm):
    fake_llm.always(a_mark(7))
    printed, code = judge(*ONE_SET, "--runs", "2")
    assert code == 1
    assert "do not use for marks.\n" in printed
    assert " wrong " in row(printed)
    assert "In 1 of 1 sets the better answer got no better mark." in printed
    assert "It flatters: weak answers get 7.0 on average." in printed


def test_a_model_that_is_two_points_apart_is_usable_with_care(fake_llm):
    fake_llm.always(marking({**FAIR, "strong": [9, 7]}))
    printed, code = judge(*ONE_SET, "--runs", "2")
    assert code == 0
    assert "usable with care.\n" in printed
    assert "The same answer got marks up to 2 points apart." in printed


def test_a_model_that_jumps_is_not_used_for_marks(fake_llm):
    fake_llm.always(marking({**FAIR, "strong": [9, 6, 9]}))
    printed, code = judge(*ONE_SET)
    assert code == 1
    assert " right " in row(printed)
    assert "Marks of one answer: 1.0 apart on average, 3 at most." in printed


def test_a_model_that_is_right_but_too_kind_is_usable_with_care(fake_llm):
    fake_llm.always(marking({"weak": 6, "middling": 7, "strong": 9}))
    printed, code = judge(*ONE_SET, "--runs", "1")
    assert code == 0
    assert "usable with care.\n" in printed
    assert "It flatters: weak answers get 6.0 on average." in printed


def test_a_model_that_often_fails_is_not_used_for_marks(fake_llm):
    fake_llm.fault("refusal")
    fake_llm.always(marking(FAIR))
    printed, code = judge(*ONE_SET, "--runs", "2")
    assert code == 1
    assert row(printed).endswith("1 refused")
    assert "1 of 6 calls gave no mark." in printed
    assert "do not use for marks.\n" in printed


def test_an_answer_without_any_mark_is_in_no_order(fake_llm):
    fake_llm.fault("refusal")
    fake_llm.always(marking(FAIR))
    printed, code = judge(*ONE_SET, "--runs", "1")
    assert code == 1
    assert re.match(r"own_mistake +– +5 +8 +wrong ", row(printed))
    assert "Average mark: weak –, middling 5.0, strong 8.0." in printed


def test_it_stops_when_the_first_three_tries_give_no_mark(fake_llm):
    for _try in range(3):
        fake_llm.fault("refusal")
    printed, code = judge()
    assert code == 1
    assert "No marks (refused)." in printed
    assert len(fake_llm.requests) == 3


def test_it_stops_at_once_where_nobody_can_be_asked(fake_llm):
    fake_llm.fault("http_401")
    printed, code = judge()
    assert code == 1
    assert "`manage.py check_llm evaluate_answer` says what to change." in printed
    assert "SECRET" not in printed
    assert len(fake_llm.requests) == 1


@pytest.mark.parametrize("streams", ["yes", "no"])
def test_invented_quotes_are_counted(fake_llm, settings, streams):
    settings.LLM_DIALECT = {**settings.LLM_DIALECT, "streams": streams}
    said = sample_sets(["own_mistake"])[0].answers["weak"][:30]
    fake_llm.always(marking(FAIR, quotes=[said, "words that nobody said"]))
    printed, _code = judge(*ONE_SET, "--runs", "1")
    assert "1 of 6" in row(printed)
    assert "Quotes kept: 1 of 6." in printed


def test_the_first_line_tells_about_how_many_tokens_it_takes(fake_llm):
    fake_llm.always(marking(FAIR))
    printed, _code = judge("--runs", "1")
    told = re.match(r"18 calls, about ([\d,]+) tokens in and 5,400 out", printed)
    assert fake_llm.input_tokens <= int(told[1].replace(",", "")) <= 1.5 * fake_llm.input_tokens


def test_tokens_are_summed_and_priced(fake_llm, settings):
    settings.COACH_PRICES = {settings.COACH_MODEL: (Decimal(1000), Decimal(1000), Decimal(1000))}
    fake_llm.always(marking(FAIR))
    printed, _code = judge(*ONE_SET, "--runs", "1")
    price = (fake_llm.input_tokens + fake_llm.output_tokens) / 1000
    assert f"Tokens used: {fake_llm.input_tokens:,} in, {fake_llm.output_tokens:,} out, about ${price:.2f}." in printed


def test_a_model_without_a_price_is_pointed_out(fake_llm):
    fake_llm.always(marking(FAIR))
    printed, _code = judge(*ONE_SET, "--runs", "1", "--model", "some-model")
    assert "COACH_PRICES has no price for this model." in printed
    assert "$" not in printed


def test_another_model_of_the_same_server_can_be_judged(fake_llm):
    fake_llm.always(marking(FAIR))
    printed, _code = judge(*ONE_SET, "--runs", "1", "--model", "some-model")
    assert {request.body["model"] for request in fake_llm.requests} == {"some-model"}
    assert "some-model: good enough for marks." in printed


def test_the_model_that_marks_is_judged(fake_llm, settings):
    settings.COACH_MODELS = {"evaluate_answer": "the-marker"}
    fake_llm.always(marking(FAIR))
    judge(*ONE_SET, "--runs", "1")
    assert {request.body["model"] for request in fake_llm.requests} == {"the-marker"}


def test_nothing_of_it_reaches_a_log_or_the_ledger(fake_llm, log_lines):
    numbers = count()
    fake_llm.always(lambda request: "not JSON" if next(numbers) % 4 else marking(FAIR)(request))
    judge(*ONE_SET, "--runs", "1")
    said = "\n".join(log_lines)
    assert not [words for sample in sample_sets() for words in sample.answers.values() if words[:30] in said]
    assert "not JSON" not in said
    assert LLMCall.objects.count() == 0


def test_without_a_model_the_offline_coach_is_judged():
    printed, _code = judge("--runs", "2", "--model", "some-model")
    assert "the offline coach marks, by rules" in printed
    assert "\noffline-coach: " in printed
    assert "Marks of one answer: 0.0 apart on average, 0 at most." in printed
    assert "COACH_PRICES" not in printed


@pytest.mark.parametrize("runs", ["0", "21"])
def test_a_number_of_runs_that_makes_no_sense_is_refused(runs):
    with pytest.raises(CommandError, match="from 1 to 20"):
        judge("--runs", runs)
