"""Joining: one page, straight to the conversation."""

import pytest
from django.urls import reverse

from coach.models import User

pytestmark = pytest.mark.django_db

JOIN = {"username": "alice", "password": "quiet-desk-27", "name": "Alice", "time_zone": "Europe/Vienna"}


def test_joining_signs_in_and_leads_to_the_conversation(client):
    response = client.post(reverse("join"), JOIN)
    assert response.status_code == 302
    assert response["Location"] == reverse("plans:chat")
    user = User.objects.get(username="alice")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.name, user.time_zone) == ("Alice", "Europe/Vienna")


@pytest.mark.parametrize("taken", ["alice", "Alice"])
def test_a_taken_name_is_refused_whatever_its_case_and_told_once(client, taken):
    User.objects.create_user(taken, "quiet-desk-27")
    response = client.post(reverse("join"), JOIN)
    assert response.status_code == 422
    assert response.content.decode().count("This user name is taken.") == 1
    assert User.objects.count() == 1


def test_a_weak_password_is_refused_with_the_reason_and_what_was_typed(client):
    response = client.post(reverse("join"), {**JOIN, "password": "12345678"})
    assert response.status_code == 422
    assert "has digits only" in response.content.decode()
    assert 'value="alice"' in response.content.decode()


@pytest.mark.parametrize("username", ["", "two words", "nul\x00", "a" * 151, "<script>"])
def test_a_bad_user_name_is_refused(client, username):
    assert client.post(reverse("join"), {**JOIN, "username": username}).status_code == 422
    assert not User.objects.exists()


def test_an_unknown_time_zone_becomes_utc(client):
    client.post(reverse("join"), {**JOIN, "time_zone": "Middle/Earth"})
    assert User.objects.get().time_zone == "UTC"


def test_who_is_signed_in_is_led_home(client):
    client.post(reverse("join"), JOIN)
    assert client.get(reverse("join"))["Location"] == reverse("home")


def test_only_reading_and_posting_are_allowed(client):
    assert client.put(reverse("join")).status_code == 405
