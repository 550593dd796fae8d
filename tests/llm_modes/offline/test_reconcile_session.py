"""The offline coach's summaries count what is there, keep what holds, and focus on what recurs."""

import pytest

from llm_modes.offline.advice import FOREIGN, GIBBERISH
from tests.llm_modes.offline.asking import ask

FIGURES = "“planning is a lot faster now”: how much? Give the figure before and after, or a count, a time, an amount."
OWN = "“we ran both systems”: which steps were yours? Name them with “I” and a verb."


def attempt(question="Why?", score=5, areas=(), seconds=90):
    anchors = [{"name": "Before and after", "anchor": "Put a figure on it."}]
    return {
        "question": question, "score": score, "improvement_areas": list(areas), "anchors": anchors, "seconds": seconds,
    }  # fmt: skip


def reconcile(*attempts, note="", topic="Leadership"):
    return ask("reconcile_session", topic=topic, note=note, attempts=list(attempts))


def test_attempts_and_best_marks_are_counted_per_question():
    summary = reconcile(attempt("Why?", 4), attempt("How?", 6), attempt("why", 7))["question_attempts"]

    assert [(entry["attempts"], entry["best_score"]) for entry in summary] == [(2, 7), (1, 6)]


def test_the_focus_is_what_recurs_with_how_often():
    focus = reconcile(attempt(areas=[FIGURES, OWN]), attempt("How?", areas=[FIGURES]))["next_focus"]

    assert "figures" in focus[0]["focus"].lower()
    assert "In both answers" in focus[0]["reason"]


def test_a_very_low_mark_comes_back_as_a_focus():
    focus = reconcile(attempt("Tell me about a deal you lost.", 2))["next_focus"]

    assert "Again: “Tell me about a deal you lost.”" in [item["focus"] for item in focus]

    focus = reconcile(attempt("Why?", 2), attempt("why", 6), attempt("How?", 3))["next_focus"]

    assert focus[-1] == {"focus": "Again: “How?”", "reason": "Marked 3 of 10, your lowest in this session."}


def test_good_marks_without_remarks_call_for_harder_questions():
    assert "Harder" in reconcile(attempt(score=9))["next_focus"][0]["focus"]


def test_the_note_keeps_what_the_candidate_wrote_and_drops_the_last_report():
    first = reconcile(attempt(areas=[FIGURES]))["progress_note"]
    second = reconcile(attempt(score=8), note=f"The depot story works best.\n{first}")["progress_note"]

    assert "The depot story works best." in second
    assert second.count("Last session:") == 1
    assert "figures are missing" not in second


def test_the_note_is_specific():
    note = reconcile(attempt(areas=[FIGURES], score=4), attempt("How?", areas=[], score=7))["progress_note"]

    assert "planning is a lot faster now" in note
    assert "marks 4 to 7" in note


def test_what_a_second_try_put_right_is_no_focus_any_more():
    summary = reconcile(attempt(areas=[FIGURES], score=4), attempt(areas=[OWN], score=7))

    assert "from 4 to 7" in summary["progress_note"]
    assert "figures" not in str(summary["next_focus"])


def test_the_candidates_own_lines_stay_as_they_are_and_are_not_said_twice():
    own = "I am better in English than in German; my ward was closed in 2019\nIch rede gut mit Angehörigen."
    note = reconcile(attempt(score=8), note=f"{own}\n{reconcile(attempt(areas=[FIGURES]))['progress_note']}")

    assert note["progress_note"].startswith(f"{own}\nLast session: ")
    assert note["progress_note"].count("Last session:") == 1


@pytest.mark.parametrize("area", [FOREIGN, GIBBERISH.format(target=90)])
def test_an_answer_that_was_not_read_shows_nothing_to_work_on(area):
    summary = reconcile(attempt("Why nursing?", score=2, areas=[area]))

    assert [item["focus"] for item in summary["next_focus"]] == ["Again: “Why nursing?”"]
    assert "To work on" not in summary["progress_note"]
