"""The question bank: complete, within limits, found by job titles."""

import pytest

from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.language.text import normal
from llm_modes.offline.bank import KINDS, banks, closest_topic, general, role_bank

ROLES = set(
    "software data product sales marketing teaching nursing customer_support management finance general".split()
)
TOPICS = [pytest.param(topic, id=f"{key}: {topic.name}") for key, bank in banks().items() for topic in bank.topics]


def test_there_is_a_bank_for_each_of_the_usual_roles():
    assert set(banks()) == ROLES


@pytest.mark.parametrize("key", sorted(ROLES))
def test_each_bank_has_topics_and_questions_enough(key):
    bank = banks()[key]
    questions = [question for topic in bank.topics for question in topic.questions]

    assert len(bank.topics) >= 8
    assert len(questions) >= 40
    assert {question.level for question in questions} == set(STEPS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_keeps_the_limits_of_a_plan_and_of_an_anchor(topic):
    assert len(topic.name.split()) <= 3
    assert len(topic.description.split()) <= 20
    assert len(topic.outcome.split()) <= 15
    assert len(topic.anchors) >= 2
    assert all(len(name.split()) <= 3 and len(text.split()) <= 50 for name, text in topic.anchors)


@pytest.mark.parametrize("topic", TOPICS)
def test_questions_are_short_and_of_a_known_kind(topic):
    assert len(topic.questions) >= 4
    for question in topic.questions:
        assert len(question.text.split()) <= 30
        assert question.kind in KINDS
        assert question.text[-1] in ".?"


def test_no_question_is_there_twice():
    texts = [
        normal(question.text) for bank in banks().values() for topic in bank.topics for question in topic.questions
    ]

    assert len(texts) == len(set(texts))


def test_topic_names_differ_within_a_role_and_from_the_general_ones():
    general = {topic.name.casefold() for topic in banks()["general"].topics}
    for key, bank in banks().items():
        names = [topic.name.casefold() for topic in bank.topics]
        assert len(names) == len(set(names))
        assert key == "general" or not general & set(names)


@pytest.mark.parametrize(
    ("role", "key"),
    [
        ("Senior backend engineer", "software"),
        ("SRE", "software"),
        ("QA engineer at a bank", "software"),
        ("Data scientist", "data"),
        ("data engineer", "data"),
        ("BI analyst", "data"),
        ("Product manager, growth", "product"),
        ("product owner", "product"),
        ("Account executive, B2B software", "sales"),
        ("SDR", "sales"),
        ("Key account manager", "sales"),
        ("Content marketing specialist", "marketing"),
        ("product marketing manager", "marketing"),
        ("primary school teacher", "teaching"),
        ("maths tutor", "teaching"),
        ("ICU nurse", "nursing"),
        ("midwife", "nursing"),
        ("Customer support agent", "customer_support"),
        ("customer success manager", "customer_support"),
        ("Engineering manager", "management"),
        ("Team lead in logistics", "management"),
        ("Accountant", "finance"),
        ("financial analyst", "finance"),
        ("barista", "general"),
        ("astronaut", "general"),
        ("", "general"),
    ],
)
def test_a_role_finds_its_bank(role, key):
    assert role_bank(role) is banks()[key]


@pytest.mark.parametrize(
    "name", ["Four years home", "Vier Jahre zu Hause", "My career break", "Back to work", "Parental leave"]
)
def test_time_away_is_a_part_of_ones_story_and_no_field_to_be_examined_in(name):
    assert closest_topic(name, role_bank("nurse")) is general().topics[0]


@pytest.mark.parametrize("name", ["Home loans", "Gap analysis", "Out of hours care", "Time management"])
def test_what_only_sounds_like_time_away_is_none_of_it(name):
    assert closest_topic(name, role_bank("barista")) is not general().topics[0]
