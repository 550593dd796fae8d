"""A candidate's share: two calls at once, twenty a minute, and never more tokens in a day than the cap."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import DataError, connection
from django.utils import timezone

from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure, told
from llm_modes.ledger import spending
from llm_modes.models import LLMCall, StartedCall
from llm_modes.provider import client
from plans import daily_review, tasks
from study import reconciliation
from tests.factories import (
    make_attempt,
    make_call,
    make_plan,
    make_progress,
    make_reconciliation,
    make_review,
    make_session,
    make_started_call,
    make_user,
)
from tests.fake_llm import a_mark, a_reconciliation, a_reply_to

pytestmark = pytest.mark.django_db
MODE = "evaluate_answer"


def ask(candidate, mode=MODE):
    return client.ask(MODES[mode], MODES[mode].example.inputs, candidate=candidate, stage=MODES[mode].stages[0])


def outcome(candidate):
    """ "ok", or the failure's code; for threads."""
    try:
        ask(candidate)
    except LLMFailure as failure:
        return failure.code
    finally:
        connection.close()
    return "ok"


def mark(row):
    return ask_and_apply(
        row,
        mode=MODES[MODE],
        candidate=row.user,
        stage=lambda _row: MODES[MODE].stages[0],
        inputs=lambda row: MODES[MODE].example.inputs,
        apply=lambda row, answer: setattr(row, "score_rating", answer.reply.score),
    )


# --- calls at once ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_twenty_calls_at_once_two_are_in_flight_and_the_others_are_told(fake_llm):
    candidate, hold = make_user(), threading.Event()
    fake_llm.always(a_mark(), hold=hold)
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(outcome, candidate) for _ in range(20)]
        fake_llm.wait_for(2)
        while sum(call.done() for call in calls) < 18:
            assert len(fake_llm.requests) == 2
        hold.set()
    assert sorted(call.result() for call in calls) == ["ok"] * 2 + ["too_many_at_once"] * 18
    assert len(fake_llm.requests) == 2
    assert LLMCall.objects.count() == 2
    assert spending.state_of(candidate)[:2] == (0, 2)


@pytest.mark.django_db(transaction=True)
def test_another_candidate_finds_their_own_places(fake_llm):
    candidate, other = make_user(), make_user()
    for _ in range(2):
        make_started_call(candidate)
    fake_llm.reply(a_mark())
    assert outcome(candidate) == "too_many_at_once"
    assert outcome(other) == "ok"


def test_zero_means_no_limit(fake_llm, settings):
    settings.COACH_CALLS_AT_ONCE = settings.COACH_CALLS_PER_MINUTE = 0
    candidate = make_user()
    for _ in range(30):
        make_started_call(candidate)
    fake_llm.reply(a_mark())
    ask(candidate)


def test_the_place_of_a_process_that_died_comes_free_with_its_lease_and_what_it_sent_counts(fake_llm):
    candidate = make_user()
    for _ in range(2):
        make_started_call(candidate, seconds_ago=61, sent_tokens=700, reserved_tokens=1500)
    assert spending.state_of(candidate) == (0, 0, 0, 3000)
    fake_llm.reply(a_mark())
    ask(candidate)
    state = spending.state_of(candidate)
    assert (state.running, state.reserved) == (0, 0)
    assert state.used == 1400 + fake_llm.input_tokens + fake_llm.output_tokens
    fake_llm.reply(a_mark())
    ask(candidate)
    assert spending.state_of(candidate).used == 1400 + fake_llm.input_tokens + fake_llm.output_tokens
    spending.reset(candidate)
    assert spending.state_of(candidate).used == 0


