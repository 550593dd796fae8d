import pytest

from llm_modes.repetition import repeats

KNOWN = ["How would you design a rate limiter for a public API?", "Tell me about a conflict with a colleague."]


@pytest.mark.parametrize(
    "question",
    [
        "How would you design a rate limiter for a public API?",
        "how would you design a rate limiter, for a public API",
        "How would you design a rate limiter for a public API today?",
        "For a public API, how would you design a rate limiter?",
    ],
)
def test_the_same_question_in_other_clothes_is_a_repetition(question):
    assert repeats(question, KNOWN)


@pytest.mark.parametrize(
    "question",
    [
        "How would you test a rate limiter?",
        "Tell me about a success you are proud of.",
        "How would you design a cache for a public API?",
    ],
)
def test_another_question_is_not(question):
    assert not repeats(question, KNOWN)
    assert not repeats(question, [])
