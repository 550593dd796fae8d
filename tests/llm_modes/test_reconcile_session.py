import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from tests.fake_llm import a_reconciliation, an_anchor, count_tokens
from tests.llm_modes.checking import inputs_for, read

SUBJECTS = (
    "caches",
    "queues",
    "indexes",
    "deadlocks",
    "sharding",
    "backups",
    "retries",
    "tracing",
    "budgets",
    "hiring",
)


def attempt(question, score=5, **fields):
    return {
        "question": question,
        "score": score,
        "improvement_areas": [f"Say what the result was in numbers, for {question}"] * 3,
        "anchors": [an_anchor(name=f"Anchor {number}", anchor="measure before and after " * 10) for number in range(4)],
        "seconds": 120,
        **fields,
    }


def prompt_for(attempts, **fields):
    return MODES["reconcile_session"].messages(inputs_for("reconcile_session", attempts=attempts, **fields))[1][
        "content"
    ]


def section(prompt):
    return prompt.split("<attempts>")[1].split("</attempts>")[0]


def test_a_summary_is_read():
    assert read("reconcile_session", a_reconciliation()).next_focus[0].focus == "End with measured results"


@pytest.mark.parametrize(
    "wrong",
    [
        {"progress_note": "word " * 121},
        {"progress_note": ""},
        {"next_focus": []},
        {"next_focus": [{"focus": "word " * 13, "reason": "y"}]},
        {"next_focus": [{"focus": "x", "reason": "word " * 21}]},
        {"question_attempts": [{"question": "word " * 31, "attempts": 1, "best_score": 1, "best_anchors": []}]},
    ],
)
def test_limits_are_enforced(wrong):
    with pytest.raises(ValidationError):
        read("reconcile_session", a_reconciliation(**wrong))


@pytest.mark.parametrize("count", [1, 10, 40])
def test_all_attempts_together_take_at_most_1500_tokens_and_every_question_is_there(count):
    attempts = [attempt(f"What did you learn about {SUBJECTS[n % 10]} in year {n}?") for n in range(count)]
    text = section(prompt_for(attempts))
    assert count_tokens(text) <= 1500
    assert text.count("- What did you") == count
    assert text.count("marks: 5 in 120 s") == count


def test_tries_of_one_question_stand_together_in_order_with_the_best_ones_anchors():
    tries = [
        attempt("What is CAP?", score=4, anchors=[an_anchor("Old", "old anchor")]),
        attempt("What is a queue?", score=3),
        attempt("what is cap", score=7, anchors=[an_anchor("Best", "best anchor")], improvement_areas=["Be brief."]),
    ]
    text = section(prompt_for(tries))
    assert "- What is CAP?\n  marks: 4 in 120 s, 7 in 120 s\n  lacks: Be brief.\n  anchors: Best: best anchor" in text
    assert "old anchor" not in text


def test_a_long_note_is_cut():
    assert count_tokens(prompt_for([attempt("What is CAP?")], note="It went well. " * 500)) < 700


def test_of_a_stuck_topic_it_is_told_what_was_tried_and_which_focus_did_not_help():
    tried = ["End with a figure", "Name <your> own steps " * 30]
    prompt = prompt_for([attempt("Why caches?")], approach="one step before", tried=tried)
    line = prompt.split("<approach>")[1].split("</approach>")[0]
    assert "what one has to know first" in line
    assert "Focus that did not help: End with a figure; Name &lt;your&gt;" in line
    assert count_tokens(line) <= 70
    assert "<approach>(none)</approach>" in prompt_for([attempt("Why caches?")], tried=tried)
