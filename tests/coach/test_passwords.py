"""Passwords are kept as Argon2 hashes, and old hashes become such ones."""

import os
import platform
import select
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, identify_hasher, make_password
from django.urls import reverse

from coach.models import User
from coach.passwords import AT_ONCE, Argon2
from coach.running import procfile
from tests.environment import ROOT
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


def test_hashes_are_computed_by_a_few_threads_however_many_ask():
    with ThreadPoolExecutor(20) as askers:
        stored = list(askers.map(make_password, [PASSWORD] * 20))
    assert len(set(stored)) == 20
    hashing_threads = [thread for thread in threading.enumerate() if thread.name.startswith("hashing")]
    assert 0 < len(hashing_threads) <= AT_ONCE


def test_a_forked_process_hashes_with_threads_of_its_own():
    stored = make_password(PASSWORD)
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, b"yes" if check_password(PASSWORD, stored) else b"no")
        os._exit(0)
    assert select.select([read], [], [], 10)[0], "it waits for threads that it does not have"
    assert os.read(read, 3) == b"yes"
    os.waitpid(child, 0)


HASH_A_LOT = f"""
import threading, django, psutil
from django.contrib.auth.hashers import make_password
django.setup()
def hash_together():
    threads = [threading.Thread(target=make_password, args=["any"]) for _ in range({AT_ONCE})]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
before = psutil.Process().memory_full_info().uss
for _ in range(3):
    hash_together()
print((psutil.Process().memory_full_info().uss - before) / 2**20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is one of glibc")
def test_the_memory_for_a_hash_is_given_back():
    command, served = [sys.executable, "-c", HASH_A_LOT], procfile.environment(None)
    finished = subprocess.run(command, cwd=ROOT, env=served, capture_output=True, text=True, check=True)
    assert float(finished.stdout) < Argon2.memory_cost / 1024, "megabytes"
