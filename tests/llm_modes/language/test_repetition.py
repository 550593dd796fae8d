import pytest

from llm_modes.language.repetition import normalised, repeats

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
    "question",
    [
        "Explain how memory management works in {} and which mistakes you have seen",
        "请介绍一下你在上一份工作中使用{}的经验和遇到的问题",
        "Walk me through your first minutes with a team that has used {} for years",
    ],
)
def test_a_long_question_about_another_name_or_number_is_not_a_repetition(question):
    names = [("C++", "C#"), ("C", "C#"), ("Java 8", "Java 21"), ("O(n)", "O(n^2)"), ("==", "===")]
    for one, other in (map(question.format, pair) for pair in names):
        assert repeats(one.upper(), [one])
        assert not repeats(one, [other])


def test_a_number_in_digits_is_the_one_in_words():
    assert repeats("Tell me about yourself in 2 minutes", ["Tell me about yourself in two minutes"])


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
    [
        ("What is C++?", "What is C#?"),
        ("What is C++?", "What is C?"),
        ("What does == do?", "What does === do?"),
        ("When is a < b?", "When is a > b?"),
        ("What is A* search?", "What is A search?"),
        ("कि क्या है?", "की क्या है?"),
        ("か", "が"),
    ],
)
def test_signs_and_vowels_make_another_question(one, other):
    assert normalised(one) != normalised(other)
