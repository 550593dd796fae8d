"""The plan chat in Chromium, with htmx: what was asked for comes into the conversation, each with its own card."""

import threading

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from plans.models import PlanBrief
from tests.factories import make_brief, make_plan, make_proposal, make_user, topic_data
from tests.fake_llm import a_chat_reply, a_plan, a_plan_change, a_topic

pytestmark = pytest.mark.django_db(transaction=True)


def more_design(minutes):
    return a_plan_change(
        a_topic("System design", priority=1, minutes=minutes),
        a_topic("Conflict stories", priority=2, minutes=15),
        a_topic("Algorithms", priority=3, minutes=5),
        changes=[("System design", "more_time"), ("Algorithms", "less_time")],
    )


def open_chat(live_server, page, user):
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    page.set_default_timeout(30_000)
    page.goto(live_server.url + reverse("plans:chat"))


def test_a_plan_that_was_asked_for_by_the_button_comes_into_the_conversation(live_server, page, fake_llm):
    alice = make_user("alice")
    make_brief(alice)
    open_chat(live_server, page, alice)
    fake_llm.reply(a_plan())
    page.click("text=Write my plan")
    page.wait_for_selector("#talk >> text=Look at the proposal")
    assert page.url.endswith(reverse("plans:chat"))
    assert page.locator("text=Write my plan").count() == 0
    page.click("#talk >> text=Look at the proposal")
    page.wait_for_selector("button:has-text('Approve')")


def test_a_second_proposal_gets_a_card_of_its_own(live_server, page, fake_llm):
    alice = make_user("alice")
    make_plan(alice)
    open_chat(live_server, page, alice)
    for number, minutes in enumerate((22, 25), start=1):
        fake_llm.reply(a_chat_reply(f"I will propose it, number {number}.", action="suggest_changes"))
        fake_llm.reply(more_design(minutes))
        page.fill("#talk textarea", "More time for system design, please.")
        page.click("#talk button.primary")
        page.wait_for_selector(f"text={5 + 15 + minutes} minutes a day")
        assert page.locator(".pending").count() == 0
    cards = [card.get_attribute("id") for card in page.locator("[id^=proposal-card]").all()]
    assert len(cards) == len(set(cards)) == 2
    assert page.input_value("#talk textarea") == ""
    assert page.locator("#known").count() == 1
    page.reload()
    assert page.locator("[id^=proposal-card]").count() == 1  # the first proposal, replaced by now, is a link
    page.click("text=Look at the proposal")
    page.click("button:has-text('Approve')")
    page.wait_for_selector("text=This is your plan now, version 2")


def test_what_is_half_typed_elsewhere_stays_while_a_field_or_a_message_is_answered(live_server, page):
    alice = make_user("alice")
    open_chat(live_server, page, alice)
    page.fill("#talk .composer textarea", "half a sentence")
    page.get_by_label("The role you apply for").fill("Nurse")
    page.click("text=Next")
    page.click("text=30 min")
    expect(page.get_by_text("For every role")).to_be_visible()
    expect(page.locator("#talk .composer textarea")).to_have_value("half a sentence")
    page.get_by_label("Medication safety").check()
    page.get_by_label("Coming back").check()
    page.fill("[name=weak_lines]", "lamp oil")
    page.click("text=Send")
    expect(page.get_by_text("please tick your weak spots here")).to_be_visible()
    expect(page.get_by_label("Medication safety")).to_be_checked()
    expect(page.get_by_label("Coming back")).to_be_checked()
    expect(page.locator("[name=weak_lines]")).to_have_value("lamp oil")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Low: tired days")).to_be_visible()
    assert PlanBrief.objects.get().weaknesses == "Medication safety; Coming back; lamp oil"


def test_what_is_corrected_beside_the_conversation_moves_its_field_on(live_server, page):
    alice = make_user("alice")
    open_chat(live_server, page, alice)
    page.click("text=Correct this")
    page.fill("#brief_role", "Nurse")
    page.click("#understood button:has-text('Save')")
    expect(page.locator("#field_daily_minutes")).to_be_visible()
    expect(page.locator("#field_role")).to_have_count(0)
    page.click("text=30 min")
    expect(page.get_by_label("Medication safety")).to_be_visible()
    page.click("text=Correct this")
    page.fill("#brief_weaknesses", "handover")
    page.select_option("#brief_motivation", "low")
    page.click("#understood button:has-text('Save')")
    expect(page.get_by_role("button", name="Write my plan")).to_be_visible()
    expect(page.locator("form.chat-field")).to_have_count(0)


def test_a_field_that_is_wrong_takes_the_focus_and_the_coachs_answer_stands_before_its_field(live_server, page):
    alice = make_user("alice", current_role="Nurse")
    open_chat(live_server, page, alice)
    page.locator("form.chat-field").evaluate("form => (form.noValidate = true)")
    page.fill("[name=daily_minutes] >> nth=0", "5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Please give at least 10.")).to_be_visible()
    expect(page.locator("#field_daily_minutes")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    expect(page.get_by_text("For every role")).to_be_visible()
    expect(page.locator(".htmx-settling, .htmx-added, .htmx-swapping")).to_have_count(0)
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("form.chat-field input:visible").first).to_be_focused()


def test_a_proposal_that_arrives_takes_the_focus_and_has_the_width_that_it_has_when_opened_anew(
    live_server, page, fake_llm
):
    alice = make_user("alice")
    proposal = make_proposal(alice, topics=[], status="waiting", ask_state="pending")
    open_chat(live_server, page, alice)
    fake_llm.reply(a_plan())
    page.goto(live_server.url + reverse("plans:proposal_detail", args=[proposal.pk]))
    page.wait_for_selector("button:has-text('Approve')")
    expect(page.locator("h1")).to_be_focused()
    arrived = page.locator("#proposal").bounding_box()["width"]
    page.reload()
    assert page.locator("#proposal").bounding_box()["width"] == arrived


def test_a_button_that_goes_with_what_it_asked_for_hands_the_focus_on(live_server, page, fake_llm):
    alice = make_user("alice")
    make_brief(alice)
    open_chat(live_server, page, alice)
    written = threading.Event()
    fake_llm.reply(a_plan(), hold=written)
    page.focus("text=Write my plan")
    page.keyboard.press("Enter")
    expect(page.locator(".pending")).to_be_focused()
    written.set()
    expect(page.locator("[id^=proposal-card]")).to_be_focused()


def test_the_name_of_a_proposed_topic_can_be_read_to_its_end(live_server, page):
    alice = make_user("alice")
    described = "Reflect honestly on duty, limits and mistakes, and on how you last in the job."
    topics = [topic_data("Stakeholder management", description=described), topic_data("Ethics", priority=2)]
    proposal = make_proposal(alice, topics=topics)
    open_chat(live_server, page, alice)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("plans:proposal_detail", args=[proposal.pk]))
    cut = page.locator("th input").first.evaluate("field => field.scrollWidth - field.clientWidth")
    assert cut == 0
