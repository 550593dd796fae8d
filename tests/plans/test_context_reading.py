"""The coach reads experience and advert once per change, in the worker; what it found waits for the candidate."""

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from coach.models import RawUserContext
from llm_modes.asking.rows import AskState
from llm_modes.asking.trying_again import FIRST_LOOK_AFTER
from llm_modes.read_context.example import ADVERT, EXAMPLE, EXPERIENCE
from llm_modes.read_context.preparation import Competency, Preparation
from plans import context_reading
from plans.context_reading import confirm, hand_due_to_worker, reading_of, save_texts, want
from plans.models import ContextReading
from plans.preparation import preparation_of
from study.tasks import sweep
from tests.factories import make_user
from tests.worker import run_worker

pytestmark = pytest.mark.django_db
OTHER = Preparation(profile="Mine.", competencies=[Competency(name="Calm", wanted="stay calm", evidence=None)])


@pytest.fixture
def alice(settings):
    settings.OFFLINE_COACH = False
    return make_user("alice", current_role="Backend engineer")


def found(user):
    return Preparation(**ContextReading.objects.get(user=user).found)


def test_saved_texts_are_read_once_by_the_worker(alice, fake_llm):
    fake_llm.reply(EXAMPLE.reply, mode="read_context")
    assert save_texts(alice, text=EXPERIENCE, job_advert=ADVERT)
    assert reading_of(alice).ask_state == AskState.PENDING
    assert not fake_llm.requests
    assert run_worker() == 1
    assert [one.name for one in found(alice).competencies] == ["Services under load", "Explaining trade-offs"]
    assert found(alice).competencies[1].evidence is None
    assert found(alice).profile == EXAMPLE.reply["profile"]
    [request] = fake_llm.asked("read_context")
    assert EXPERIENCE in request.user
    assert ADVERT in request.user
    assert "Backend engineer" in request.user
    assert preparation_of(alice) == Preparation()  # nothing is confirmed yet


def test_the_same_texts_are_not_read_twice(alice, fake_llm):
    fake_llm.reply(EXAMPLE.reply)
    save_texts(alice, text=EXPERIENCE, job_advert=ADVERT)
    run_worker()
    assert not save_texts(alice, text=EXPERIENCE)
    save_texts(alice, job_advert="Another one.")
    assert not save_texts(alice, job_advert=ADVERT)  # and back again, before anybody has read the other one
    run_worker()
    assert len(fake_llm.requests) == 1
    assert reading_of(alice).is_answered


def test_a_change_stops_the_reading_of_the_text_before_it(alice, fake_llm):
    save_texts(alice, text="The first text.")
    row = reading_of(alice)
    ContextReading.objects.filter(pk=row.pk).update(
        ask_state=AskState.ASKING, ask_attempt=1, ask_lease_until=timezone.now() + timezone.timedelta(seconds=40)
    )
    save_texts(alice, text="The second text.")
    row.refresh_from_db()
    assert (row.ask_state, row.ask_attempt, row.ask_lease_until) == (AskState.PENDING, 2, None)
    fake_llm.reply({"profile": "You wrote a second text.", "competencies": []})
    run_worker()
    assert found(alice).profile == "You wrote a second text."


def test_nothing_is_asked_about_nothing_nor_without_a_model(alice, settings):
    assert not save_texts(alice, text="", job_advert="")
    settings.OFFLINE_COACH = True
    assert not save_texts(alice, text=EXPERIENCE)
    assert OrmQ.objects.count() == 0
    assert want(alice).ask_state == AskState.NONE
    settings.OFFLINE_COACH = False
    assert want(alice).ask_state == AskState.PENDING  # a model is there by now


def test_emptied_texts_leave_what_was_confirmed_and_forget_what_was_only_found(alice, fake_llm):
    fake_llm.reply(EXAMPLE.reply)
    save_texts(alice, text=EXPERIENCE, job_advert=ADVERT)
    run_worker()
    confirm(alice, OTHER, seen=0)
    save_texts(alice, text="", job_advert="")
    row = reading_of(alice)
    assert (row.ask_state, row.found) == (AskState.NONE, {})
    assert preparation_of(alice) == OTHER


def test_a_failed_reading_is_tried_again_by_the_sweep(alice, fake_llm, time_machine):
    fake_llm.fault("http_500")
    fake_llm.fault("http_500")
    save_texts(alice, text=EXPERIENCE)
    run_worker()
    assert reading_of(alice).failure
    assert hand_due_to_worker() == 0
    time_machine.move_to(timezone.now() + FIRST_LOOK_AFTER * 3, tick=False)
    fake_llm.reply(EXAMPLE.reply)
    sweep()
    run_worker()
    assert reading_of(alice).is_answered


def test_the_confirmed_lines_stay_in_force_until_others_are_confirmed(alice, fake_llm):
    fake_llm.reply(EXAMPLE.reply)
    save_texts(alice, text=EXPERIENCE, job_advert=ADVERT)
    run_worker()
    row = reading_of(alice)
    confirm(alice, OTHER, seen=row.ask_attempt)
    assert (preparation_of(alice), reading_of(alice).found) == (OTHER, {})
    fake_llm.reply(EXAMPLE.reply)
    save_texts(alice, job_advert=f"{ADVERT} More.")
    run_worker()
    assert preparation_of(alice) == OTHER
    confirm(alice, OTHER, seen=row.ask_attempt)  # from a page that was opened before
    assert found(alice).competencies
    confirm(alice, found(alice), seen=reading_of(alice).ask_attempt)
    assert preparation_of(alice).competencies[0].name == "Services under load"


def test_a_text_that_is_left_out_stays_as_it_is(alice):
    save_texts(alice, text=EXPERIENCE, job_advert=ADVERT)
    save_texts(alice, job_advert="Another one.")
    stored = RawUserContext.objects.get(user=alice)
    assert (stored.text, stored.job_advert) == (EXPERIENCE, "Another one.")


def test_the_tries_of_new_texts_are_counted_anew_once_no_earlier_call_can_be_under_way(alice):
    save_texts(alice, text=EXPERIENCE)
    row = reading_of(alice)
    long_ago = timezone.now() - context_reading.ALL_IS_OVER * 2
    ContextReading.objects.filter(pk=row.pk).update(ask_attempt=20, asked_at=long_ago, ask_state=AskState.FAILED)
    save_texts(alice, text="Another text.")
    assert reading_of(alice).ask_attempt == 0
