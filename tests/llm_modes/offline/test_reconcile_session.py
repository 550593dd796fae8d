"""The offline coach's summaries: a note that rests on the counts of all sessions, and a focus one can act on."""

from datetime import date, timedelta

import pytest

from llm_modes.language.words import count_words
from llm_modes.reconcile_session.counts import Counts, Practised
from llm_modes.reconcile_session.noting import note
from llm_modes.reconcile_session.tally import Tally, crafts_missing, crafts_praised, day_said, said_nothing
from tests.llm_modes.offline.asking import ask

FIGURES = "“planning is a lot faster now”: how much? Give the figure before and after, or a count, a time, an amount."
OWN = "“we ran both systems”: which steps were yours? Name them with “I” and a verb."
ENDING = "The answer stops before the result. After “we did it”, say how it ended."
ORDER = "Give it an order one can hear: situation, your task, your steps, the result."
PRAISE = ["Your own part is clear: “I called the ward”.", "You give figures one can check: “cut it to 80 ms”."]

FIRST = date(2026, 9, 30)


def attempt(question="Why?", score=5, areas=(), seconds=90):
    anchors = [{"name": "Before and after", "anchor": "Put a figure on it."}]
    return {
        "question": question, "score": score, "improvement_areas": list(areas), "anchors": anchors, "seconds": seconds,
    }  # fmt: skip


