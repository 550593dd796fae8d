"""An admin sets a candidate's password: their devices are signed out, nothing is erased, and they are told.

Until they choose their own.
"""

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


def test_they_are_told_at_each_sign_in_until_they_have_chosen_their_own(client, boss, alice):
    set_password(client, alice)
    for device in (Client(), Client()):  # the first one may be the admin's
        device.post(reverse("login"), {"username": "alice", "password": NEW})
        assert TOLD in device.get(reverse("account")).content.decode()
        assert TOLD not in device.get(reverse("account")).content.decode()
    own = {"old_password": NEW, "new_password1": "nobody-else-knows-1", "new_password2": "nobody-else-knows-1"}
    assert device.post(reverse("password"), own).status_code == 302
    another = Client()
    another.post(reverse("login"), {"username": "alice", "password": "nobody-else-knows-1"})
    assert TOLD not in another.get(reverse("account")).content.decode()


@pytest.mark.parametrize("spelling", ["{}", "_2B{}", " {}", "0{}"])
def test_they_are_told_however_the_admin_came_to_the_page(client, boss, alice, spelling):
    page = reverse("admin:auth_user_password_change", args=[1]).replace("/1/", f"/{spelling.format(alice.pk)}/")
    response = client.post(page, {"password1": NEW, "password2": NEW, "usable_password": "true"})
    alice.refresh_from_db()
    assert response.status_code == 302
    assert alice.check_password(NEW) == (alice.password_set_by_admin_at is not None)


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
