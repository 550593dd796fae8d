"""An answer that had no mark when its session ended gets it later, and the summary with it."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from coach.time_zone import local_day
from study import sessions, tasks
from study.models import QuestionAttempt, Reconciliation
from tests.factories import make_attempt, make_question, make_session
from tests.fake_llm import a_mark, a_reconciliation
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db
UNMARKED = ["misconfigured", "quota", "refused", "over_budget", "unreachable", "invalid_reply"]


def ended_with(alice, *states: str, **fields):
    """A session that is over, with an answer in each of these states."""
    session = make_session(alice)
    for number, state in enumerate(states):
        more = fields if state == "failed" else {}
        question = make_question(alice, f"What is thing {number}?")
        make_attempt(alice, session=session, question=question, state=state, **more)
    return sessions.end(session)


def page_of(client, session) -> str:
    return client.get(reverse("study:session_detail", args=[session.pk])).content.decode()


def want_marks(client, session, headers=HTMX):
    return client.post(reverse("study:session_reconciliation", args=[session.pk]), headers=headers)


def due_now() -> None:
    Reconciliation.objects.update(next_try_at=timezone.now())
    tasks.sweep()


@pytest.mark.parametrize("code", UNMARKED)
def test_the_summary_waits_for_no_mark_says_which_it_lacks_and_gets_it_when_wanted(
    client, alice, fake_llm, run_worker, code
):
    session = ended_with(alice, "marked", "failed", ask_failure=code)
    fake_llm.fault("http_401", mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    run_worker()
    page = page_of(client, session)
    assert "1 answer has no mark yet" in page
    assert (
        "saved, no mark yet"
        in client.post(reverse("study:session_summary", args=[session.pk]), headers=HTMX).content.decode()
    )
    assert f'action="{reverse("study:session_reconciliation", args=[session.pk])}"' in page
    fake_llm.reply(a_mark(score=9), mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(progress_note="Both are good."), mode="reconcile_session")
    assert "Marking what has no mark yet" in want_marks(client, session).content.decode()
    run_worker()
    arrived = client.post(reverse("study:session_summary", args=[session.pk]), headers=HTMX).content.decode()
    assert "no mark yet" not in arrived
    page = page_of(client, session)
    assert "no mark yet" not in page
    assert "<b>9</b> of 10" in page
    assert "Both are good." in page


def test_each_unmarked_answer_is_tried_before_the_summary_is_written(alice, fake_llm, run_worker):
    session = ended_with(alice, "submitted", "submitted", "submitted")
    fake_llm.fault("http_401")
    for score in (7, 8, 6):  # the first one has another try when the coach is back
        fake_llm.reply(a_mark(score=score))
    fake_llm.reply(a_reconciliation())
    run_worker()
    row = Reconciliation.objects.get(session=session)
    assert [one["best_score"] for one in row.summary] == [6, 7, 8]
    assert [request.mode for request in fake_llm.requests] == ["evaluate_answer"] * 4 + ["reconcile_session"]


def test_missing_marks_are_tried_again_by_themselves_ever_more_seldom(alice, fake_llm, run_worker):
    session = ended_with(alice, "marked", "submitted")
    waits = []
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    for _try in range(3):
        fake_llm.fault("http_500", mode="evaluate_answer")
        fake_llm.fault("http_500", mode="evaluate_answer")
        run_worker()
        row = Reconciliation.objects.get(session=session)
        assert row.ask_state == "done"
        waits.append(round((row.next_try_at - timezone.now()) / timedelta(minutes=1)))
        due_now()
    assert waits == [1, 2, 4]
    assert [request.mode for request in fake_llm.requests].count("reconcile_session") == 1


def test_who_has_to_mend_the_cause_is_given_two_hours(alice, fake_llm, run_worker):
    session = ended_with(alice, "marked", "submitted")
    fake_llm.fault("http_401", mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    run_worker()
    row = Reconciliation.objects.get(session=session)
    assert timedelta(hours=1, minutes=55) < row.next_try_at - timezone.now() <= timedelta(hours=2)


def test_after_the_days_share_is_used_up_the_marks_are_tried_when_the_next_day_begins(
    client, alice, fake_llm, run_worker, settings
):
    settings.COACH_DAILY_TOKENS = 0
    session = ended_with(alice, "submitted")
    run_worker()
    row = Reconciliation.objects.get(session=session)
    assert (row.ask_state, row.ask_failure) == ("failed", "over_budget")
    assert local_day(alice, row.next_try_at) == local_day(alice) + timedelta(days=1)
    assert QuestionAttempt.objects.get().ask_attempt == 0  # nothing was sent
    assert "try again tomorrow" in page_of(client, session)
    Reconciliation.objects.update(asked_at=F("asked_at") - timedelta(days=1))
    assert "A new day has begun" in page_of(client, session)
    settings.COACH_DAILY_TOKENS = 100_000
    fake_llm.reply(a_mark())
    fake_llm.reply(a_reconciliation())
    due_now()
    run_worker()
    assert Reconciliation.objects.get(session=session).ask_state == "done"


def test_one_that_was_tried_ten_times_is_left_to_the_candidate(client, alice, fake_llm, run_worker):
    session = ended_with(alice, "marked", "failed", ask_attempt=9)
    fake_llm.fault("http_401", mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    run_worker()
    assert Reconciliation.objects.get(session=session).next_try_at is None
    fake_llm.reply(a_mark(), mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    want_marks(client, session)
    run_worker()
    assert "no mark yet" not in page_of(client, session)


def test_an_answer_handed_in_after_the_end_is_marked_though_its_page_is_closed(client, alice, fake_llm, run_worker):
    session = ended_with(alice, "draft")
    run_worker()
    assert Reconciliation.objects.get(session=session).ask_state == "done"
    draft = QuestionAttempt.objects.get()
    client.post(reverse("study:attempt_submission", args=[draft.pk]), {"raw_answer": draft.raw_answer})
    fake_llm.reply(a_mark(score=8))
    fake_llm.reply(a_reconciliation())
    run_worker()
    assert "<b>8</b> of 10" in page_of(client, session)
    assert "End with measured results" in page_of(client, session)


def test_a_late_mark_does_not_turn_the_plan_back_to_an_older_session(client, alice, fake_llm, run_worker):
    older = ended_with(alice, "marked", "failed", ask_failure="refused", ask_attempt=10)
    Reconciliation.objects.filter(session=older).update(ask_state="done", next_try_at=None)
    OrmQ.objects.all().delete()
    newer = ended_with(alice, "marked")
    fake_llm.reply(a_reconciliation(progress_note="The newer one."))
    run_worker()
    fake_llm.reply(a_mark(score=9))
    want_marks(client, older)
    run_worker()
    assert newer.topic.progress.note == "The newer one."
    assert "<b>9</b> of 10" in page_of(client, older)


def test_a_late_summary_does_not_turn_the_plan_back_either(client, alice, fake_llm, run_worker):
    older = ended_with(alice, "marked")
    fake_llm.fault("http_401")
    run_worker()
    newer = ended_with(alice, "marked")
    fake_llm.reply(a_reconciliation(next_focus=[{"focus": "Of the newer one", "reason": "It came last."}]))
    run_worker()
    fake_llm.reply(a_reconciliation(next_focus=[{"focus": "Of the older one", "reason": "It came late."}]))
    want_marks(client, older)
    run_worker()
    assert [one["focus"] for one in newer.topic.progress.next_focus] == ["Of the newer one"]
    assert "Of the older one" in page_of(client, older)


def test_a_later_session_without_an_answer_says_nothing_so_a_late_mark_does(client, alice, fake_llm, run_worker):
    older = ended_with(alice, "marked", "failed", ask_failure="refused", ask_attempt=10)
    Reconciliation.objects.filter(session=older).update(ask_state="done", next_try_at=None)
    OrmQ.objects.all().delete()
    ended_with(alice)
    run_worker()
    fake_llm.reply(a_mark(score=9))
    fake_llm.reply(a_reconciliation(progress_note="Both are good."))
    want_marks(client, older)
    run_worker()
    assert older.topic.progress.note == "Both are good."


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_comes_while_the_summary_is_being_written_gets_into_it(client, alice, fake_llm, run_worker):
    session = ended_with(alice, "marked", "failed", ask_failure="refused", ask_attempt=1)
    late = QuestionAttempt.objects.get(ask_state="failed")
    fake_llm.fault("http_401", mode="evaluate_answer")
    fake_llm.reply(a_mark(score=9), mode="evaluate_answer")

    def try_again_meanwhile(_request):
        client.post(reverse("study:attempt_feedback", args=[late.pk]))
        connection.close()
        return a_reconciliation(progress_note="Without the last mark.")

    fake_llm.reply(try_again_meanwhile, mode="reconcile_session")
    fake_llm.reply(a_reconciliation(progress_note="With all marks."), mode="reconcile_session")
    run_worker()
    assert session.topic.progress.note == "With all marks."
    assert "marks: 9 in" in fake_llm.requests[-1].user
    assert not OrmQ.objects.exists()


def test_the_summary_that_was_there_stands_until_it_is_written_anew(client, alice, fake_llm, run_worker):
    session = ended_with(alice, "marked", "failed", ask_failure="refused")
    fake_llm.fault("http_401", mode="evaluate_answer")
    fake_llm.reply(a_reconciliation(progress_note="The first note."), mode="reconcile_session")
    run_worker()
    fake_llm.reply(a_mark(score=9), mode="evaluate_answer")
    want_marks(client, session)
    fake_llm.fault("http_401", mode="reconcile_session")
    run_worker()
    page = page_of(client, session)
    assert "The first note." in page
    assert "the summary does not have the last mark yet" in page
    assert "Try again</button>" in page
    type(session).objects.update(
        start_time=F("start_time") - timedelta(days=3), end_time=F("end_time") - timedelta(days=3)
    )
    want_marks(client, session)
    page = page_of(client, session)
    assert "The first note." in page
    since = re.search(r'data-start="([^"]+)"', page)[1]
    assert timezone.now() - datetime.fromisoformat(since) < timedelta(minutes=1)  # not since the session ended


def test_answers_that_were_not_tried_are_not_called_on_their_way_until_tomorrow(
    client, alice, fake_llm, run_worker, settings
):
    session = ended_with(alice, "marked", "failed", "failed", ask_failure="over_budget", ask_attempt=0)
    Reconciliation.objects.filter(session=session).update(ask_state="done", next_try_at=None)
    OrmQ.objects.all().delete()
    settings.COACH_DAILY_TOKENS = 0
    want_marks(client, session)
    assert "Marking what has no mark yet" in page_of(client, session)
    run_worker()
    page = page_of(client, session)
    assert "Marking what has no mark yet" not in page
    assert "saved, being marked" not in page
    assert "Try again</button>" in page


def test_one_that_was_handed_in_often_while_the_worker_was_behind_keeps_its_pause(alice, fake_llm, run_worker):
    session = ended_with(alice, "marked")
    due_now()
    due_now()
    assert OrmQ.objects.count() == 3
    fake_llm.fault("http_401")
    run_worker()
    fake_llm.fault("http_401")
    due_now()
    due_now()
    run_worker()
    assert len(fake_llm.requests) == Reconciliation.objects.get(session=session).ask_attempt == 2


def test_a_voided_question_lacks_no_mark(client, alice, fake_llm, run_worker):
    session = ended_with(alice, "failed", ask_failure="refused")
    question = session.attempts.get().question
    question.voided_at = timezone.now()
    question.save()
    run_worker()
    assert "no mark yet" not in page_of(client, session)


def test_wanting_marks_twice_or_without_a_script_asks_once(client, alice, fake_llm, run_worker):
    session = ended_with(alice, "marked", "failed", ask_failure="refused", ask_attempt=10)
    Reconciliation.objects.filter(session=session).update(ask_state="done", next_try_at=None)
    OrmQ.objects.all().delete()
    assert want_marks(client, session, headers={}).status_code == 302
    want_marks(client, session)
    fake_llm.reply(a_mark())
    fake_llm.reply(a_reconciliation())
    run_worker()
    assert [request.mode for request in fake_llm.requests] == ["evaluate_answer", "reconcile_session"]