def test_a_row_that_is_asked_about_anew_takes_the_place_of_its_call_that_died(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    for number in (row.pk, row.pk + 1):
        make_started_call(row.user, about=f"study.questionattempt {number}", sent_tokens=700, reserved_tokens=1500)
    fake_llm.reply(a_mark(score=7))
    assert mark(row).score_rating == 7
    state = spending.state_of(row.user)
    assert (state.running, state.reserved) == (1, 1500)
    assert state.used == 700 + fake_llm.input_tokens + fake_llm.output_tokens


def test_a_late_end_of_a_call_that_was_taken_for_dead_counts_once(fake_llm):
    candidate = make_user()
    late = spending.Share(candidate, mode=MODE, model="m", about="row 1")
    late.reserve(prompt=10, output=10)
    again = spending.Share(candidate, mode=MODE, model="m", about="row 1")
    again.reserve(prompt=10, output=10)
    assert spending.state_of(candidate)[2:] == (10, 20)
    for share in (late, again):
        call = LLMCall(user=candidate, mode=MODE, model="m", outcome="ok", input_tokens=9, output_tokens=4)
        share.settle([call])
    assert spending.state_of(candidate)[2:] == (26, 0)


def test_a_call_that_fails_gives_its_place_back(fake_llm):
    candidate = make_user()
    for _ in range(4):
        fake_llm.fault("http_400")
        with pytest.raises(LLMFailure, match="misconfigured"):
            ask(candidate)
    assert spending.state_of(candidate).running == 0


def test_the_offline_coach_takes_a_place_but_no_tokens_and_knows_no_minute(settings):
    candidate = make_user()
    for _ in range(25):
        ask(candidate)
    assert spending.state_of(candidate) == (0, 0, 0, 0)
    for _ in range(2):
        make_started_call(candidate)
    with pytest.raises(LLMFailure, match="too_many_at_once"):
        ask(candidate)


# --- calls a minute -----------------------------------------------------------------------------------------


def test_the_twenty_first_call_within_a_minute_is_refused_and_goes_through_a_minute_later(fake_llm):
    candidate = make_user()
    fake_llm.always(a_mark())
    for _ in range(20):
        ask(candidate)
    with pytest.raises(LLMFailure, match="too_many_calls") as refused:
        ask(candidate)
    assert "20 times within a minute" in refused.value.message
    assert "saved" in refused.value.message
    assert 50 < spending.seconds_to_wait(candidate) <= 61
    assert len(fake_llm.requests) == 20
    assert StartedCall.objects.count() == 20
    StartedCall.objects.update(started_at=timezone.now() - timedelta(seconds=61))
    ask(candidate)
    assert StartedCall.objects.count() == 1  # nothing older than a minute is kept


def test_a_refused_row_has_failed_can_be_tried_again_and_used_up_no_try(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    busy = [make_started_call(row.user) for _ in range(2)]
    refused = mark(row)
    assert (refused.ask_state, refused.ask_failure, refused.ask_attempt) == (AskState.FAILED, "too_many_at_once", 0)
    assert refused.failure == told("too_many_at_once")
    assert refused.failure.can_retry
    assert "the last 2 things" in refused.failure.message
    assert LLMCall.objects.count() == 0
    busy[0].delete()
    fake_llm.reply(a_mark(score=7))
    assert mark(refused).score_rating == 7


# --- what the worker asks -----------------------------------------------------------------------------------


def test_a_summary_yields_to_the_candidate_and_waits_for_the_sweep(fake_llm):
    user = make_user()
    session = make_session(user, ended=True)
    make_attempt(user, session=session, state="marked")
    row = make_reconciliation(session)
    running = make_started_call(user)
    with spending.background():
        reconciliation.reconcile(row)
    row.refresh_from_db()
    assert (row.ask_state, row.ask_failure, row.ask_attempt) == (AskState.PENDING, "", 0)
    running.delete()
    fake_llm.reply(a_reconciliation(), mode="reconcile_session")
    with spending.background():
        reconciliation.reconcile(row)
    row.refresh_from_db()
    assert row.is_answered


def test_an_answer_that_the_worker_could_not_mark_yet_keeps_its_summary_waiting(fake_llm):
    user = make_user()
    session = make_session(user, ended=True)
    make_attempt(user, session=session, state="marked")
    unmarked = make_attempt(user, session=session, state="submitted")
    row = make_reconciliation(session)
    make_started_call(user)
    with spending.background():
        reconciliation.reconcile(row)
    row.refresh_from_db()
    unmarked.refresh_from_db()
    assert fake_llm.requests == []
    assert (row.ask_state, unmarked.ask_state) == (AskState.PENDING, AskState.PENDING)


def test_a_daily_review_that_was_put_off_is_handed_in_again_by_the_sweep(fake_llm):
    user = make_user()
    make_progress(make_plan(user)[0])
    review = make_review(user)
    running = make_started_call(user)
    tasks.write_daily_review(review.pk)
    review.refresh_from_db()
    assert (review.ask_state, review.ask_failure) == (AskState.PENDING, "")
    assert daily_review.hand_due_to_worker() == 0
    type(review).objects.update(next_try_at=timezone.now())
    assert daily_review.hand_due_to_worker() == 1
    running.delete()
    fake_llm.always(a_reply_to)
    tasks.write_daily_review(review.pk)
    review.refresh_from_db()
    assert review.is_answered


def test_while_the_worker_asks_the_candidate_still_finds_a_place(fake_llm):
    user = make_user()
    make_started_call(user, mode="reconcile_session")
    fake_llm.reply(a_mark())
    ask(user)


# --- tokens a day -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_calls_at_once_end_below_the_cap(fake_llm, settings):
    settings.COACH_CALLS_AT_ONCE = settings.COACH_CALLS_PER_MINUTE = 0
    settings.COACH_DAILY_TOKENS = 7000
    candidate, hold = make_user(), threading.Event()
    fake_llm.always(a_mark(), hold=hold)
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(outcome, candidate) for _ in range(20)]
        fake_llm.wait_for(1)
        threading.Timer(0.5, hold.set).start()
    codes = {call.result() for call in calls}
    assert codes == {"ok", "over_budget"}
    used = spending.tokens_used_today(candidate)
    assert used == fake_llm.input_tokens + fake_llm.output_tokens
    assert 1000 < used <= 7000
    assert spending.state_of(candidate).reserved == 0


@pytest.mark.django_db(transaction=True)
def test_a_request_is_reserved_as_its_prompt_and_its_longest_reply(fake_llm):
    candidate, reserved = make_user(), []

    def look(handler, request):
        reserved.append(spending.state_of(candidate).reserved)
        connection.close()
        handler.send_json(401, {"error": {"code": "invalid_api_key", "message": "no"}})

    fake_llm.play(look)
    with pytest.raises(LLMFailure):
        ask(candidate)
    prompt, longest = fake_llm.requests[0].count_input(), MODES[MODE].max_output_tokens
    assert prompt + longest <= reserved[0] < 2 * prompt + longest
    assert spending.state_of(candidate).reserved == 0


def test_the_second_request_of_an_action_is_reserved_anew_and_stops_at_the_cap(fake_llm, settings):
    settings.COACH_DAILY_TOKENS = 2000
    candidate = make_user()
    fake_llm.reply(a_mark(score=11))  # asked again, if there is anything left
    with pytest.raises(LLMFailure, match="over_budget"):
        ask(candidate)
    assert len(fake_llm.requests) == 1
    assert spending.tokens_used_today(candidate) <= 2000


def test_tokens_reserved_by_a_call_in_flight_are_not_there_for_another(fake_llm, settings):
    settings.COACH_DAILY_TOKENS = 3000
    candidate = make_user()
    make_started_call(candidate, reserved_tokens=2900)
    with pytest.raises(LLMFailure, match="over_budget"):
        ask(candidate)
    assert fake_llm.requests == []


@pytest.mark.parametrize("reserved", [0, 2900])
@pytest.mark.parametrize("used", [0, 1, 2000, 2001, 2999, 3000, 3001])
@pytest.mark.parametrize("cap", [3000, 100])
def test_the_day_is_used_up_where_the_next_call_would_be_refused_with_nothing_in_flight(cap, used, reserved, settings):
    settings.OFFLINE_COACH, settings.COACH_DAILY_TOKENS = False, cap
    candidate = make_user()
    make_call(candidate, input_tokens=used, output_tokens=0)
    in_flight = make_started_call(candidate, reserved_tokens=reserved)
    is_used_up = spending.is_used_up(candidate, wanted=1000)
    in_flight.delete()
    with pytest.raises(LLMFailure, match="over_budget") if is_used_up else nullcontext():
        spending.Share(candidate, mode=MODE, model="m").reserve(prompt=600, output=400)


def test_where_nothing_may_be_asked_no_next_day_is_promised(settings):
    settings.OFFLINE_COACH, settings.COACH_DAILY_TOKENS = False, 0
    assert not spending.is_used_up(make_user(), wanted=1000)


def test_an_admin_who_resets_the_day_frees_everything(fake_llm, settings):
    settings.COACH_DAILY_TOKENS = 3000
    candidate = make_user()
    make_call(candidate, input_tokens=2900, output_tokens=100)
    for _ in range(20):
        make_started_call(candidate)
    spending.reset(candidate)
    assert spending.state_of(candidate) == (0, 0, 0, 0)
    fake_llm.reply(a_mark())
    ask(candidate)


def test_an_action_whose_place_was_reset_goes_on(fake_llm):
    candidate = make_user()
    share = spending.Share(candidate, mode=MODE, model="m")
    share.reserve(prompt=10, output=10)
    spending.reset(candidate)
    share.reserve(prompt=10, output=10, used=20)
    share.settle([])
    assert spending.state_of(candidate) == (0, 1, 0, 0)


def test_a_candidate_who_is_erased_meanwhile_leaves_nothing_behind(fake_llm):
    candidate = make_user()
    share = spending.Share(candidate, mode=MODE, model="m")
    share.reserve(prompt=10, output=10)
    type(candidate).objects.filter(pk=candidate.pk).delete()
    share.settle([LLMCall(user=candidate, mode=MODE, model="m")])
    assert LLMCall.objects.count() == 0


def test_a_database_that_fails_is_no_failure_of_the_llm(fake_llm, settings):
    settings.COACH_MODEL = "m" * 200  # longer than its column
    with pytest.raises(DataError):
        ask(make_user())
    assert fake_llm.requests == []
