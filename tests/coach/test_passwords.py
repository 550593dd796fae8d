"""Passwords are kept as Argon2 hashes, and old hashes become such ones."""

import threading

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, identify_hasher, make_password
from django.urls import reverse

from coach.models import User
from coach.passwords import AT_ONCE, Argon2
from tests.factories import PASSWORD, make_user


@pytest.fixture(autouse=True)
def _real_hashers(settings):
    settings.PASSWORD_HASHERS = ["coach.passwords.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def test_a_new_hash_is_argon2_as_owasp_asks():
    stored = make_password(PASSWORD)
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, stored)
    assert not check_password("wrong-one", stored)


@pytest.mark.django_db
def test_a_hash_of_release_0_1_is_renewed_by_signing_in(client):
    alice = make_user("alice", password=None)
    old = PBKDF2PasswordHasher().encode(PASSWORD, "0123456789abcdefghijkl")
    User.objects.update(password=old)
    assert client.post(reverse("login"), {"username": "alice", "password": "wrong-one"}).status_code == 422
    alice.refresh_from_db()
    assert alice.password == old
    assert client.post(reverse("login"), {"username": "alice", "password": PASSWORD}).status_code == 302
    alice.refresh_from_db()
    assert isinstance(identify_hasher(alice.password), Argon2)
    assert client.get(reverse("account")).status_code == 200, "and the session goes on"
    assert client.post(reverse("deletion"), {"password": PASSWORD}).status_code == 302


def test_no_more_are_computed_at_once_than_memory_is_meant_for():
    turns = [Argon2._turns.acquire(blocking=False) for _ in range(AT_ONCE + 1)]
    waiting = threading.Thread(target=make_password, args=(PASSWORD,))
    waiting.start()
    waiting.join(0.2)
    assert turns == [True] * AT_ONCE + [False]
    assert waiting.is_alive()
    for _ in range(AT_ONCE):
        Argon2._turns.release()
    waiting.join(5)
    assert not waiting.is_alive()
