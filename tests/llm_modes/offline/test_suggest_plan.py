"""The offline coach's plans fit role, weak spots, time and motivation."""

import pytest

from tests.llm_modes.offline.asking import ask


def plan(role="nurse", minutes=30, weak="drug calculations", motivation="medium", context=""):
    return ask(
        "suggest_plan", role=role, context=context, daily_minutes=minutes, weaknesses=weak, motivation=motivation
    )


def names(suggestion):
    return [topic["name"] for topic in suggestion["plan_topics"]]


def test_weak_spots_come_first_and_get_most():
    topics = plan(role="Senior backend engineer", weak="databases, system design", minutes=45)["plan_topics"]

    assert [topic["name"] for topic in topics[:2]] == ["Databases", "System design"]
    assert topics[0]["daily_study_minutes"] > topics[-1]["daily_study_minutes"]


def test_a_weak_spot_no_bank_knows_becomes_a_topic_of_its_own():
    assert "Underwater welding" in names(plan(role="diver", weak="underwater welding"))


def test_the_plan_fits_the_role():
    assert not set(names(plan(role="Senior backend engineer", weak=""))) & set(names(plan(role="nurse", weak="")))


@pytest.mark.parametrize("minutes", [10, 11, 14, 15, 20, 33, 60, 480])
@pytest.mark.parametrize("motivation", ["low", "medium", "high"])
def test_minutes_add_up_within_the_time_there_is(minutes, motivation):
    suggestion = plan(minutes=minutes, motivation=motivation)
    total = sum(topic["daily_study_minutes"] for topic in suggestion["plan_topics"])

    assert suggestion["plan_overview"]["total_daily_minutes"] == total <= minutes


def test_low_motivation_gets_a_shorter_plan_with_fewer_topics():
    low, high = plan(minutes=60, motivation="low"), plan(minutes=60, motivation="high")

    assert len(low["plan_topics"]) < len(high["plan_topics"])
    assert low["plan_overview"]["total_daily_minutes"] < high["plan_overview"]["total_daily_minutes"]
    assert "short" in low["plan_overview"]["rationale"]


def test_the_rationale_names_what_it_rests_on():
    rationale = plan(weak="drug calculations")["plan_overview"]["rationale"]

    assert "drug calculations" in rationale
    assert "30 minutes" in rationale


def test_a_long_weak_spot_that_is_cut_ends_once():
    told = plan(weak="whenever a relative shouts at me on the corridor in front of all the others I go silent")

    assert "…." not in str(told)


@pytest.mark.parametrize(
    "last", ["quite motivated (The coach had said: How motivated are you?)", "Ich rede schlecht über mich selbst"]
)
def test_the_answer_that_completes_the_picture_is_not_read_as_a_wish_for_changes(last):
    suggestion = ask(
        "suggest_plan", role="nurse", context="", daily_minutes=20, weaknesses=last, motivation="high", feedback=[last]
    )

    assert "found no change" not in suggestion["plan_overview"]["rationale"]


@pytest.mark.parametrize(
    "weak", ["my english, the gap in my CV, medication questions", "medication, infection control"]
)
def test_a_weak_spot_that_the_role_asks_for_goes_before_a_topic_that_nobody_named(weak):
    suggestion = plan(role="nurse", minutes=20, weak=weak, motivation="high")

    assert "Medication safety" in names(suggestion)
    assert "Patient assessment" not in names(suggestion)
    rationale = suggestion["plan_overview"]["rationale"]
    assert "20 of 20 minutes" in rationale
    assert "The rest" not in rationale


@pytest.mark.parametrize(
    ("told", "role", "minutes", "weak", "motivation"),
    [
        (
            "I am a nurse. 30 minutes a day. Weak at talking about mistakes and at drug calculations. "
            "Motivation is high.",
            "nurse",
            30,
            "talking about mistakes and drug calculations",
            "high",
        ),
        (
            "I want to become a product manager. I have 45 minutes a day, I struggle with estimation questions, "
            "and I am very motivated.",
            "product manager",
            45,
            "estimation questions",
            "high",
        ),
        ("Teacher. I have 20 minutes a day. I am weak in maths. My motivation is low.", "teacher", 20, "maths", "low"),
    ],
)
def test_one_message_that_tells_everything_asks_for_no_changes_of_the_plan(told, role, minutes, weak, motivation):
    inputs = {"role": role, "context": "", "daily_minutes": minutes, "weaknesses": weak, "motivation": motivation}

    assert ask("suggest_plan", **inputs, feedback=[told]) == ask("suggest_plan", **inputs)


def test_a_wish_beside_what_one_tells_of_oneself_is_carried_out():
    told = "I am a nurse. I am weak at drug calculations. Please add a topic on teamwork."
    inputs = {"role": "nurse", "context": "", "daily_minutes": 45, "weaknesses": "drug calculations"}

    assert "Teamwork" in str(names(ask("suggest_plan", **inputs, motivation="high", feedback=[told])))
