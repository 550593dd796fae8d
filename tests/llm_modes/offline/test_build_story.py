"""The offline coach's stories hold the candidate's own sentences, sorted; what is missing is a gap."""

import re

from tests.llm_modes.offline.asking import ask

QUESTION = "Tell me about a time you had to win over people who did not trust your technical solution."
NOTES = (
    "Last year the operations team did not trust our route planner. My task was to get it live before Christmas. "
    "I sat in their office for two weeks and wrote down every fear. Late deliveries dropped by 18 percent. "
    "Since then I ask for the list of fears first."
)


def build(question=QUESTION, notes=NOTES, context="", story=""):
    return ask("build_story", question=question, notes=notes, context=context, story=story)


def test_notes_are_sorted_into_situation_task_action_result_and_learning():
    sections = {section["heading"]: " ".join(section["points"]) for section in build()["sections"]}

    assert "did not trust" in sections["Situation"]
    assert "My task" in sections["Task"]
    assert "sat in their office" in sections["Action"]
    assert "18 percent" in sections["Result"]
    assert "Since then" in sections["Learning"]
    assert build()["gaps"] == []


def test_nothing_is_invented():
    context = "I rebuilt the route planner with two people. I like cats."
    said = set(re.findall(r"\w+", f"{NOTES} {context}".lower()))

    for section in build(context=context)["sections"]:
        for point in section["points"]:
            assert set(re.findall(r"\w+", point.lower())) <= said


def test_what_is_missing_is_a_gap():
    gaps = build(notes="They did not trust it.")["gaps"]

    assert any("yours" in gap or "steps" in gap for gap in gaps)
    assert 1 <= len(gaps) <= 3


def test_only_clearly_matching_sentences_come_from_the_context():
    context = "The operations team did not trust the route planner after an old outage. I have two dogs and a boat."
    points = str(build(notes="route planner, operations team, trust", context=context))

    assert "old outage" in points
    assert "boat" not in points


def test_the_story_so_far_keeps_its_points_under_their_headings():
    story = "# Winning over\n\n## Situation\n- We had a bad launch in 2021.\n\n## Result\n- They still use it.\n"
    sections = {section["heading"]: section["points"] for section in build(story=story)["sections"]}

    assert "We had a bad launch in 2021." in sections["Situation"]
    assert "They still use it." in sections["Result"]


def test_a_knowledge_question_gets_an_outline_of_its_own():
    story = build(
        question="What does an index cost, and how do you decide that one is not worth it?",
        notes="Writes get slower because each index is updated. For example I dropped 6 unused ones last year.",
    )

    assert {section["heading"] for section in story["sections"]} == {"How it works", "Example"}


def test_without_a_word_to_work_with_it_says_so():
    story = build(notes="")

    assert "Nothing noted yet" in story["sections"][0]["points"][0]
    assert len(story["gaps"]) == 3


def test_long_sentences_are_cut_at_joints_and_lose_no_word():
    notes = " ".join(f"I fixed part {number} of the machine," for number in range(12))
    points = [point for section in build(notes=notes)["sections"] for point in section["points"]]

    assert all(len(point.split()) <= 25 for point in points)
    assert all(f"part {number}" in " ".join(points) for number in range(12))
