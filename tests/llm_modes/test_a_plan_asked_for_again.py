"""A plan whose numbers break the rules is asked for again by a schema that leaves right ones only."""

import json
from dataclasses import replace

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import checking_against
from llm_modes.models import Dialect, LLMCall
from llm_modes.suggest_plan.plan import MIN_DAILY_MINUTES, Topic, nearest_plan, rules_broken_by, total
from tests.fake_llm import a_plan, a_plan_change, a_topic
from tests.llm_modes.checking import inputs_for, read
from tests.llm_modes.provider.test_dialect import ask, refusal, schema_of

PLANS = ("suggest_plan", "suggest_plan_changes")
IN_FORCE = MODES["suggest_plan_changes"].example.inputs.plan


def a_wrong_plan(mode, *, stated=40, minutes=(30, 20, 5), names=("One", "Two", "Three"), priorities=(1, 2, 3)):
    """Its minutes come to 55, and not to what is stated; of changes it says one that is not there."""
    told = zip(names, priorities, minutes, strict=True)
    topics = [a_topic(name, priority=priority, minutes=each) for name, priority, each in told]
    plan = {**a_plan(), "plan_topics": topics}
    plan["plan_overview"]["total_daily_minutes"] = stated
    changes = [{"topic": "One", "change": "less_time", "reason": "It goes well."}]
    return plan if mode == "suggest_plan" else {"changes": changes, **plan}


def schema_after(mode, reply, **inputs):
    """The schema that is sent after this reply."""
    inputs, kind = inputs_for(mode, **{"daily_minutes": 45, **inputs}), MODES[mode].reply
    with checking_against(inputs):
        return kind.left_by_reply(inputs, json.dumps(reply), kind.left_by(inputs, kind.model_json_schema()))


