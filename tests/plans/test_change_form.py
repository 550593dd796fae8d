"""The form for another plan under the conversation, where no model answers."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from llm_modes.suggest_plan.plan import key
from plans.models import ChatMessage
from plans.proposals import asking
from tests.factories import make_brief, make_plan, make_proposal, plan_data
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db
CHAT = reverse("plans:chat")


def form_on(page):
    return BeautifulSoup(page, "html.parser").select_one(f"form[action='{CHAT}?change']")


def filled_in(form, **rows):
    """What the form sends with these minutes for topics, by name; None drops one."""
    sent = {field["name"]: field.get("value", "") for field in form.select("input:not([type=checkbox])")}
    for row in form.select("tbody tr"):
        name = row.th.get_text(strip=True)
        if name in rows and rows[name] is None:
            sent[row.select_one("[type=checkbox]")["name"]] = "on"
        elif name in rows:
            sent[row.select_one("[type=number]")["name"]] = rows[name]
    return sent


def send(client, headers=None, added=(), **rows):
    sent = filled_in(form_on(client.get(CHAT).text), **rows)
    return client.post(f"{CHAT}?change", {**sent, **dict(added)}, headers=headers or {})


def test_only_the_rows_that_differ_become_lines_of_a_wish_and_the_coach_carries_them_out(client, alice):
    make_plan(alice)
    response = send(
        client, added={"add_topic": "Databases", "add_minutes": "10"}, **{"System design": 15, "Algorithms": None}
    )
    assert response["Location"] == CHAT
    wish = "“System design”: 15 minutes a day\nDrop “Algorithms”\nAdd “Databases”: 10 minutes a day"
    assert ChatMessage.objects.filter(author="candidate").last().text == wish
    proposal = alice.proposals.get(status="waiting")
    assert proposal.feedback == [wish]
    written = asking.write(proposal)
    assert {topic.name: topic.daily_study_minutes for topic in written.topics} == {
        "System design": 15,
        "Conflict stories": 15,
        "Databases": 10,
    }


def test_a_topic_of_ones_own_is_added_as_it_is_typed(client, alice):
    make_plan(alice)
    send(client, added={"add_own": " Lamp  oil ", "add_minutes": "5"}, **{"System design": 10})
    written = asking.write(alice.proposals.get(status="waiting"))
    assert ("Lamp oil", 5) in [(topic.name, topic.daily_study_minutes) for topic in written.topics]


def test_where_nothing_differs_nothing_is_asked(client, alice):
    make_plan(alice)
    for headers in ({}, HTMX):
        response = send(client, headers)
        assert response.status_code == 200
        assert "Nothing is different there, so nothing was asked." in response.text
    assert not ChatMessage.objects.exists()
    assert not alice.proposals.filter(status="waiting").exists()


@pytest.mark.parametrize(
    ("added", "rows", "reason"),
    [
        ({}, {"System design": "4"}, "at least 5"),
        ({}, {"System design": "481"}, "at most 480"),
        ({}, {"System design": "x"}, "whole number"),
        ({}, {"System design": ""}, "Please fill this in"),
        ({}, {"System design": None, "Algorithms": None}, "this one would have 1"),
        ({"add_own": "one two three four"}, {}, "Up to 3 words"),
        ({"add_own": "algorithms"}, {}, "has this topic already"),
        ({"add_topic": "No such topic"}, {}, "one from the list"),
        ({"add_own": "Lamps", "add_minutes": "0"}, {}, "at least 5"),
    ],
)
def test_what_does_not_fit_is_shown_again_with_the_reason_and_nothing_is_asked(client, alice, added, rows, reason):
    make_plan(alice)
    for headers in ({}, HTMX):
        response = send(client, headers, added, **rows)
        assert response.status_code == 422
        form = form_on(response.text)
        assert reason in form.text
        assert form.parent.has_attr("open")
        assert all(value in str(form) for value in added.values() if value != "No such topic")
        assert [row for row in rows.values() if row and f'value="{row}"' not in str(form)] == []
    assert not ChatMessage.objects.exists()


ODD_NAMES = ("C++", "Topic choice", "Saying no, politely", "Drop", "A day", "“Quoted”", "谈判技巧", "Children’s safety")


def test_the_form_is_carried_out_to_the_minute_whatever_topics_are_called(client, alice):
    make_plan(alice, topics=plan_data(*ODD_NAMES))
    make_brief(alice, daily_minutes=480)
    send(
        client, added={"add_own": "And, “or”"}, **dict(zip(ODD_NAMES, [20, 25, 30, 35, 40, 45, None, 50], strict=True))
    )
    written = asking.write(alice.proposals.get(status="waiting"))
    minutes = {key(topic.name): topic.daily_study_minutes for topic in written.topics}
    assert minutes == {
        key(name): each
        for name, each in zip((*ODD_NAMES, "And, “or”"), [20, 25, 30, 35, 40, 45, 0, 50, 10], strict=True)
        if each
    }


@pytest.mark.parametrize(
    ("added", "rows", "reason"),
    [
        ({}, {"System design": "40"}, "System design cannot get 40 minutes a day"),
        ({"add_own": "Lamps", "add_minutes": "400"}, {}, "Lamps cannot get 400 minutes a day"),
    ],
)
def test_what_the_coach_could_not_do_is_said_at_the_form_and_nothing_is_sent(client, alice, added, rows, reason):
    make_plan(alice)
    make_brief(alice, daily_minutes=45)
    response = send(client, HTMX, added, **rows)
    assert response.status_code == 422
    form = form_on(response.text)
    assert reason in form.text
    assert all(f'value="{typed}"' in str(form) for typed in (*added.values(), *rows.values()))
    assert not ChatMessage.objects.exists()
    assert not alice.proposals.filter(status="waiting").exists()


def test_a_plan_holds_eight_topics(client, alice):
    make_plan(alice, topics=plan_data(*"ABCDEFGH"))
    assert "this one would have 9" in send(client, added={"add_topic": "Databases"}).text
    assert send(client, added={"add_topic": "Databases"}, A=None).status_code == 302


def test_a_row_of_an_earlier_plan_speaks_of_no_other_topic(client, alice):
    make_plan(alice)
    form = form_on(client.get(CHAT).text)
    alice.plan_topics.filter(priority=1).update(daily_study_minutes=30)
    sent = filled_in(form, Algorithms=15)
    alice.plan_topics.get(daily_study_minutes=15).delete()
    client.post(f"{CHAT}?change", sent)
    assert ChatMessage.objects.filter(author="candidate").last().text == "“Algorithms”: 15 minutes a day"


def test_an_open_proposal_is_changed_before_there_is_a_plan_and_the_form_comes_with_it(client, alice):
    proposal = make_proposal(alice, status="waiting", topics=[], ask_state="pending")
    alice.current_role = "Nurse"
    alice.save()
    card = client.post(reverse("plans:proposal_suggestion", args=[proposal.pk]) + "?card=1", headers=HTMX).text
    assert form_on(card) is not None
    assert 'id="change" hx-swap-oob="true"' in card
    assert form_on(client.get(CHAT).text) is not None


def test_the_cap_on_proposals_is_said_in_the_form(client, alice, settings):
    make_plan(alice)
    settings.COACH_PROPOSALS_PER_DAY = 1
    response = send(client, HTMX, **{"System design": 15})
    assert response.status_code == 429
    assert "tomorrow" in form_on(response.text).text
    assert 'value="15"' in response.text


def test_there_is_nothing_to_change_before_there_is_a_plan(client, alice):
    assert form_on(client.get(CHAT).text) is None
    assert client.post(f"{CHAT}?change", {"add_own": "Lamps"})["Location"] == CHAT


def test_another_candidates_plan_does_not_show(client, alice, bob):
    make_plan(bob)
    assert form_on(client.get(CHAT).text) is None
