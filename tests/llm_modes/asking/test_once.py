"""The one pattern: a row is claimed once, asked outside of any transaction, and answered by its own attempt only."""

import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState, claim, refuse, release_expired
from llm_modes.catalogue import MODES
from llm_modes.failures import FAILURES, LLMFailure
from llm_modes.models import LLMCall
from llm_modes.stages import Stage
from study.models import QuestionAttempt
from tests.factories import ANSWER, make_attempt, make_user
from tests.fake_llm import a_mark

pytestmark = pytest.mark.django_db


def store_mark(row, answer):
    row.score_rating = answer.reply.score
    row.model = answer.model


def mark(row, *, apply=store_mark, inputs=None, stage=Stage.IN_SESSION, on_progress=None):
    return ask_and_apply(
        row,
        mode=MODES["evaluate_answer"],
        candidate=row.user,
        stage=lambda _row: stage,
        inputs=inputs or (lambda row: MODES["evaluate_answer"].example.inputs),
        apply=apply,
        on_progress=on_progress,
    )


def submitted(**fields):
    return make_attempt(make_user(), state="submitted", **fields)


def stored(row):
    return QuestionAttempt.objects.get(pk=row.pk)


def expire_lease(row):
    QuestionAttempt.objects.filter(pk=row.pk).update(ask_lease_until=timezone.now() - timedelta(seconds=1))


def test_a_reply_is_stored_through_apply(fake_llm):
    fake_llm.reply(a_mark(score=7))
    row = mark(submitted())
    assert (row.ask_state, row.score_rating, row.ask_attempt, row.ask_lease_until) == (AskState.DONE, 7, 1, None)
    assert row.is_answered
    assert row.failure is None
    assert stored(row).score_rating == 7


def test_a_failure_is_stored_and_the_words_are_still_there(fake_llm):
    fake_llm.fault("quota")
    row = mark(submitted())
    assert (row.ask_state, row.ask_failure, row.failure) == (AskState.FAILED, "quota", FAILURES["quota"])
    assert stored(row).raw_answer == ANSWER
    assert stored(row).score_rating is None


def test_a_failed_row_can_be_tried_again(fake_llm):
    fake_llm.fault("quota")
    fake_llm.reply(a_mark(score=5))
    row = mark(mark(submitted()))
    assert (row.ask_state, row.ask_failure, row.score_rating, row.ask_attempt) == (AskState.DONE, "", 5, 2)


def test_who_came_for_a_row_that_waited_does_not_ask_for_what_has_failed_meanwhile(fake_llm):
    """Of two pages that ask by themselves, the second comes when the first one's try has failed."""
    fake_llm.fault("quota")
    first = submitted()
    second = stored(first)
    mark(first)
    assert mark(second).ask_failure == "quota"
    assert len(fake_llm.requests) == 1


def test_want_of_a_place_does_not_hide_why_another_try_has_failed_meanwhile(fake_llm):
    fake_llm.fault("quota")
    first = submitted()
    second = stored(first)
    mark(first)
    refuse(second, "busy")
    assert (second.ask_failure, stored(first).ask_failure) == ("quota", "quota")


def test_an_answered_row_is_not_asked_again(fake_llm):
    fake_llm.reply(a_mark(score=7))
    row = mark(mark(submitted()))
    assert row.score_rating == 7
    assert len(fake_llm.requests) == 1


def test_a_row_that_nobody_asked_about_is_not_asked(fake_llm):
    assert mark(make_attempt(make_user(), state="draft")).ask_state == AskState.NONE
    assert fake_llm.requests == []


def test_a_row_claimed_by_someone_else_is_returned_as_it_is(fake_llm):
    row = submitted()
    assert claim(row)
    again = mark(stored(row))
    assert again.is_being_asked
    assert fake_llm.requests == []


@pytest.mark.django_db(transaction=True)
def test_asked_twice_at_once_is_paid_once(fake_llm):
    row, hold, rows = submitted(), threading.Event(), []
    fake_llm.reply(a_mark(score=7), hold=hold)

    def run():
        rows.append(mark(stored(row)))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    fake_llm.wait_for(1)
    for _ in range(100):
        if len(rows) == 3:
            break
        threading.Event().wait(0.05)
    assert [other.is_being_asked for other in rows] == [True] * 3
    hold.set()
    for thread in threads:
        thread.join(10)
    assert len(fake_llm.requests) == 1
    assert stored(row).score_rating == 7


def test_an_expired_lease_shows_as_interrupted_and_can_be_claimed_again(fake_llm):
    row = submitted()
    claim(row)
    expire_lease(row)
    row.refresh_from_db()
    assert row.lease_expired
    assert not row.is_waiting
    assert row.failure == FAILURES["interrupted"]
    fake_llm.reply(a_mark(score=4))
    row = mark(row)
    assert (row.score_rating, row.ask_attempt) == (4, 2)


def test_a_process_that_has_asked_nothing_has_not_loaded_the_sdk():
    """It takes longer to load than all the rest, and each start of a process would wait for it."""
    command = "import sys, django; django.setup(); import coach.urls; print({'openai', 'instructor'} & {*sys.modules})"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "coach.settings"}
    told = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"


