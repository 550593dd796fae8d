"""What the coach takes from the texts, on the page: waited for, corrected line by line, confirmed; nothing is lost."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from coach.erasure import erase, export
from llm_modes.asking.rows import AskState
from llm_modes.read_context.example import ADVERT, EXAMPLE, EXPERIENCE
from llm_modes.read_context.preparation import Competency, Preparation
from plans.context_reading import ALL_IS_OVER, read, reading_of, save_texts
from plans.models import ContextReading
from plans.preparation import preparation_of
from plans.proposals.writing import changes_inputs, new_plan_inputs
from study.stories import prompt_inputs
from tests.browsing import fields_of
from tests.factories import make_plan, make_story, make_user, plan_data

pytestmark = pytest.mark.django_db
PAGE, CONFIRM = "/context/", "/context/reading/"
IN_FORCE = Preparation(profile="Mine.", competencies=[Competency(name="Calm", wanted="stay calm", evidence="I did")])


@pytest.fixture
def alice(client, settings):
    settings.OFFLINE_COACH = False
    alice = make_user("alice", current_role="Backend engineer")
    client.force_login(alice)
    return alice


@pytest.fixture
def has_read(alice, fake_llm):
    """The example's texts are read, and what was found waits for alice."""
    fake_llm.reply(EXAMPLE.reply)
    save_texts(alice, text=EXPERIENCE, job_advert=ADVERT)
    return read(reading_of(alice))


def shown(response):
    """The fields of the form with the coach's lines, as a browser would send them."""
    page = BeautifulSoup(response.content, "html.parser")
    return fields_of(page.select_one(f"form[action='{CONFIRM}']"))


def test_a_save_shows_that_the_texts_are_being_read_and_then_what_was_found(client, alice, fake_llm):
    fake_llm.reply(EXAMPLE.reply)
    saved = client.post(PAGE, {"text": EXPERIENCE, "job_advert": ADVERT}, follow=True)
    assert "The coach reads what you gave it" in saved.text
    assert "you check here what it takes from it" in saved.text
    assert f'action="{CONFIRM}answer/' in saved.text
    assert client.post(f"{CONFIRM}answer/").status_code == 302  # without scripts, by its button
    chat = client.get("/plan/chat/").text
    assert "Check what I take from it" in chat
    assert f"{len(ADVERT)} characters. <a href" in chat
    page = client.get(PAGE)
    assert "What I take from this" in page.text
    assert "Use this" in page.text
    fields = shown(page)
    assert fields["profile"] == EXAMPLE.reply["profile"]
    assert (fields["name-0"], fields["wanted-0"]) == ("Services under load", "own services under load")
    assert fields["evidence-1"] == ""
    assert fields["wanted-2"] == ""  # a row for a line of one's own


def test_what_is_corrected_left_out_and_added_is_what_counts_from_then_on(client, alice, has_read):
    fields = shown(client.get(PAGE)) | {
        "profile": "Six years,\nin Köln.",
        "name-0": "Load",
        "drop-1": "on",
        "name-2": "Calm",
        "wanted-2": "stays calm",
    }
    assert client.post(CONFIRM, fields).status_code == 302
    told = preparation_of(alice)
    assert told.profile == "Six years,\nin Köln."
    assert [(one.name, one.wanted, one.evidence) for one in told.competencies] == [
        ("Load", "own services under load", EXAMPLE.reply["competencies"][0]["evidence"]),
        ("Calm", "stays calm", None),
    ]
    page = client.get(PAGE)
    assert "as you confirmed it on" in page.text
    assert "Use this" not in page.text
    assert shown(page)["name-1"] == "Calm"


def test_a_later_reading_waits_beside_what_is_in_force(client, alice, has_read):
    ContextReading.objects.filter(user=alice).update(confirmed_at="2026-11-03T10:00:00Z")
    row = reading_of(alice)
    row.confirmed = IN_FORCE.model_dump()
    row.save()
    page = client.get(PAGE)
    assert "What is used until then" in page.text
    assert shown(page)["name-0"] == "Services under load"
    assert preparation_of(alice) == IN_FORCE


def test_too_many_words_and_a_nameless_line_get_a_sentence_and_lose_nothing(client, alice, has_read):
    long = "word " * 26
    fields = shown(client.get(PAGE)) | {"wanted-0": long, "name-1": "", "profile": "w " * 121, "name-2": "a b c d e"}
    for headers in ({}, {"HX-Request": "true"}):
        response = client.post(CONFIRM, fields, headers=headers)
        assert response.status_code == 422
        for count in ("26 words; at most 25", "121 words; at most 120", "5 words; at most 4"):
            assert f"This has {count} fit." in response.text
        assert "Give this line a name" in response.text
        assert shown(response)["wanted-0"] == long
        assert shown(response)["name-2"] == "a b c d e"
    whole = BeautifulSoup(client.post(CONFIRM, fields).content, "html.parser")
    assert fields_of(whole.select_one(f"form[action='{PAGE}']"))["text"] == EXPERIENCE
    assert preparation_of(alice) == Preparation()
    shorter = fields | {"drop-0": "on", "drop-1": "on", "profile": "", "name-2": "a b"}
    assert client.post(CONFIRM, shorter).status_code == 302


