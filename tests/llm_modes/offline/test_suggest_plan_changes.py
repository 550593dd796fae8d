"""The offline coach changes a plan as asked, explains every change, and follows marks only where there are enough."""

import pytest

from tests.llm_modes.offline.asking import ask

PLAN = [
    {"name": "System design", "daily_study_minutes": 20},
    {"name": "Databases", "daily_study_minutes": 15},
    {"name": "Algorithms", "daily_study_minutes": 10},
]


def change(*feedback, trigger="chat", progress=(), minutes=45, plan=PLAN):
    topics = [
        {"priority": rank, "description": f"Practise {topic['name']}.", "expected_outcome": "Answer well.", **topic}
        for rank, topic in enumerate(plan, start=1)
    ]
    return ask(
        "suggest_plan_changes",
        role="Senior backend engineer",
        context="",
        daily_minutes=minutes,
        time_horizon_weeks=4,
        plan=topics,
        progress=list(progress),
        feedback=list(feedback),
        trigger=trigger,
    )


def minutes_of(suggestion):
    return {topic["name"]: topic["daily_study_minutes"] for topic in suggestion["plan_topics"]}


def kinds(suggestion):
    return {(entry["topic"], entry["change"]) for entry in suggestion["changes"]}


def progress(topic, strength, sessions, trend="steady"):
    return {
        "topic": topic, "strength_rating": strength, "minutes_spent": 60, "sessions": sessions, "trend": trend,
    }  # fmt: skip


def test_more_time_on_a_topic():
    suggestion = change("more time on databases please")

    assert minutes_of(suggestion)["Databases"] > 15
    assert suggestion["plan_overview"]["total_daily_minutes"] == 45


def test_less_on_one_and_more_on_another():
    suggestion = change("less on system design and more on algorithms")

    assert minutes_of(suggestion) == {"System design": 15, "Databases": 15, "Algorithms": 15}
    assert kinds(suggestion) == {("System design", "less_time"), ("Algorithms", "more_time")}


@pytest.mark.parametrize("feedback", ["drop algorithms", "remove Algorithms", "No algorithms, please."])
def test_a_topic_is_dropped(feedback):
    assert "Algorithms" not in minutes_of(change(feedback))


def test_a_topic_is_added_with_the_minutes_asked_for():
    suggestion = change("add salary talk (10 minutes)")

    assert minutes_of(suggestion)["Salary talk"] == 10
    assert suggestion["plan_topics"][-1]["name"] == "Salary talk"
    assert ("Salary talk", "added") in kinds(suggestion)


def test_a_total_is_kept_to():
    assert change("make it 30 minutes in total")["plan_overview"]["total_daily_minutes"] == 30


def test_a_total_beyond_the_time_there_is_stays_within_it_and_says_so():
    overview = change("make it 90 minutes in total")["plan_overview"]

    assert overview["total_daily_minutes"] == 45
    assert "45 minutes a day" in overview["rationale"]


def test_a_total_too_small_for_all_topics_drops_the_last():
    assert list(minutes_of(change("10 minutes a day"))) == ["System design", "Databases"]


def test_a_topic_comes_first():
    assert change("put algorithms first")["plan_topics"][0]["name"] == "Algorithms"


@pytest.mark.parametrize("feedback", ["why algorithms?", "make it harder", "what is system design?"])
def test_questions_and_wishes_for_other_levels_change_no_plan(feedback):
    assert change(feedback)["changes"] == []


def test_a_short_answer_is_read_without_the_coachs_question_behind_it():
    suggestion = change('thanks (The coach had said: Say "drop Databases".)')

    assert suggestion["changes"] == []


def test_what_is_not_understood_changes_nothing_and_is_said():
    suggestion = change("blue elephants")

    assert suggestion["changes"] == []
    assert "blue elephants" in suggestion["plan_overview"]["rationale"]


def test_a_plan_of_two_topics_does_not_lose_one():
    suggestion = change("drop databases", plan=PLAN[:2], minutes=35)

    assert "Databases" in minutes_of(suggestion)
    assert "two topics" in suggestion["plan_overview"]["rationale"]


def test_a_review_shifts_minutes_from_strong_to_weak_and_names_the_evidence():
    suggestion = change(
        trigger="review",
        progress=[
            progress("System design", 8.4, 5), progress("Databases", 6.5, 4), progress("Algorithms", 3.2, 4, "falling"),
        ],
    )  # fmt: skip

    assert minutes_of(suggestion)["Algorithms"] > 10
    assert minutes_of(suggestion)["System design"] < 20
    reasons = " ".join(entry["reason"] for entry in suggestion["changes"])
    assert "3.2 of 10 after 4 sessions" in reasons
    assert "8.4 of 10 after 5 sessions" in reasons


@pytest.mark.parametrize(
    "marks",
    [
        [],
        [progress("System design", 8.4, 1), progress("Algorithms", 3.2, 1)],
        [progress("System design", None, 4), progress("Algorithms", 3.2, 4)],
        [progress("System design", 6.8, 4), progress("Algorithms", 6.1, 4)],
    ],
)
def test_a_review_without_clear_evidence_keeps_the_plan(marks):
    suggestion = change(trigger="review", progress=marks)

    assert suggestion["changes"] == []
    assert "Everything stays as it is" in suggestion["plan_overview"]["rationale"]
