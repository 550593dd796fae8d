import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.suggest_plan.plan import Topic, plan_errors
from tests.fake_llm import a_plan, a_topic
from tests.llm_modes.checking import inputs_for, read


def plan(*minutes, **overview):
    topics = [a_topic(f"Topic {place}", priority=place, minutes=each) for place, each in enumerate(minutes, start=1)]
    return a_plan(*topics, **overview)


def with_topic(index, **fields):
    reply = plan(10, 10, 10)
    reply["plan_topics"][index].update(fields)
    return reply


def test_a_plan_that_keeps_the_rules_is_accepted():
    reply = read("suggest_plan", plan(15, 10, 5))
    assert [topic.daily_study_minutes for topic in reply.plan_topics] == [15, 10, 5]
    assert reply.plan_overview.total_daily_minutes == 30


@pytest.mark.parametrize("count", [1, 9])
def test_fewer_than_2_and_more_than_8_topics_are_refused(count):
    with pytest.raises(ValidationError):
        read("suggest_plan", plan(*[5] * count), inputs_for("suggest_plan", daily_minutes=400))


@pytest.mark.parametrize("count", [2, 8])
def test_2_and_8_topics_are_accepted(count):
    read("suggest_plan", plan(*[5] * count), inputs_for("suggest_plan", daily_minutes=40))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (with_topic(1, name="TOPIC 1 "), "a name of its own"),
        (with_topic(1, priority=1), "Priorities have to be 1 to 3, each once"),
        (with_topic(2, priority=4), "Priorities have to be 1 to 3, each once"),
        (with_topic(2, priority=0), "greater than or equal to 1"),
        (with_topic(0, daily_study_minutes=4), "greater than or equal to 5"),
        (plan(10, 10, total_daily_minutes=25), "add up to 20, not to the total of 25"),
        (plan(20, 30), "takes 50 minutes a day; the candidate has 45"),
        (with_topic(0, name="one two three four"), "at most 3 words"),
        (with_topic(0, description="word " * 21), "at most 20 words"),
        (with_topic(0, expected_outcome="word " * 16), "at most 15 words"),
        (plan(10, 10, rationale="word " * 61), "at most 60 words"),
        (plan(10, 10, rationale=""), "must not be empty"),
        (plan(10, 10, role=""), "1 to 100 characters"),
        (plan(10, 10, time_horizon_weeks=0), "greater than or equal to 1"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused_with_the_reason(reply, reason):
    with pytest.raises(ValidationError, match=reason):
        read("suggest_plan", reply)


def test_less_time_than_the_candidate_has_is_fine():
    read("suggest_plan", plan(5, 5))


@pytest.mark.parametrize(
    ("minutes", "stated", "available", "said"),
    [
        ([30, 20, 15], 45, 45, "total_daily_minutes 45 with daily_study_minutes 20, 15, 10, in this order, would fit."),
        ([40, 40], 80, 45, "total_daily_minutes 45 with daily_study_minutes 25, 20, in this order, would fit."),
        ([480, 5], 12, 60, "total_daily_minutes 12 with daily_study_minutes 7, 5, in this order, would fit."),
        ([5, 5, 5], 10, 60, ""),
    ],
)
def test_a_model_that_cannot_add_is_told_minutes_that_fit(minutes, stated, available, said):
    topics = [Topic(name=f"T{n}", priority=n, daily_study_minutes=m) for n, m in enumerate(minutes, start=1)]
    errors = plan_errors(topics, stated=stated, available=available)
    assert errors and (errors[-1] == said if said else all("would fit" not in error for error in errors))


def test_a_server_with_a_grammar_lets_no_plan_take_more_time_than_there_is():
    reply, inputs = MODES["suggest_plan"].reply, inputs_for("suggest_plan", daily_minutes=20)
    schema = reply.left_by(inputs, reply.model_json_schema())["properties"]
    assert schema["plan_topics"]["maxItems"] == 4
    assert schema["plan_topics"]["items"]["properties"]["daily_study_minutes"]["maximum"] == 15
    assert schema["plan_overview"]["properties"]["total_daily_minutes"]["maximum"] == 20
