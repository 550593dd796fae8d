"""A stream has a waiting row answered, which costs: a link that somebody follows must not set it off."""

import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

# What Chromium sends when a link is followed, on our page or on a foreign one.
FOLLOWED = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}


@pytest.mark.parametrize("what", ["attempt", "message"])
def test_a_link_to_a_stream_shows_the_page_and_asks_for_nothing(client, what):
    alice = factories.make_user("alice")
    factories.make_plan(alice)
    client.force_login(alice)
    if what == "attempt":
        row, name = factories.make_attempt(alice, state="submitted"), "study:attempt_live"
        page = reverse("study:attempt_detail", args=[row.pk])
    else:
        row, name = factories.make_message(alice, ask_state="pending"), "plans:chat_live"
        page = reverse("plans:chat")
    response = client.get(reverse(name, args=[row.pk]), headers=FOLLOWED)
    assert (response.status_code, response.get("Location")) == (302, page)
    assert client.head(reverse(name, args=[row.pk])).url == page
    row.refresh_from_db()
    assert (row.ask_state, row.ask_attempt) == ("pending", 0)
