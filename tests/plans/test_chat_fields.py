"""The fields in the conversation, where no model answers: chosen, saved, answered; and shown again with the reason."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from coach.models import User
from plans import conversation
from plans.journey import brief_of
from plans.models import ChatMessage, PlanBrief, PlanProposal
from tests.factories import make_brief, make_message, make_plan, make_proposal
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db
CHAT = reverse("plans:chat")


def choose(client, name, headers=None, **values):
    return client.post(f"{CHAT}?field={name}", values, headers=headers or {})


def get_reply(client, **headers):
    return client.post(reverse("plans:chat_reply"), headers=headers)


def field_on(page):
    """The field of the conversation on a page or fragment; None where there is none."""
    return BeautifulSoup(page, "html.parser").select_one("form.chat-field")


def open_field(client):
    form = field_on(client.get(CHAT).text)
    return form["action"].partition("=")[2] if form else None


def coach_said(user):
    return ChatMessage.objects.filter(user=user, author="coach").last().text


# --- a first day -----------------------------------------------------------------------------------------------------


def test_four_fields_one_at_a_time_lead_to_a_plan(client, alice):
    """Without scripts: each form leads back to the page, and its button gets the answer."""
    assert "Four questions come, one at a time" in client.get(CHAT).text
    chosen = [
        ("role", {"role": "Nurse"}, "Role: Nurse"),
        ("daily_minutes", {"daily_minutes": "30"}, "Time a day: 30 minutes"),
        (
            "weaknesses",
            {"weak_topic": ["Medication safety"], "weak_general": ["Coming back"], "weak_lines": "lamp oil\n"},
            "Weak spots: Medication safety; Coming back; lamp oil",
        ),
        ("motivation", {"motivation": "low"}, "Motivation: low"),
    ]
    for name, values, line in chosen:
        assert open_field(client) == name
        assert choose(client, name, **values)["Location"] == CHAT
        assert ChatMessage.objects.filter(user=alice, author="candidate").last().text == line
        assert open_field(client) is None
        assert get_reply(client)["Location"] == CHAT
        assert line in coach_said(alice)
    alice.refresh_from_db()
    brief = brief_of(alice)
    assert (alice.current_role, brief.daily_minutes, brief.motivation) == ("Nurse", 30, "low")
    assert brief.weaknesses == "Medication safety; Coming back; lamp oil"
    proposal = PlanProposal.objects.get(user=alice)
    assert (proposal.is_waiting, proposal.feedback) == (True, [])
    assert open_field(client) is None


def test_a_choice_after_a_rejected_plan_is_no_wish_for_the_next_one(client, alice):
    make_brief(alice, weaknesses="", motivation="")
    make_proposal(alice, status="rejected")
    choose(client, "weaknesses", weak_general="Coming back")
    get_reply(client)
    choose(client, "motivation", motivation="high")
    get_reply(client)
    assert alice.proposals.get(status="waiting").feedback == []


def test_words_that_are_an_answer_serve_as_well(client, alice):
    for text in ("Nurse", "half an hour a day", "not sure", "medium"):
        conversation.answer(conversation.say(alice, text))
    brief = brief_of(alice)
    assert (User.objects.get().current_role, brief.daily_minutes) == ("Nurse", 30)
    assert (brief.weaknesses, brief.motivation) == ("not sure yet", "medium")
    assert PlanProposal.objects.get().feedback == []


def test_with_htmx_the_field_comes_with_the_answer(client, alice):
    page = choose(client, "role", HTMX, role="Nurse").text
    assert "<html" not in page
    assert 'hx-trigger="load' in page
    assert field_on(page) is None
    answered = get_reply(client, **HTMX).text
    assert field_on(answered)["action"] == f"{CHAT}?field=daily_minutes"
    assert "30 min" in answered


def test_what_is_known_is_not_asked_for_again(client, alice):
    alice.current_role = "Nurse"
    alice.save()
    assert open_field(client) == "daily_minutes"
    make_brief(alice, daily_minutes=30, weaknesses="Medication safety", motivation="")
    assert open_field(client) == "motivation"


def test_a_role_that_no_bank_knows_has_the_general_topics_to_tick(client, alice):
    alice.current_role = "Lighthouse keeper"
    alice.save()
    make_brief(alice, weaknesses="")
    form = field_on(client.get(CHAT).text)
    assert form.select("[name=weak_general]")
    assert not form.select("[name=weak_topic]")


def test_a_role_in_another_script_is_taken_as_typed_and_the_coach_says_what_that_means(client, alice):
    choose(client, "role", role="  медсестра ")
    get_reply(client)
    assert User.objects.get().current_role == "медсестра"
    assert "I can read English only, so you get the general questions" in coach_said(alice)


def test_not_sure_yet_is_an_answer(client, alice):
    make_brief(alice, weaknesses="", motivation="")
    choose(client, "weaknesses", weak_unsure="on")
    assert brief_of(alice).weaknesses == "not sure yet"


def correct(client, **values):
    """Beside the conversation, as its page does."""
    names = ("role", "daily_minutes", "weaknesses", "motivation")
    empty = dict.fromkeys(names, "") | {f"initial-{name}": "" for name in names}
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{CHAT}"}
    return client.post(reverse("plans:brief"), {**empty, **values}, headers=headers).text


def test_what_is_said_beside_the_conversation_is_not_asked_for_in_it_any_more(client, alice):
    fragment = correct(client, role="Nurse")
    assert field_on(fragment)["action"] == f"{CHAT}?field=daily_minutes"
    assert field_on(fragment)["hx-swap-oob"] == "true"
    assert field_on(correct(client, motivation="low")) is None  # the field that stands there stays, with what is in it
    assert 'hx-swap-oob="delete"' in correct(client, daily_minutes="30", weaknesses="Medication safety")
    assert "chat-field" not in correct(client, role="Teacher")


# --- shown again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values", "reason", "kept"),
    [
        ("role", {"role": " "}, "Please fill this in", ""),
        ("role", {"role": "\u2800"}, "Please fill this in", "\u2800"),
        ("role", {"role": "r" * 101}, "at most 100 fit", "r" * 101),
        ("daily_minutes", {"daily_minutes": "9"}, "at least 10", 'value="9"'),
        ("daily_minutes", {"daily_minutes": "481"}, "at most 480", 'value="481"'),
        ("daily_minutes", {"daily_minutes": "ten"}, "whole number", 'value="ten"'),
        ("weaknesses", {"weak_lines": ""}, "Tick or write at least one", ""),
        ("weaknesses", {"weak_lines": "ok\none two three four"}, "Up to 3 words", "one two three four"),
        (
            "weaknesses",
            {"weak_lines": "\n".join(["a b c"] * 3 + ["d e f"] * 20), "weak_general": ["No topic"]},
            "No topic",
            "d e f",
        ),
        ("weaknesses", {"weak_lines": "\n".join(f"a b c{n}" for n in range(21))}, "at most 60 fit", "a b c20"),
        ("motivation", {}, "Please choose one.", ""),
        ("motivation", {"motivation": "immense"}, "choose one from the list", ""),
    ],
)
def test_what_does_not_fit_is_shown_again_with_the_reason_and_nothing_is_saved(
    client, alice, name, values, reason, kept
):
    for headers in ({}, HTMX):
        response = choose(client, name, headers, **values)
        assert response.status_code == 422
        form = field_on(response.text)
        assert reason in form.text or reason in str(form)
        assert kept in response.text
    assert not ChatMessage.objects.exists()
    assert not PlanBrief.objects.exists()
    assert not User.objects.get().current_role


def test_words_that_were_no_answer_come_back_in_the_field_as_far_as_they_fit(client, alice):
    conversation.answer(
        conversation.say(alice, "System design interview at Stripe for a senior backend engineer role in 9 days")
    )
    assert "Your interview is on" in coach_said(alice)
    assert coach_said(alice).endswith("Which role are you applying for?")
    assert not field_on(client.get(CHAT).text).select_one("[name=role]").get("value")
    assert not User.objects.get().current_role
    conversation.answer(conversation.say(alice, "Lighthouse keeper"))
    assert field_on(client.get(CHAT).text).select_one("[name=role]")["value"] == "Lighthouse keeper"
    choose(client, "role", role="Senior backend engineer")
    get_reply(client)
    assert not field_on(client.get(CHAT).text).select_one("[name=daily_minutes]").get("value")
    conversation.answer(conversation.say(alice, "30"))
    conversation.answer(conversation.say(alice, "I forget everything; system design; lamp oil"))
    form = field_on(client.get(CHAT).text)
    assert [box["value"] for box in form.select("[checked]")] == ["System design"]
    assert form.select_one("[name=weak_lines]").text.strip() == "Lamp oil"
    conversation.answer(conversation.say(alice, "I am good at system design"))
    assert not field_on(client.get(CHAT).text).select("[checked]")


def test_what_was_chosen_is_saved_with_its_message_or_not_at_all(client, alice, monkeypatch):
    def fails(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(ChatMessage, "mark_pending", fails)
    with pytest.raises(RuntimeError):
        choose(client, "daily_minutes", daily_minutes="30")
    assert not ChatMessage.objects.exists()
    assert brief_of(alice).daily_minutes is None


def test_a_choice_while_the_coach_still_answers_is_kept_in_its_field(client, alice):
    make_message(alice, "first", ask_state="asking", ask_lease_until="2999-01-01T00:00:00Z", ask_attempt=1)
    response = choose(client, "role", HTMX, role="Nurse")
    assert response.status_code == 409
    form = field_on(response.text)
    assert "was still answering" in form.text
    assert form.select_one("[name=role]")["value"] == "Nurse"
    assert not User.objects.get().current_role
    assert "not said yet" in response.text


def test_a_cap_is_said_in_the_field_and_what_was_chosen_stays_there(client, alice, settings):
    settings.COACH_MESSAGES_PER_DAY = 1
    conversation.answer(conversation.say(alice, "hello"))
    response = choose(client, "role", HTMX, role="Nurse")
    assert response.status_code == 429
    form = field_on(response.text)
    assert "tomorrow" in form.text
    assert form.select_one("[name=role]")["value"] == "Nurse"
    assert not User.objects.get().current_role


# --- others ----------------------------------------------------------------------------------------------------------


def test_the_same_choice_twice_is_one_message(client, alice):
    for _ in range(2):
        choose(client, "role", role="Nurse")
    assert ChatMessage.objects.filter(author="candidate").count() == 1


def test_a_tab_that_is_behind_corrects_and_the_coach_goes_on_where_it_was(client, alice):
    for role in ("Nurse", "Teacher"):
        choose(client, "role", role=role)
        get_reply(client)
    assert User.objects.get().current_role == "Teacher"
    assert "Role: Teacher" in coach_said(alice)
    assert open_field(client) == "daily_minutes"


def test_a_choice_that_comes_when_a_plan_is_there_is_noted_and_changes_no_plan(client, alice):
    make_plan(alice)
    choose(client, "daily_minutes", daily_minutes="25")
    get_reply(client)
    assert brief_of(alice).daily_minutes == 25
    assert "Nothing in your plan changes before you approve it" in coach_said(alice)
    assert not alice.proposals.filter(status="waiting").exists()


def test_a_choice_is_the_candidates_own(client, alice, bob):
    make_brief(bob, daily_minutes=60)
    choose(client, "daily_minutes", daily_minutes="25", user=str(bob.pk))
    assert (brief_of(alice).daily_minutes, brief_of(bob).daily_minutes) == (25, 60)
    assert not ChatMessage.objects.filter(user=bob).exists()


def test_no_field_stands_beside_a_plan_or_one_that_is_being_written(client, alice):
    make_brief(alice, motivation="")
    make_proposal(alice, status="waiting", topics=[], ask_state="pending")
    assert open_field(client) is None
    PlanProposal.objects.all().delete()
    assert open_field(client) == "motivation"
    make_proposal(alice)
    assert open_field(client) is None


def test_with_a_model_there_is_no_field_and_a_choice_from_an_earlier_page_is_still_taken(client, alice, fake_llm):
    page = client.get(CHAT).text
    assert field_on(page) is None
    assert "Tell me all at once" in page
    assert choose(client, "role", role="Nurse").status_code == 302
    assert User.objects.get().current_role == "Nurse"
    make_plan(alice)
    assert "Change the plan" not in client.get(CHAT).text


def test_an_invented_field_is_a_message_without_words(client, alice):
    assert choose(client, "password", role="Nurse").status_code == 422
    assert not ChatMessage.objects.exists()
