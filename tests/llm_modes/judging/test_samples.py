"""The sample sets by which models are judged."""

import pytest

from llm_modes.evaluate_answer.honesty import highest_score
from llm_modes.judging.samples import QUALITIES, sample_sets
from llm_modes.language.words import count_words

SETS = sample_sets()


def test_there_are_some_and_each_asks_something_else():
    assert 4 <= len(SETS) <= 6
    assert len({sample.question for sample in SETS}) == len(SETS)


@pytest.mark.parametrize("sample", SETS, ids=lambda sample: sample.name)
def test_no_rule_of_ours_decides_a_mark_for_the_model(sample):
    assert [highest_score(sample.answers[quality]) for quality in QUALITIES] == [10, 10, 10]


def test_length_does_not_tell_which_answer_is_better():
    lengths = [[count_words(sample.answers[quality]) for quality in QUALITIES] for sample in SETS]
    assert any(weak > strong for weak, _middling, strong in lengths)
    assert any(weak < strong for weak, _middling, strong in lengths)


def test_sets_can_be_chosen_by_name():
    assert [sample.name for sample in sample_sets(["priorities", "own_mistake"])] == ["own_mistake", "priorities"]
