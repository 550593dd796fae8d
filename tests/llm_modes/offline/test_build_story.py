"""The offline coach's stories hold the candidate's own sentences where their words belong; what is missing is a gap."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_modes.failures import LLMFailure
from tests.llm_modes.offline.asking import ask

QUESTION = "Tell me about a time you had to win over people who did not trust your technical solution."
SENTENCES = {
    "Situation": "Last year the operations team did not trust our route planner.",
    "Task": "My task was to get it live before Christmas.",
    "Action": "I sat in their office for two weeks and wrote down every fear.",
    "Result": "Late deliveries dropped by 18 percent.",
    "Learning": "Since then I ask for the list of fears first.",
}
SAMPLES = [json.loads(file.read_text()) for file in sorted((Path(__file__).parent / "samples").glob("*.json"))]
ENDS = [
    "As a result the queue fell from 14 to 2 hours.",
    "In the end they signed.",
    "Complaints went from 30 to 12 a month.",
    "It went live on time.",
    "They still use it.",
    "We saved 4,000 euros a month.",
    "Planning takes nine minutes instead of six hours now, and errors halved.",
    "The result was that nobody had to stay late any more.",
]

ENDS_WITHOUT_A_LEAD = [
    "90% use it now.",
    "The error rate is 2 % today.",
    "Nobody has left since.",
    "No one has complained since.",
    "All nurses on the ward use it now.",
    "We got the contract.",
    "We finished two weeks early.",
    "There have been no falls since.",
    "It is still the standard today.",
    "The board approved the budget.",
    "Everyone signed.",
]


def build(question=QUESTION, notes="", context="", story=""):
    return ask("build_story", question=question, notes=notes, context=context, story=story)


def parts(story) -> dict[str, str]:
    """The points of a story as one text by heading, a second section of a part with its first."""
    found: dict[str, str] = {}
    for section in story["sections"]:
        heading = section["heading"].removesuffix(", continued")
        found[heading] = " ".join([found.get(heading, ""), *section["points"]]).strip()
    return found


def dictated(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s'%]", " ", text.lower()).split())


def said(text: str) -> list[str]:
    """The words of a text, without the "and" with which a point need not begin."""
    return [word for word in re.findall(r"[\w'’]+", text.lower()) if word != "and"]


def test_notes_are_sorted_into_situation_task_action_result_and_learning():
    story = build(notes=" ".join(SENTENCES.values()))
    assert parts(story) == SENTENCES
    assert story["gaps"] == []


@pytest.mark.parametrize("first", SENTENCES)
def test_a_sentence_is_sorted_by_its_words_wherever_it_was_told(first):
    told = [SENTENCES[first], *(sentence for name, sentence in SENTENCES.items() if name != first)]
    assert parts(build(notes=" ".join(told))) == SENTENCES


def test_a_sentence_without_a_sign_stays_where_it_was_told():
    notes = f"{SENTENCES['Situation']} The shift leader above all. {SENTENCES['Action']} Coffee helped. {ENDS[0]}"
    found = parts(build(notes=notes))
    assert "shift leader" in found["Situation"]
    assert "Coffee" in found["Action"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("form", [str, dictated])
def test_a_result_stands_under_result_and_is_not_asked_for(end, form):
    notes = f"{SENTENCES['Situation']} {SENTENCES['Action']} {end}"
    story = build(notes=form(notes))
    key = said(form(end))[-3:]
    assert said(parts(story)["Result"])[-3:] == key
    assert "How did it end, and which figure shows it?" not in story["gaps"]


@pytest.mark.parametrize("end", ENDS_WITHOUT_A_LEAD)
def test_a_result_that_says_how_it_is_now_stands_under_result(end):
    assert parts(build(notes=f"{SENTENCES['Action']} {end}")).get("Result") == end


@pytest.mark.parametrize("task", ["My task was to cut errors by 20 %.", "I had to bring it down to 2%."])
def test_a_figure_to_reach_is_the_task(task):
    assert parts(build(notes=f"{SENTENCES['Situation']} {task} {SENTENCES['Action']}"))["Task"] == task


LABELS = [
    ("Situation: {}", "Task: {}", "Action: {}", "Result: {}", "Takeaway: {}"),
    ("S: {}", "T: {}", "A: {}", "R: {}", "L: {}"),
    ("S) {}", "T) {}", "(A) {}", "(R) {}", "(L) {}"),
    ("**S**: {}", "**T**: {}", "**A:** {}", "**R:** {}", "**L:** {}"),
    ("situation\n{}", "task\n{}", "action\n{}", "result\n{}", "learning\n{}"),
    ("S - {}", "T - {}", "A - {}", "R - {}", "L - {}"),
    ("Situation - {}", "Task – {}", "Actions - {}", "Results — {}", "Lessons - {}"),
    ("# Situation\n{}", "# Task\n{}", "## Action\n{}", "# Result\n{}", "# Learning\n{}"),
    ("**Situation**\n{}", "**Task**\n{}", "**Action**\n{}", "**Result:**\n{}", "**Learned:** {}"),
    ("Context\n- {}", "My goal:\n- {}", "What I did:\n- {}", "Outcome\n- {}", "Key takeaways:\n- {}"),
    ("Situation (S): {}", "Task (T): {}", "Action (A): {}", "Result (R): {}", "Learning (L): {}"),
    (
        "Background and context: {}",
        "Task at hand: {}",
        "Actions taken: {}",
        "The final result: {}",
        "Lesson learned: {}",
    ),
    ("1. Background: {}", "2. Task: {}", "3. Steps: {}", "4. Impact: {}", "5. What I learned: {}"),
]
# None of them says by its words where it belongs.
TOLD_BEHIND = ("Black Friday, checkout down.", "Back up before noon.", "Rollback, alert.", "40 min.", "Alerts first.")


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: labels[0])
def test_a_label_of_the_candidate_decides_and_is_no_point(labels):
    notes = "\n".join(label.format(told) for label, told in zip(labels, TOLD_BEHIND, strict=True))
    assert parts(build(notes=notes)) == dict(zip(SENTENCES, TOLD_BEHIND, strict=True))


@pytest.mark.parametrize(
    "labels", [one for one in LABELS if one[0][0].isalnum() and ":" in one[0][-5:]], ids=lambda labels: labels[0]
)
def test_a_label_decides_on_one_line_too(labels):
    notes = " ".join(label.format(told) for label, told in zip(labels, TOLD_BEHIND, strict=True))
    assert parts(build(notes=notes)) == dict(zip(SENTENCES, TOLD_BEHIND, strict=True))


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(LABELS), st.lists(st.tuples(st.integers(0, 4), st.sampled_from([*SENTENCES.values()])), min_size=1)
)
def test_what_stands_behind_a_label_is_there_whatever_it_says(labels, told):
    story = build(notes="\n".join(["S: x", "T: y", *(labels[part].format(said) for part, said in told)]))
    first = {said: part for part, said in reversed(told)}
    found = parts(story)
    for said, part in first.items():
        assert said in found[list(SENTENCES)[part]]


@pytest.mark.parametrize(
    "notes",
    [
        "Vitamin A: none. Plan B: call her. R: 18.",
        "S: BP 90/60. B: day two. A: bleeding. R: review now.",
        "I learned a lesson. The result was good. My task is hard. T-shirts sold out.",
        "The task we did - the hard one - took a day.",
        "We met at 9: 30 people came. I did what I did.",
    ],
)
def test_what_only_looks_like_a_label_stays_as_it_was_said(notes):
    assert sorted(said(" ".join(parts(build(notes=notes)).values()))) == sorted(said(notes))


def test_a_label_with_nothing_behind_it_is_asked_for():
    story = build(notes=f"{SENTENCES['Situation']} Task")
    assert parts(story) == {"Situation": SENTENCES["Situation"]}
    assert story["gaps"][0] == "What exactly was yours to do?"


def test_of_a_technical_answer_labels_of_a_story_keep_their_parts():
    story = build(question="What does an index cost?", notes="Task: find slow reads.\nResult: 20 ms.")
    assert parts(story) == {"Task": "Find slow reads.", "Result": "20 ms."}


@pytest.mark.parametrize("number", ["1.", "1)", "(1)", "-", "•", "*", "1 -", "- 1.", "a)"])
def test_what_counts_a_list_cuts_no_sentence_and_stands_in_no_point(number):
    told = [
        "Dr. Smith called me, e.g. about beds.",
        "I rang Mrs. Jones at approx. 5 p.m. on Monday.",
        "She took no. 5.",
    ]
    notes = "\n".join(f"{number.translate({49: str(at), 97: 'abc'[at - 1]})} {said}" for at, said in enumerate(told, 1))
    assert [point for section in build(notes=notes)["sections"] for point in section["points"]] == told


@pytest.mark.parametrize("marks", ["1.2.3.", "1)2)3)", "a)b)c)"])
def test_a_list_within_a_line_is_as_many_points(marks):
    first, second, third = (marks[at : at + 2] for at in (0, 2, 4))
    notes = f"I did three things: {first} rang her {second} wrote it down {third} waited. In the end she came."
    points = [point for section in build(notes=notes)["sections"] for point in section["points"]]
    assert points == ["I did three things", "Rang her", "Wrote it down", "Waited.", "In the end she came."]


@pytest.mark.parametrize(
    "notes",
    [
        "We hired 3. 12 left. In 2021 we had 4. 5 of them stayed.",
        "I was no. 1. We were no. 2. They were no. 3.",
        "Versions 1.2 and 2.0 failed. At 9. We opened. At 10. We closed.",
        "10 - 12 people came. 3 - 4 left early.",
    ],
)
def test_a_figure_is_no_number_of_a_list(notes):
    points = [point for section in build(notes=notes)["sections"] for point in section["points"]]
    assert sorted(said(" ".join(points))) == sorted(said(notes))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["question"][:30])
@pytest.mark.parametrize("quality", ["strong", "middling", "weak"])
@pytest.mark.parametrize("form", [str, dictated])
def test_nothing_of_an_answer_is_lost_or_invented_and_no_part_with_points_is_asked_for(sample, quality, form):
    notes = form(sample["answers"][quality])
    story = build(question=sample["question"], notes=notes)
    points = [point for section in story["sections"] for point in section["points"]]
    assert sorted(said(" ".join(points))) == sorted(said(notes))
    filled = parts(story)
    assert not ("Result" in filled and any("How did it end" in gap for gap in story["gaps"]))
    assert not (re.search(r"\d", notes) and any("A figure" in gap for gap in story["gaps"]))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["question"][:30])
def test_a_strong_answer_is_asked_for_one_thing_at_most_besides_the_task(sample):
    gaps = build(question=sample["question"], notes=sample["answers"]["strong"])["gaps"]
    assert len(set(gaps) - {"What exactly was yours to do?"}) <= 1


def test_notes_in_short_lines_without_a_subject_are_sorted_too():
    notes = "- payments, May 2022\n- my job: keep the ledger alive\n- added a token bucket\n- p99 from 4 s to 300 ms"
    assert parts(build(notes=notes)) == {
        "Situation": "Payments, May 2022",
        "Task": "My job: keep the ledger alive",
        "Action": "Added a token bucket",
        "Result": "P99 from 4 s to 300 ms",
    }


def test_that_something_was_down_is_where_it_began_and_that_it_never_was_since_is_the_end():
    notes = (
        "So we had this outage in March. Our payment service went down for 40 minutes. I cut the pool to 10 "
        "connections and rolled the release back. We've had no such outage in the 8 months since. I would set the "
        "alert earlier."
    )

    told = parts(build(notes=notes))

    assert told["Situation"].endswith("Our payment service went down for 40 minutes.")
    assert told["Action"] == "I cut the pool to 10 connections and rolled the release back."
    assert told["Result"] == "We've had no such outage in the 8 months since."
    assert told["Learning"] == "I would set the alert earlier."


def test_what_somebody_does_today_is_how_it_ended():
    told = parts(build(notes="In my class there was a boy who never spoke. I let him write. Today he raises his hand."))

    assert (told["Action"], told["Result"]) == ("I let him write.", "Today he raises his hand.")


def test_what_is_missing_is_a_gap():
    gaps = build(notes="They did not trust it.")["gaps"]
    assert gaps == [
        "What exactly was yours to do?",
        "Which steps did you take yourself, in which order?",
        "How did it end, and which figure shows it?",
    ]


def test_who_says_we_is_asked_for_the_own_part():
    own = "What you did yourself, as different from the team."
    notes = f"{SENTENCES['Situation']} We had to move it. We compared both. {ENDS[0]} Now we do so first."
    assert own in build(notes=notes)["gaps"]
    assert own not in build(notes=f"{notes} I printed the differences.")["gaps"]


def test_what_the_context_says_stays_out_of_it():
    context = "The operations team did not trust the route planner after an old outage."
    assert parts(build(notes="I printed it.", context=context)) == {"Action": "I printed it."}


def test_the_story_so_far_keeps_its_points_under_its_own_headings():
    story = (
        "**Winning over**\n\n## Situation\n- We had a bad launch in 2021.\n\n### The night before\n- I slept badly.\n\n"
        "Result:\n- They still use \\*it\\*.\n"
    )
    found = parts(build(notes="I printed the differences.", story=story))
    assert found == {
        "Situation": "We had a bad launch in 2021.",
        "Action": "I printed the differences.",
        "Result": "They still use *it*.",
        "The night before": "I slept badly.",
    }


def test_what_stands_in_the_story_is_not_taken_twice_and_keeps_its_place():
    story = "### Situation\n\n- We had a bad launch in 2021.\n- Nobody slept.\n"
    points = parts(build(notes="We had a bad launch in 2021. I printed the differences.", story=story))["Situation"]
    assert points == "We had a bad launch in 2021. Nobody slept."


def test_a_technical_question_gets_an_outline_of_its_own():
    story = build(
        question="What does an index cost, and how do you decide that one is not worth it?",
        notes="Writes get slower because each index is updated. For example I dropped 6 unused ones last year.",
    )
    assert list(parts(story)) == ["How it works", "Example"]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        (
            "Tell me about a time you helped Dr. Smith at 5 p.m. on a Monday. Be brief.",
            "You helped Dr. Smith at 5 p.m. on…",
        ),
        ("What does an index cost? And why?", "What does an index cost"),
        ("?", "Story"),
    ],
)
def test_a_title_is_the_first_sentence_of_the_question(question, title):
    assert build(question=question, notes="I printed it.")["title"] == title


def test_without_a_word_to_work_with_it_says_so():
    story = build(notes="")
    assert "Nothing noted yet" in story["sections"][0]["points"][0]
    assert len(story["gaps"]) == 3


def test_notes_in_another_language_are_not_sorted():
    with pytest.raises(LLMFailure, match="notes_beyond_rules"):
        build(notes="Letztes Jahr haben wir das System umgebaut und die Leute waren dagegen.")


def test_what_has_no_room_is_counted_and_told():
    told = [
        f"I fixed the part with number {number} of the old machine before the others came in." for number in range(70)
    ]
    story = build(notes=" ".join(told))
    points = [point for section in story["sections"] for point in section["points"]]
    assert len(points) == 30
    assert story["gaps"][0] == "No room for 40 more of your sentences: they are in your notes."


WORDS = st.sampled_from(
    "I we they wrote fell taught last year from 3 to 9, and but so because tasked percent queue. now!".split()
)
TOLD = st.lists(st.one_of(WORDS, st.sampled_from([*SENTENCES.values(), *ENDS])), max_size=60).map(" ".join)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([QUESTION, *(sample["question"] for sample in SAMPLES)]), TOLD)
def test_of_any_notes_nothing_is_invented_nothing_lost_and_the_order_kept(question, notes):
    story = build(question=question, notes=notes)
    points = [point for section in story["sections"] for point in section["points"]]
    if not said(notes):
        return
    told = said(notes)
    assert set(said(" ".join(points))) <= set(told)
    if "No room" not in "".join(story["gaps"]):
        assert set(said(" ".join(points))) == set(told)
    for text in parts(story).values():
        # Each point stands in the notes behind the one before it, unless the notes say the same twice.
        places = [at for at in (_place(sentence, notes) for sentence in text.split(". ")) if at is not None]
        assert all(first <= second for first, second in pairwise(places))
    filled = set(parts(story))
    if "Result" in filled:
        assert "How did it end, and which figure shows it?" not in story["gaps"]


def _place(point: str, notes: str) -> int | None:
    """Where the notes say it, if they say it once."""
    line, whole = " ".join(said(point)), " ".join(said(notes))
    return whole.find(line) if whole.count(line) == 1 else None
