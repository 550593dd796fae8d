"""The question bank: complete, within limits, found by job titles."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.generate_questions.kinds import KINDS
from llm_modes.language.repetition import Known
from llm_modes.offline.bank import banks, general, role_bank, topic_called, topic_for

ROLES = set(
    "software data product sales marketing teaching nursing customer_support management finance administration".split()
)
TOPICS = [pytest.param(topic, id=f"{key}: {topic.name}") for key, bank in banks().items() for topic in bank.topics]
# What all roles share: none of it asks for what only one field knows.
SHARED = ("behavioural", "situational", "motivation")


def questions_of(bank):
    return [question for topic in bank.topics for question in topic.questions]


def test_there_is_a_bank_for_each_of_eleven_roles_and_one_for_all():
    assert set(banks()) == ROLES | {"general"}


@pytest.mark.parametrize("key", sorted(ROLES))
def test_each_role_has_topics_and_questions_enough_of_its_own(key):
    questions = questions_of(banks()[key])

    assert len(banks()[key].topics) >= 8
    assert len(questions) >= 40
    assert {question.level for question in questions} == set(STEPS)
    assert {question.kind for question in questions} == set(KINDS)
    assert len(banks()[key].vocabulary) >= 50


def test_all_roles_share_a_hundred_and_twenty_questions():
    assert len([question for question in questions_of(general()) if question.kind in SHARED]) >= 120


@pytest.mark.parametrize("name", ["Coming back", "A first job", "Changing careers"])
def test_who_returns_begins_or_changes_has_questions_of_their_own(name):
    topic = topic_called(name)

    assert topic in general().topics
    assert len(topic.questions) >= 10
    assert {question.level for question in topic.questions} == set(STEPS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_keeps_the_limits_of_a_plan_and_has_easy_questions(topic):
    assert len(topic.name.split()) <= 3
    assert len(topic.description.split()) <= 20
    assert len(topic.outcome.split()) <= 15
    assert len([question for question in topic.questions if question.level == "easy"]) >= 2


@pytest.mark.parametrize("topic", TOPICS)
def test_each_question_has_its_kind_what_it_looks_for_and_a_length(topic):
    assert len(topic.questions) >= 4
    for question in topic.questions:
        assert len(question.text.split()) <= 30
        assert question.text[-1] in ".?"
        assert question.kind in KINDS and question.level in STEPS
        assert 45 <= question.seconds <= 300
        assert 2 <= len(question.looks_for) <= 4
        assert all(1 < len(line.split()) <= 10 and line[-1] not in ".?" for line in question.looks_for)


def test_no_question_is_there_twice_not_even_in_other_words():
    known = Known([])
    for bank in banks().values():
        for question in questions_of(bank):
            assert not known.has(question.text), question.text
            known.add(question.text)


def test_topic_names_differ_within_a_role_and_from_the_general_ones():
    general = {topic.name.casefold() for topic in banks()["general"].topics}
    for key, bank in banks().items():
        names = [topic.name.casefold() for topic in bank.topics]
        assert len(names) == len(set(names))
        assert key == "general" or not general & set(names)


def test_no_job_title_leads_to_two_roles():
    titles = [(title, key) for key, bank in banks().items() for title in {*bank.titles}]
    assert [pair for pair in titles if [title for title, _key in titles].count(pair[0]) > 1] == []


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
        ("Executive assistant", "administration"),
        ("Receptionist", "administration"),
        ("Office manager", "administration"),
        ("financial analyst", "finance"),
        ("barista", "general"),
        ("astronaut", "general"),
        ("", "general"),
        ("not a nurse", "general"),
        ("Teacher of nurses", "teaching"),
        ("Nurse teacher", "nursing"),
        ("Sales manager for software", "sales"),
        ("ex nurse", "general"),
        ("Ex-teacher", "general"),
        ("former engineer", "general"),
        ("Former nurse, now teacher", "teaching"),
        ("Not a manager but an accountant", "finance"),
        ("no longer a teacher, accountant", "finance"),
        ("Nurse at a primary school", "nursing"),
        ("Teacher at a nursing college", "teaching"),
        ("School nurse", "nursing"),
        ("Accountant at a marketing agency", "finance"),
        ("Software engineer at a bank", "software"),
        ("Receptionist at a dental practice", "administration"),
        ("Receptionist in a primary school", "administration"),
        ("Head of data", "data"),
        ("Director of nursing", "nursing"),
        ("VP of Sales", "sales"),
        ("Manager in marketing", "marketing"),
        ("Head of marketing for software", "marketing"),
        ("Marketing manager at a software company", "marketing"),
        ("Product manager for data platforms", "product"),
        ("Data scientist in finance", "data"),
        ("Data analyst for sales", "data"),
        ("Financial analyst in a hospital", "finance"),
        ("Payroll officer at a school", "finance"),
        ("Engineer, head of data", "software"),
        ("Software engineer (ex Google)", "software"),
        ("Senior engineer - former teacher", "software"),
        ("Executive assistant to the head of sales", "administration"),
        ("PA to the CFO", "administration"),
        ("Secretary to a headteacher", "administration"),
        ("Office manager in a law firm", "administration"),
        ("Project manager for nursing homes", "management"),
        ("Nurse in a nursing home", "nursing"),
        ("Care assistant at a nursing home", "nursing"),
        ("Teaching assistant for special needs", "teaching"),
        ("Tutor in maths and Python", "teaching"),
        ("Lecturer in accounting", "teaching"),
        ("Lecturer in software engineering", "teaching"),
        ("Professor of marketing", "teaching"),
        ("Customer support agent for accounting software", "customer_support"),
        ("Customer success manager at a data company", "customer_support"),
        ("SDR at a fintech", "sales"),
        ("Estate agent", "sales"),
        ("Key account manager for hospitals", "sales"),
        ("Copywriter for a bank", "marketing"),
        ("SEO specialist in e-commerce", "marketing"),
        ("Midwife in a teaching hospital", "nursing"),
        ("Nurse practitioner in primary care", "nursing"),
        ("Auditor in the public sector", "finance"),
        ("Engineering manager at a bank", "management"),
        ("Store manager in retail", "management"),
        ("Scrum master for data teams", "management"),
        ("QA engineer for payroll software", "software"),
        ("Backend developer with finance background", "software"),
        ("DevOps engineer in healthcare", "software"),
        ("Product owner at an insurance", "product"),
        ("Head of product for payments", "product"),
        ("Business analyst in banking", "data"),
        ("BI developer for marketing", "data"),
        ("Barista, former nurse", "general"),
        ("Chef", "general"),
        ("Work in sales", "sales"),
        ("Job in accounting", "finance"),
        ("nurse, not a manager", "nursing"),
        ("teacher not of nurses", "teaching"),
        ("never worked as a nurse", "general"),
        ("Not sure yet", "general"),
        ("Nurse manager", "nursing"),
        ("Not a nurse manager", "general"),
        ("I was a nurse and want to be a data analyst", "data"),
        ("Senior mechanical engineer", "general"),
        ("Civil engineer in road building", "general"),
        ("Electrical design engineer", "general"),
        ("Sound engineer", "general"),
        ("Property developer", "general"),
        ("Sales assistant in a bakery", "general"),
        ("Business developer", "sales"),
        ("Software engineer for electrical devices", "software"),
        ("Software architect", "software"),
        ("Embedded engineer, automotive", "software"),
        ("QA", "software"),
        ("Head chef", "general"),
        ("Funeral director", "general"),
    ],
)
def test_a_role_finds_its_bank(role, key):
    assert role_bank(role) is banks()[key]


@pytest.mark.parametrize(
    "name", ["Four years home", "my career break", "Back to work", "Parental leave", "I am back after ten years"]
)
def test_who_comes_back_after_years_has_a_topic(name):
    assert topic_for(name, role_bank("nurse")) is topic_called("Coming back")


@pytest.mark.parametrize(
    "name",
    ["Home loans", "Gap analysis", "Out of hours care", "Time management", "coming up with examples"],
)
def test_what_only_sounds_like_time_away_is_none_of_it(name):
    assert topic_for(name, role_bank("barista")) is not topic_called("Coming back")


TITLES = [(title, bank) for bank in banks().values() for title in bank.titles]


@pytest.mark.parametrize("denied", ["not a {}", "Ex {}", "former {}, at home now", "I was never a {}", "no longer {}"])
def test_no_title_behind_a_not_finds_a_bank(denied):
    found = {title: role_bank(denied.format(title)) for title, _bank in TITLES}
    assert {title for title, bank in found.items() if bank is not general()} == set()


@given(st.sampled_from(TITLES), st.sampled_from(["of", "for", "at a", "in", "to", "with"]), st.sampled_from(TITLES))
def test_the_title_that_stands_first_decides_whatever_stands_behind_it(first, joint, second):
    # Words that are said of many jobs, as in "manager", say too little; "head of x" is one title, "x and y" two.
    many, joints = {"manager", "lead", "head", "director", "officer", "assistant"}, {"of", "in", "to", "for", "and"}
    said = set(first[0].split())
    assume(not said & joints and not said & many)
    assert role_bank(f"{first[0]} {joint} {second[0]}") in {role_bank(first[0]), role_bank(f"{first[0]} {joint}")}
