"""The offline coach's questions fit topic, role and level, follow the focus, and do not run out."""

import pytest

from llm_modes.craft import CRAFTS
from llm_modes.difficulties import wanted
from llm_modes.offline.bank import banks
from llm_modes.repetition import repeats
from tests.llm_modes.offline.asking import ask

REDOS = [
    {"number": 4, "question": "When did you last undo a release?", "last_score": 3, "reason": "weak_answer"},
    {"number": 9, "question": "What is a replica good for?", "last_score": 6, "reason": "high_value"},
]


def generate(
    topic="System design",
    role="Senior backend engineer",
    focus=(),
    wish="",
    redos=(),
    recent=(),
    count=5,
    level="medium",
    **more,
):
    return ask(
        "generate_questions",
        topic={"name": topic, "description": "", "expected_outcome": ""},
        role=role,
        level="",
        strength_rating=None,
        next_focus=[{"focus": text, "reason": "It came up in 3 of 4 answers."} for text in focus],
        wish=wish,
        redo_candidates=list(redos),
        recent_questions=list(recent),
        count=count,
        difficulties=wanted(count, level=level, wish=wish),
        **more,
    )["questions"]


def texts(questions):
    return [question["question"] for question in questions]


def test_there_are_as_many_as_asked_for():
    assert [len(generate(count=count)) for count in (3, 4, 5, 6)] == [3, 4, 5, 6]


def test_the_first_ones_come_from_the_bank_of_the_role():
    bank = {question.text for topic in banks()["software"].topics for question in topic.questions}

    assert set(texts(generate())) <= bank


def test_a_topic_named_in_other_words_finds_its_questions():
    assert any("query" in text or "transaction" in text for text in texts(generate(topic="SQL and indexes")))


def test_about_one_redo_comes_with_two_new_ones():
    questions = generate(redos=REDOS, count=6)
    redo = [question for question in questions if question["status"] == "redo"]

    assert [(one["redo_of"], one["redo_reason"]) for one in redo] == [(4, "weak_answer"), (9, "high_value")]


def test_level_and_wish_decide_how_hard_they_are():
    def hardness(**inputs):
        return sum({"easy": 0, "medium": 1, "hard": 2}[question["difficulty"]] for question in generate(**inputs))

    assert hardness(wish="easier") < hardness() < hardness(wish="harder")
    assert hardness(level="easy") < hardness() < hardness(level="hard")


@pytest.mark.parametrize(
    ("focus", "word"),
    [
        ("Give figures: before, after, over what time", ("figure", "numbers", "how many")),
        ("Name your own steps, with “I” and a verb", ("yours", "“we”", '"we"', "you had been away", "you do")),
        ("End with what you do differently since", ("differently", "teach", "habit")),
        ("estimating traffic before drawing boxes", ("estimating traffic",)),
    ],
)
def test_the_next_focus_steers_the_questions(focus, word):
    assert any(part in text for text in texts(generate(focus=[focus])) for part in word)


@pytest.mark.parametrize("craft", CRAFTS, ids=lambda craft: craft.name)
@pytest.mark.parametrize("role", ["nurse", "Senior backend engineer", "barista"])
def test_how_to_answer_is_never_asked_about_as_if_it_were_a_subject(craft, role):
    again = "Again: “Tell me about yourself, but start with what matters most.”"
    said = " ".join(texts(generate(topic="Talking about myself", role=role, focus=[craft.focus, again]))).casefold()

    assert craft.focus.casefold() not in said
    assert "again: “tell" not in said


@pytest.mark.parametrize(
    ("topic", "role"), [("System design", "Senior backend engineer"), ("Latte art", "barista"), ("X", "")]
)
def test_they_never_run_out_and_never_repeat(topic, role):
    asked: list[str] = []
    for _ in range(30):
        new = texts(generate(topic=topic, role=role, recent=asked))
        assert not any(repeats(text, asked) for text in new)
        asked += new

    assert len(asked) == len(set(asked)) == 150


def test_another_session_gets_other_questions_in_another_order():
    first = texts(generate())

    assert not set(texts(generate(recent=first))) & set(first)
