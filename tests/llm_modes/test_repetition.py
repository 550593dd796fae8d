import pytest

from llm_modes.repetition import normalised, repeats

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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Was heißt „Lastverteilung“?", "was heisst Lastverteilung"),
        ("What's a résumé gap?", "What’s a re\u0301sume\u0301 gap"),
        ("请介绍一下 API 网关。", "请介绍一下API网关"),
        ("What is **idempotency**?", "What is idempotency?"),
    ],
)
def test_two_spellings_of_one_question_are_one(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("What is C++?", "What is C#?"), ("What is C++?", "What is C?"), ("कि क्या है?", "की क्या है?"), ("か", "が")],
)
def test_signs_and_vowels_make_another_question(one, other):
    assert normalised(one) != normalised(other)
