"""The plan chat: said, saved, answered; and what code makes of the answer."""

import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse

from coach.models import RawUserContext, User
from llm_modes.asking.rows import AskState
from plans import conversation
from plans.journey import brief_of
from plans.models import ChatMessage, PlanBrief, PlanProposal
from tests.factories import make_brief, make_message, make_plan, make_proposal, make_user
from tests.fake_llm import a_chat_reply, a_plan, a_reply_to
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db

ALL_FOUR = {
    "role": "Backend engineer",
    "daily_minutes": 45,
    "weaknesses": "system design",
    "motivation": "high",
}


def say(client, text="I want to become a backend engineer.", **headers):
    return client.post(reverse("plans:chat"), {"text": text}, headers=headers)


def get_reply(client, **headers):
    return client.post(reverse("plans:chat_reply"), headers=headers)


# --- the page --------------------------------------------------------------------------------------------------------


def test_a_newcomer_is_greeted_with_the_first_question_and_nobody_is_asked(client, alice, fake_llm):
    page = client.get(reverse("plans:chat")).content.decode()
    assert "Hello Alice" in page
    assert "Which role are you applying for?" in page
    assert not fake_llm.requests
    assert not ChatMessage.objects.exists()


def test_the_greeting_asks_only_for_what_is_missing(client, alice):
    alice.current_role = "Teacher"
    alice.save()
    page = client.get(reverse("plans:chat")).content.decode()
    assert "Which role" not in page
    assert "How many minutes a day" in page


def test_the_greeting_stays_as_it_was_when_more_becomes_known(client, alice, fake_llm):
    say(client, "Backend engineer")
    fake_llm.reply(a_chat_reply("How much time?", role="Backend engineer"))
    get_reply(client)
    page = client.get(reverse("plans:chat")).content.decode()
    assert page.count("Hello Alice") == 1
    assert "Which role are you applying for?" in page
    assert "Which role are you applying for?" in fake_llm.requests[0].user


def test_anonymous_visitors_are_sent_to_the_login(client):
    for name in ("plans:chat", "plans:chat_reply", "plans:brief"):
        assert client.post(reverse(name)).status_code == 302


@pytest.mark.parametrize(
    ("name", "method"), [("plans:chat", "put"), ("plans:chat_reply", "put"), ("plans:brief", "put")]
)
def test_other_methods_are_refused(client, alice, name, method):
    assert getattr(client, method)(reverse(name)).status_code == 405


def test_another_candidates_words_do_not_show(client, alice, bob):
    make_message(bob, "secret-of-bob")
    make_proposal(bob)
    page = client.get(reverse("plans:chat")).content.decode()
    assert "secret-of-bob" not in page


# --- said and answered -----------------------------------------------------------------------------------------------


def test_a_message_is_saved_before_anybody_is_asked(client, alice, fake_llm):
    response = say(client, "I am a nurse.")
    assert response.status_code == 302
    greeting, message = ChatMessage.objects.filter(user=alice).order_by("pk")
    assert "Which role are you applying for?" in greeting.text
    assert (message.text, message.ask_state) == ("I am a nurse.", AskState.PENDING)
    assert not fake_llm.requests


def test_without_javascript_the_pending_page_has_a_button_that_gets_the_answer(client, alice, fake_llm):
    say(client)
    page = client.get(reverse("plans:chat")).content.decode()
    assert "Get the answer" in page
    assert f'action="{reverse("plans:chat_reply")}"' in page
    fake_llm.reply(a_chat_reply("How much time do you have?", role="Backend engineer"))
    assert get_reply(client).status_code == 302
    page = client.get(reverse("plans:chat")).content.decode()
    assert "How much time do you have?" in page
    assert "Get the answer" not in page


