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


def test_only_clearly_matching_sentences_come_from_the_context():
    context = "The operations team did not trust the route planner after an old outage. I have two dogs and a boat."
    points = str(build(notes="route planner, operations team, trust", context=context))
    assert "old outage" in points
    assert "boat" not in points


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
    "I we they wrote fell learned last year from 3 to 9, and but so because task percent queue. now!".split()
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
