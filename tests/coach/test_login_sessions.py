"""Login sessions know whose they are, so that nobody has to read them all to find those of one candidate."""

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coach.erasure import erase
from coach.models import LoginSession
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in(user):
    client = Client()
    client.post(reverse("login"), {"username": user.username, "password": PASSWORD})
    return client


def owners():
    return sorted(LoginSession.objects.values_list("candidate__username", flat=True), key=str)


def test_a_session_names_its_candidate_from_the_sign_in_on():
    user, client = make_user("alice"), Client()
    session = client.session
    session["visited"] = True
    session.save()
    assert owners() == [None]
    client.cookies["sessionid"] = session.session_key
    client.post(reverse("login"), {"username": "alice", "password": PASSWORD})
    assert owners() == ["alice"]
    client.post(reverse("logout"))
    assert user.pk and owners() == []


def test_erasing_an_account_signs_it_out_everywhere_and_reads_no_session():
    alice, bob = make_user("alice"), make_user("bob")
    devices = [sign_in(alice), sign_in(alice), sign_in(bob)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        erase(alice)
    assert not [query for query in asked if "session_data" in query["sql"]]
    assert owners() == ["bob"]
    assert [device.get(reverse("account")).status_code for device in devices] == [302, 302, 200]


def test_sessions_of_an_earlier_release_stay_signed_in_and_get_their_candidate():
    alice = make_user("alice")
    device = sign_in(alice)
    LoginSession.objects.create(session_key="ofnobody", session_data="no content", expire_date="2030-01-01T00:00Z")
    LoginSession.objects.update(candidate=None)
    importlib.import_module("coach.migrations.0012_whose_login_sessions").name_candidates(apps, None)
    assert owners() == [None, "alice"] and device.get(reverse("account")).status_code == 200


def test_no_list_shows_the_key_of_a_session():
    sign_in(make_user("alice"))
    boss = Client()
    boss.force_login(make_user("boss", is_staff=True, is_superuser=True))
    page = boss.get(reverse("admin:coach_loginsession_changelist")).content.decode()
    assert "alice" in page
    assert not [key for key in LoginSession.objects.values_list("pk", flat=True) if key in page]


def test_a_session_and_its_candidate_are_read_by_one_query():
    client = sign_in(make_user("alice"))
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("password"))
    assert page.status_code == 200
    assert [query["sql"] for query in captured if "coach_user" in query["sql"] or "django_session" in query["sql"]] == [
        captured[0]["sql"]
    ]


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"password": "another"}], ids=["closed account", "changed password"]
)
def test_who_may_not_go_on_is_signed_out(change):
    user = make_user("alice")
    client = sign_in(user)
    assert client.get(reverse("password")).status_code == 200
    type(user).objects.filter(pk=user.pk).update(**change)
    assert client.get(reverse("password")).status_code == 302


def test_a_session_that_ended_and_one_whose_candidate_is_gone_sign_nobody_in():
    user = make_user("alice")
    client, other = sign_in(user), sign_in(make_user("bob"))
    LoginSession.objects.filter(candidate=user).update(expire_date="2020-01-01T00:00Z")
    assert client.get(reverse("password")).status_code == 302
    type(user).objects.filter(username="bob").delete()
    assert other.get(reverse("password")).status_code == 302


def test_a_session_signed_with_the_secret_before_goes_on(settings):
    client = sign_in(make_user("alice"))
    session = client.session
    row = LoginSession.objects.get()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    row.session_data = session.encode(dict(session.items()))
    row.save()
    assert client.get(reverse("password")).status_code == 200
    assert client.session["_auth_user_hash"] != session["_auth_user_hash"]


def test_a_row_of_release_0_2_without_its_candidate_signs_them_in_too():
    client = sign_in(make_user("alice"))
    LoginSession.objects.update(candidate=None)
    assert client.get(reverse("password")).status_code == 200


def test_a_session_does_not_sign_in_another_than_the_one_it_names():
    client, bob = sign_in(make_user("alice")), make_user("bob")
    LoginSession.objects.update(candidate=bob)
    assert client.get(reverse("password")).wsgi_request.user.username == "alice"
