"""The offline coach's questions are the bank's, fit topic, role and level, and never come twice."""

from statistics import fmean

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_modes.generate_questions.difficulties import STEPS, wanted
from llm_modes.language.repetition import Known, repeats
from llm_modes.offline.bank import banks, find_question, general, role_bank, topic_for
from study.general_questions import is_general
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
    description="",
    **more,
):
    return ask(
        "generate_questions",
        topic={"name": topic, "description": description, "daily_study_minutes": 10},
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


def test_the_redos_that_code_chose_leave_room_for_fewer_new_ones():
    assert len(generate(redos=REDOS, count=6)) == 4


def test_level_and_wish_decide_how_hard_they_are():
    def hardness(**inputs):
        return fmean(STEPS.index(question["difficulty"]) for question in generate(**inputs))

    assert hardness(wish="easier") < hardness() < hardness(wish="harder")
    assert hardness(level="easy") < hardness() < hardness(level="hard")


def test_the_next_focus_steers_the_questions():
    assert "rate limiter" in " ".join(texts(generate(focus=["guarantees of a rate limiter"], count=3)))


@pytest.mark.parametrize(
    ("topic", "role", "description", "wish"),
    [
        ("System design", "Senior backend engineer", "", ""),
        ("Vormittage", "ward nurse", "Medication rounds and dose calculation without an error.", ""),
        ("Latte art", "barista", "Milk, patience and a steady hand.", ""),
        ("X", "", "", "harder"),
    ],
)
def test_each_is_one_of_the_bank_word_for_word_until_nothing_new_is_left(topic, role, description, wish):
    asked: list[str] = []
    said = {"topic": topic, "role": role, "description": description, "wish": wish}
    while new := texts(reply := generate(**said, known_questions=asked, fillers=3, fillers_beside_news=3)):
        assert all(find_question(text) for text in new)
        assert not any(repeats(text, asked) for text in new)
        asked += new

    assert len(asked) == len(set(asked))
    if not wish:
        everyone = {question.text for one in general().topics if not one.only_named for question in one.questions}
        own = [text for text in asked if not is_general(text, topic, role)]
        assert everyone <= set(asked)
        assert len(own) == (0 if topic in ("Latte art", "X") else len(asked) - len(everyone))
        # Its own come first.
        assert asked[: len(own)] == own
    assert reply == []


@pytest.mark.parametrize("level", STEPS)
@pytest.mark.parametrize("topic", ["System design", "Latte art"])
def test_a_wish_for_easier_ones_never_gets_harder_ones(topic, level):
    wish, asked = "easier", list[str]()
    most = max(STEPS.index(step) for step in wanted(5, level=level, wish=wish))
    while new := generate(topic, wish=wish, level=level, known_questions=asked, fillers=3, fillers_beside_news=3):
        assert all(STEPS.index(question["difficulty"]) <= most for question in new)
        asked += texts(new)

    assert len(asked) > 20


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    topic=st.sampled_from(["System design", "Medication safety", "Latte art", general().topics[0].name]),
    level=st.sampled_from(STEPS),
    count=st.integers(3, 6),
    known=st.randoms(use_true_random=False),
    share=st.floats(0, 1),
    more=st.sampled_from([{}, {"redos": REDOS}, {"fillers": 3, "fillers_beside_news": 3}]),
)
def test_under_easier_none_is_harder_than_one_that_was_there_and_not_asked(topic, level, count, known, share, more):
    role = {"System design": "engineer", "Medication safety": "nurse"}.get(topic, "barista")
    own = topic_for(topic, role_bank(role))
    pool = {
        *(own.questions if own else ()),
        *(one for each in general().topics if not each.only_named for one in each.questions),
    }
    asked = [one.text for one in sorted(pool, key=lambda one: one.text) if known.random() < share]
    new = generate(topic, role, wish="easier", level=level, count=count, known_questions=asked, **more)
    chosen = [find_question(one["question"])[1] for one in new if one["status"] == "new"]
    hardest = max((STEPS.index(one.level) for one in chosen), default=0)
    already = Known([*asked, *(one.text for one in chosen), *texts(more.get("redos", ()))])
    assert not [one for one in pool if STEPS.index(one.level) < hardest and not already.has(one.text)]


def test_a_topic_that_no_bank_has_gets_the_nearest_general_ones_and_they_say_so():
    near = texts(generate("Kräuter", "barista", description="A customer asks, and a new colleague listens.", count=3))
    assert ["customer" in text or "colleague" in text for text in near] == [True] * 3
    asked, of_the_bank = texts(generate("Latte art", "barista", count=3)), texts(generate(count=3))
    assert [is_general(text, "Latte art", "barista") for text in asked] == [True] * 3
    assert [is_general(text, "System design", "engineer") for text in of_the_bank] == [False] * 3


def test_general_ones_come_beside_known_ones_once_a_topic_of_the_bank_has_no_new_ones_of_its_own():
    own = [question.text for topic in banks()["software"].topics for question in topic.questions]
    for known in ({"fillers": 4, "fillers_beside_news": 3}, {"fillers": 1, "fillers_beside_news": 1}, {"redos": REDOS}):
        new = [one for one in generate(known_questions=own, **known) if one["status"] == "new"]
        assert len(new) == 2
        assert all(is_general(one["question"], "System design", "engineer") for one in new)
    # Where nothing else is there they make the whole of the shortest list.
    assert len(generate(known_questions=own)) == 3


@pytest.mark.parametrize("left", [1, 2])
def test_a_topic_of_the_general_bank_with_few_new_ones_left_asks_none_of_them_twice(left):
    topic = general().topics[0]
    asked = texts(generate(topic.name, "barista", known_questions=[one.text for one in topic.questions[left:]]))
    assert len(asked) == len(set(asked)) >= 3


def test_another_session_gets_other_questions_in_another_order():
    first = texts(generate())

    assert not set(texts(generate(recent=first))) & set(first)


def test_one_step_before_begins_with_the_plain_questions_on_the_subject_itself():
    kinds = {question.text: question.kind for topic in banks()["nursing"].topics for question in topic.questions}
    asked = {"topic": "Medication safety", "role": "Staff nurse", "level": "easy", "count": 3}
    for other in ("Why?", "How?", "When?", "Where?", "Who?"):  # each another order of the bank's
        found = generate(**asked, approach="one step before", recent=[other])
        assert [kinds[one["question"]] for one in found if one["difficulty"] == "easy"] == ["technical"] * 2
