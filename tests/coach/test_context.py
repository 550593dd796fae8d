"""The raw user context: saved as written, limited without loss."""

import pytest
from django.urls import reverse

from coach.models import RawUserContext, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    user = User.objects.create_user("alice", "quiet-desk-27")
    client.force_login(user)
    return user


def test_the_context_is_saved_as_it_was_written(client, alice):
    text = "Seven years of backend work.\n\n  • ledger service\n  • 3,200 failed payments {{ 7*7 }} <b>bold</b>"
    assert client.post(reverse("context"), {"text": text}).status_code == 302
    assert RawUserContext.objects.get(user=alice).text == text
    page = client.get(reverse("context")).content.decode()
    assert "{{ 7*7 }} &lt;b&gt;bold&lt;/b&gt;" in page


def test_windows_line_ends_and_control_characters_are_cleaned_away(client, alice):
    client.post(reverse("context"), {"text": "one\r\ntwo\x00\x07\x0c\x1b\tthree"})
    assert RawUserContext.objects.get(user=alice).text == "one\ntwo\tthree"


def test_exactly_the_limit_fits(client, alice):
    assert client.post(reverse("context"), {"text": "x" * 20_000}).status_code == 302


def test_too_long_a_text_is_refused_and_kept_in_the_page(client, alice):
    client.post(reverse("context"), {"text": "the earlier one"})
    text = "y" * 20_001
    response = client.post(reverse("context"), {"text": text})
    assert response.status_code == 422
    page = response.content.decode()
    assert "20,001 characters long; at most 20,000 fit" in page
    assert text in page
    assert RawUserContext.objects.get(user=alice).text == "the earlier one"


def test_the_limit_is_said_beforehand(client, alice):
    assert "At most 20,000 characters" in client.get(reverse("context")).content.decode()


def test_it_may_be_emptied(client, alice):
    client.post(reverse("context"), {"text": "something"})
    client.post(reverse("context"), {"text": ""})
    assert RawUserContext.objects.get(user=alice).text == ""


def test_another_candidate_sees_nothing_of_it(client, alice):
    client.post(reverse("context"), {"text": "secret-of-alice"})
    client.force_login(User.objects.create_user("bob", "quiet-desk-27"))
    assert "secret-of-alice" not in client.get(reverse("context")).content.decode()


def test_anonymous_visitors_have_to_log_in(client):
    assert client.get(reverse("context")).status_code == 302
    assert client.post(reverse("context"), {"text": "x"}).status_code == 401
    assert not RawUserContext.objects.exists()
