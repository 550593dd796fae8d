"""Caps on what a candidate may make of a plan in a day: told in a sentence, nothing typed lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from llm_modes.ledger import spending
from plans import conversation
from plans.models import ChatMessage, PlanProposal
from plans.proposals import deciding
from tests.api.conftest import Api, error
from tests.factories import make_brief, make_message, make_plan, make_proposal, make_user, plan_data
from tests.fake_llm import a_chat_reply

pytestmark = pytest.mark.django_db
TYPED = "I would like more time for system design"


@pytest.fixture
def carol(client):
    user = make_user("carol")
    make_plan(user)
    client.force_login(user)
    return user


def test_the_message_after_the_last_of_the_day_stays_in_the_form_with_a_sentence(client, carol, settings):
    settings.COACH_MESSAGES_PER_DAY = 2
    for _ in range(2):
        make_message(carol)
        make_message(carol, author="coach")
    response = client.post(reverse("plans:chat"), {"text": TYPED})
    assert response.status_code == 429
    assert "sent 2 messages today" in response.text
    assert TYPED in response.text
    assert ChatMessage.objects.filter(author="candidate").count() == 2


def test_yesterdays_messages_and_those_before_a_reset_do_not_count(client, carol, settings):
    settings.COACH_MESSAGES_PER_DAY = 1
    make_message(carol, created_at=timezone.now() - timedelta(hours=25))
    assert client.post(reverse("plans:chat"), {"text": TYPED}).status_code == 302
    ChatMessage.objects.update(ask_state="done")
    assert client.post(reverse("plans:chat"), {"text": TYPED}).status_code == 429
    spending.reset(carol)
    assert client.post(reverse("plans:chat"), {"text": TYPED}).status_code == 302


def test_zero_lifts_the_cap(client, carol, settings):
    settings.COACH_MESSAGES_PER_DAY = 0
    make_message(carol)
    assert client.post(reverse("plans:chat"), {"text": TYPED}).status_code == 302


@pytest.fixture
def one_proposal_a_day(settings):
    settings.COACH_PROPOSALS_PER_DAY = 1  # the plan in force is the first


def test_a_wish_for_changes_beyond_the_cap_stays_in_the_form(client, carol, one_proposal_a_day):
    response = client.post(reverse("plans:proposals"), {"feedback": TYPED})
    assert response.status_code == 429
    assert "1 times today" in response.text
    assert TYPED in response.text
    assert PlanProposal.objects.count() == 1


def test_the_chat_says_why_no_proposal_comes_of_a_wish(carol, fake_llm, one_proposal_a_day):
    fake_llm.reply(a_chat_reply("I will suggest that.", action="suggest_changes"), mode="plan_chat")
    message = conversation.answer(conversation.say(carol, TYPED))
    assert message.is_answered
    answer = message.answer.text
    assert answer.startswith("I will suggest that.")
    assert "Go on tomorrow" in answer
    assert PlanProposal.objects.count() == 1


def test_a_plan_cannot_be_taken_back_and_forth_without_end(client, carol, settings):
    make_proposal(carol, status="approved", version=2, base_version=1, decided_at=timezone.now())
    settings.COACH_PROPOSALS_PER_DAY = 2
    page = client.post(reverse("plans:undo"), {"version": "2"}, follow=True)
    assert "2 times today" in page.text
    assert PlanProposal.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/plan/suggest_new", {"role": "Nurse", "raw_user_context": "Five years."}),
        ("/plan/suggest_changes", {"feedback": [TYPED]}),
        ("/plan/approve_plan", {"plan_topics": [topic.as_json() for topic in plan_data()]}),
    ],
)
def test_programs_are_told_when_the_day_ends(carol, one_proposal_a_day, path, body):
    response = Api(carol).post(path, body)
    assert response.status_code == 429
    assert error(response)["code"] == "cap_reached"
    assert 0 < int(response["Retry-After"]) <= 86_400
    assert PlanProposal.objects.count() == 1


def test_a_proposal_that_is_open_can_still_be_approved(one_proposal_a_day):
    dora = make_user("dora")
    make_brief(dora)
    proposal = make_proposal(dora)
    deciding.approve(dora, proposal)
    proposal.refresh_from_db()
    assert proposal.status == "approved"
