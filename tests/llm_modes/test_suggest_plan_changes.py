import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from tests.factories import plan_data
from tests.fake_llm import a_plan_change, count_tokens
from tests.llm_modes.checking import inputs_for, read

OLD = plan_data("System design", "Conflict stories")  # 20 and 15 minutes


def changed(*, changes=(), **minutes):
    topics = [
        {**topic, "daily_study_minutes": minutes.get(f"m{place}", topic["daily_study_minutes"])}
        for place, topic in enumerate(OLD)
    ]
    return a_plan_change(*topics, changes=list(changes))


def check(reply, daily_minutes=60, **fields):
    return read(
        "suggest_plan_changes",
        reply,
        inputs_for("suggest_plan_changes", plan=OLD, daily_minutes=daily_minutes, **fields),
    )


def test_every_change_with_a_reason_is_accepted():
    reply = check(changed(m0=30, changes=[("system DESIGN", "more_time")]))
    assert [(change.topic, change.change) for change in reply.changes] == [("system DESIGN", "more_time")]


def test_no_change_at_all_is_a_valid_reply():
    assert check(changed()).changes == []


def test_a_change_without_a_reason_is_refused():
    with pytest.raises(ValidationError, match="'system design' is more_time without a reason"):
        check(changed(m0=30))


def test_a_reason_for_a_change_that_is_not_there_is_refused():
    with pytest.raises(ValidationError, match="changes says 'conflict stories' is less_time, the plan does not"):
        check(changed(changes=[("Conflict stories", "less_time")]))


def test_a_reason_that_names_the_wrong_kind_of_change_is_refused():
    with pytest.raises(ValidationError) as refused:
        check(changed(m0=30, changes=[("System design", "reprioritised")]))
    assert "without a reason" in str(refused.value)
    assert "the plan does not" in str(refused.value)


def test_an_empty_reason_is_refused():
    reply = changed(m0=30, changes=[("System design", "more_time")])
    reply["changes"][0]["reason"] = " "
    with pytest.raises(ValidationError, match="must not be empty"):
        check(reply)


def test_a_removed_and_an_added_topic_need_their_reasons():
    topics = [{**OLD[0]}, {**OLD[1], "name": "Testing"}]
    with pytest.raises(ValidationError, match="'conflict stories' is removed without a reason"):
        check(a_plan_change(*topics, changes=[("Testing", "added")]))
    check(a_plan_change(*topics, changes=[("Testing", "added"), ("Conflict stories", "removed")]))


def test_a_topic_that_is_kept_may_be_as_the_candidate_made_it():
    plan = [
        {**OLD[0], "name": "My own long name for it", "description": "R&D with  <b>care</b>"},
        {**OLD[1], "description": "", "expected_outcome": "word " * 30},
    ]
    escaped = {**plan[0], "description": "R&amp;D with &lt;b&gt;care&lt;/b&gt;"}
    for reply in (a_plan_change(*plan), a_plan_change(escaped, {**plan[1], "description": "(nothing)"})):
        inputs = inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60)
        kept = read("suggest_plan_changes", reply, inputs).plan_topics
        assert [topic.model_dump() for topic in kept] == plan


def test_a_new_text_keeps_the_limits():
    with pytest.raises(ValidationError, match="at most 20 words"):
        check(a_plan_change({**OLD[0], "description": "word " * 21}, OLD[1], changes=[("System design", "reworded")]))


def test_the_rules_of_a_plan_hold_too():
    with pytest.raises(ValidationError, match="the candidate has 30"):
        check(changed(), daily_minutes=30)


def test_a_reason_has_at_most_25_words():
    reply = changed(m0=30, changes=[("System design", "more_time")])
    reply["changes"][0]["reason"] = "word " * 26
    with pytest.raises(ValidationError, match="at most 25 words"):
        check(reply)


def test_the_candidates_last_words_are_in_the_prompt_however_many_there_are():
    feedback = [f"line {number} " + "more of it " * 50 for number in range(60)]
    inputs = inputs_for("suggest_plan_changes", plan=OLD, feedback=feedback)
    prompt = MODES["suggest_plan_changes"].messages(inputs)[1]["content"]
    assert "- line 59 " in prompt
    assert "- line 1 " not in prompt
    assert count_tokens(prompt) < 1600


def test_a_name_escaped_as_in_the_prompt_is_the_plans_own_in_plan_and_changes():
    plan = plan_data("R&D", "SQL")
    given = [{**plan[0], "name": "R&amp;D", "daily_study_minutes": 10}, plan[1]]
    reply = read(
        "suggest_plan_changes",
        a_plan_change(*given, changes=[("R&amp;D", "less_time")]),
        inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60),
    )
    assert reply.plan_topics[0].name == reply.changes[0].topic == "R&D"


def test_a_name_counts_as_the_same_however_its_words_are_spaced():
    plan = plan_data("System\u2003 design", "SQL")
    given = [{**plan[0], "daily_study_minutes": 10}, plan[1]]
    reply = read(
        "suggest_plan_changes",
        a_plan_change(*given, changes=[("System design", "less_time")]),
        inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60),
    )
    assert reply.plan_topics[0].name == plan[0]["name"]


def test_a_name_counts_as_the_same_whatever_its_apostrophes_dashes_and_accents_are_typed_with():
    plan = plan_data("Driver’s  re\u0301sume\u0301 – API", "C++")
    given = [{**plan[0], "name": "Driver's résumé - API", "daily_study_minutes": 10}, plan[1]]
    reply = read(
        "suggest_plan_changes",
        a_plan_change(*given, changes=[("Driver's résumé - API", "less_time")]),
        inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60),
    )
    assert reply.plan_topics[0].name == reply.changes[0].topic == plan[0]["name"]


def test_names_that_differ_by_a_sign_are_other_topics():
    plan = plan_data("C++", "C#", "C")
    given = [plan[0], {**plan[1], "daily_study_minutes": 10}, plan[2]]
    inputs = inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60)
    read("suggest_plan_changes", a_plan_change(*given, changes=[("C#", "less_time")]), inputs)
    with pytest.raises(ValidationError, match="changes says 'c' is less_time"):
        read("suggest_plan_changes", a_plan_change(*given, changes=[("C", "less_time")]), inputs)
