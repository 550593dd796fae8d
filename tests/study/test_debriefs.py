"""Telling how a real interview went: saved at once, whatever the coach does with it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from coach.erasure import erase, export
from coach.time_zone import local_day
from plans.models import Debrief, PlanTopic
from tests.factories import make_brief, make_debrief, make_user

pytestmark = pytest.mark.django_db
URL = reverse("study:debriefs")
TOLD = "They asked why I left. I had no good answer."


def tell(client, user, **fields):
    return client.post(URL, {"text": TOLD, "day": local_day(user).isoformat(), "outcome": "", **fields})


def in_days(user, days):
    return (local_day(user) + timedelta(days=days)).isoformat()


def field(response, name):
    return BeautifulSoup(response.content, "html.parser").select_one(f"[name={name}]")


def test_what_is_told_is_saved_at_once_and_waits_to_be_read(client, alice, fake_llm):
    response = tell(client, alice, outcome="waiting")
    debrief = Debrief.objects.get()
    assert response.url == reverse("study:debrief_detail", args=[debrief.pk])
    assert (debrief.user, debrief.text, debrief.outcome) == (alice, TOLD, "waiting")
    page = client.get(response.url).text
    assert "What you told is saved." in page
    assert 'hx-trigger="load' in page
    assert fake_llm.requests == []
    assert "no answer yet" in client.get(URL).text


@pytest.mark.parametrize(("days", "shown"), [(-3, -3), (0, 0), (5, 0), (None, 0)])
def test_the_day_is_that_of_the_interview_once_it_has_come_else_today(client, alice, days, shown):
    make_brief(alice, interview_on=None if days is None else local_day(alice) + timedelta(days=days))
    assert field(client.get(URL), "day")["value"] == in_days(alice, shown)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": "x" * 20_001}, "This is 20,001 characters long; at most 20,000 fit. Nothing was cut"),
        ({"day": ""}, "On which day was it?"),
        ({"day": "2027-02-29"}, "Give the day as year, month and day"),
        ({"day": "9999-12-31"}, "That day is still to come."),
        ({"day": "0001-01-01"}, "Is the year right?"),
        ({"outcome": "hired"}, "Please choose one from the list."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, alice, fields, says):
    response = tell(client, alice, **fields)
    assert response.status_code == 422
    assert says in response.text
    assert field(response, "text").get_text().strip() == fields.get("text", TOLD)
    assert not Debrief.objects.exists()


def test_tomorrow_is_still_to_come_and_a_leap_day_has_been(client, alice):
    assert tell(client, alice, day=in_days(alice, 1)).status_code == 422
    assert tell(client, alice, day="2024-02-29").status_code == 302


def test_20000_characters_of_any_kind_are_kept_as_they_are(client, alice):
    long = "Wie würden Sie 😀 das machen?\n" * 666
    assert tell(client, alice, text=long).status_code == 302
    assert Debrief.objects.get().text == long.strip()


def test_how_it_ended_alone_is_enough_and_nothing_at_all_is_not(client, alice, fake_llm):
    response = tell(client, alice, text="  ")
    assert response.status_code == 422
    assert "Write what you remember" in response.text
    response = tell(client, alice, text="", outcome="offer")
    assert "They made you an offer. Congratulations." in client.get(response.url).text
    assert Debrief.objects.get().ask_state == "none"


def test_a_second_click_saves_nothing_twice(client, alice):
    first, second = tell(client, alice), tell(client, alice, outcome="no")
    assert first.url == second.url
    assert Debrief.objects.get().outcome == "no"
    tell(client, alice, text="Another one.")
    assert Debrief.objects.count() == 2


def test_beyond_the_cap_the_words_stay_in_the_form(client, alice, settings):
    settings.COACH_DEBRIEFS = 1
    make_debrief(alice)
    response = tell(client, alice)
    assert response.status_code == 409
    assert "You have told of 1 interviews" in response.text
    assert field(response, "text").get_text().strip() == TOLD


def test_without_a_plan_it_is_kept_and_read_once_there_is_one(client, alice, fake_llm):
    PlanTopic.objects.all().delete()
    page = client.get(tell(client, alice).url).text
    assert "What you told is kept." in page
    assert Debrief.objects.get().ask_state == "none"


def test_without_a_model_it_is_kept_and_the_page_says_so(client, alice):
    page = client.get(tell(client, alice, outcome="next_round").url).text
    assert "I am a set of rules and cannot read what you told. It is kept" in page
    assert "Try again" not in page
    assert f'href="{reverse("study:own_questions")}"' in page
    assert reverse("plans:brief") in page  # for the day of the next round
    assert Debrief.objects.get().text == TOLD


def test_anonymous_visitors_are_sent_to_the_login_and_other_methods_are_refused(client, alice):
    assert client.put(URL).status_code == 405
    client.logout()
    assert client.get(URL).url.startswith(reverse("login"))
    assert "login" in tell(client, alice).text
    assert not Debrief.objects.exists()


def test_nobody_sees_what_another_one_told(client, alice):
    make_debrief(make_user("carol"), outcome="offer")
    assert "an offer</span>" not in client.get(URL).text


def test_it_is_exported_and_erased_with_the_account(alice):
    make_debrief(alice, TOLD, state="kept")
    [told] = export(alice)["debriefs"]
    assert (told["text"], told["gaps"][0]["gap"]) == (TOLD, "Figures for sizes")
    erase(alice)
    assert not Debrief.objects.exists()


def test_without_a_model_nothing_is_promised_that_rules_cannot_do(client, alice, settings):
    make_brief(alice, interview_on=local_day(alice) - timedelta(days=1))
    promise, settings.OFFLINE_COACH = "comes first when you practise", False
    assert promise in client.get("/").text
    assert "Its questions come first" in client.get(URL).text
    settings.OFFLINE_COACH = True
    assert promise not in client.get("/").text
    page = client.get(URL).text
    assert "Its questions come first" not in page
    assert reverse("study:own_questions") in page
