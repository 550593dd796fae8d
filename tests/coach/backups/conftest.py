"""One backup of a small database of an older release, made once for all tests that only read it."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from coach.backups import making, sealing
from coach.backups.making import Made
from coach.backups.progress import Steps
from coach.encryption import canary
from tests import emptying, factories

OLDER = ("coach", "0009")
STORY = "The night the lift stopped."


class Kept(NamedTuple):
    """A backup, and the secret half of its key."""

    path: Path
    secret: str
    made: Made


@contextmanager
def turn() -> Iterator[None]:
    """Wait until no other worker is at such a test: all look at the databases of the one server that they share."""
    with Path(tempfile.gettempdir(), "backups.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with turn():
        yield


@pytest.fixture(scope="package")
def kept(django_db_setup, django_db_blocker, tmp_path_factory):
    public, secret = sealing.new_key()
    path = tmp_path_factory.mktemp("backups") / "coach.backup"
    with turn(), django_db_blocker.unblock():
        canary.register(old_form=False)
        with override_settings(PASSWORD_HASHERS=["coach.passwords.Argon2"]):  # as the whole program has them
            alice = factories.make_user("alice", context="ten years of nursing")
        factories.make_story(alice, text=STORY)
        call_command("migrate", *OLDER, verbosity=0)
        made = making.make(path, sealing.by_key(public), with_keys=True, replaces=False, steps=Steps())
        call_command("migrate", verbosity=0)
        emptying.delete_all_rows()
        connection.close()
    return Kept(path, secret, made)