def written_by(schema):
    """What a model writes that a grammar holds to this schema: copies, and the same words everywhere else."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: written_by(part) for name, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [written_by(part) for part in schema.get("prefixItems", ())]
    return schema.get("minimum", 1) if schema["type"] == "integer" else "So it is."


@pytest.mark.parametrize("mode", PLANS)
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"stated": 45},
        {"stated": 400},
        {"stated": 0},
        {"stated": "many"},
        {"minutes": (float("inf"), True, None)},
        {"minutes": (480, 5, 0)},
        {"minutes": (999, 5.5, "7")},
        {"priorities": (1, 1, 1)},
        {"priorities": (8, 0, 3)},
        {"names": ("One", "ONE", "Three")},
        {"names": ("One", "one", "ONE")},
        {"names": ("one two three four five", "Two", "Three")},
    ],
)
def test_what_a_model_then_writes_is_valid_whatever_its_first_numbers_were(mode, wrong):
    schema = schema_after(mode, a_wrong_plan(mode, **wrong))
    written = written_by(schema)
    assert jsonschema_rs.validator_for(schema).is_valid(written)
    topics = read(mode, written, inputs_for(mode, daily_minutes=45)).topics
    assert total(topics) == written["plan_overview"]["total_daily_minutes"] <= 45


@pytest.mark.parametrize("mode", PLANS)
def test_its_topics_stay_with_their_words_and_about_their_minutes(mode):
    first = a_wrong_plan(mode, stated=40, minutes=(30, 20, 5))
    [*topics] = written_by(schema_after(mode, first))["plan_topics"]
    assert [topic["daily_study_minutes"] for topic in topics] == [20, 15, 5]
    for topic, before in zip(topics, first["plan_topics"], strict=True):
        assert {**topic, "daily_study_minutes": before["daily_study_minutes"]} == before


@pytest.mark.parametrize("mode", PLANS)
def test_a_topic_that_cannot_be_read_goes(mode):
    first = a_wrong_plan(mode)
    first["plan_topics"][1] |= {"name": "\n \t"}
    written = written_by(schema_after(mode, first))
    assert [topic["name"] for topic in written["plan_topics"]] == ["One", "Three"]
    assert read(mode, written, inputs_for(mode, daily_minutes=45))


def test_minutes_that_add_up_stay_as_they_are():
    first = a_wrong_plan("suggest_plan", stated=41, minutes=(23, 13, 5), priorities=(3, 3, 1))
    topics = written_by(schema_after("suggest_plan", first))["plan_topics"]
    assert [(topic["daily_study_minutes"], topic["priority"]) for topic in topics] == [(23, 2), (13, 3), (5, 1)]


def test_every_real_change_is_left_to_explain_and_no_other():
    first, second, *others = IN_FORCE
    longer = replace(first, daily_study_minutes=first.daily_study_minutes + 5)
    reply = a_plan_change(longer, replace(second, name="Testing"), *others)
    changes = written_by(schema_after("suggest_plan_changes", reply, daily_minutes=480))["changes"]
    assert [(change["topic"], change["change"]) for change in changes] == [
        (first.name, "more_time"),
        ("Testing", "added"),
        (second.name, "removed"),
    ]


@pytest.mark.parametrize(("change", "kept"), [("reworded", False), ("more_time", True)])
def test_words_that_are_not_said_to_be_changed_are_those_of_the_plan(change, kept):
    first, *others = IN_FORCE
    reworded = replace(first, description="Drawing boxes.", daily_study_minutes=20)
    reply = a_plan_change(reworded, *others, changes=[(first.name, change)], total_daily_minutes=1)
    written = written_by(schema_after("suggest_plan_changes", reply))
    assert (written["plan_topics"][0]["description"] == first.description) == kept
    assert ("reworded" not in [change["change"] for change in written["changes"]]) == kept


def test_where_nothing_changes_no_change_is_left():
    reply = a_plan_change(*IN_FORCE, changes=[(IN_FORCE[0].name, "more_time")])
    schema = schema_after("suggest_plan_changes", reply)
    assert schema["properties"]["changes"]["maxItems"] == 0
    assert read("suggest_plan_changes", written_by(schema)).changes == []


@pytest.mark.parametrize("mode", PLANS)
@pytest.mark.parametrize("broken", [{}, {"plan_topics": None}, {"plan_topics": [5]}, {"plan_overview": []}])
def test_a_plan_that_cannot_be_read_leaves_the_schema_as_it_is(mode, broken):
    inputs, kind = inputs_for(mode, daily_minutes=45), MODES[mode].reply
    reply = {**a_wrong_plan(mode), **broken} if broken else broken
    assert schema_after(mode, reply) == kind.left_by(inputs, kind.model_json_schema())


TOPICS = st.builds(
    Topic,
    name=st.sampled_from(["A", "a", "B", "C", "D", "E", "F", "G", "H", "I", "J"]),
    priority=st.integers(1, 8),
    daily_study_minutes=st.integers(5, 480),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TOPICS, max_size=10), st.integers(10, 480), st.none() | st.integers(MIN_DAILY_MINUTES, 480))
def test_the_nearest_plan_breaks_no_rule(topics, stated, available):
    other = Topic(name="Other", daily_study_minutes=5)
    plan = nearest_plan(topics, stated=stated, available=available, others=[other])
    assert not plan or not rules_broken_by(plan, stated=total(plan), available=available)
    assert plan or not topics


# --- over HTTP -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("mode", PLANS)
def test_a_server_that_holds_its_model_to_the_schema_brings_a_valid_plan(fake_llm, mode):
    fake_llm.reply(a_wrong_plan(mode))
    fake_llm.reply(lambda request: written_by(schema_of(request)))
    assert total(ask(mode, inputs=inputs_for(mode, daily_minutes=45)).reply.topics) == 40
    assert [call.outcome for call in LLMCall.objects.order_by("pk")] == ["invalid_reply", "ok"]


@pytest.mark.django_db
@pytest.mark.parametrize("second", ["as long", "wrong"])
def test_texts_that_are_too_long_are_left_to_the_model_and_clipped_if_its_second_plan_is_no_better(fake_llm, second):
    topics = a_wrong_plan("suggest_plan", minutes=(20, 10, 5))["plan_topics"]
    reply = a_plan(*topics, rationale="word " * 61, total_daily_minutes="35 min")
    fake_llm.reply(reply)
    fake_llm.reply(reply if second == "as long" else a_wrong_plan("suggest_plan"))
    answer = ask("suggest_plan").reply
    assert total(answer.topics) == 35 and answer.plan_overview.rationale.endswith("word…")
    assert schema_of(fake_llm.requests[0]) == schema_of(fake_llm.requests[1])
    calls = LLMCall.objects.order_by("pk")
    assert [(call.outcome, call.mended) for call in calls] == (
        [("invalid_reply", 0), ("ok", 1)] if second == "as long" else [("invalid_reply", 1), ("invalid_reply", 0)]
    )


@pytest.mark.django_db
def test_a_server_that_does_not_take_such_a_schema_is_asked_by_the_usual_one_and_nothing_is_learned(fake_llm):
    said = refusal(400, "Invalid schema for response_format: 'prefixItems' is not permitted.")
    fake_llm.refuses = lambda request: said if "prefixItems" in json.dumps(schema_of(request)) else None
    for _asked_twice in range(2):
        fake_llm.reply(a_wrong_plan("suggest_plan"))
    with pytest.raises(LLMFailure, match="invalid_reply"):
        ask("suggest_plan")
    assert [call.outcome for call in LLMCall.objects.order_by("pk")] == ["invalid_reply", "dialect", "invalid_reply"]
    assert schema_of(fake_llm.requests[0]) == schema_of(fake_llm.requests[-1])
    assert not Dialect.objects.exists()