def test_with_htmx_the_same_views_answer_fragments(client, alice, fake_llm):
    page = say(client, **HTMX).content.decode()
    assert "<html" not in page
    assert 'id="talk"' in page
    assert 'hx-trigger="load' in page
    fake_llm.reply(a_chat_reply("How much time do you have?", role="Backend engineer"))
    response = get_reply(client, **HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in page
    assert "How much time do you have?" in page
    assert 'id="known"' in page
    assert 'hx-swap-oob="true"' in page
    assert "Backend engineer" in page


def test_an_empty_or_too_long_message_is_refused_and_kept(client, alice):
    assert say(client, "  \n ").status_code == 422
    response = say(client, "x" * 4001)
    assert response.status_code == 422
    assert "x" * 4001 in response.content.decode()
    assert not ChatMessage.objects.exists()
    assert say(client, "x" * 4000).status_code == 302


def test_what_the_coach_understood_is_kept_and_never_erased(client, alice, fake_llm):
    make_brief(alice, daily_minutes=30, weaknesses="", motivation="")
    say(client)
    fake_llm.reply(a_chat_reply(weaknesses="closing deals", role=None, daily_minutes=None))
    get_reply(client)
    brief = brief_of(alice)
    alice.refresh_from_db()
    assert (alice.current_role, brief.daily_minutes, brief.weaknesses) == ("Backend engineer", 30, "closing deals")


def test_all_four_in_one_message_lead_to_a_proposal(client, alice, fake_llm):
    say(client, "Backend engineer, 45 minutes a day, weak in system design, very motivated")
    fake_llm.reply(a_chat_reply("Thank you. I will write a plan.", action="ask", **ALL_FOUR))
    get_reply(client)
    proposal = PlanProposal.objects.get(user=alice)
    assert (proposal.status, proposal.ask_state) == ("waiting", AskState.PENDING)
    answer = ChatMessage.objects.get(user=alice, author="coach", in_reply_to__isnull=False)
    assert answer.proposal == proposal
    page = client.get(reverse("plans:chat")).content.decode()
    assert reverse("plans:proposal_suggestion", args=[proposal.pk]) in page


def test_a_plan_is_not_suggested_while_something_is_missing_whatever_the_reply_says(client, alice, fake_llm):
    make_brief(alice, motivation="")
    alice.refresh_from_db()
    say(client)
    fake_llm.reply(a_chat_reply("And your energy?", action="ask"))
    get_reply(client)
    assert not PlanProposal.objects.exists()


def test_thanks_while_the_plan_is_being_written_does_not_write_another(client, alice, fake_llm):
    make_brief(alice)
    say(client, "Write it, please.")
    fake_llm.reply(a_chat_reply(action="suggest_plan", **ALL_FOUR))
    get_reply(client)
    say(client, "Thank you!")
    fake_llm.reply(a_chat_reply(action="suggest_plan", **ALL_FOUR))
    get_reply(client)
    assert PlanProposal.objects.filter(user=alice).count() == 1


def test_a_wish_for_changes_becomes_a_proposal_with_the_wish_as_feedback(client, alice, fake_llm):
    make_plan(alice)
    say(client, "Please give me more time for conflict stories, they matter.")
    fake_llm.reply(a_chat_reply("I will propose it.", action="suggest_changes"))
    get_reply(client)
    proposal = PlanProposal.objects.get(user=alice, status="waiting")
    assert proposal.feedback == ["Please give me more time for conflict stories, they matter."]
    assert proposal.base_version == 1


def test_a_short_yes_carries_the_question_along(client, alice, fake_llm):
    make_plan(alice)
    make_message(alice, "Shall I add ten minutes of algorithms?", author="coach")
    say(client, "yes please")
    fake_llm.reply(a_chat_reply(action="suggest_changes"))
    get_reply(client)
    assert "ten minutes of algorithms" in PlanProposal.objects.get(status="waiting").feedback[0]


def test_no_reply_ever_changes_a_plan(client, alice, fake_llm):
    topics = make_plan(alice)
    before = [topic.as_topic() for topic in topics]
    say(client, "Drop algorithms.")
    fake_llm.reply(a_chat_reply("Done, I dropped it.", action="suggest_changes"))
    get_reply(client)
    assert [topic.as_topic() for topic in alice.plan_topics.in_force()] == before


def test_what_is_asked_on_a_proposal_stands_in_the_conversation_in_its_order(client, alice, fake_llm):
    make_brief(alice)
    make_message(alice, "Write it, please.")
    proposal = make_proposal(alice)
    make_message(alice, "Here it is.", author="coach", proposal=proposal)
    response = client.post(reverse("plans:proposals"), {"feedback": "No algorithms, please."})
    page = client.get(reverse("plans:chat")).text
    assert (
        page.index("Here it is.")
        < page.index("No algorithms, please.")
        < page.index("I will see what that makes of your plan")
    )
    newest = PlanProposal.objects.get(status="waiting")
    assert f'id="proposal-card-{newest.pk}"' in page
    assert response["Location"] == reverse("plans:proposal_detail", args=[newest.pk])
    say(client, "Thank you.")
    fake_llm.reply(a_chat_reply("You are welcome.", action="none"))
    get_reply(client)
    assert "No algorithms, please." in fake_llm.requests[0].user  # the coach knows it, too


@pytest.mark.parametrize("wish", ["No algorithms, please.", ""])
def test_a_second_click_asks_for_nothing_more(client, alice, wish):
    """Where no script takes it: the same words come twice."""
    make_brief(alice)
    for _ in range(2):
        say(client, "Write it, please.")
    assert [line.text for line in ChatMessage.objects.filter(author="candidate")] == ["Write it, please."]
    first = client.post(reverse("plans:proposals"), {"feedback": wish})
    lines = ChatMessage.objects.count()
    second = client.post(reverse("plans:proposals"), {"feedback": wish})
    assert first["Location"] == second["Location"]
    assert (ChatMessage.objects.count(), PlanProposal.objects.count()) == (lines, 1)
    client.post(reverse("plans:proposals"), {"feedback": "And a word more."})
    assert PlanProposal.objects.count() == 2


def test_the_panel_does_not_say_again_what_the_card_of_a_proposal_says(client, alice, fake_llm):
    make_brief(alice)
    client.post(reverse("plans:proposals"))
    proposal = PlanProposal.objects.get(user=alice)
    there = reverse("plans:proposal_detail", args=[proposal.pk])
    fake_llm.fault("http_401")
    client.post(f"{there}suggestion/", headers=HTMX)
    assert client.get(reverse("plans:chat")).text.count("Try again</button>") == 1
    fake_llm.always(a_reply_to)
    client.post(f"{there}suggestion/?card=1", headers=HTMX)
    answer = client.post(f"{there}suggestion/?card=1&again=1", headers=HTMX).text
    for page in (answer, client.get(reverse("plans:chat")).text):
        assert page.count(f'href="{there}"') == 1
    # The card is among the earlier messages by now, and the panel leads there.
    for number in range(20):
        make_message(alice, f"And {number}")
    assert client.get(reverse("plans:chat")).text.count(f'href="{there}"') == 1


def test_write_my_plan_in_the_conversation_answers_with_its_card_and_keeps_what_is_being_typed(client, alice, fake_llm):
    make_brief(alice)
    typed = {"text": "half a sentence"}
    page = client.post(reverse("plans:proposals"), typed, headers=HTMX).text
    proposal = PlanProposal.objects.get(user=alice)
    assert "<html" not in page
    assert f'id="proposal-card-{proposal.pk}"' in page
    assert "half a sentence" in page
    assert 'id="known"' in page
    assert "Write my plan" not in page
    fake_llm.reply(a_plan())
    card = client.post(reverse("plans:proposal_suggestion", args=[proposal.pk]) + "?card=1", headers=HTMX).text
    assert "Look at the proposal" in card


def test_a_cap_on_proposals_is_said_in_the_conversation(client, alice, settings):
    make_brief(alice)
    make_proposal(alice, status="rejected")
    settings.COACH_PROPOSALS_PER_DAY = 1
    response = client.post(reverse("plans:proposals"), {"text": "half a sentence"}, headers=HTMX)
    assert response.status_code == 429
    assert "Go on tomorrow" in response.text
    assert "half a sentence" in response.text


def test_a_plan_that_failed_does_not_stand_in_the_way_of_the_next_wish(client, alice, fake_llm):
    make_brief(alice)
    failed = make_proposal(
        alice, status="waiting", topics=[], ask_state="failed", ask_failure="quota", feedback=["Short, please."]
    )
    say(client, "Now write it, and leave algorithms out, please.")
    fake_llm.reply(a_chat_reply("I write it.", action="suggest_plan", **ALL_FOUR))
    get_reply(client)
    waiting = PlanProposal.objects.get(user=alice, status="waiting")
    assert waiting.pk != failed.pk
    assert waiting.feedback == ["Short, please.", "Now write it, and leave algorithms out, please."]


# --- faults ----------------------------------------------------------------------------------------------------------


def test_a_failed_answer_keeps_the_message_and_can_be_tried_again(client, alice, fake_llm):
    say(client, "I teach chemistry.")
    fake_llm.fault("http_401")
    response = get_reply(client, **HTMX)
    assert response.status_code == 503
    assert "Your message is saved" in response.content.decode()
    page = client.get(reverse("plans:chat")).content.decode()
    assert "I teach chemistry." in page
    fake_llm.fault("wrong_schema")
    fake_llm.fault("wrong_schema")
    assert "The coach is thinking" in get_reply(client, **HTMX).content.decode()
    assert "Try again" in get_reply(client, **HTMX).content.decode()
    fake_llm.reply(a_chat_reply("Which level?"))
    assert "The coach is thinking" in get_reply(client, **HTMX).content.decode()
    assert "Which level?" in get_reply(client, **HTMX).content.decode()
    assert ChatMessage.objects.filter(user=alice, in_reply_to__isnull=False).count() == 1


def test_after_a_failure_one_can_simply_write_on(client, alice, fake_llm):
    say(client, "I teach chemistry.")
    fake_llm.fault("http_401")
    get_reply(client)
    assert say(client, "In a secondary school.").status_code == 302
    fake_llm.reply(a_chat_reply("Thank you."))
    get_reply(client)
    prompt = fake_llm.requests[-1].user
    assert "I teach chemistry." in prompt
    assert "In a secondary school." in prompt


def test_a_second_message_while_one_is_being_answered_is_refused_and_kept(client, alice, fake_llm):
    make_message(alice, "first", ask_state=AskState.ASKING, ask_lease_until="2999-01-01T00:00:00Z", ask_attempt=1)
    response = say(client, "second thoughts")
    assert response.status_code == 409
    page = response.content.decode()
    assert "second thoughts" in page
    assert "was still answering" in page  # it stays below when the answer is there
    assert [message.text for message in ChatMessage.objects.all()] == ["first"]
    get_reply(client)
    assert not fake_llm.requests  # nobody pays twice


def while_asked(reply, change):
    """A reply whose arrival something else gets ahead of, over a connection of its own."""

    def content(_request):
        try:
            change()
        finally:
            connection.close()
        return reply

    return content


@pytest.mark.django_db(transaction=True)
def test_a_correction_by_hand_meanwhile_wins_over_what_the_coach_repeats(client, alice, fake_llm):
    make_brief(alice, daily_minutes=30, motivation="")
    message = conversation.say(alice, "I am weak in SQL.")
    reply = a_chat_reply(role="Backend engineer", daily_minutes=30, weaknesses="SQL")
    fake_llm.reply(while_asked(reply, lambda: PlanBrief.objects.filter(user=alice).update(daily_minutes=60)))
    conversation.answer(message)
    assert (brief_of(alice).daily_minutes, brief_of(alice).weaknesses) == (60, "SQL")


@pytest.mark.django_db(transaction=True)
def test_a_late_reply_is_dropped(alice, fake_llm):
    message = conversation.say(alice, "hello")
    again = ChatMessage.objects.filter(pk=message.pk)  # its lease ran out, and somebody else has asked again
    fake_llm.reply(while_asked(a_chat_reply("too late"), lambda: again.update(ask_attempt=7)))
    conversation.answer(message)
    assert not ChatMessage.objects.filter(user=alice, in_reply_to__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_the_answer_is_asked_for_outside_of_any_transaction_and_only_once(client, alice, fake_llm):
    say(client)
    hold = threading.Event()
    fake_llm.reply(a_chat_reply("Hello."), hold=hold)
    message = conversation.unanswered(alice)

    def ask():
        try:
            conversation.answer(message)
        finally:
            connection.close()

    first = threading.Thread(target=ask)
    first.start()
    fake_llm.wait_for(1)
    # While the first waits: its row can be locked, and a second one finds it claimed.
    with transaction.atomic():
        ChatMessage.objects.select_for_update(nowait=True).get(pk=message.pk)
    assert conversation.answer(ChatMessage.objects.get(pk=message.pk)).is_being_asked
    hold.set()
    first.join(10)
    assert len(fake_llm.requests) == 1
    assert ChatMessage.objects.filter(user=alice, in_reply_to__isnull=False).count() == 1


# --- long conversations ----------------------------------------------------------------------------------------------


def test_a_long_conversation_pages_with_a_constant_number_of_queries(client, alice, django_assert_max_num_queries):
    for number in range(120):
        make_message(alice, f"message-number-{number:03}")
    with django_assert_max_num_queries(16):
        page = client.get(reverse("plans:chat")).content.decode()
    assert "message-number-119" in page
    assert "message-number-099" not in page
    earlier = ChatMessage.objects.get(pk=min(m.pk for m in ChatMessage.objects.order_by("-pk")[:20])).pk
    assert f"?before={earlier}" in page
    older = client.get(reverse("plans:chat"), {"before": earlier}, headers=HTMX).content.decode()
    assert "<html" not in older
    assert "message-number-099" in older
    assert "message-number-119" not in older
    whole = client.get(reverse("plans:chat"), {"before": earlier}).content.decode()
    assert "Latest messages" in whole


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1.5", ""])
def test_an_invented_page_is_not_found(client, alice, before):
    assert client.get(reverse("plans:chat"), {"before": before}).status_code == 404


@pytest.mark.parametrize("letter", ["a", "語", "🙂"])
def test_the_prompt_stays_bounded_however_much_was_said(alice, fake_llm, letter):
    RawUserContext.objects.create(user=alice, text=letter * 20_000)
    for _ in range(30):
        make_message(alice, letter * 4000)
    message = conversation.say(alice, letter * 4000)
    fake_llm.reply(a_chat_reply())
    conversation.answer(message)
    assert fake_llm.requests[0].count_input() <= 6_000


def test_the_raw_context_is_read_only_while_something_is_unknown(alice, fake_llm):
    RawUserContext.objects.create(user=alice, text="context-words-here")
    fake_llm.always(a_chat_reply())
    conversation.answer(conversation.say(alice, "hello"))
    make_plan(User.objects.get(pk=alice.pk))
    fake_llm.always(a_chat_reply(action="none"))
    conversation.answer(conversation.say(alice, "hello again"))
    assert "context-words-here" in fake_llm.requests[0].user
    assert "context-words-here" not in fake_llm.requests[1].user


# --- the panel -------------------------------------------------------------------------------------------------------


def brief_data(**values):
    initial = {f"initial-{name}": "" for name in ("role", "daily_minutes", "weaknesses", "motivation")}
    return {"role": "", "daily_minutes": "", "weaknesses": "", "motivation": "", **initial, **values}


def test_what_was_understood_can_be_corrected_by_hand(client, alice):
    response = client.post(
        reverse("plans:brief"),
        brief_data(role="Nurse", daily_minutes="25", weaknesses="ward questions", motivation="low"),
    )
    assert response.status_code == 302
    alice.refresh_from_db()
    brief = brief_of(alice)
    assert (alice.current_role, brief.daily_minutes) == ("Nurse", 25)
    assert (brief.weaknesses, brief.motivation) == ("ward questions", "low")
    assert "Saved. The coach knows it from now on." in client.get(response["Location"]).text
    make_proposal(alice)
    late = {"weaknesses": "drug calculations", "initial-weaknesses": "ward questions"}
    beside = client.post(reverse("plans:brief"), brief_data(**late), headers=HTMX).text
    assert "Saved. The proposal that waits was written before." in beside
    assert "from now on" not in beside


def test_only_what_was_changed_by_hand_is_saved(client, alice):
    make_brief(alice, daily_minutes=45)
    # The page was opened when 30 minutes were known; the coach has learned 45 since.
    data = brief_data(
        role="Backend engineer",
        daily_minutes="30",
        weaknesses="numbers",
        motivation="medium",
        **{
            "initial-role": "Backend engineer",
            "initial-daily_minutes": "30",
            "initial-weaknesses": "system design",
            "initial-motivation": "medium",
        },
    )
    client.post(reverse("plans:brief"), data)
    assert (brief_of(alice).daily_minutes, brief_of(alice).weaknesses) == (45, "numbers")


@pytest.mark.parametrize(
    "bad",
    [
        {"daily_minutes": "9"},
        {"daily_minutes": "481"},
        {"daily_minutes": "ten"},
        {"weaknesses": "w " * 61},
        {"motivation": "immense"},
        {"role": "r" * 101},
        {"daily_minutes": "9" * 30},
    ],
)
def test_bad_values_are_refused_and_kept(client, alice, bad):
    response = client.post(reverse("plans:brief"), brief_data(**bad), headers=HTMX)
    assert response.status_code == 422
    assert 'id="understood"' in response.content.decode()
    assert brief_of(alice).daily_minutes is None


def test_once_all_is_known_a_plan_can_be_asked_for_without_the_chat(client, alice):
    make_brief(alice)
    assert "Write my plan" in client.get(reverse("plans:chat")).content.decode()
    response = client.post(reverse("plans:proposals"))
    proposal = PlanProposal.objects.get(user=alice)
    assert response["Location"] == reverse("plans:proposal_detail", args=[proposal.pk])


def test_a_plan_that_no_longer_fits_the_time_is_said(client, alice):
    make_plan(alice)
    make_brief(alice, daily_minutes=20)
    assert "Ask for a plan that fits" in client.get(reverse("plans:chat")).content.decode()


def test_words_are_escaped(client, alice, fake_llm):
    say(client, "<script>alert(1)</script>")
    fake_llm.reply(a_chat_reply("<img src=x onerror=alert(2)>"))
    get_reply(client)
    page = client.get(reverse("plans:chat")).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_an_erased_candidate_leaves_no_conversation():
    user = make_user("gone")
    make_message(user)
    user.delete()
    assert not ChatMessage.objects.exists()
