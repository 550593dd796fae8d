"""Feedback is recognised by what it asks for, so that a recurring remark becomes the next focus."""

import pytest

from llm_modes.evaluate_answer.craft import CRAFTS, craft_in


@pytest.mark.parametrize("craft", CRAFTS, ids=lambda craft: craft.name)
def test_a_focus_is_recognised_when_the_next_questions_are_chosen(craft):
    assert craft_in(craft.focus) is craft


@pytest.mark.parametrize(
    ("remark", "name"),
    [
        ("“I think it was better”: how much? Give the figure before and after, or a count, a time.", "numbers"),
        ("“we ran both”: which steps were yours? Name them with “I” and a verb.", "own part"),
        ("The answer stops before the result. After “we did it”, say how it ended.", "outcome"),
        ("“Usually people like it” would be true of anyone. Tell one occasion instead: when, where, who.", "specifics"),
        ("End with what you learned: one thing you do differently since, and when it last helped.", "reflection"),
        ("Give it an order one can hear: your point, the reason, an example, where it stops being true.", "structure"),
        ("“I use it daily”: when does that not work, what does it cost, what would you do instead?", "trade-offs"),
        ("“I would do it”: why? Give the reason with “because” or “so that”.", "reasons"),
        ("Come closer to the question: it asks about “index”, and I find little on that.", "relevance"),
        ("You say the same thing more than once; each sentence counted only once.", "brevity"),
        ("This is long (400 words). Choose the two points that matter most and cut the rest.", "brevity"),
        ("Quantify the impact of your change with concrete metrics.", "numbers"),
        ("Clarify your personal role within the team.", "own part"),
    ],
)
def test_remarks_are_recognised_whatever_they_quote(remark, name):
    assert craft_in(remark).name == name


def test_a_subject_is_no_part_of_the_craft():
    assert craft_in("ventilator settings") is None
