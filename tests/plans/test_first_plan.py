"""While no plan is in force every page says how far it is, and one press goes on from there."""

import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from llm_modes.asking.rows import AskState
from tests.browsing import fields_of
from tests.factories import make_brief, make_message, make_plan, make_proposal

pytestmark = pytest.mark.django_db

PAGES = [
    "home",
    "plans:plan",
    "plans:chat",
    "plans:proposals",
    "plans:review",
    "plans:notes",
    "study:sessions",
    "a decided proposal",
]

# What has happened: the words beside the way on, and its button.
STATES = {
    "nothing": ("the coach assumes ", "Write a plan with what you know"),
    "talked": ("the coach assumes ", "Write a plan with what you know"),
    "told": ("", "Write"),
    "asked": ("Your plan is being written", "See how far it is"),
    "failed": ("Your plan is not written yet", "Try again"),
    "proposed": ("Your plan is ready to read", "Look at the proposal"),
    "proposed for more time than there is": ("takes more time than you have", "Ask for a plan that fits"),
    "proposed, and asked again": ("Your plan is ready to read", "Look at the proposal"),
}


def bring_about(state, user):
    if state == "talked":
        make_message(user, "I am a nurse")
    if state not in ("nothing", "talked"):
        make_brief(user, daily_minutes=10 if "more time" in state else 45)
    if state in ("asked", "proposed, and asked again"):
        make_proposal(user, status="waiting")
    if state == "failed":
        make_proposal(user, status="waiting", ask_state=AskState.FAILED, ask_failure="misconfigured")
    if state.startswith("proposed"):
        make_proposal(user)


def main_of(client, page, user):
    if page == "a decided proposal":
        rejected = make_proposal(user, status="rejected")
        path = reverse("plans:proposal_detail", args=[rejected.pk])
    else:
        path = reverse(page)
    return BeautifulSoup(client.get(path).text, "html.parser").main


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_page_has_the_same_way_on(client, alice, state, page):
    bring_about(state, alice)
    words, button = STATES[state]
    main = main_of(client, page, alice)
    text = main.get_text(" ", strip=True)
    assert words in text
    ways = [way for way in main.select(".button") if button in way.get_text()]
    assert ways, text
    assert len(main.select(".button.primary")) == 1, "one thing to do"
    way = ways[-1]  # of a conversation with a card of its own, the one beside it
    if way.name == "a":
        assert client.get(way["href"]).status_code == 200
    else:
        form = way.find_parent("form")
        assert client.post(form["action"], fields_of(form)).status_code == 302
    assert alice.proposals.filter(status__in=("open", "waiting")).exists()


def test_only_what_is_missing_is_asked_for_and_assumed(client, alice):
    make_brief(alice, daily_minutes=20, motivation="")
    text = main_of(client, "home", alice).get_text(" ", strip=True)
    assert "It still needs to know how motivated you are." in text
    assert "the coach assumes a steady pace." in text
    assert "45 minutes" not in text


@pytest.mark.parametrize("page", PAGES)
def test_with_a_plan_no_page_leads_to_a_first_one(client, alice, page):
    make_plan(owner=alice)
    text = main_of(client, page, alice).get_text(" ", strip=True)
    assert not re.search(r"Write (a|my|another) plan", text)
    assert "There is no plan yet" not in text
