"""Whoever waits for the coach can stop it: the row has failed, the call ends, and nobody asks again but they."""

import threading
import time

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from coach.models import User
from llm_modes.asking.rows import AskState, stop
from llm_modes.failures import FAILURES
from llm_modes.models import LLMCall
from plans import daily_review
from plans.models import DailyReview
from study import reconciliation, sessions, tasks
from study.models import QuestionAttempt, Reconciliation
from tests.factories import make_attempt, make_brief, make_plan, make_progress, make_session, make_user
from tests.fake_llm import a_mark, a_reconciliation, completion
from tests.waiting_rows import CASES, Case, an_answer
from tests.worker import run_worker

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}
SAID = FAILURES["stopped"].message
BEING_ASKED = {"ask_state": AskState.ASKING, "ask_failure": "", "ask_attempt": 3}


@pytest.fixture
def alice(client) -> User:
    alice = make_user("alice", current_role="Backend engineer")
    make_brief(alice)
    make_plan(alice)
    client.force_login(alice)
    return alice


@pytest.fixture(params=CASES, ids=lambda make: make.__name__.replace("_", " "))
def case(request, alice) -> Case:
    case = request.param(alice)
    become(case, "asking")
    return case


def become(case: Case, state: str, **fields) -> None:
    soon = timezone.now() + timezone.timedelta(seconds=40)
    fields = {**BEING_ASKED, "ask_state": state, "asked_at": timezone.now(), "ask_lease_until": soon, **fields}
    type(case.row)._base_manager.filter(pk=case.row.pk).update(**fields)
    case.row.refresh_from_db()


@pytest.mark.parametrize("state", ["pending", "asking"])
def test_a_stop_leads_back_to_the_page_which_says_so_and_offers_to_try_again(client, case, state):
    become(case, state)
    page = client.get(case.page).content.decode()
    assert f'action="{case.stop}' in page
    assert page.count(' primary"') == 1
    assert client.post(case.stop).url == case.page or case.page == reverse("plans:chat")
    page = client.get(case.page).content.decode()
    assert SAID in page
    assert f'action="{case.ask}' in page
    assert "Try again</button>" in page
    assert page.count(' primary"') == 1


def test_with_scripts_the_failure_takes_the_place_of_the_wait(client, case):
    response = client.post(case.stop, headers=FRAGMENT)
    assert response.status_code == 200
    assert SAID in response.text
    assert "<html" not in response.text


def test_what_was_stopped_is_asked_again_by_a_click_only(client, case, fake_llm):
    client.post(case.stop)
    assert client.post(f"{case.ask}?again=1", headers=FRAGMENT).status_code == 409
    assert client.post(f"{case.ask}?again=1").status_code == 302
    assert fake_llm.requests == []
    fake_llm.reply(case.reply)
    client.post(case.ask)
    case.row.refresh_from_db()
    assert case.row.is_answered


@pytest.mark.parametrize("state", ["failed", "none", "done"])
def test_what_waits_for_nothing_stays_as_it_is(client, alice, state):
    case = an_answer(alice)
    become(case, state, ask_failure="quota", score_rating=7, ask_lease_until=None)
    client.post(case.stop)
    case.row.refresh_from_db()
    assert (case.row.ask_state, case.row.ask_failure, case.row.ask_attempt) == (state, "quota", 3)


def test_how_far_it_is_is_told_when_it_has_changed_and_asking_for_that_asks_nobody(client, case, fake_llm):
    def look(seen):
        response = client.post(f"{case.ask}?look={seen}", headers=FRAGMENT)
        return response.status_code, response.text

    assert look("asked") == (204, "")
    become(case, "asking", ask_writing_since=timezone.now())
    status, said = look("asked")
    assert status == 200
    assert ">Writing.</span>" in said
    assert 'look=writing"' in said
    assert look("writing")[0] == 204
    become(case, "pending")
    assert look("writing")[0] == 200
    for state in ("failed", "done"):
        become(case, state, score_rating=7) if isinstance(case.row, QuestionAttempt) else become(case, state)
        assert look("writing")[0] == 204
    assert fake_llm.requests == []


def test_the_page_says_whether_words_have_come(client, alice):
    case = an_answer(alice)
    become(case, "asking")
    assert "Waiting for the first words" in client.get(case.page).text
    become(case, "asking", ask_writing_since=timezone.now())
    page = client.get(case.page).text
    assert ">Writing.</span>" in page
    assert "Waiting for the first words" not in page


# --- what the worker asks for ----------------------------------------------------------------------------------------


@pytest.fixture
def ended(alice):
    session = make_session(alice)
    make_attempt(alice, session=session, state="marked", score=6)
    return sessions.end(session)


