"""After a session: written down exactly once, whatever fails meanwhile."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from plans.models import TopicProgress
from plans.progress import write_note
from study import sessions, tasks
from study.models import Reconciliation
from tests.factories import make_attempt, make_progress, make_question, make_session
from tests.fake_llm import a_mark, a_reconciliation, an_anchor
from tests.study.conftest import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def practised(alice):
    """A session with two tries at one question and one at another; then ended."""
    session = make_session(alice)
    limiter, deadlock = make_question(alice), make_question(alice, "What is a deadlock?")
    for question, score in ((limiter, 4), (limiter, 8), (deadlock, 6)):
        make_attempt(alice, session=session, question=question, state="marked", score=score)
    return sessions.end(session)


def reconciled(session) -> Reconciliation:
    return Reconciliation.objects.get(session=session)


def test_counts_and_best_marks_are_counted_from_rows_whatever_the_reply_says(practised, fake_llm, run_worker):
    wrong = [{"question": "What is a deadlock?", "attempts": 9, "best_score": 10, "best_anchors": [an_anchor("Kept")]}]
    fake_llm.reply(a_reconciliation(question_attempts=wrong))
    run_worker()
    row = reconciled(practised)
    assert row.ask_state == "done"
    assert [(one["question"], one["attempts"], one["best_score"]) for one in row.summary] == [
        ("How would you design a rate limiter?", 2, 8),
        ("What is a deadlock?", 1, 6),
    ]
    assert [one["best_anchors"][0]["name"] for one in row.summary] == ["Own part", "Kept"]


def test_note_focus_and_strength_are_written_down(practised, fake_llm, run_worker):
    fake_llm.reply(a_reconciliation())
    run_worker()
    progress = TopicProgress.objects.get(topic=practised.topic)
    assert progress.note == "You explain designs clearly. Results still lack numbers."
    assert progress.next_focus[0]["focus"] == "End with measured results"
    assert 6 < progress.strength_rating < 7
    assert progress.sessions == 1


def test_of_the_models_note_stays_what_the_counts_bear_and_never_nothing(practised, fake_llm, run_worker):
    fake_llm.reply(
        a_reconciliation(progress_note="Figures are missing in 7 of 12 answers. You are calm. You are calm.")
    )
    run_worker()
    assert TopicProgress.objects.get(topic=practised.topic).note == "You are calm."
    assert reconciled(practised).note == "You are calm."
    later = make_session(practised.user, topic=practised.topic)
    make_attempt(practised.user, session=later, state="marked", score=6)
    sessions.end(later)
    fake_llm.reply(a_reconciliation(progress_note="Figures are missing in 99 of 100 answers."))
    run_worker()
    note = TopicProgress.objects.get(topic=practised.topic).note
    assert note.startswith("In 4 answers since ")
    assert note.endswith("\nNext, end with measured results.")


def test_the_prompt_holds_marks_and_no_raw_answers(practised, fake_llm, run_worker):
    make_progress(practised.topic, note="You like to draw boxes.", note_version=3)
    fake_llm.reply(a_reconciliation())
    run_worker()
    prompt = fake_llm.requests[0].user
    assert "You like to draw boxes." in prompt
    assert "payment service" not in prompt
    assert "What is a deadlock?" in prompt


def test_running_the_task_again_changes_nothing_and_costs_nothing(practised, fake_llm, run_worker):
    fake_llm.reply(a_reconciliation())
    run_worker()
    before = TopicProgress.objects.values().get(topic=practised.topic)
    tasks.reconcile(reconciled(practised).pk)
    assert TopicProgress.objects.values().get(topic=practised.topic) == before
    assert len(fake_llm.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_a_note_edited_meanwhile_stands_and_the_coachs_is_kept_beside_it(client, practised, fake_llm, run_worker):
    make_progress(practised.topic, note="Mine", note_version=1)

    def edit_meanwhile(_request):
        write_note(practised.topic, "Mine, edited", based_on=1)
        connection.close()
        return a_reconciliation()

    fake_llm.reply(edit_meanwhile)
    run_worker()
    assert TopicProgress.objects.get(topic=practised.topic).note == "Mine, edited"
    row = reconciled(practised)
    assert row.note_set_aside
    page = client.get(reverse("study:session_detail", args=[practised.pk])).content.decode()
    assert "yours stands" in page
    assert "Results still lack numbers." in page


@pytest.mark.django_db(transaction=True)
def test_a_note_that_grew_by_another_session_meanwhile_is_read_again(practised, fake_llm, run_worker):
    make_progress(practised.topic, note="Old", note_version=1)

    def other_session_meanwhile(_request):
        write_note(practised.topic, "By the other session", based_on=1)
        other = make_session(practised.user, topic=practised.topic, ended=True)
        Reconciliation.objects.create(session=other, ask_state="done", done_at=timezone.now())
        connection.close()
        return a_reconciliation(progress_note="From the old note.")

    fake_llm.reply(other_session_meanwhile)
    run_worker()
    assert reconciled(practised).ask_failure == "interrupted"
    fake_llm.reply(a_reconciliation(progress_note="From both."))
    Reconciliation.objects.filter(session=practised).update(next_try_at=timezone.now())
    tasks.reconcile(reconciled(practised).pk)
    assert "By the other session" in fake_llm.requests[-1].user
    assert TopicProgress.objects.get(topic=practised.topic).note == "From both."


def test_a_session_without_answers_is_reconciled_without_asking(client, alice, fake_llm, run_worker):
    session = sessions.end(make_session(alice))
    run_worker()
    assert reconciled(session).ask_state == "done"
    assert fake_llm.requests == []
    page = client.get(reverse("study:session_detail", args=[session.pk])).content.decode()
    assert "nothing to sum up" in page


def test_an_answer_that_nobody_got_marked_is_marked_before_the_summary(alice, fake_llm, run_worker):
    session = make_session(alice)
    make_attempt(alice, session=session, state="submitted")
    sessions.end(session)
    fake_llm.reply(a_mark(score=7))
    fake_llm.reply(a_reconciliation())
    run_worker()
    assert [one["best_score"] for one in reconciled(session).summary] == [7]
    assert [request.mode for request in fake_llm.requests] == ["evaluate_answer", "reconcile_session"]


def test_when_no_answer_can_be_marked_the_summary_waits_for_it(alice, fake_llm, run_worker):
    session = make_session(alice)
    attempt = make_attempt(alice, session=session, state="submitted")
    sessions.end(session)
    fake_llm.fault("http_401")
    run_worker()
    row = reconciled(session)
    assert (row.ask_state, row.ask_failure) == ("failed", "misconfigured")
    attempt.refresh_from_db()
    assert attempt.score_rating is None


def test_a_failure_is_visible_with_a_button_and_retry_finishes_it(client, practised, fake_llm, run_worker):
    fake_llm.fault("http_500")
    fake_llm.fault("http_500")
    run_worker()
    page = client.get(reverse("study:session_detail", args=[practised.pk])).content.decode()
    assert "the summary is not written yet" in page
    assert "What is a deadlock?" in page
    retry = reverse("study:session_reconciliation", args=[practised.pk])
    assert retry in page
    assert "Writing the summary" in client.post(retry, headers=HTMX).content.decode()
    client.post(retry, headers=HTMX)
    assert OrmQ.objects.count() == 1
    fake_llm.reply(a_reconciliation())
    run_worker()
    content = client.post(reverse("study:session_summary", args=[practised.pk]), headers=HTMX).content.decode()
    assert "End with measured results" in content
    assert "<html" not in content


def test_the_sweep_tries_again_and_waits_longer_each_time(practised, fake_llm, run_worker):
    waits = []
    for _try in range(4):
        fake_llm.fault("http_500")
        fake_llm.fault("http_500")
        run_worker()
        row = reconciled(practised)
        waits.append(round((row.next_try_at - timezone.now()) / timedelta(minutes=1)))
        tasks.sweep()
        assert OrmQ.objects.count() == 0
        Reconciliation.objects.update(next_try_at=timezone.now())
        tasks.sweep()
        assert OrmQ.objects.count() == 1
    assert waits == [1, 2, 4, 8]


def test_the_sweep_finds_what_the_queue_lost(practised, fake_llm, run_worker):
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert OrmQ.objects.count() == 0
    Reconciliation.objects.update(next_try_at=timezone.now())
    tasks.sweep()
    fake_llm.reply(a_reconciliation())
    run_worker()
    assert reconciled(practised).ask_state == "done"


def test_the_sweep_finds_what_a_dead_worker_left_behind(practised, fake_llm, run_worker):
    OrmQ.objects.all().delete()
    Reconciliation.objects.update(ask_state="asking", ask_attempt=1, ask_lease_until=timezone.now())
    tasks.sweep()
    fake_llm.reply(a_reconciliation())
    run_worker()
    row = reconciled(practised)
    assert (row.ask_state, row.ask_attempt) == ("done", 2)


def test_one_that_kills_every_worker_is_left_to_the_candidate(practised):
    OrmQ.objects.all().delete()
    Reconciliation.objects.update(ask_state="asking", ask_attempt=20, ask_lease_until=timezone.now())
    tasks.sweep()
    assert OrmQ.objects.count() == 0


def test_a_mark_that_is_being_made_is_waited_for(practised, fake_llm, run_worker):
    attempt = practised.attempts.first()
    make_attempt(
        practised.user,
        session=practised,
        question=attempt.question,
        state="submitted",
        ask_state="asking",
        ask_lease_until=timezone.now() + timedelta(seconds=40),
    )
    run_worker()
    assert reconciled(practised).ask_state == "pending"
    assert fake_llm.requests == []


def test_a_task_whose_candidate_was_erased_does_nothing():
    tasks.reconcile(987654)


def test_the_queue_carries_ids_only(practised):
    payload = str(OrmQ.objects.get().task)
    assert "deadlock" not in payload
    assert OrmQ.objects.get().task["args"] == (reconciled(practised).pk,)


def test_the_database_holds_no_word_of_it_in_the_clear(practised, fake_llm, run_worker):
    fake_llm.reply(a_reconciliation())
    run_worker()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM study_reconciliation r")
        assert "numbers" not in cursor.fetchone()[0]


@pytest.mark.parametrize("name", ["study:session_reconciliation", "study:session_summary"])
def test_only_the_owner_looks_or_retries(client, alice, bob, name):
    theirs = sessions.end(make_session(bob))
    assert client.post(reverse(name, args=[theirs.pk]), headers=HTMX).status_code == 404
    running = make_session(alice)
    assert client.post(reverse(name, args=[running.pk]), headers=HTMX).status_code == 404
    client.logout()
    assert client.post(reverse(name, args=[running.pk])).url.startswith(reverse("login"))


def test_while_it_is_written_the_page_is_told_that_nothing_has_changed(client, practised):
    url = reverse("study:session_summary", args=[practised.pk])
    assert client.post(f"{url}?again=1", headers=HTMX).status_code == 204
    assert client.post(url).url == reverse("study:session_detail", args=[practised.pk])
