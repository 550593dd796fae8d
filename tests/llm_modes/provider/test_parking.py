"""Never more than half of a process's threads wait for the LLM; a thread counts once, through whichever door."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from llm_modes.asking import live
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState, claim
from llm_modes.asking.waiting import ask_or_wait, why_unanswered
from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.ledger import spending
from llm_modes.provider import parking
from study.models import QuestionAttempt
from tests.factories import make_attempt, make_user
from tests.fake_llm import a_mark

MODE = "evaluate_answer"


@pytest.fixture(autouse=True)
def six_threads(settings):
    settings.COACH_WEB_THREADS = 6
    yield
    assert taken() == 0
    assert (parking._waiting.total(), parking._leaving.total(), parking._promised) == (0, 0, 0)


def taken():
    return parking._parked.total()


def mark(row, on_progress=None):
    return ask_and_apply(
        row,
        mode=MODES[MODE],
        candidate=row.user,
        stage=lambda _row: MODES[MODE].stages[0],
        inputs=lambda row: MODES[MODE].example.inputs,
        apply=lambda row, answer: setattr(row, "score_rating", answer.reply.score),
        on_progress=on_progress,
    )


def in_thread(call):
    def run():
        try:
            return call()
        finally:
            connection.close()

    return run


def test_half_of_the_threads_find_a_place_and_the_next_one_is_told():
    for candidate in (1, 2, 3):
        parking.take(candidate)
    with pytest.raises(LLMFailure, match="busy") as refused, parking.parked(1):
        pass
    assert "hands full" in refused.value.message
    for candidate in (1, 2, 3):
        parking.free(candidate)


def test_whoever_holds_the_places_is_told_that_they_are_theirs():
    for _ in range(3):
        parking.take(1)
    with pytest.raises(LLMFailure, match="too_many_at_once"), parking.parked(1):
        pass
    for _ in range(3):
        parking.free(1)


def test_a_thread_counts_once_however_many_doors_it_stands_in(settings):
    settings.COACH_WEB_THREADS = 2
    with parking.parked(1), parking.parked(1), parking.parked(1):
        assert taken() == 1


def test_a_place_comes_free_when_the_waiting_ends_in_an_error():
    with pytest.raises(ZeroDivisionError), parking.parked(1):
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_of_five_candidates_at_once_three_wait_and_two_are_told_that_their_words_are_saved(fake_llm):
    rows, hold = [make_attempt(make_user(), state="submitted") for _ in range(5)], threading.Event()
    fake_llm.always(a_mark(), hold=hold)
    with ThreadPoolExecutor(5) as pool:
        marks = [pool.submit(in_thread(lambda row=row: mark(row))) for row in rows]
        fake_llm.wait_for(3)
        while sum(one.done() for one in marks) < 2:
            time.sleep(0.01)
        hold.set()
    states = sorted((row.ask_state, row.ask_failure) for row in (one.result() for one in marks))
    assert states == [(AskState.DONE, "")] * 3 + [(AskState.FAILED, "busy")] * 2
    assert len(fake_llm.requests) == 3


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_somebody_elses_claim_takes_a_place_too(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    claim(row)
    with ThreadPoolExecutor(5) as pool:
        waits = [
            pool.submit(
                in_thread(lambda: ask_or_wait(QuestionAttempt.objects.get(pk=row.pk), mark, candidate=row.user))
            )
            for _ in range(5)
        ]
        while sum(one.done() for one in waits) < 2:
            time.sleep(0.01)
        told = [why_unanswered(one.result(), row.user) for one in waits if one.done()]
        QuestionAttempt.objects.filter(pk=row.pk).update(ask_state=AskState.DONE, score_rating=5)
    assert [(one.status, one.code, one.retry_after) for one in told] == [(503, "busy", 5)] * 2
    assert sum(one.result().is_answered for one in waits) >= 3


@pytest.mark.django_db(transaction=True)
def test_a_stream_and_the_thread_that_asks_for_it_take_one_place(fake_llm):
    row, hold = make_attempt(make_user(), state="submitted"), threading.Event()
    fake_llm.reply(a_mark(), hold=hold)
    stream = live.stream(row, mode=MODES[MODE], ask=lambda on_progress: mark(row, on_progress), render=lambda part: "x")
    assert taken() == 0
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(in_thread(lambda: b"".join(stream.streaming_content)))
        fake_llm.wait_for(1)
        assert taken() == 1
        hold.set()
        assert b'"x"\n' in shown.result()


@pytest.mark.django_db
def test_a_stream_without_a_place_ends_at_once_with_a_row_that_offers_to_try_again(fake_llm):
    row = make_attempt(make_user(), state="submitted")
    others = (-1, -2, -3)
    for candidate in others:
        parking.take(candidate)
    stream = live.stream(row, mode=MODES[MODE], ask=mark, render=lambda part: "x")
    assert b"".join(stream.streaming_content) == b""
    for candidate in others:
        parking.free(candidate)
    row.refresh_from_db()
    # Still PENDING, the page would open the next stream at once, and so on.
    assert (row.ask_state, row.ask_failure) == (AskState.FAILED, "busy")
    assert spending.state_of(row.user).last_minute == 0


@pytest.mark.django_db(transaction=True)
def test_who_only_waits_makes_room_for_another_candidate(fake_llm):
    row, other = make_attempt(make_user(), state="submitted"), make_attempt(make_user(), state="submitted")
    claim(row)
    fake_llm.reply(a_mark())
    with ThreadPoolExecutor(3) as pool:
        waits = [
            pool.submit(
                in_thread(lambda: ask_or_wait(QuestionAttempt.objects.get(pk=row.pk), mark, candidate=row.user))
            )
            for _ in range(3)
        ]
        while parking._waiting.total() < 3:  # a thread has its place before it waits
            time.sleep(0.01)
        started = time.monotonic()
        assert mark(other).is_answered
        assert time.monotonic() - started < 3
        QuestionAttempt.objects.filter(pk=row.pk).update(ask_state=AskState.DONE, score_rating=5)
    assert sorted(one.result().is_answered for one in waits) == [False, True, True]


def test_nobody_makes_room_for_a_candidate_who_has_as_many():
    parking.take(1)
    parking.take(2)
    parking.take(2)
    with parking._changed:
        parking._waiting[1] += 1
        parking._waiting[2] += 1
        assert not parking._ask_somebody_to_leave(1)
        assert parking._ask_somebody_to_leave(3)
        parking._waiting.clear()
        parking._leaving.clear()
    for candidate in (1, 2, 2):
        parking.free(candidate)
