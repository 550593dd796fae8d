"""Logging in and out, slowed down for whoever guesses."""

from datetime import timedelta

import pytest
from django.urls import reverse

from coach.models import RecentTries, User

pytestmark = pytest.mark.django_db

PASSWORD = "quiet-desk-27"


@pytest.fixture
def alice():
    return User.objects.create_user("alice", PASSWORD)


def log_in(client, password=PASSWORD, **data):
    return client.post(reverse("login"), {"username": "alice", "password": password, **data})


def test_the_right_password_leads_home(client, alice):
    assert log_in(client)["Location"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200


def test_the_user_name_may_be_typed_in_another_case(client, alice):
    assert client.post(reverse("login"), {"username": "ALICE", "password": PASSWORD}).status_code == 302


def test_a_wrong_password_is_told_without_saying_which_part_is_wrong(client, alice):
    response = log_in(client, "wrong-one")
    assert response.status_code == 422
    assert "do not belong together" in response.content.decode()
    assert "wrong-one" not in response.content.decode()


def test_five_failures_make_even_the_right_password_wait(client, alice):
    for _ in range(5):
        assert log_in(client, "wrong-one").status_code == 422
    response = log_in(client)
    assert response.status_code == 429
    assert "wait 15 minutes" in response.content.decode()
    for row in RecentTries.objects.all():
        row.times = [at - timedelta(minutes=15) for at in row.times]
        row.save()
    assert log_in(client).status_code == 302


def test_one_name_failing_does_not_lock_out_another(client, alice):
    User.objects.create_user("bob", PASSWORD)
    for _ in range(6):
        log_in(client, "wrong-one")
    assert client.post(reverse("login"), {"username": "bob", "password": PASSWORD}).status_code == 302


def test_the_next_page_is_kept_when_it_is_ours(client, alice):
    response = client.get(reverse("context"))
    assert response["Location"] == f"{reverse('login')}?next={reverse('context')}"
    assert log_in(client, next=reverse("context"))["Location"] == reverse("context")


def test_a_next_page_elsewhere_is_ignored(client, alice):
    assert log_in(client, next="https://example.com/")["Location"] == reverse("home")


def test_a_deactivated_candidate_cannot_log_in(client, alice):
    User.objects.update(is_active=False)
    assert log_in(client).status_code == 422


def test_the_first_login_from_a_browser_sets_an_unknown_zone(client, alice):
    log_in(client, time_zone="Pacific/Auckland")
    alice.refresh_from_db()
    assert alice.time_zone == "Pacific/Auckland"


def test_logging_out_takes_a_post(client, alice):
    log_in(client)
    assert client.get(reverse("logout")).status_code == 302
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("home")).status_code == 302
