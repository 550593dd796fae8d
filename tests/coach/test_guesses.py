"""Guessing passwords: five tries are five tries, and nobody else has to wait for a stranger's."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.backends import ModelBackend
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coach import tries
from coach.client_address import networks
from coach.models import RecentTries, User
from coach.tries import TooMany
from study.tasks import sweep
from tests.api.conftest import Api
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
STRANGER, OWNER = "203.0.113.9", "198.51.100.1"


def log_in(password="wrong-one", name="alice", address=STRANGER, client=None, **headers):
    data = {"username": name, "password": password}
    return (client or Client()).post(reverse("login"), data, REMOTE_ADDR=address, **headers)


def rest_log_in(password="wrong-one", name="alice", address=STRANGER):
    api = Api()
    api.client.defaults["REMOTE_ADDR"] = address
    return api.post("/users/login", {"username": name, "password": password})


def a_while_ago(**ago):
    for row in RecentTries.objects.all():
        RecentTries.objects.filter(pk=row.pk).update(
            times=[at - timedelta(**ago) for at in row.times], ends_at=row.ends_at - timedelta(**ago)
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spellings", [["alice"], ["alice", "ALICE", "alıce", "AlİCE", "ａlice"]])
def test_of_forty_guesses_at_once_five_are_looked_at(monkeypatch, spellings):
    make_user("alice")
    looked_at = []
    authenticate = ModelBackend.authenticate
    monkeypatch.setattr(
        ModelBackend, "authenticate", lambda *args, **more: looked_at.append(1) or authenticate(*args, **more)
    )
    together = threading.Barrier(40)

    def guess(number):
        together.wait()
        try:
            if number % 2:
                return rest_log_in(f"wrong-{number}", spellings[number % len(spellings)]).status_code
            return log_in(f"wrong-{number}", spellings[number % len(spellings)]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(guess, range(40)))
    assert len(looked_at) == 5
    assert statuses.count(429) == 35


@pytest.mark.django_db(transaction=True)
def test_of_forty_guesses_at_forty_names_as_many_are_looked_at_as_an_address_has(settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 7
    together = threading.Barrier(40)

    def guess(number):
        together.wait()
        try:
            return log_in(name=f"name{number}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(guess, range(40)))
    assert (statuses.count(422), statuses.count(429)) == (7, 33)


def test_a_stranger_does_not_keep_the_owner_out_from_elsewhere():
    make_user("alice")
    for _ in range(6):
        log_in()
    assert log_in(PASSWORD).status_code == 429
    assert log_in(PASSWORD, address=OWNER).status_code == 302
    assert rest_log_in(PASSWORD, address="2001:db8::1").status_code == 302
    assert log_in(PASSWORD).status_code == 429, "the owner's success is no help to the stranger"


def test_spellings_of_a_name_share_their_tries():
    make_user("kissi")
    statuses = [
        log_in(name=name).status_code for name in ("kissi", "KISSI", "kıssi", "KİSSİ", "kiſſi", "ｋissi", " kissi")
    ]
    assert statuses == [422] * 5 + [429] * 2


def test_pages_and_rest_share_their_tries():
    make_user("alice")
    statuses = [log_in().status_code, *(rest_log_in().status_code for _ in range(4))]
    assert statuses == [422, 401, 401, 401, 401]
    assert (log_in().status_code, rest_log_in().status_code) == (429, 429)


def test_a_made_up_forwarded_address_wins_no_tries():
    make_user("alice")
    statuses = [log_in(HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code for number in range(6)]
    assert statuses == [422] * 5 + [429]


def test_behind_a_proxy_of_ours_every_visitor_has_their_own_tries(settings):
    settings.TRUSTED_PROXIES = networks(["10.0.0.7"])
    make_user("alice")
    for number in range(6):
        made_up = f"192.0.2.{number}, {STRANGER}"
        status = log_in(address="10.0.0.7", HTTP_X_FORWARDED_FOR=made_up).status_code
        assert status == (422 if number < 5 else 429)
    assert log_in(PASSWORD, address="10.0.0.7", HTTP_X_FORWARDED_FOR=OWNER).status_code == 302


def test_all_addresses_of_one_ipv6_network_share_their_tries():
    make_user("alice")
    for number in range(5):
        assert log_in(address=f"2001:db8::{number + 1}").status_code == 422
    assert log_in(PASSWORD, address="2001:db8::9").status_code == 429
    assert log_in(PASSWORD, address="2001:db8:0:1::9").status_code == 302


def test_who_has_to_wait_is_told_how_long_and_keeps_the_name(client):
    make_user("alice")
    for _ in range(5):
        log_in()
    a_while_ago(minutes=5)
    response = log_in(PASSWORD)
    assert response.status_code == 429
    assert 590 < int(response["Retry-After"]) <= 600
    assert "wait 10 minutes" in response.content.decode()
    assert 'value="alice"' in response.content.decode()
    answer = rest_log_in(PASSWORD)
    assert 590 < int(answer["Retry-After"]) <= 600
    assert "10 minutes" in answer.json()["error"]["message"]
    a_while_ago(minutes=10)
    assert log_in(PASSWORD).status_code == 302


def test_tries_leave_one_by_one():
    make_user("alice")
    log_in()
    a_while_ago(minutes=10)
    for _ in range(4):
        log_in()
    assert log_in(PASSWORD).status_code == 429
    a_while_ago(minutes=5)
    assert [log_in().status_code for _ in range(2)] == [422, 429]


def test_a_refused_try_does_not_make_the_wait_longer():
    make_user("alice")
    for _ in range(5):
        log_in()
    a_while_ago(minutes=14)
    assert int(log_in()["Retry-After"]) <= 60


def test_the_right_password_clears_the_failures():
    make_user("alice")
    for _ in range(3):
        for _ in range(4):
            assert log_in().status_code == 422
        assert log_in(PASSWORD).status_code == 302
    assert not RecentTries.objects.filter(what="sign_in").exists()


def test_an_address_that_fails_with_many_names_has_to_wait(settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 8
    make_user("alice")
    make_user("mallory")
    for number in range(8):
        assert log_in(name=f"name{number}").status_code == 422
        # An account of one's own wins nothing back.
        if number < 7:
            assert log_in(PASSWORD, name="mallory").status_code == 302
    response = log_in(PASSWORD)
    assert response.status_code == 429
    assert "from your network" in response.content.decode()
    assert int(response["Retry-After"]) > 800
    assert log_in(PASSWORD, address=OWNER).status_code == 302
    # Not one of alice's own five is used up by what was never looked at.
    a_while_ago(minutes=15)
    assert [log_in().status_code for _ in range(5)] == [422] * 5


def test_trying_on_at_a_name_that_has_to_wait_does_not_use_up_the_address(settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 8
    make_user("alice")
    for _ in range(20):
        log_in(name="somebody")
    assert log_in(PASSWORD).status_code == 302


def test_the_machine_itself_is_limited_by_name_only(settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    make_user("alice")
    statuses = [log_in(name=f"name{number}", address="127.0.0.1").status_code for number in range(5)]
    assert statuses == [422] * 5
    for _ in range(5):
        log_in(address="127.0.0.1")
    assert log_in(PASSWORD, address="127.0.0.1").status_code == 429


def test_a_limit_of_nought_is_none(settings):
    settings.SIGN_IN_FAILURES = settings.SIGN_IN_FAILURES_PER_ADDRESS = 0
    make_user("alice")
    assert {log_in().status_code for _ in range(8)} == {422}


@pytest.mark.parametrize("page", ["password", "deletion"])
def test_giving_the_password_once_more_is_counted_as_at_the_login(client, page):
    alice = make_user("alice")
    client.force_login(alice)
    client.defaults["REMOTE_ADDR"] = STRANGER
    new = {"new_password1": "louder-desk-28", "new_password2": "louder-desk-28"}

    def send(password):
        return client.post(reverse(page), {"password": password, "old_password": password, **new})

    assert [send("wrong-one").status_code for _ in range(5)] == [422] * 5
    response = send(PASSWORD)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 800
    assert "wait 15 minutes" in response.content.decode()
    assert log_in(PASSWORD).status_code == 429, "they are the same tries"
    assert User.objects.get().check_password(PASSWORD)
    client.defaults["REMOTE_ADDR"] = OWNER
    assert send(PASSWORD).status_code == 302


def test_the_admins_page_for_the_own_password_is_the_one_that_counts(client):
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    assert client.get(reverse("admin:password_change"))["Location"] == reverse("password")
    assert client.post(reverse("admin:password_change"), {"old_password": "guess"})["Location"] == reverse("password")


def test_what_was_typed_is_stored_nowhere():
    make_user("alice")
    log_in(name="my-secret-password")
    log_in()
    assert RecentTries.objects.filter(what="sign_in").count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT coach_recenttries::text FROM coach_recenttries")
        dump = str(cursor.fetchall())
    assert "secret" not in dump
    assert "alice" not in dump
    assert "wrong-one" not in dump


def test_the_digest_is_worth_nothing_without_the_key(settings):
    make_user("alice")
    log_in()
    one = RecentTries.objects.get(what="sign_in").name_digest
    settings.SECRET_KEY = "another"
    log_in()
    assert RecentTries.objects.filter(what="sign_in").exclude(name_digest=one).exists()


def test_an_admin_sees_who_waits_and_lets_them_try_again(client):
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    make_user("alice")
    for _ in range(5):
        log_in(name="ALICE")
        log_in(name="my-secret-password")
    page = client.get(reverse("admin:coach_recenttries_changelist"), {"q": "Alıce"})
    (row,) = page.context["cl"].result_list
    assert "alice" in page.content.decode()
    everything = client.get(reverse("admin:coach_recenttries_changelist")).content.decode()
    assert "secret" not in everything
    assert "(nobody&#x27;s)" in everything
    assert log_in(PASSWORD).status_code == 429
    assert client.post(reverse("admin:coach_recenttries_delete", args=[row.pk]), {"post": "yes"}).status_code == 302
    assert log_in(PASSWORD).status_code == 302


def test_erasing_an_account_takes_what_was_counted_for_it(client):
    alice = make_user("alice")
    log_in()
    client.force_login(alice)
    assert client.post(reverse("deletion"), {"password": PASSWORD}).status_code == 302
    assert not RecentTries.objects.filter(what="sign_in").exists()


def test_the_sweep_forgets_what_no_longer_counts():
    log_in()
    a_while_ago(minutes=14)
    sweep()
    assert RecentTries.objects.count() == 2
    a_while_ago(minutes=1)
    sweep()
    assert not RecentTries.objects.exists()


def test_a_name_that_nobody_has_costs_as_many_queries_and_hashes(django_assert_num_queries, monkeypatch):
    make_user("alice")
    hashed = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(hasher, lambda *args: hashed.append(1) or encode(*args))
    log_in()
    for name in ("alice", "nobody", "alice"):
        hashed.clear()
        with django_assert_num_queries(4):
            log_in(name=name)
        assert len(hashed) == 1


def test_one_statement_counts_and_says_no(django_assert_num_queries):
    key, window = tries.Key(RecentTries.What.JOIN, STRANGER), timedelta(minutes=1)
    for _ in range(2):
        with django_assert_num_queries(1):
            taken = tries.take(key, limit=2, window=window)
    with pytest.raises(TooMany) as problem:
        tries.take(key, limit=2, window=window)
    assert 55 < problem.value.seconds <= 60
    tries.give_back(key, taken)
    assert tries.take(key, limit=2, window=window) <= timezone.now()
    tries.forget(key)
    assert not RecentTries.objects.exists()


def test_two_accounts_of_the_first_release_with_one_key_are_counted_apart():
    """Whoever has one of them gets no further guesses at the other by signing in."""
    make_user("dupe")
    twin = make_user("twin")
    User.objects.filter(pk=twin.pk).update(name_key="dupe#2")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE coach_user SET username = 'DUPE' WHERE id = %s", [twin.pk])
    guesses = []
    for _again in range(3):
        guesses += [log_in(name="dupe").status_code for _guess in range(4)]
        assert log_in(PASSWORD, name="DUPE").status_code == 302
    assert guesses == [422] * 5 + [429] * 7
    assert log_in(PASSWORD, name="DUPE").status_code == 302