def counted(*sessions, praise=(), focus=()):
    """The counts after these sessions, lists of attempts, one a day from the last day of September."""
    tally, texts = Tally(), {}
    for place, attempts in enumerate(sessions):
        last = {one["question"]: one for one in attempts}
        for one in attempts:
            number = texts.setdefault(one["question"], len(texts) + 1)
            missing = crafts_missing(one["improvement_areas"])
            tally.silent += said_nothing(one["improvement_areas"])
            if missing is not None:
                day, is_last = FIRST + timedelta(days=place), last[one["question"]] is one
                tally.add(day, missing, crafts_praised(praise) - missing, question=number, last_try=is_last)
    marks = [[one["score"] for one in attempts] for attempts in sessions]
    means = [sum(of) / len(of) for of in marks]
    over = min(3, len(means) // 2) if len(means) > 3 else len(means)
    today = FIRST + timedelta(days=len(sessions))
    best, worst = max(max(of) for of in marks), min(sessions[-1], key=lambda one: one["score"])
    return Counts(
        sessions=len(sessions),
        answers=sum(map(len, marks)),
        read=tally.answers,
        silent=tally.silent,
        since=day_said(FIRST.isoformat(), today),
        first_mean=round(sum(means[:over]) / over, 1),
        last_mean=round(sum(means[-over:]) / over, 1),
        best=Practised(question="Why this ward?", score=best) if best >= 7 else None,
        weakest=Practised(question=worst["question"], score=worst["score"]) if worst["score"] <= 4 else None,
        crafts=tally.counts({number: text for text, number in texts.items()}, today),
        focus=list(focus),
    )


def reconcile(*attempts, note="", topic="Leadership", earlier=(), praise=(), **inputs):
    counts = counted(*earlier, list(attempts), praise=praise, focus=inputs.pop("focus", ()))
    return ask("reconcile_session", topic=topic, note=note, counts=counts, attempts=list(attempts), **inputs)


def session(number, score, *areas):
    return [attempt(f"Question {number * 4 + place}?", score, areas) for place in range(4)]


def test_the_focus_is_what_recurs_with_how_often_and_names_a_question():
    asked = attempt("Tell me about a time when you had to hand over a ward at night with two patients missing.")
    focus = reconcile({**asked, "improvement_areas": [FIGURES, OWN]}, attempt("How?", areas=[FIGURES]))["next_focus"]

    assert focus[0] == {
        "focus": "Answer “How?” again, saying how much.",
        "reason": "There figures were missing, as in both answers.",
    }
    assert focus[1]["focus"] == "Answer “…you had to hand over…” again, saying what you did."


def test_two_topics_that_lack_the_same_are_asked_about_their_own_questions():
    one = reconcile(attempt("Why nursing?", areas=[FIGURES]))["next_focus"]
    other = reconcile(attempt("Tell me about a deal you lost.", areas=[FIGURES]))["next_focus"]

    assert "“Why nursing?”" in one[0]["focus"]
    assert "“Tell me about a deal you lost”" in other[0]["focus"]


def test_a_very_low_mark_comes_back_as_a_focus():
    focus = reconcile(attempt("Tell me about a deal you lost.", 2))["next_focus"]

    assert focus == [
        {
            "focus": "Answer “Tell me about a deal you lost” once more.",
            "reason": "Marked 2 of 10, the lowest mark of your last session.",
        }
    ]


def test_good_marks_without_remarks_call_for_harder_questions_and_for_something_else_each_time():
    days = [session(number, 9) for number in range(3)]
    focuses = [reconcile(*days[last], earlier=days[:last])["next_focus"][0]["focus"] for last in range(3)]

    assert "Ask for harder questions: “Why this ward?” is in hand." in focuses
    assert len(set(focuses)) == 3


def test_a_focus_that_changed_nothing_is_worded_anew_or_steps_back():
    days = [session(number, 3, FIGURES, OWN) for number in range(8)]
    focuses, before = [], ()
    for last in range(8):
        before = [one["focus"] for one in reconcile(*days[last], earlier=days[:last], focus=before)["next_focus"]]
        focuses.append(before[0])

    assert len(set(focuses)) == 8
    assert {"own" in focus or "you did" in focus for focus in focuses} == {True, False}
    tried = ["Give figures: before, after, over what time.", "Answer “Question 1?” again, with one figure."]
    summary = reconcile(*days[7], earlier=days[:7], tried=tried, approach="one step before")
    assert "There your own part" in summary["next_focus"][0]["reason"]
    again = "Answer “Question 28?” once more."
    for said in ([], [again]):
        summary = reconcile(*days[7], earlier=days[:7], tried=said, approach="one step before")
        assert (again in {one["focus"] for one in summary["next_focus"]}) == (not said)


def test_what_is_to_be_done_is_told_as_missing_and_names_the_topic_where_no_question_may_be_named():
    days = [session(number, 3, FIGURES, ENDING, OWN) for number in range(3)]
    counts = counted(*days)
    asleep = counts.model_copy(
        update={"weakest": None, "crafts": [one.model_copy(update={"questions": []}) for one in counts.crafts]}
    )
    tried = ["Answer “Why?” again, with one figure.", "Answer “Why?” again, naming your own steps."]
    said = ask(
        "reconcile_session", topic="Care", note="", counts=asleep, attempts=[], tried=tried, approach="story first"
    )

    assert said["next_focus"][0]["focus"] == "In Care, finish with a result that can be checked."
    assert said["progress_note"].splitlines()[1:] == [
        "Figures are missing in all of the last 10 answers (12 of all 12).",
        "The ending is thin in all of the last 10 answers (12 of all 12).",
        "Next, finish with a result that can be checked.",
    ]


def test_the_note_of_the_first_session_says_what_there_is():
    said = reconcile(attempt(areas=[FIGURES], score=4), attempt("How?", areas=[], score=7))["progress_note"]

    assert said.splitlines() == [
        "Your first session, on 30 September, had 2 answers, with 5.5 of 10 on average.",
        "Figures are missing in 1 of 2 answers.",
        "Next, give figures: before, after, over what time.",
    ]


def test_the_note_tells_over_weeks_what_is_good_what_was_mended_and_what_is_still_missing():
    weeks = [session(number, 4 if number < 10 else 7, *([ENDING] if number < 10 else []), OWN) for number in range(59)]
    said = reconcile(*session(59, 7, OWN), earlier=weeks)["progress_note"]

    assert said.splitlines() == [
        "In 240 answers since 30 September your marks rose from 4 to 7 of 10 on average.",
        "The ending was thin in all of the first 40 answers, but not since 10 October.",
        "Your own part stays unclear in all of the last 10 answers (240 of all 240).",
        "Your best answer so far is the one to “Why this ward?” (7 of 10).",
        "Next, name your own steps, with “I” and a verb.",
    ]


def test_what_is_good_from_the_start_and_what_has_come_back_are_said():
    weeks = [session(number, 6, *([ORDER] if number < 5 or number > 9 else [])) for number in range(12)]
    said = reconcile(*session(12, 6, ORDER), earlier=weeks, praise=PRAISE)["progress_note"]

    assert "From the start you give figures and your own part is clear." in said.splitlines()
    assert "This has come back: the order is hard to follow in all of the last 10 answers (32 of all 52)." in said


def test_a_note_after_sixty_sessions_has_at_most_120_words_and_every_line_is_a_sentence():
    areas = [FIGURES, OWN, ENDING, ORDER, "Close with one definite offer.", "Add one example: a case you saw."]
    weeks = [session(number, 5, *areas[: 6 - number // 10]) for number in range(60)]
    own = "I am better in English than in German, and my ward was closed in 2019, as I said before " * 2
    said = note(own, counted(*weeks, praise=PRAISE), to_do="Answer “Why?” again.")

    assert count_words(said) <= 120
    assert said.splitlines()[0] == " ".join(own.split())
    assert all(line.endswith(".") and line[0].isupper() for line in said.splitlines()[1:])
    assert "The ending was thin in 160 of the first 160 answers" not in said
    assert "but not since" in said


def test_the_candidates_own_lines_stay_as_they_are_and_nothing_of_ours_is_said_twice():
    own = "I am better in English than in German; my ward was closed in 2019\nIch rede gut mit Angehörigen."
    first = reconcile(attempt(areas=[FIGURES]), note=own)["progress_note"]
    second = reconcile(attempt(score=8), earlier=[[attempt(areas=[FIGURES])]], note=first)["progress_note"]

    assert first.startswith(f"{own}\nYour first answer here, on 30 September, was marked 5 of 10.\n")
    assert second.startswith(f"{own}\nIn 2 answers since 30 September your marks are 6.5 of 10 on average.\n")
    assert "first answer" not in second


@pytest.mark.parametrize("lines", [2, 4, 9])
def test_the_candidates_lines_take_their_room_and_leave_the_most_important_of_ours(lines):
    own = [
        f"Line {number} of mine, in which I say at some length what the coach has to know." for number in range(lines)
    ]
    weeks = [session(number, 5, FIGURES, OWN, ENDING) for number in range(8)]
    told = reconcile(*session(8, 5, FIGURES), earlier=weeks, note="\n".join(own), own=own)["progress_note"]

    assert own[0] not in told
    assert told.startswith("In 36 answers since 30 September your marks hold at 5 of 10")
    assert told.splitlines()[-1].startswith("Next, ")
    assert count_words(told) + sum(map(count_words, own)) <= 120 or count_words(told) <= 40


REPORT = "Last session: 3 answers to 2 questions, marks 4 to 8."


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (f"What did you do, and what did…” (8). {REPORT} Goes well: “Tell me about a change. What did…” (8).", ""),
        (f"The depot story works best. What did…” (8). {REPORT}", "The depot story works best."),
        ("Is it so? What did…” (8).\nWhat helped…” (7).", ""),
        (f"{REPORT} To work on: figures are missing (as in “it is. a lot”) and the ending is thin.", ""),
        (f"I gave figures twice. {REPORT} Better than before: from 4 to 7 on a second try.", "I gave figures twice."),
        (f"{REPORT} Goes well: “Explain the “CAP” theorem” (8). That is not true.", "That is not true."),
        ("now”) and the ending is thin. I freeze.", "I freeze."),
        ("Last session: no answer was marked. To work on: figures are missing (as in “planning is a…", ""),
        ("Nothing was practised in this session.", ""),
        ("Last session: it went well. I say “yes” (1).", "Last session: it went well. I say “yes” (1)."),
    ],
)
def test_what_release_0_1_reported_goes_and_what_the_candidate_added_stays(before, kept):
    lines = reconcile(attempt(areas=[FIGURES]), note=before)["progress_note"].splitlines()

    assert lines[:-3] == ([kept] if kept else [])
    assert lines[-3].startswith("Your first answer here")


def test_what_a_second_try_put_right_is_no_focus_any_more():
    summary = reconcile(attempt(areas=[FIGURES], score=4), attempt(areas=[OWN], score=7))

    assert "figures" not in str(summary["next_focus"])
    assert "Your own part stays unclear in 1 of 2 answers." in summary["progress_note"]


@pytest.mark.parametrize(
    ("area", "focus", "said"),
    [
        (
            "I am a set of rules that reads English only, so this mark says little. Answer in English; any language",
            "Answer “Why nursing?” in English.",
            "From your answer I could learn nothing: I read English sentences only.\n",
        ),
        (
            "I could not read sentences in this. Answer in a few full sentences; about 90 words would do in the time.",
            "Answer “Why nursing?” in three full sentences.",
            "Your answer had too few full sentences to learn from.\n",
        ),
        (
            "Even a guess is worth more than silence: say what you do know about it, and how you would find out",
            "Answer “Why nursing?” in three full sentences.",
            "Your answer had too few full sentences to learn from.\n",
        ),
        (
            "Nennen Sie Zahlen: Wie viel schneller ist die Planung geworden, und was war das Ergebnis für das Team?",
            "Answer “Why nursing?” in English.",
            "I read English sentences only.\n",
        ),
        (
            "数字を挙げてください。結果はどうなりましたか。",
            "Answer “Why nursing?” in English.",
            "English sentences only.\n",
        ),
    ],
)
def test_an_answer_that_was_not_read_shows_nothing_to_work_on_but_to_write_what_can_be_read(area, focus, said):
    summary = reconcile(attempt("Why nursing?", score=2, areas=[area]))

    assert [item["focus"] for item in summary["next_focus"]] == [focus]
    assert "missing" not in summary["progress_note"]
    assert said in summary["progress_note"]
    again = reconcile(attempt("Why nursing?", score=2, areas=[area]), note=summary["progress_note"])
    assert again["progress_note"] == summary["progress_note"]