def address(session, name):
    return reverse(f"study:session_{name}", args=[session.pk])


def test_a_summary_that_was_stopped_is_written_when_it_is_wanted_again(client, ended, fake_llm):
    assert "Waiting for its turn" in client.get(address(ended, "detail")).text
    client.post(address(ended, "summary_stop"))
    page = client.get(address(ended, "detail")).text
    assert SAID in page
    assert page.count(' primary"') == 1
    run_worker()  # the task was in the queue already
    Reconciliation.objects.update(created_at=timezone.now() - timezone.timedelta(days=1))
    tasks.sweep()
    run_worker()
    assert fake_llm.requests == []
    fake_llm.reply(a_reconciliation())
    client.post(address(ended, "reconciliation"))
    run_worker()
    assert Reconciliation.objects.get().is_answered


@pytest.mark.django_db(transaction=True)
def test_a_summary_that_is_stopped_while_it_is_being_written_is_not_tried_again(ended, fake_llm):
    def stopped_meanwhile(_request):
        reconciliation.stop(Reconciliation.objects.get())
        connection.close()
        return a_reconciliation()

    fake_llm.always(stopped_meanwhile)
    run_worker()
    row = Reconciliation.objects.get()
    assert (row.is_stopped, row.next_try_at, len(fake_llm.requests)) == (True, None, 1)


def test_with_the_summary_the_marks_on_their_way_to_it_are_stopped_and_wanted_again(client, alice, fake_llm):
    session = make_session(alice)
    make_attempt(alice, session=session, state="submitted")
    sessions.end(session)
    client.post(address(session, "summary_stop"))
    assert QuestionAttempt.objects.get().is_stopped
    run_worker()
    tasks.sweep()
    run_worker()
    assert fake_llm.requests == []
    fake_llm.reply(a_mark(score=7))
    fake_llm.reply(a_reconciliation())
    client.post(address(session, "reconciliation"))
    for _turn in range(3):
        run_worker()
    assert QuestionAttempt.objects.get().score_rating == 7
    assert Reconciliation.objects.get().is_answered


def test_a_mark_that_was_stopped_in_the_session_is_left_out_of_its_summary(client, alice, fake_llm):
    session = make_session(alice)
    make_attempt(alice, session=session, state="marked", score=6)
    left_out = make_attempt(alice, session=session, state="submitted")
    client.post(reverse("study:attempt_feedback_stop", args=[left_out.pk]))
    sessions.end(session)
    fake_llm.reply(a_reconciliation())
    run_worker()
    assert [request.mode for request in fake_llm.requests] == ["reconcile_session"]
    page = client.get(address(session, "detail")).text
    assert "1 answer has no mark yet" in page
    assert SAID in page
    fake_llm.reply(a_mark(score=7))
    fake_llm.reply(a_reconciliation())
    client.post(address(session, "reconciliation"))
    for _turn in range(3):
        run_worker()
    left_out.refresh_from_db()
    assert left_out.score_rating == 7


def test_a_review_that_was_stopped_is_started_by_neither_login_nor_sweep(client, alice, fake_llm):
    make_progress(alice.plan_topics.first())
    daily_review.start_for(alice)
    client.post(reverse("plans:review_answer_stop"))
    daily_review.start_for(alice)
    daily_review.hand_due_to_worker()
    run_worker()
    assert fake_llm.requests == []
    assert DailyReview.objects.get().is_stopped


# --- the call --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("streamed", [False, True])
def test_the_running_call_ends_soon_and_is_in_the_ledger(client, alice, fake_llm, streamed):
    row, hold = make_attempt(alice, state="submitted"), threading.Event()

    def pieces():
        yield '{"positive_feedback": ["You kept the lamp'
        hold.wait(20)
        yield ' running."]}'

    fake_llm.play(completion(pieces=pieces) if streamed else completion(a_mark(), hold=hold))

    def ask():
        client.post(reverse("study:attempt_feedback", args=[row.pk]))
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        fake_llm.wait_for(1, seconds=30)
        until = time.monotonic() + 5
        while streamed and not QuestionAttempt.objects.get(pk=row.pk).ask_writing_since:
            assert time.monotonic() < until
            time.sleep(0.05)
        since = time.monotonic()
        stop(QuestionAttempt.objects.get(pk=row.pk))
        asking.join(10)
        assert not asking.is_alive()
        assert time.monotonic() - since < 6  # two seconds, on a machine at rest
    finally:
        hold.set()
        asking.join(20)
    call = LLMCall.objects.get()
    assert call.outcome == "stopped"
    assert call.input_tokens > 100
    assert bool(call.output_tokens) == streamed
    assert QuestionAttempt.objects.get(pk=row.pk).is_stopped
