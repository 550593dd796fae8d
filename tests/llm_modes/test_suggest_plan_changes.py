from dataclasses import replace

import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.language.words import clipping
from tests.factories import plan_data
from tests.fake_llm import a_plan_change, count_tokens
from tests.llm_modes.checking import inputs_for, read

OLD = plan_data("System design", "Conflict stories")  # 20 and 15 minutes


def changed(*, changes=(), **minutes):
    topics = [
        replace(topic, daily_study_minutes=minutes.get(f"m{place}", topic.daily_study_minutes))
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
    with pytest.raises(ValidationError, match=r"plan_topics\[0\] is more_time without a reason"):
        check(changed(m0=30))


def test_a_reason_for_a_change_that_is_not_there_is_refused():
    with pytest.raises(ValidationError, match=r"changes\[0\] says less_time of plan_topics\[1\], the plan does not"):
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
    topics = [OLD[0], replace(OLD[1], name="Testing")]
    with pytest.raises(ValidationError, match="topic 2 of plan is removed without a reason"):
        check(a_plan_change(*topics, changes=[("Testing", "added")]))
    check(a_plan_change(*topics, changes=[("Testing", "added"), ("Conflict stories", "removed")]))


def test_a_topic_that_is_kept_may_be_as_the_candidate_made_it():
    plan = [
        replace(OLD[0], name="My own long name for it", description="R&D with  <b>care</b>"),
        replace(OLD[1], description="", expected_outcome="word " * 30),
    ]
    escaped = replace(plan[0], description="R&amp;D with &lt;b&gt;care&lt;/b&gt;")
    for reply in (a_plan_change(*plan), a_plan_change(escaped, replace(plan[1], description="(nothing)"))):
        inputs = inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60)
        kept = read("suggest_plan_changes", reply, inputs).plan_topics
        assert [topic.model_dump() for topic in kept] == [topic.as_json() for topic in plan]


def test_a_new_text_keeps_the_limits():
    with pytest.raises(ValidationError, match="at most 20 words"):
        check(a_plan_change(replace(OLD[0], description="word " * 21), OLD[1], changes=[("System design", "reworded")]))


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
    given = [replace(plan[0], name="R&amp;D", daily_study_minutes=10), plan[1]]
    reply = read(
        "suggest_plan_changes",
        a_plan_change(*given, changes=[("R&amp;D", "less_time")]),
        inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60),
    )
    assert reply.plan_topics[0].name == reply.changes[0].topic == "R&D"


def test_a_name_counts_as_the_same_however_its_words_are_spaced():
    plan = plan_data("System\u2003 design", "SQL")
    given = [replace(plan[0], daily_study_minutes=10), plan[1]]
    reply = read(
        "suggest_plan_changes",
        a_plan_change(*given, changes=[("System design", "less_time")]),
        inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60),
    )
    assert reply.plan_topics[0].name == plan[0].name


def test_a_name_counts_as_the_same_whatever_its_apostrophes_dashes_and_accents_are_typed_with():
    plan = plan_data("Driver’s  re\u0301sume\u0301 – API", "C++")
    given = [replace(plan[0], name="Driver's résumé - API", daily_study_minutes=10), plan[1]]
    reply = read(
        "suggest_plan_changes",
        a_plan_change(*given, changes=[("Driver's résumé - API", "less_time")]),
        inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60),
    )
    assert reply.plan_topics[0].name == reply.changes[0].topic == plan[0].name


def test_names_that_differ_by_a_sign_are_other_topics():
    plan = plan_data("C++", "C#", "C")
    given = [plan[0], replace(plan[1], daily_study_minutes=10), plan[2]]
    inputs = inputs_for("suggest_plan_changes", plan=plan, daily_minutes=60)
    read("suggest_plan_changes", a_plan_change(*given, changes=[("C#", "less_time")]), inputs)
    with pytest.raises(ValidationError, match=r"changes\[0\] says less_time of plan_topics\[2\]"):
        read("suggest_plan_changes", a_plan_change(*given, changes=[("C", "less_time")]), inputs)


# --- a review --------------------------------------------------------------------------------------------------------


def review(reply, *, signals=(), not_now=(), daily_minutes=60):
    return check(reply, daily_minutes, trigger="review", signals=list(signals), not_now=list(not_now))


def test_what_a_review_sees_takes_at_most_120_tokens_however_much_there_is():
    names = [f"Verhandlungsführung unter Zeitdruck {number}" for number in range(8)]
    signals = [
        {"topic": name, "signal": "stuck", "rung": 4, "evidence": "sessions 12, last three 3.2, answers 31, gained 0.2"}
        for name in names
    ]
    not_now = [{"topic": name, "change": "reprioritised", "why": "refused"} for name in names]
    week = {"planned": 1260, "done": 130, "signal": "more planned than done"}
    inputs = inputs_for("suggest_plan_changes", trigger="review", week=week, signals=signals, not_now=not_now)
    seen = "\n".join(inputs.seen())
    assert count_tokens(seen) <= 120
    assert "7 days: 1260 min planned, 130 done: more planned than done" in seen
    assert f"{names[0]}: stuck, rung 4, sessions 12" in seen
    assert f"not now: reprioritised {names[0]}" in seen
    assert seen in MODES["suggest_plan_changes"].messages(inputs)[1]["content"]


@pytest.mark.parametrize(("minutes", "too_far"), [(30, False), (31, True)])
def test_a_review_moves_a_topic_by_ten_minutes_or_a_quarter_of_the_day(minutes, too_far):
    reply = changed(m0=minutes, changes=[("System design", "more_time")])
    check(reply)  # the candidate may wish for more
    if too_far:
        with pytest.raises(ValidationError, match=r"plan_topics\[0\] moves by 11 minutes; .* at most 10"):
            review(reply)
        with clipping():
            review(reply)  # read a last time, to keep the plan
    else:
        review(reply)


def test_a_topic_goes_whole_only_where_it_was_never_practised():
    plan = plan_data("System design", "Conflict stories", "Algorithms")
    less = a_plan_change(*plan[1:], changes=[("System design", "removed")])
    less["plan_topics"] = [replace(topic, priority=place).as_json() for place, topic in enumerate(plan[1:], start=1)]
    fields = {"plan": plan, "daily_minutes": 60, "trigger": "review"}
    with pytest.raises(ValidationError, match=r"(plan_topics\[0\]|topic 1 of plan) moves by 20 minutes"):
        read("suggest_plan_changes", less, inputs_for("suggest_plan_changes", **fields))
    untouched = [{"topic": "System Design", "signal": "untouched"}]
    read("suggest_plan_changes", less, inputs_for("suggest_plan_changes", **fields, signals=untouched))


def test_a_review_proposes_nothing_that_is_not_to_be_brought_up_now():
    silent = [{"topic": "system DESIGN", "change": "more_time", "why": "refused"}]
    with pytest.raises(ValidationError, match=r"more_time of plan_topics\[0\] is not to be proposed now"):
        review(changed(m0=25, changes=[("System design", "more_time")]), not_now=silent)
    review(changed(m0=15, changes=[("System design", "less_time")]), not_now=silent)


def test_a_plan_longer_than_the_day_becomes_shorter_whatever_was_refused():
    silent = [{"topic": "System design", "change": "less_time", "why": "refused"}]
    review(changed(m0=5, changes=[("System design", "less_time")]), not_now=silent, daily_minutes=20)
