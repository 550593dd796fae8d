from dataclasses import replace

from llm_modes.suggest_plan_changes.differences import differences
from tests.factories import plan_data, topic_data

OLD = plan_data("Design", "Stories", "Algorithms")


def changed(index, **fields):
    return [replace(topic, **fields) if place == index else topic for place, topic in enumerate(OLD)]


def found(new, old=OLD):
    return [(difference.topic, difference.change) for difference in differences(old, new)]


def test_the_same_plan_has_no_difference():
    assert found(OLD) == []
    assert found([replace(topic) for topic in reversed(OLD)]) == []


def test_minutes_are_more_or_less_time():
    assert found(changed(0, daily_study_minutes=25)) == [("Design", "more_time")]
    assert found(changed(0, daily_study_minutes=5)) == [("Design", "less_time")]


def test_an_added_and_a_removed_topic_do_not_reprioritise_the_others():
    new = [topic_data("Testing", priority=1), replace(OLD[1], priority=2), replace(OLD[2], priority=3)]
    assert found(new) == [("Testing", "added"), ("Design", "removed")]


def test_a_swap_reprioritises_both():
    new = [replace(OLD[0], priority=2), replace(OLD[1], priority=1), OLD[2]]
    assert found(new) == [("Design", "reprioritised"), ("Stories", "reprioritised")]


def test_other_words_are_reworded_and_so_is_the_case_of_a_name():
    assert found(changed(1, description="Other")) == [("Stories", "reworded")]
    assert found(changed(1, expected_outcome="Other")) == [("Stories", "reworded")]
    assert found(changed(1, name="STORIES ")) == [("STORIES ", "reworded")]


def test_one_topic_may_change_in_several_ways():
    new = [replace(OLD[0], priority=2, daily_study_minutes=30, description="x"), replace(OLD[1], priority=1), OLD[2]]
    assert found(new)[:3] == [("Design", "more_time"), ("Design", "reprioritised"), ("Design", "reworded")]


def test_a_renamed_topic_is_another_topic():
    assert found(changed(0, name="Architecture")) == [("Architecture", "added"), ("Design", "removed")]
