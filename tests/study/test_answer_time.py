"""How long an answer may take, and that clock, page, advice and prompt say the same."""

import pytest
from django.urls import reverse

from llm_modes.evaluate_answer.offline import answer as evaluate
from llm_modes.evaluate_answer.schema import EvaluateAnswerInputs
from llm_modes.offline.bank import banks, general
from study import answering, marking
from study.answer_time import seconds_allowed, spoken_length
from tests.factories import ANSWER, make_plan, make_question, make_session, topic_data

pytestmark = pytest.mark.django_db

BANKED = general().topics[0].questions[0]

SAYS_SO = {
    "Tell me about your biggest project, in ninety seconds, for someone new.": 90,
    "Tell me about a project with many people, in two minutes, and name only three of them.": 120,
    "Tell me about nursing in four parts: situation, task, your steps, result. Two minutes.": 120,
    "What is a deadlock? You have ninety seconds.": 90,
    "Convince me in two minutes to invest in tests. I think we can do without.": 120,
    "In 3 minutes, walk me through your week.": 180,
    "Give me your two-minute pitch.": 120,
    "The figures say no. You have two minutes alone with me.": 120,
    "What do you tell a new colleague in one minute?": 60,
    "Tell me about yourself in a minute and a half.": 90,
    "In one and a half minutes, tell me who you are.": 90,
    "Tell me about yourself in 1.5 minutes.": 90,
    "Explain a deadlock in 2-3 minutes.": 180,
    "Walk me through your career in two to three minutes.": 180,
    "Explain a race condition in half a minute.": 30,
    "Explain a race condition in thirty seconds.": 30,
    "You have 2 minutes to pitch yourself.": 120,
    "Take two minutes and describe a conflict.": 120,
    "In under three minutes: why you?": 180,
    "Why you (2 min)?": 120,
}
SAYS_NOTHING_OF_IT = [
    "How would you design a rate limiter?",
    "The card machine stops. What do you do in the next two minutes?",
    "How do you spend the first five minutes of a lesson, and what are they for?",
    "Improve the ticket machine for someone who has three minutes and a suitcase.",
    "You have five minutes with each family at parents' evening. How do you spend them?",
    "You have ten minutes and nobody to ask. How do you deal with it?",
    "A page takes eight seconds on a cheap phone. What do you do?",
    "Present this in 0 minutes.",
    "Die Kasse fällt aus. Was tun Sie in den nächsten zwei Minuten?",
    "Erklären Sie, warum eine Seite in zehn Minuten lädt.",
    "In zwei Minuten kommt die Visite. Was tun Sie?",
    "前两分钟你会做什么？请说明。",
    "応答が30分止まりました。どう説明しますか。",
    "Que faites-vous des deux premières minutes ?",
    "Explique por qué el tren llega dos minutos tarde.",
    "Tell me in 999 minutes.",
    "Explain how you would bring a page down to under 30 seconds.",
    "How do you get a release from ten minutes to one minute?",
    "",
]


@pytest.mark.parametrize(("text", "seconds"), SAYS_SO.items())
def test_a_question_that_names_its_length_gets_it(alice, text, seconds):
    assert seconds_allowed(make_question(alice, text, difficulty="hard")) == seconds


@pytest.mark.parametrize("text", SAYS_NOTHING_OF_IT)
def test_minutes_within_the_matter_are_no_length_of_an_answer(alice, text):
    question = make_question(alice, text, difficulty="medium")
    assert seconds_allowed(question) == 240


@pytest.mark.parametrize(
    ("description", "outcome", "seconds"),
    [
        ("Say in two minutes who you are, what you have done and why this role is next.", "", 120),
        ("", "Three answers under two minutes, each with one figure.", 120),
        ("", "Four stories with numbers, each told in two minutes.", 120),
        ("", "Finish a design in 35 minutes with trade-offs named.", 180),
        ("", "Open a cold call in twenty seconds without sounding rehearsed.", 180),
    ],
)
def test_a_topic_of_two_minutes_gives_its_questions_two(alice, description, outcome, seconds):
    topic = make_plan(alice, topics=[topic_data(description=description, expected_outcome=outcome)], version=2)[0]
    assert seconds_allowed(make_question(alice, topic=topic, difficulty="easy")) == seconds


