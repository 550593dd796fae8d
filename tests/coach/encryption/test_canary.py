"""A start with the wrong keys stops before anything is read or written."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as project
from django.db import connection

from coach.encryption import canary, key_ring
from coach.encryption.canary import WrongKeys, canary_readable, verify
from coach.models import EncryptionKey, User
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("registered_key")]


def new_key():
    return Fernet.generate_key().decode()


def known():
    return set(EncryptionKey.objects.values_list("key_id", flat=True))


def test_the_migration_has_registered_the_key_and_a_start_finds_it(settings):
    assert known() == {key_ring.key_id(settings.ENCRYPTION_KEYS[0]).hex()}
    verify()
    assert canary_readable()


def test_a_wrong_key_is_told_in_a_sentence_that_names_neither_key(settings):
    right, wrong = settings.ENCRYPTION_KEYS[0], new_key()
    settings.ENCRYPTION_KEYS = [wrong]
    with pytest.raises(WrongKeys, match="COACH_ENCRYPTION_KEYS does not fit this database") as problem:
        verify()
    assert key_ring.key_id(right).hex() in str(problem.value)
    assert right not in str(problem.value)
    assert wrong not in str(problem.value)
    assert not canary_readable()
    assert key_ring.key_id(wrong).hex() not in known()


def test_a_new_key_in_front_is_a_rotation_and_may_not_be_dropped_later(settings):
    old, new = settings.ENCRYPTION_KEYS[0], new_key()
    settings.ENCRYPTION_KEYS = [new, old]
    verify()
    assert known() == {key_ring.key_id(key).hex() for key in (old, new)}
    for ring in ([old], [new]):
        settings.ENCRYPTION_KEYS = ring
        with pytest.raises(WrongKeys):
            verify()


@pytest.mark.parametrize("key_id", ["zz", "é", "0123456", "ABCDEF01"])
def test_a_row_whose_key_id_was_damaged_stops_the_start_in_a_sentence(settings, key_id):
    EncryptionKey.objects.update(key_id=key_id)
    with pytest.raises(WrongKeys, match="was damaged"):
        verify()
    assert not canary_readable()


def test_a_page_whose_key_is_missing_says_so_and_tries_again(client, settings):
    alice = make_user(name="Al", context="ten years of nursing")
    client.force_login(alice)
    settings.ENCRYPTION_KEYS = [new_key()]
    client.raise_request_exception = False
    page = client.get("/context/")
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert "has no key to what is stored" in page.content.decode()


def test_a_process_that_writes_under_a_key_that_nobody_knows_is_not_ready(settings):
    old = settings.ENCRYPTION_KEYS[0]
    settings.ENCRYPTION_KEYS = [new_key(), old]
    assert not canary_readable()
    verify()
    assert canary_readable()


def test_a_canary_that_was_damaged_or_copied_stops_the_start(settings):
    old, new = settings.ENCRYPTION_KEYS[0], new_key()
    settings.ENCRYPTION_KEYS = [new, old]
    verify()
    first = EncryptionKey.objects.get(key_id=key_ring.key_id(old).hex())
    canary = bytes(first.canary)
    for other in (
        canary[:-1] + bytes([canary[-1] ^ 1]),
        bytes(EncryptionKey.objects.exclude(pk=first.pk).get().canary),
    ):
        EncryptionKey.objects.filter(pk=first.pk).update(canary=other)
        with pytest.raises(WrongKeys):
            verify()
        assert not canary_readable()


def test_without_a_canary_a_stored_value_tells(settings):
    make_user(context="ten years of nursing")
    EncryptionKey.objects.all().delete()
    right = settings.ENCRYPTION_KEYS[0]
    settings.ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(WrongKeys, match="none of its keys"):
        verify()
    assert known() == set()
    settings.ENCRYPTION_KEYS = [right]
    verify()
    assert known() == {key_ring.key_id(right).hex()}


def test_a_database_that_could_not_be_asked_at_the_start_is_asked_before_the_first_page(client, settings, capsys):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coach_encryptionkey RENAME TO elsewhere")
    verify()  # not migrated yet, or away
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE elsewhere RENAME TO coach_encryptionkey")
    right = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [new_key()]
    for _again in range(2):
        with pytest.raises(WrongKeys):
            client.get("/login/")
    assert "COACH_ENCRYPTION_KEYS does not fit this database" in capsys.readouterr().err
    settings.ENCRYPTION_KEYS = right
    assert client.get("/login/").status_code == 200


def test_a_canary_does_not_say_by_itself_that_old_values_are_taken():
    """The row is encrypted for its key: who can write the table cannot turn the old form on again."""
    row = EncryptionKey.objects.get()
    plain = key_ring.unseal(bytes(row.canary), f"coach.EncryptionKey.canary of {row.key_id}")
    assert json.loads(plain) == {"old_form": False}


@pytest.fixture
def run(tmp_path, transactional_db):
    """Run a program of ours as its own process on the test's database, with other keys."""

    def run(*arguments, keys):
        database = connection.settings_dict
        url = project.DATABASE_URL.replace(":5432/postgres?", f":5432/{database['NAME']}?")
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "COACH_DATA_DIR": str(tmp_path / "data"),
            "SECRET_KEY": "for-this-test-only-0123456789-abcdefghijklmnopqrstuvwxyz",
            "COACH_ENCRYPTION_KEYS": ",".join(keys),
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


PROGRAMS = {
    "everything": ("manage.py", "serve"),
    "the worker": ("manage.py", "worker"),
    "the web server": ("-c", "import coach.wsgi"),
}


def test_no_program_starts_with_a_wrong_key(run, settings):
    canary.verify()  # an emptied database has no canary
    before = make_user(context="ten years of nursing").pk
    wrong = [new_key()]
    with ThreadPoolExecutor() as together:
        told = dict(zip(PROGRAMS, together.map(lambda one: run(*one, keys=wrong), PROGRAMS.values()), strict=True))
    for program, end in told.items():
        assert end.returncode == 1, program
        assert "COACH_ENCRYPTION_KEYS does not fit this database" in end.stderr, program
        assert "Traceback" not in end.stderr, program
    assert known() == {key_ring.key_id(settings.ENCRYPTION_KEYS[0]).hex()}
    assert User.objects.filter(pk=before).exists()


def test_the_web_server_starts_with_the_right_one(run, settings):
    canary.verify()
    told = run(*PROGRAMS["the web server"], keys=settings.ENCRYPTION_KEYS)
    assert told.returncode == 0, told.stderr
