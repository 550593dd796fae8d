"""What keeps a model from which verdict, at its bounds."""

import pytest

from llm_modes.judging.verdict import Summary, Verdict

# The worst that is still good enough.
GOOD = {
    "sets": 5,
    "in_order": 5,
    "calls": 40,
    "failures": 2,
    "mean_spread": 1.0,
    "largest_spread": 1,
    "weak": 4.0,
    "middling": 5.5,
    "strong": 7.0,
    "cited": 0,
    "kept": 0,
}


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, Verdict.GOOD),
        ({"largest_spread": 2}, Verdict.CARE),
        ({"in_order": 4}, Verdict.CARE),
        ({"weak": 4.1}, Verdict.CARE),
        ({"strong": 6.9}, Verdict.CARE),
        ({"largest_spread": 3}, Verdict.NO),
        ({"in_order": 3}, Verdict.NO),
        ({"failures": 3}, Verdict.NO),
    ],
)
def test_one_thing_alone_decides(changed, verdict):
    assert Summary(**{**GOOD, **changed}).verdict == verdict


@pytest.mark.parametrize(
    "changed", [{"largest_spread": 2}, {"in_order": 4}, {"weak": 4.1}, {"strong": 6.9}, {"failures": 1}]
)
def test_whatever_speaks_against_a_model_is_said(changed):
    faultless = {**GOOD, "failures": 0}
    assert Summary(**faultless).reasons() == []
    assert len(Summary(**{**faultless, **changed}).reasons()) == 1
