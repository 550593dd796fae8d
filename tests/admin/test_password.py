"""An admin sets a candidate's password: their devices are signed out, nothing is erased, and they are told once."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from coach.models import RawUserContext, User
from tests import factories

pytestmark = pytest.mark.django_db

NEW = "chosen-by-the-admin-1"
TOLD = "An admin set a new password for you"


@pytest.fixture
def boss(client):
    boss = factories.make_user("boss", is_staff=True, is_superuser=True)
    client.force_login(boss)
    return boss


@pytest.fixture
def alice():
    return factories.make_user("alice", context="ten years of nursing")


def set_password(client, user):
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    response = client.post(page, {"password1": NEW, "password2": NEW, "usable_password": "true"})
    assert response.status_code == 302


def test_their_devices_are_signed_out_and_nothing_is_erased(client, boss, alice):
    device = Client()
    device.force_login(alice)
    assert device.get(reverse("home")).status_code == 200
    set_password(client, alice)
    assert device.get(reverse("home"))["Location"].startswith(reverse("login"))
    assert RawUserContext.objects.get(user=alice).text == "ten years of nursing"
    assert client.get(reverse("admin:index")).status_code == 200


def test_they_are_told_at_the_next_sign_in_and_only_then(client, boss, alice):
    set_password(client, alice)
    device = Client()
    device.post(reverse("login"), {"username": "alice", "password": NEW})
    assert TOLD in device.get(reverse("account")).content.decode()
    assert TOLD not in device.get(reverse("account")).content.decode()
    another = Client()
    another.post(reverse("login"), {"username": "alice", "password": NEW})
    assert TOLD not in another.get(reverse("account")).content.decode()


def test_they_are_told_on_the_first_page_after_signing_in_over_rest(client, boss, alice):
    set_password(client, alice)
    program = Client()
    signed_in = json.dumps({"username": "alice", "password": NEW})
    assert program.post("/users/login", signed_in, content_type="application/json").status_code == 302
    session = program.cookies["sessionid"].value
    page = Client()
    page.cookies["sessionid"] = session
    assert TOLD in page.get(reverse("account")).content.decode()
    assert TOLD not in page.get(reverse("account")).content.decode()


def test_an_admin_who_changes_their_own_is_not_told(client, boss):
    set_password(client, boss)
    assert User.objects.get(pk=boss.pk).password_set_by_admin_at is None


def test_a_password_that_is_refused_changes_nothing(client, boss, alice):
    page = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert client.post(page, {"password1": "a", "password2": "b", "usable_password": "true"}).status_code == 200
    assert User.objects.get(pk=alice.pk).password_set_by_admin_at is None


@pytest.mark.parametrize("name", ["coach_user_add", "coach_user_changelist", "index", "password_change", "jsi18n"])
def test_the_pages_of_the_admin_are_not_stored(client, boss, name):
    assert "no-store" in client.get(reverse(f"admin:{name}"))["Cache-Control"]


def test_the_pages_of_a_candidate_are_not_stored(client, boss, alice):
    for name in ("admin:auth_user_password_change", "admin:coach_user_change", "admin:coach_user_history"):
        assert "no-store" in client.get(reverse(name, args=[alice.pk]))["Cache-Control"]