def test_a_question_of_the_bank_says_how_long_one_speaks_about_it(client, alice):
    session = make_session(alice)
    known, own = (make_question(alice, text) for text in (BANKED.text, "Why do you want to work here?"))
    client.force_login(alice)
    for question, said in ((known, True), (own, False)):
        page = client.get(reverse("study:attempt_detail", args=[answering.start_attempt(session, question).pk]))
        assert (", about 2 minutes spoken" in page.content.decode()) is said


@pytest.mark.parametrize(
    ("kind", "said", "seconds"),
    [
        ("behavioural", "2½ minutes", 300),
        ("situational", "2 minutes", 240),
        ("technical", "2½ minutes", 300),
        ("motivation", "1½ minutes", 180),
        ("case", "4 minutes", 420),
    ],
)
def test_a_kind_has_its_length_spoken_and_twice_that_to_type_it(alice, kind, said, seconds):
    for difficulty in ("easy", "hard"):
        question = make_question(alice, "Why this ward?", kind=kind, difficulty=difficulty)
        assert (spoken_length(question), seconds_allowed(question)) == (said, seconds)


def test_the_banks_own_length_and_one_that_is_named_come_before_that_of_the_kind(alice):
    banked = make_question(alice, BANKED.text, kind="case")
    assert (spoken_length(banked), seconds_allowed(banked)) == ("2 minutes", 2 * BANKED.seconds)
    named = make_question(alice, "Tell me about a slow service, in ninety seconds.", kind="behavioural")
    assert (spoken_length(named), seconds_allowed(named)) == ("1½ minutes", 90)
    short = next(one for topic in banks()["marketing"].topics for one in topic.questions if one.seconds == 45)
    asked = make_question(alice, short.text, kind=short.kind)
    assert (spoken_length(asked), seconds_allowed(asked)) == ("45 seconds", 90)


def test_clock_page_prompt_and_advice_know_one_length(client, alice):
    session = make_session(alice)
    question = make_question(alice, "Tell me about a slow payment service, in two minutes.", difficulty="medium")
    attempt = answering.start_attempt(session, question)
    page = reverse("study:attempt_detail", args=[attempt.pk])
    assert "2:00, since" in client.get(page).content.decode()
    answering.submit(attempt, ANSWER)
    type(attempt).objects.filter(pk=attempt.pk).update(seconds_taken=600)
    attempt.refresh_from_db()
    assert "Answered in 10:00" in client.get(page).content.decode()
    assert "of 2:00" in client.get(page).content.decode()
    inputs = marking.prompt_inputs(attempt)
    assert (inputs.seconds_used, inputs.seconds_allowed) == (600, 120)
    advice = " ".join(evaluate(inputs.model_dump())["improvement_areas"])
    assert "You took 10:00 where 2:00 were planned" in advice


@pytest.mark.parametrize(
    "answer", ["I helped a colleague with a broken script last year and it was fine.", "asdf qwer zxcv " * 6]
)
@pytest.mark.parametrize("allowed", [60, 90, 120, 240, 300])
def test_the_length_that_the_offline_coach_asks_for_fits_the_clock(answer, allowed):
    inputs = EvaluateAnswerInputs(
        question="Tell me about a conflict.", anchors=[], answer=answer, seconds_used=20, seconds_allowed=allowed
    )
    advice = " ".join(evaluate(inputs.model_dump())["improvement_areas"])
    asked = [int(word) for word in advice.split() if word.isdecimal()]
    assert f"about {asked[-1]} words" in advice or f"about {asked[-1]} would do" in advice
    # Between the speed at which people type and the one at which they speak.
    assert 25 <= asked[-1] / (allowed / 60) <= 130