def test_there_is_room_for_eight_lines(client, alice):
    rows = {f"{field}-{n}": "x" for n in range(40) for field in ("name", "wanted", "evidence")}
    client.post(CONFIRM, rows)
    assert len(preparation_of(alice).competencies) == 8
    assert "wanted-7" in shown(client.get(PAGE))
    assert "wanted-8" not in shown(client.get(PAGE))


def test_a_reading_that_failed_can_be_tried_again_and_one_that_waits_be_stopped(client, alice, fake_llm):
    fake_llm.fault("http_401")
    save_texts(alice, text=EXPERIENCE)
    read(reading_of(alice))
    page = client.get(PAGE)
    assert "Your texts are saved, but not read yet" in page.text
    assert client.post(f"{CONFIRM}answer/", headers={"HX-Request": "true"}).status_code == 200
    assert reading_of(alice).ask_state == AskState.PENDING
    client.post(f"{CONFIRM}answer/stop/")
    assert reading_of(alice).is_stopped
    assert "You stopped it" in client.get(PAGE).text


@pytest.mark.parametrize("later", [timedelta(0), ALL_IS_OVER * 2])
def test_lines_on_a_page_from_before_the_texts_were_read_anew_leave_the_new_ones_waiting(
    client, alice, has_read, fake_llm, time_machine, later
):
    open_for_long = shown(client.get(PAGE))
    time_machine.move_to(timezone.now() + later, tick=False)
    save_texts(alice, job_advert=f"{ADVERT} More.")
    rows = ContextReading.objects.filter(user=alice)
    number = reading_of(alice).ask_attempt
    lease = timezone.now() + timedelta(minutes=1)
    rows.update(ask_state=AskState.ASKING, ask_attempt=number + 1, ask_lease_until=lease)
    opened_meanwhile = shown(client.get(PAGE))
    rows.update(ask_state=AskState.PENDING, ask_attempt=number, ask_lease_until=None)
    fake_llm.reply(EXAMPLE.reply)
    assert read(reading_of(alice)).ask_attempt == number + 1
    for page in (open_for_long, opened_meanwhile):
        client.post(CONFIRM, page)
        assert reading_of(alice).found


def test_without_a_model_the_page_says_so_and_takes_lines_written_by_hand(client, alice, settings):
    settings.OFFLINE_COACH = True
    page = client.post(PAGE, {"text": EXPERIENCE}, follow=True)
    assert "Without a model the coach does not read these texts." in page.text
    assert "The coach reads what you gave it" not in page.text
    assert "The coach takes from it what the post asks for." not in page.text
    assert "Saved. Without a model the coach does not read it; it is kept for you." in page.text
    assert "when it plans" not in page.text
    client.post(CONFIRM, shown(page) | {"profile": "I am a nurse.", "name-0": "Calm"})
    assert preparation_of(alice).competencies == [Competency(name="Calm")]
    settings.OFFLINE_COACH = False
    page = client.get(PAGE)
    assert "The coach has not read your texts yet." in page.text  # a model is there by now
    waits = client.post(f"{CONFIRM}answer/", headers={"HX-Request": "true"})
    assert "The coach reads what you gave it" in waits.text
    assert "<h1" not in waits.text


def test_plans_and_stories_are_told_what_was_confirmed_and_the_advert_itself_is_not(client, alice, has_read):
    make_plan(alice)
    story = make_story(alice)
    asked = {
        "suggest_plan": lambda: new_plan_inputs(alice),
        "suggest_plan_changes": lambda: changes_inputs(alice, base=plan_data(), feedback=[], trigger="chat"),
        "build_story": lambda: prompt_inputs(story),
    }
    for inputs in asked.values():
        assert "<preparation>" not in prompt(inputs())
    client.post(CONFIRM, shown(client.get(PAGE)))
    for inputs in asked.values():
        section = re.search("<preparation>(.+)</preparation>", prompt(inputs()), re.DOTALL)[1]
        assert "Services under load: wanted: own services under load; evidence: cut the ledger" in section
        assert "evidence: none" in section
        assert ADVERT not in prompt(inputs())


def prompt(inputs):
    from llm_modes.catalogue import MODES

    [mode] = [mode for mode in MODES.values() if isinstance(inputs, mode.inputs)]
    return mode.messages(inputs)[1]["content"]


def test_export_and_erasure_cover_advert_and_reading(client, alice, has_read):
    client.post(CONFIRM, shown(client.get(PAGE)))
    told = export(alice)
    assert told["raw user contexts"][0]["job_advert"] == ADVERT
    assert told["context readings"][0]["confirmed"]["competencies"][0]["name"] == "Services under load"
    erase(alice)
    assert not ContextReading.objects.exists()