def test_a_late_reply_is_dropped(fake_llm):
    row = submitted()

    def overtaken(row):
        # While this one waits its lease runs out and another one claims, asks and stores.
        expire_lease(row)
        fake_llm.reply(a_mark(score=3))
        mark(stored(row))
        fake_llm.reply(a_mark(score=9))
        return MODES["evaluate_answer"].example.inputs

    row = mark(row, inputs=overtaken)
    assert (row.score_rating, row.ask_attempt, row.ask_state) == (3, 2, AskState.DONE)
    assert len(fake_llm.requests) == 2


def test_a_late_failure_does_not_undo_a_mark(fake_llm):
    row = submitted()

    def overtaken(row):
        expire_lease(row)
        fake_llm.reply(a_mark(score=3))
        mark(stored(row))
        fake_llm.fault("quota")
        return MODES["evaluate_answer"].example.inputs

    row = mark(row, inputs=overtaken)
    assert (row.score_rating, row.ask_state, row.ask_failure) == (3, AskState.DONE, "")


def test_when_apply_raises_nothing_of_it_is_kept_and_retry_is_possible(fake_llm):
    fake_llm.reply(a_mark(score=7))
    row = submitted()

    def broken(locked, answer):
        locked.score_rating = 7
        QuestionAttempt.objects.filter(pk=locked.pk).update(self_mark=9)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mark(row, apply=broken)
    row = stored(row)
    assert (row.ask_state, row.score_rating, row.self_mark) == (AskState.FAILED, None, None)
    assert row.failure == FAILURES["interrupted"]
    assert row.failure.can_retry


def test_when_reading_the_inputs_raises_the_row_can_be_retried(fake_llm):
    row = submitted()
    with pytest.raises(ZeroDivisionError):
        mark(row, inputs=lambda row: 1 / 0)
    assert stored(row).ask_state == AskState.FAILED
    assert fake_llm.requests == []


def test_at_a_stage_that_does_not_list_the_mode_nobody_is_asked_and_the_row_says_so(fake_llm):
    row = mark(submitted(), stage=Stage.GETTING_TO_KNOW)
    assert (row.ask_state, row.failure) == (AskState.FAILED, FAILURES["not_now"])
    assert fake_llm.requests == []


def test_apply_sees_what_was_written_meanwhile(fake_llm):
    fake_llm.reply(a_mark(score=7))

    def edited_meanwhile(row):
        QuestionAttempt.objects.filter(pk=row.pk).update(self_mark=8)
        return MODES["evaluate_answer"].example.inputs

    row = mark(submitted(), inputs=edited_meanwhile)
    assert (row.self_mark, row.score_rating) == (8, 7)


def test_it_refuses_to_run_inside_a_transaction_and_claims_nothing(fake_llm):
    row = submitted()
    with pytest.raises(RuntimeError), transaction.atomic():
        mark(row)
    assert stored(row).ask_state == AskState.PENDING
    assert fake_llm.requests == []


def test_another_row_of_the_same_turn_waits(fake_llm):
    first = submitted()
    second = make_attempt(first.user, session=first.session, state="submitted")
    claim(first)
    assert not claim(second)
    assert second.ask_state == AskState.PENDING
    assert second.is_waiting


def test_a_row_whose_asker_has_gone_away_does_not_block_the_next_one(fake_llm):
    first = submitted()
    second = make_attempt(first.user, session=first.session, state="submitted")
    claim(first)
    expire_lease(first)
    assert claim(second)
    assert stored(first).failure == FAILURES["interrupted"]


def test_the_sweep_releases_expired_rows_only():
    running, gone = submitted(), submitted()
    claim(running)
    claim(gone)
    expire_lease(gone)
    assert release_expired(QuestionAttempt) == 1
    assert stored(running).is_being_asked
    assert stored(gone).ask_state == AskState.FAILED


def test_progress_is_reported_while_the_reply_is_written(fake_llm):
    fake_llm.reply(a_mark(score=7))
    parts = []
    mark(submitted(), on_progress=parts.append)
    assert len(parts) > 5
    assert parts[-1]["improvement_areas"] == a_mark()["improvement_areas"]


def test_a_failure_code_of_a_later_version_still_has_words():
    row = submitted()
    row.ask_state, row.ask_failure = AskState.FAILED, "unheard_of"
    assert row.failure == FAILURES["interrupted"]


def test_marking_a_row_pending_forgets_the_last_failure():
    row = make_attempt(make_user(), state="failed")
    row.mark_pending()
    assert (row.ask_state, row.ask_failure, row.is_waiting) == (AskState.PENDING, "", True)


@pytest.mark.parametrize("code", FAILURES)
def test_every_failure_is_said_in_plain_words(code):
    failure = LLMFailure(code)
    assert failure.message.endswith(".")
    assert 5 < len(failure.message.split()) < 30
    assert not any(word in failure.message.lower() for word in ("http", "llm", "json", "token", "api", "exception"))


def test_the_ledger_is_written_for_a_failure_as_well(fake_llm):
    fake_llm.fault("http_401")
    mark(submitted())
    assert [call.outcome for call in LLMCall.objects.all()] == ["misconfigured"]
