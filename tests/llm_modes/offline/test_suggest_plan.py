"""The offline coach's first plan fits role, weak spots, time and motivation, and names nothing that nobody named."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_modes.language.folding import folded
from llm_modes.offline.bank import general, role_bank
from llm_modes.offline.weak_spots import spots_of
from tests.llm_modes.offline.asking import ask


def plan(role="nurse", minutes=30, weak="drug calculations", motivation="medium", context="", **more):
    return ask(
        "suggest_plan",
        role=role,
        context=context,
        daily_minutes=minutes,
        weaknesses=weak,
        motivation=motivation,
        **more,
    )


def names(suggestion):
    return [topic["name"] for topic in suggestion["plan_topics"]]


def rationale(suggestion):
    return suggestion["plan_overview"]["rationale"]


def total(suggestion):
    return sum(topic["daily_study_minutes"] for topic in suggestion["plan_topics"])


# --- weak spots ------------------------------------------------------------------------------------------------------


def test_weak_spots_come_first_and_get_most():
    topics = plan(role="Senior backend engineer", weak="databases\nsystem design", minutes=45)["plan_topics"]
    assert [topic["name"] for topic in topics[:2]] == ["Databases", "System design"]
    assert topics[0]["daily_study_minutes"] > topics[-1]["daily_study_minutes"]


@pytest.mark.parametrize(
    ("role", "weak", "topics"),
    [
        ("engineer", "databases, system design and algorithms", ["Databases", "System design", "Algorithms"]),
        ("engineer", "distributed systems", ["System design"]),
        ("engineer", "Clear, brief answers", ["Clear, brief answers"]),
        ("nurse", "drug calculations; talking about mistakes", ["Medication safety", "Mistakes and learning"]),
        ("nurse", "medication questions", ["Medication safety"]),
        ("diver", "underwater welding", ["Underwater welding"]),
        ("engineer", "zumba\nGo\nC++ templates", ["Zumba", "Go", "C++ templates"]),
        ("engineer", "databases, zumba", ["Databases", "Zumba"]),
        ("engineer", "high motivation, interview in 9 days", []),
        ("engineer", "high motivation\n9 days\nthose\nplease\nnot sure yet\nI am tired", []),
        ("engineer", "I always forget what I wanted to say when people look at me", []),
        ("nurse", "Ich rede schlecht über mich selbst", []),
    ],
)
def test_a_weak_spot_is_a_topic_only_where_the_bank_or_a_short_line_clearly_names_one(role, weak, topics):
    assert [name for name in spots_of(weak, role_bank(role)).values() if name] == topics


def test_a_short_part_of_a_line_is_a_topic_in_its_own_words_where_there_is_room():
    assert names(plan(role="engineer", weak="databases, zumba"))[:2] == ["Databases", "Zumba"]
    said = rationale(plan(role="engineer", weak="databases\nzumba\nyoga", minutes=15))
    assert "15 minutes a day have no room for Yoga yet." in said
    assert "I found no place" not in said


def test_weak_spots_are_told_by_the_names_that_their_topics_have_and_only_those_that_were_read():
    assert "Your weak spots come first: Handling conflict." in rationale(plan(weak="Negotiation"))
    said = rationale(plan(weak="Ich rede schlecht\nSQL"))
    assert "Your weak spots come first: SQL." in said
    assert "Ich rede" not in said
    moved = rationale(plan(weak="SQL", minutes=45, feedback=["Patient assessment first"]))
    assert "come first" not in moved


def test_what_no_topic_was_found_for_is_said_and_how_to_add_one():
    said = rationale(plan(weak="I always forget what I wanted to say when people look at me"))
    assert "I found no place for “I always forget what I wanted to say…”: say “add” and a name" in said
    assert "I found no place" not in rationale(plan(weak="not sure yet"))
    assert "No weak spot is named yet" in rationale(plan(weak="not sure yet"))


SAID = st.sampled_from(
    ["high motivation", "interview in 9 days", "databases", "system design at Stripe", "those", "Zumba", "add", "hello",
     "walk through one failure", "I am a senior engineer", "30 minutes a day", "SQL", "my nerves", "", "не знаю"]
)  # fmt: skip
ROLES = st.sampled_from(["nurse", "Backend engineer", "diver", "", "软件工程师", "Lehrerin", "returning teacher"])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ROLES,
    st.lists(SAID, max_size=5),
    st.sampled_from(["\n", ", ", ". ", "; ", " and "]),
    st.integers(10, 480),
    st.sampled_from(["low", "medium", "high", ""]),
    st.lists(SAID, max_size=2),
)
def test_every_topic_is_the_banks_or_in_the_candidates_exact_words_and_sums_fit(
    role, weak, joint, minutes, motivation, context
):
    said = joint.join(weak)
    suggestion = plan(role, minutes, said, motivation, "\n".join(context))
    of_bank = {topic.name for bank in (role_bank(role), general()) for topic in bank.topics}
    for name in names(suggestion):
        assert name in of_bank or folded(name) in folded(said)
    assert set(names(suggestion)).isdisjoint({"High", "Those", "Add", "Hello", "High motivation", "Interview 9 days"})
    assert suggestion == plan(role, minutes, said, motivation)  # the context is not searched for topics
    overview = suggestion["plan_overview"]
    assert overview["total_daily_minutes"] == total(suggestion) <= minutes
    assert overview["target_role"] == (role or "General interview")
    if motivation == "low":
        assert total(suggestion) == max(10, minutes * 3 // 4 // 5 * 5)
        assert total(suggestion) == minutes or f"{total(suggestion)} of your {minutes} minutes" in overview["rationale"]
    else:
        assert total(suggestion) == minutes


# --- role ------------------------------------------------------------------------------------------------------------


def test_the_plan_follows_the_banks_order_for_the_role():
    for role in ("Senior backend engineer", "nurse"):
        found = names(plan(role=role, weak=""))
        assert found == [topic.name for topic in role_bank(role).topics[: len(found)]]


def test_a_role_that_no_bank_knows_gets_the_general_topics_and_says_so():
    suggestion = plan(role="diver", weak="")
    assert set(names(suggestion)) <= {topic.name for topic in general().topics}
    assert "I have no questions of my own for this role: you get those that suit every role." in rationale(suggestion)
    assert "no questions of my own" not in rationale(plan())


@pytest.mark.parametrize(
    ("role", "weak"), [("软件工程师", "sql"), ("Медсестра", ""), ("nurse", "Ich rede schlecht über mich selbst")]
)
def test_what_it_cannot_read_is_said(role, weak):
    assert rationale(plan(role=role, weak=weak)).startswith("I can read English only.")


# --- wishes and refusals ---------------------------------------------------------------------------------------------


def test_what_was_wished_for_on_the_way_is_carried_out():
    suggestion = plan(minutes=45, feedback=["Hello!", "please add Salary talk: 10 minutes", "Salary talk first"])
    assert "Salary talk" in names(suggestion)
    assert total(suggestion) == 45


def test_what_cannot_be_done_is_said():
    assert "cannot take 90 minutes a day: you have 45" in rationale(plan(minutes=45, feedback=["90 minutes in total"]))


def test_a_plan_that_was_refused_and_comes_again_says_so_plainly():
    first = plan()
    again = plan(rejected=first["plan_topics"], feedback=["I do not like it."])
    assert again["plan_topics"] == first["plan_topics"]
    assert rationale(again).startswith("This is what I suggested before: I am a set of rules")
    other = plan(rejected=first["plan_topics"], feedback=["More medication safety.", "Drop patient assessment."])
    assert "suggested before" not in rationale(other)


def test_a_plan_that_was_refused_is_gone_on_with_and_only_what_is_asked_of_the_next_one_is_read():
    first = plan(weak="SQL", minutes=60)
    told = {"rejected": first["plan_topics"], "goes_on": True, "feedback": ["drop SQL", "more SQL"]}
    new = plan(weak="SQL", minutes=60, **told, asked=["more SQL"])
    before, after = ({one["name"]: one["daily_study_minutes"] for one in told["plan_topics"]} for told in (first, new))
    assert after["SQL"] == before["SQL"] + 5
    assert rationale(new).startswith("Against the plan that you did not want this changes: SQL")
    assert plan(weak="SQL", minutes=60, **told, asked=[])["plan_topics"] == first["plan_topics"]
    # Made from something else, it is no beginning: all that was said counts for a new one.
    assert "SQL" in names(plan(weak="SQL", minutes=60, **{**told, "goes_on": False}))


def test_a_long_weak_spot_that_is_cut_ends_once():
    told = plan(weak="whenever a relative shouts at me on the corridor in front of all the others I go silent")
    assert "…." not in str(told)


@pytest.mark.parametrize("last", ["quite motivated (The coach had said: How motivated are you?)", "I have 20 minutes."])
def test_the_answer_that_completes_the_picture_is_not_read_as_a_wish_for_changes(last):
    assert plan(minutes=20, feedback=[last]) == plan(minutes=20)


@pytest.mark.parametrize(("weak", "topics"), [("talking too fast", ["Talking too fast"]), ("idk", []), ("dunno", [])])
def test_what_is_no_idea_names_no_topic_and_a_habit_in_three_words_does(weak, topics):
    assert [name for name in spots_of(weak, role_bank("nurse")).values() if name] == topics


def test_a_topic_for_which_there_is_no_room_is_named_once():
    said = rationale(plan(minutes=10, weak="sql\neye contact\nhandling conflict\nconflict"))
    assert said.count("Handling conflict") == 1


@pytest.mark.parametrize("role", ["data analyst", "product manager", "nurse"])
def test_the_star_of_stories_is_none_of_a_schema_or_a_metric(role):
    assert spots_of("STAR", role_bank(role)) == {"STAR": "Clear, brief answers"}
