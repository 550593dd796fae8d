"""Who may join, with which invitation, and how often from one address."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coach.joining import invite
from coach.models import Invitation, RecentTries, User
from study.tasks import sweep
from tests.api.conftest import Api
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-desk-27"
SOMEWHERE = "203.0.113.9"


def page(client=None, **query):
    return (client or Client()).get(reverse("join"), query)


def join(username="alice", /, *, address=SOMEWHERE, **data):
    return Client().post(reverse("join"), {"username": username, "password": PASSWORD, **data}, REMOTE_ADDR=address)


def rest_join(username="alice", /, *, address=SOMEWHERE, **data):
    api = Api()
    api.client.defaults["REMOTE_ADDR"] = address
    return api.post("/users/create", {"username": username, "password": PASSWORD, **data})


# --- open ------------------------------------------------------------------------------------------------------------


def test_open_is_the_default_and_needs_no_invitation(settings):
    assert settings.JOINING == "open"
    assert page().status_code == 200
    assert 'href="/join/"' in Client().get(reverse("login")).content.decode()
    assert join().status_code == 302
    assert join("bob", invitation="no such thing").status_code == 302


# --- by invitation ---------------------------------------------------------------------------------------------------


@pytest.fixture
def by_invitation(settings):
    settings.JOINING = "invite"


@pytest.mark.usefixtures("by_invitation")
def test_without_an_invitation_the_page_says_what_is_needed_and_shows_no_form():
    for query in ({}, {"invitation": "made-up"}, {"invitation": "nul\x00"}):
        response = page(**query)
        assert response.status_code == 403
        assert "invitation" in response.content.decode()
        assert "<form" not in response.content.decode()
    assert 'href="/join/"' not in Client().get(reverse("login")).content.decode()


@pytest.mark.usefixtures("by_invitation")
def test_the_link_travels_through_the_form_and_is_used_once(capsys):
    call_command("invite")
    link = capsys.readouterr().out.strip()
    assert link.startswith("http://127.0.0.1:8000/join/?invitation=")
    client = Client()
    form = client.get(link.removeprefix("http://127.0.0.1:8000"))
    assert form.status_code == 200
    (token,) = re.findall(r'name="invitation" value="([^"]+)"', form.content.decode())
    # A refused password uses nothing up.
    refused = client.post(reverse("join"), {"username": "alice", "password": "short", "invitation": token})
    assert refused.status_code == 422
    assert f'value="{token}"' in refused.content.decode()
    assert (
        client.post(reverse("join"), {"username": "alice", "password": PASSWORD, "invitation": token}).status_code
        == 302
    )
    assert join("bob", invitation=token).status_code == 403
    assert page(invitation=token).status_code == 403
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]


@pytest.mark.usefixtures("by_invitation")
def test_who_has_filled_in_the_form_keeps_it_and_can_paste_a_new_link():
    response = join("alice", invitation="used before")
    said = response.content.decode()
    assert response.status_code == 403
    assert "ask for a new link" in said
    assert 'value="alice"' in said
    assert PASSWORD not in said
    assert re.search(r'<label for="id_invitation">', said)
    assert join("alice", invitation=f" https://coach.example/join/?invitation={invite(days=1)} ").status_code == 302


@pytest.mark.usefixtures("by_invitation")
def test_an_invitation_ends():
    token = invite(days=3)
    Invitation.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    assert page(invitation=token).status_code == 200
    Invitation.objects.update(expires_at=timezone.now())
    assert page(invitation=token).status_code == join(invitation=token).status_code == 403
    sweep()
    assert not Invitation.objects.exists()


@pytest.mark.usefixtures("by_invitation")
def test_a_name_that_is_taken_uses_no_invitation_up():
    make_user("alice")
    token = invite(days=1)
    assert join(invitation=token).status_code == 422
    assert rest_join(invitation=token).status_code == 409
    assert join("bob", invitation=token).status_code == 302


@pytest.mark.usefixtures("by_invitation")
def test_rest_takes_the_invitation_as_a_field():
    token = invite(days=1)
    for answer in (rest_join(), rest_join(invitation="made-up"), rest_join(invitation="nul\x00")):
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "not_invited"
    assert rest_join(invitation=token).status_code == 302
    assert rest_join("bob", invitation=token).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("by_invitation")
def test_of_ten_who_bring_one_invitation_at_once_one_joins():
    token = invite(days=1)
    together = threading.Barrier(10)

    def come(number):
        together.wait()
        try:
            make = rest_join if number % 2 else join
            return make(f"name{number}", invitation=token).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(come, range(10)))
    assert sorted(statuses) == [302] + [403] * 9
    assert User.objects.count() == 1


@pytest.mark.usefixtures("by_invitation")
def test_the_token_is_stored_nowhere_and_an_admin_can_take_it_back(client):
    token = invite(days=1)
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    row = Invitation.objects.get()
    assert token not in str(vars(row))
    assert client.get(reverse("admin:coach_invitation_changelist")).status_code == 200
    client.post(reverse("admin:coach_invitation_delete", args=[row.pk]), {"post": "yes"})
    assert page(invitation=token).status_code == 403


def test_the_command_makes_as_many_as_are_wanted_and_says_when_they_are_not_needed(capsys, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com", "https://coach.example.com"]
    call_command("invite", number=3, days=2)
    said = capsys.readouterr()
    assert len(set(said.out.split())) == 3
    assert said.out.startswith("https://coach.example.com/join/?invitation=")
    assert "COACH_JOINING is 'open'" in said.err
    last = Invitation.objects.latest("pk").expires_at - timezone.now()
    assert timedelta(days=1, hours=23) < last <= timedelta(days=2)
    for wrong in ({"number": 0}, {"days": 0}, {"days": 10**9}):
        with pytest.raises(CommandError):
            call_command("invite", **wrong)


# --- closed ----------------------------------------------------------------------------------------------------------


def test_closed_is_closed_to_everybody(settings):
    settings.JOINING = "invite"
    token = invite(days=1)
    settings.JOINING = "closed"
    for response in (page(), page(invitation=token), join(), join(invitation=token)):
        assert response.status_code == 403
        assert "Nobody can join at present" in response.content.decode()
        assert "<form" not in response.content.decode()
    assert rest_join(invitation=token).status_code == 403
    assert 'href="/join/"' not in Client().get(reverse("login")).content.decode()
    assert not User.objects.exists()


def test_who_erases_their_account_where_nobody_can_join_is_led_to_the_login(client, settings):
    settings.JOINING = "closed"
    client.force_login(make_user("alice", password=PASSWORD))
    assert client.post(reverse("deletion"), {"password": PASSWORD})["Location"] == reverse("login")


# --- so many an hour -------------------------------------------------------------------------------------------------


def test_one_address_makes_so_many_accounts_an_hour(settings):
    settings.JOINS_PER_HOUR = 3
    # What does not become an account does not count.
    for _ in range(5):
        assert join(password="short").status_code == 422
        assert rest_join(password="password1").status_code == 422
    made = [join("a").status_code, rest_join("b").status_code, join("c").status_code]
    assert made == [302] * 3
    response = join("d", name="Dora")
    assert response.status_code == 429
    assert 3500 < int(response["Retry-After"]) <= 3600
    said = response.content.decode()
    assert "Too many accounts were made from your network. Please wait 60 minutes" in said
    assert 'value="d"' in said
    assert 'value="Dora"' in said
    answer = rest_join("d")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many_joins"
    assert answer["Retry-After"]
    assert join("d", address="198.51.100.1").status_code == 302
    RecentTries.objects.update(times=[timezone.now() - timedelta(hours=1)])
    assert join("e").status_code == 302


def test_this_machine_and_a_limit_of_nought_are_not_limited(settings):
    settings.JOINS_PER_HOUR = 1
    assert [join(f"a{n}", address="127.0.0.1").status_code for n in range(3)] == [302] * 3
    settings.JOINS_PER_HOUR = 0
    assert [join(f"b{n}").status_code for n in range(3)] == [302] * 3


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_join_at_once_as_many_do_as_may(settings):
    settings.JOINS_PER_HOUR = 4
    together = threading.Barrier(20)

    def come(number):
        together.wait()
        try:
            return join(f"name{number}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(come, range(20)))
    assert (statuses.count(302), statuses.count(429)) == (4, 16)
    assert User.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_take_spellings_of_one_name_at_once_one_gets_it():
    spellings = ["vic", "vıc", "VIC", "VİC", "Vic", "vIc", "ｖic", "viC", "v\u200dic", "VıC"]
    together = threading.Barrier(10)

    def come(number):
        together.wait()
        try:
            make = rest_join if number % 2 else join
            return make(spellings[number]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(come, range(10)))
    assert statuses.count(302) == 1
    assert set(statuses) <= {302, 409, 422}
    # Nine of them count for nothing.
    assert len(RecentTries.objects.get(what="join").times) == 1
