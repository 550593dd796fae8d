"""Reading the text of a reply."""

import pytest

from llm_modes.provider.replies import json_of, so_far

THOUGHT = '\n<think>Perhaps {"score": 3}?</think> '


@pytest.mark.parametrize("read", [so_far, json_of])
def test_nothing_is_read_while_a_model_still_thinks(read):
    assert not read(THOUGHT[:-9])


def test_what_a_model_thinks_before_its_reply_is_no_part_of_it():
    assert so_far(THOUGHT + '{"score": 5, "note": "Wel') == {"score": 5, "note": "Wel"}
    assert json_of(THOUGHT + '```{"score": 5}```') == '{"score": 5}'
