"""A backup is there when it is whole and checked; otherwise there is a sentence, and no file."""

import resource
from base64 import b64decode
from contextlib import contextmanager
from secrets import token_hex

import psutil
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from coach.backups import databases, making, sealing
from coach.backups.progress import Steps
from coach.backups.reading import Backup, client_programs
from coach.backups.refusals import BackupRefused, WrongSecret
from coach.models import LoginSession
from tests.coach.backups.test_restoring import databases_there

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def refused(folder, why):
    """No backup comes of it, and neither a file nor a database is left."""
    there = databases_there()
    with pytest.raises(BackupRefused, match=why):
        yield
    assert list(folder.iterdir()) == []
    assert databases_there() == there


def make(path, *, steps=None, **options):
    seal = sealing.by_key(sealing.new_key()[0])
    return making.make(path, seal, **{"with_keys": False, "replaces": False, "steps": steps or Steps(), **options})


def test_a_full_disk_leaves_nothing(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with refused(tmp_path, "could not be written: File too large"):
            make(tmp_path / "file")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Killing(Steps):
    """Kills a program of PostgreSQL as soon as something has come of the step."""

    def __init__(self, program, step):
        self.program, self.step, self.now = program, step, ""

    def begin(self, what, total=None):
        self.now = what

    def advance(self, count):
        if self.now == self.step:
            self.now = ""
            for process in psutil.Process().children():
                if process.name() == self.program:
                    process.kill()


def test_a_pg_dump_that_is_killed_leaves_nothing(tmp_path):
    # More than fits between the two programs, so that it is still at work when the first bytes are read.
    LoginSession.objects.create(session_key="a", session_data=token_hex(1_000_000), expire_date=timezone.now())
    with refused(tmp_path, "pg_dump failed: it was ended by the signal 9"):
        make(tmp_path / "file", steps=Killing("pg_dump", "Dumping"))


def test_a_pg_restore_that_is_killed_leaves_nothing(tmp_path):
    with refused(tmp_path, "pg_restore"):
        make(tmp_path / "file", steps=Killing("pg_restore", "Restoring"))


def test_a_file_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("/dev/null")
    with pytest.raises(BackupRefused, match="no ordinary file"):
        make(tmp_path / "link", replaces=True)
    (tmp_path / "link").unlink()
    with pytest.raises(BackupRefused, match="is there already"):
        make(tmp_path / "file")
    with pytest.raises(BackupRefused, match="is a folder"):
        make(tmp_path)
    with pytest.raises(BackupRefused, match="No such file or directory"):
        make(tmp_path / "nowhere" / "file")
    assert (tmp_path / "file").read_text() == "mine"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_server_whose_disk_has_no_room_for_a_copy_is_left_alone(tmp_path, settings):
    settings.FREE_DISK_MB = 10**9
    with refused(tmp_path, "has no room for it"):
        make(tmp_path / "file")


def test_a_role_that_may_make_no_databases_is_told_what_it_needs(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE small IN ROLE pg_read_all_data")
        cursor.execute("SET ROLE small")
    try:
        with refused(tmp_path, 'ALTER ROLE "small" CREATEDB'):
            make(tmp_path / "file")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; DROP ROLE small")


def test_keys_go_into_an_encrypted_file_only(tmp_path):
    with pytest.raises(CommandError, match="encrypted backup only"):
        call_command("backup", tmp_path / "file", "--unencrypted", "--with-keys")


def test_without_a_key_and_a_terminal_nothing_is_written_in_the_clear(tmp_path):
    with pytest.raises(CommandError, match="nothing says for whom"):
        call_command("backup", tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_server_whose_programs_are_missing_is_named():
    with pytest.raises(BackupRefused, match="PostgreSQL 99.*postgresql-client-99"):
        client_programs(99, "pg_dump", "pg_restore")


def test_what_killed_runs_have_left_is_dropped_and_what_is_in_use_is_not():
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {databases.FRESH}left TEMPLATE template0")
    with databases.fresh() as first, databases.fresh() as second:
        assert f"{databases.FRESH}left" not in databases_there()
        assert {first.name, second.name} <= databases_there()
    assert not {first.name, second.name} & databases_there()


# What `sealing.by_passphrase` makes of a key, with less work than the seconds that it puts into it.
IDENTITY_FILE = b64decode(
    """
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBiQ3hZK080VjlSQ29obzhaNnQ2SDFnIDQKbHBUNyt3dXNMOUZEOHJtZXdT
Q3p4Y0NqTVRwSmM3N1hiNzBkU1cvM09MVQotLS0gdWY3Tk4vOFBIakZrMGR1VEcxZU9RcENLTHlDRWdvdDlONVh0cmpRZGFqSQrF
6c/bRtV3KMUxwz+th0jdy4eQ1gEtlghUqPTiV+nKb7kNUh9mim8W5nuDJIeWLSCj+qHgKUI4nAfK9TgIJQgbSleie51KTiLS1NXj
0Zafm+5Ah86+yMPlfhANl7Kw2/753NmLZ783CPY13w==
"""
)


def test_a_passphrase_opens_the_key_and_another_does_not():
    assert str(sealing.opened_by_passphrase(IDENTITY_FILE, "correct horse battery")).startswith("AGE-SECRET")
    with pytest.raises(WrongSecret, match="passphrase does not open"):
        sealing.opened_by_passphrase(IDENTITY_FILE, "wrong horse battery")


def test_an_unencrypted_backup_is_checked_as_well(tmp_path):
    made = making.make(tmp_path / "file", None, with_keys=False, replaces=False, steps=Steps())
    with Backup(tmp_path / "file") as backup:
        backup.open_by(None)
        assert backup.manifest().rows == made.rows
        assert backup.keys() == ""
