"""The coach's answer appears while it is written; what follows from it only when the whole has been checked."""

import http.client
import json
import threading
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from llm_modes.models import LLMCall
from plans import conversation
from plans.models import ChatMessage
from tests.factories import make_message
from tests.fake_llm import a_chat_reply, completion
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db(transaction=True)


def live(client, message):
    return client.post(reverse("plans:chat_live", args=[message.pk]))


def look(client):
    """What the page asks for when the stream has ended."""
    return client.post(f"{reverse('plans:chat_reply')}?again=1", headers=HTMX)


def a_reply_in_two(first, second, go_on, **known):
    """A reply that stops between its two halves until `go_on`."""
    text = json.dumps(a_chat_reply(first + second, **known))

    def pieces():
        middle = text.index(second)
        yield text[:middle]
        go_on.wait(10)
        yield text[middle:]

    return completion(pieces=pieces)


@pytest.fixture
def go_on():
    event = threading.Event()
    yield event
    event.set()


def test_the_answer_is_seen_over_http_before_it_has_ended(client, alice, fake_llm, live_server, go_on):
    message = conversation.say(alice, "I want to become a nurse.")
    fake_llm.play(a_reply_in_two("That is a fine wish.\n", "How much time do you have?", go_on, role="Zookeeper"))
    server = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=10)
    page = client.get(reverse("plans:chat"))
    token = str(page.context["csrf_token"])
    cookies = client.cookies.output(header="", sep=";")
    path = reverse("plans:chat_live", args=[message.pk])
    server.request("POST", path, headers={"Cookie": cookies, "X-CSRFToken": token})
    response = server.getresponse()
    first = b""
    while b"That is a fine wish." not in first:
        first += response.readline()
    message.refresh_from_db()
    assert message.ask_state == "asking"
    assert look(client).status_code == 204
    go_on.set()
    rest = response.read()
    assert b"How much time do you have?" in rest
    assert b"Zookeeper" not in first + rest
    server.close()
    page = look(client).content.decode()
    assert "How much time do you have?" in page
    assert "Zookeeper" in page
    assert LLMCall.objects.count() == 1


def test_a_broken_stream_falls_back_to_waiting_and_one_bill(client, alice, fake_llm, go_on):
    message = conversation.say(alice, "I want to become a nurse.")
    fake_llm.play(a_reply_in_two("That is a fine wish. ", "How much time do you have?", go_on))
    response = live(client, message)
    assert b"That is a fine wish." in next(iter(response))
    response.close()  # the reader is gone
    assert live(client, message).status_code == look(client).status_code == 204
    asker = next(thread for thread in threading.enumerate() if thread.name == "live-ask")
    go_on.set()
    asker.join(10)
    assert "How much time do you have?" in look(client).content.decode()
    assert live(client, message).status_code == 204
    assert len(fake_llm.requests) == LLMCall.objects.count() == 1
    assert ChatMessage.objects.get(in_reply_to=message).text == "That is a fine wish. How much time do you have?"


def test_a_failure_shows_a_retry_and_looking_does_not_ask_again(client, alice, fake_llm):
    message = conversation.say(alice, "I want to become a nurse.")
    fake_llm.fault("http_401")
    assert b"".join(live(client, message)) == b""
    assert live(client, message).status_code == 204
    looking = look(client)
    assert looking.status_code == 503
    assert "Your message is saved, but not answered" in looking.content.decode()
    assert len(fake_llm.requests) == 1


def test_what_the_coach_writes_is_never_markup(client, alice, fake_llm):
    message = conversation.say(alice, "Hello.")
    fake_llm.reply(a_chat_reply("<img src=x onerror=alert(1)>"))
    sent = b"".join(live(client, message)).decode()
    assert "<img" not in sent
    assert "&lt;img" in sent


def test_only_the_owner_listens_and_only_to_an_own_message(client, alice, bob, fake_llm):
    assert live(client, make_message(bob)).status_code == 404
    message = conversation.say(alice, "Hello.")
    greeting = ChatMessage.objects.get(user=alice, author=ChatMessage.Author.COACH)
    assert live(client, greeting).status_code == 404
    client.logout()
    assert live(client, message).url.startswith(reverse("login"))
    assert not fake_llm.requests
