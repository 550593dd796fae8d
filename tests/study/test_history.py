"""What weeks of answers show about a topic is counted from rows, old ones included, and read no more than need be."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from coach.encryption.unreadable import read_what_can_be_read
from llm_modes.reconcile_session.counts import Practised
from llm_modes.reconcile_session.noting import course
from plans.models import PlanTopic, TopicProgress
from plans.progress import correct_note, progress_of
from study import questions, reconciliation
from study.history import KEPT, MOST_READ, counts_of, put_old_away
from study.models import Question, QuestionAttempt
from tests.factories import make_attempt, make_progress, make_question, make_reconciliation, make_session, make_topic

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 9, 30, 18, tzinfo=UTC)
FIGURES = "“it got faster”: how much? Give the figure before and after, or a count, a time, an amount."
OWN = "“we ran both systems”: which steps were yours? Name them with “I” and a verb."
FOREIGN = "Nennen Sie Zahlen: Wie viel schneller ist die Planung geworden, und was war das Ergebnis?"


@pytest.fixture
def topic(alice):
    return make_topic(alice, "Difficult talks")


def day(topic, number):
    """A session on day `number`, 0 the last of September."""
    at = FIRST + timedelta(days=number)
    return make_session(topic.user, topic=topic, start_time=at, ended=at + timedelta(minutes=20))


def answered(session, *areas, question=None, score=5, minute=3, **fields):
    question = question or make_question(session.user, f"Question {session.attempts.count()}?", topic=session.topic)
    at = session.start_time + timedelta(minutes=minute)
    feedback = {"improvement_areas": list(areas), "positive_feedback": [], "quotes": []}
    values = {"state": "marked", "score": score, "feedback": feedback, "submitted_at": at, "marked_at": at, **fields}
    return make_attempt(session.user, session=session, question=question, **values)


def of(counts, craft):
    return next((one for one in counts.crafts if one.craft == craft), None)


def test_a_topic_without_marks_has_no_counts(topic):
    assert counts_of(topic).answers == 0


def test_answers_with_a_mark_are_counted_in_every_session_and_the_others_are_not(alice, topic):
    session, later = day(topic, 0), day(topic, 3)
    answered(session, FIGURES, score=4)
    answered(session, FIGURES, drill="half_time")
    voided = answered(session, FIGURES).question
    Question.objects.filter(pk=voided.pk).update(voided_at=timezone.now())
    make_attempt(alice, session=session, question=make_question(alice, topic=topic), state="submitted")
    answered(later, FIGURES, OWN, score=7)
    # A question of another topic counts there, and one of this topic that was asked elsewhere counts here.
    answered(later, FIGURES, question=make_question(alice, topic=make_topic(alice, "Other")))
    answered(
        make_session(alice, topic=make_topic(alice, "Third"), ended=True), question=later.attempts.first().question
    )
    counts = counts_of(topic)
    assert (counts.answers, counts.read, counts.sessions, counts.since) == (3, 3, 3, "30 September")
    assert (of(counts, "numbers").missing, of(counts, "numbers").until) == (2, 2)
    assert (of(counts, "own part").missing, of(counts, "own part").questions) == (1, ["Question 0?"])


def test_a_second_try_counts_and_says_what_holds(topic):
    session = day(topic, 0)
    question = answered(session, FIGURES, score=4).question
    answered(session, question=question, score=8, minute=6)
    counts = counts_of(topic)
    assert of(counts, "numbers").missing == 1
    assert counts.still_missing == []
    assert counts.best == Practised(question="Question 0?", score=8)
    assert counts.weakest is None


def test_what_cannot_be_read_tells_nothing_about_the_craft(topic):
    session = day(topic, 0)
    answered(session, FOREIGN, score=3)
    damaged = answered(session, FIGURES)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE study_questionattempt SET feedback = 'x' WHERE id = %s", [damaged.pk])
    with read_what_can_be_read():
        counts = counts_of(topic)
    assert (counts.answers, counts.read, counts.crafts) == (2, 0, [])


def test_a_question_that_rests_is_not_asked_for_again(topic):
    session = day(topic, 0)
    attempt = answered(session, FIGURES, score=2)
    assert counts_of(topic).weakest == Practised(question="Question 0?", score=2)
    Question.objects.filter(pk=attempt.question_id).update(rests_until=timezone.now() + timedelta(days=14))
    counts = counts_of(topic)
    assert counts.weakest is None
    assert of(counts, "numbers").questions == []


def test_what_was_mended_long_ago_is_told_with_its_day_in_the_candidates_zone(alice, topic):
    alice.time_zone = "Pacific/Auckland"  # where the evening of the 30th is the morning of the 1st
    alice.save()
    topic = PlanTopic.objects.get(pk=topic.pk)
    for number in range(4):
        for minute in range(4):
            answered(day(topic, number), *([FIGURES] if number < 2 else []), minute=minute)
    one = counts_of(topic).mended[0]
    assert (one.craft, one.missing, one.until, one.first, one.since) == ("numbers", 8, 8, "1 October", "3 October")


def many(topic, count):
    """So many answers, ten a day, the first twenty without figures."""
    sessions = [day(topic, number) for number in range(count // 10)]
    questions = [make_question(topic.user, f"Question {number}?", topic=topic) for number in range(10)]
    rows = [
        QuestionAttempt(
            user=topic.user,
            session=session,
            question=question,
            ask_state="done",
            score_rating=5,
            submitted_at=session.start_time + timedelta(minutes=minute),
            feedback={"improvement_areas": [FIGURES] if place < 2 else [OWN], "positive_feedback": []},
        )
        for place, session in enumerate(sessions)
        for minute, question in enumerate(questions)
    ]
    QuestionAttempt.objects.bulk_create(rows)


def test_the_first_sessions_are_not_forgotten_when_they_are_not_read_any_more(topic):
    many(topic, MOST_READ + 20)
    before = counts_of(topic)
    assert (before.answers, before.read) == (420, 420)
    assert progress_of(topic).tally == {}
    put_old_away(topic)
    stored = progress_of(topic).tally
    assert stored["tally"]["answers"] == 420 - KEPT
    assert "Question" not in str(stored)
    old = QuestionAttempt.objects.order_by("submitted_at", "pk")[: 420 - KEPT].values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE study_questionattempt SET feedback = 'x' WHERE id = ANY(%s)", [list(old)])
    again = counts_of(topic)
    assert again.crafts == before.crafts
    one = again.mended[0]
    assert (one.craft, one.missing, one.until, one.since) == ("numbers", 20, 20, "2 October")
    answered(day(topic, 50), FIGURES)
    assert of(counts_of(topic), "numbers").missing == 21


def test_a_tally_of_another_release_is_counted_anew(topic):
    answered(day(topic, 0), FIGURES)
    make_progress(topic, tally={"at": "yesterday"})
    assert of(counts_of(topic), "numbers").missing == 1
    of_old = {"answers": 3, "crafts": {"handwriting": {"missing": 3, "questions": [1]}}}
    make_progress(topic, tally={"at": "2026-09-01T00:00:00Z", "pk": 1, "tally": of_old})
    assert [one.craft for one in counts_of(topic).crafts] == ["numbers"]


@pytest.fixture
def offline(settings):
    settings.OFFLINE_COACH = True


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_comes_days_late_an_edit_between_and_an_archived_topic_leave_a_true_note(topic, offline):
    first, second = day(topic, 0), day(topic, 1)
    answered(second, FIGURES, score=6)
    rows = {session: make_reconciliation(session) for session in (first, second)}
    reconciliation.reconcile(rows[second])
    note = progress_of(topic).note
    assert note.startswith("Your first answer here, on 1 October, was marked 6 of 10.\nFigures are missing")
    lines = note.splitlines()
    lines[1] = "Figures are missing, but I gave two."
    assert correct_note(topic, "\n".join([*lines, "I sing."]), based_on=progress_of(topic).note_version)
    answered(first, FIGURES, OWN, score=4)
    PlanTopic.objects.filter(pk=topic.pk).update(archived_at=timezone.now())
    reconciliation.reconcile(rows[first])
    assert progress_of(topic).note.splitlines() == [
        "Figures are missing, but I gave two.",
        "I sing.",
        "In 2 answers since 30 September your marks are 5 of 10 on average.",
        "Figures are missing in both answers.",
        "Your own part stays unclear in 1 of 2 answers.",
        "Next, name your own steps, with “I” and a verb.",
    ]


def test_what_is_voided_after_the_session_leaves_note_focus_and_stored_counts_and_comes_back(topic, offline):
    session = day(topic, 0)
    good, bad = (make_question(topic.user, text, topic=topic) for text in ("Why nursing?", "Who is to blame?"))
    answered(session, FIGURES, question=good, score=6)
    answered(session, OWN, question=bad, score=2)
    focus = [{"focus": "Answer “Who is to blame?” once more.", "reason": "It was marked 2."}]
    make_reconciliation(session, ask_state="done")
    stale = "  I sing.\nYour first session, on 30 September, had 2 answers, with 4 of 10 on average.\nNext, sing."
    old = {"at": "2027-01-01T00:00:00Z", "pk": 10**9, "tally": {"answers": 9}}
    make_progress(topic, note=stale, own_lines=["  I sing."], next_focus=focus, tally=old)
    questions.void(bad)
    without = progress_of(topic)
    assert without.note.splitlines() == [
        "  I sing.",
        "Your first answer here, on 30 September, was marked 6 of 10.",
        "Figures are missing in your answer.",
        "Next, give figures: before, after, over what time.",
    ]
    assert "blame" not in str(without.next_focus)
    questions.void(good)
    assert (progress_of(topic).note, progress_of(topic).next_focus) == ("  I sing.", [])
    questions.restore(good)
    questions.restore(bad)
    assert "had 2 answers, with 4 of 10 on average" in progress_of(topic).note
    correct_note(topic, "", based_on=progress_of(topic).note_version)
    for change in (questions.void, questions.restore):
        for question in (good, bad):
            change(question)
    assert progress_of(topic).note.startswith("Your first session, on 30 September, had 2 answers")


def test_a_models_note_loses_what_a_void_made_untrue_and_keeps_the_rest(topic, fake_llm):
    session = day(topic, 0)
    good, bad = (make_question(topic.user, text, topic=topic) for text in ("Why nursing?", "Who is to blame?"))
    answered(session, FIGURES, question=good)
    answered(session, FIGURES, question=bad)
    focus = [{"focus": f"Answer “{text}” once more.", "reason": "Why not."} for text in ("Who is…", "Why nursing?")]
    make_progress(topic, note="You listen well. Figures are missing in 2 of 2 answers.", next_focus=focus)
    questions.void(bad)
    assert progress_of(topic).note == "You listen well."
    assert [item["focus"] for item in progress_of(topic).next_focus] == ["Answer “Why nursing?” once more."]


def test_a_mean_is_that_of_the_answers_and_harder_questions_are_told(topic):
    for number in range(6):
        session = day(topic, number)
        hard = number > 2
        for score in (8, 8, 8) if hard else (9, 10, 10, 10):
            how = "hard" if hard else "easy"
            question = make_question(topic.user, f"{number} {session.attempts.count()}?", topic=topic, difficulty=how)
            answered(session, question=question, score=score)
    counts = counts_of(topic)
    assert (counts.first_mean, counts.last_mean, counts.harder) == (9.8, 8.0, 1)
    assert "fell from 9.8 to 8 of 10 on average, on harder questions by now" in course(counts)
    answered(day(topic, 7), score=2)
    QuestionAttempt.objects.filter(session__lt=session.pk).delete()
    assert counts_of(topic).last_mean == 6.5  # (8 + 8 + 8 + 2) / 4, not (8 + 2) / 2


@pytest.mark.django_db(transaction=True)
def test_a_note_that_cannot_be_read_is_left_alone_and_the_page_says_so(client, topic, offline):
    session = day(topic, 0)
    answered(session, FIGURES)
    make_progress(topic, note="Mine.", note_version=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE plans_topicprogress SET note = 'x' WHERE topic_id = %s", [topic.pk])
    row = make_reconciliation(session)
    with read_what_can_be_read():
        reconciliation.reconcile(row)
    assert row.note_set_aside
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM plans_topicprogress WHERE topic_id = %s", [topic.pk])
        assert bytes(cursor.fetchone()[0]) == b"x"
    page = client.get(f"/sessions/{session.pk}/").content.decode()
    assert "Your note cannot be read any more, so it was left as it is." in page
    assert "Figures are missing in your answer." in page
    assert TopicProgress.objects.get(topic=topic).next_focus
