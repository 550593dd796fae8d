"""The file of a backup: what opens it, and what is noticed about it."""

import io
import stat
import subprocess
import tarfile

import pyrage
import pytest

from coach.backups import sealing
from coach.backups.reading import Backup
from coach.backups.refusals import Damaged, NotABackup, WrongSecret
from coach.running.postgresql.programs import programs
from tests.coach.backups.conftest import STORY

IDENTITY = "AGE-SECRET-KEY-1"


def read_through(path, secret):
    with Backup(path) as backup:
        backup.open_by_key(secret)
        backup.keys()
        written = io.BytesIO()
        backup.dump_to(written)
    return written.getvalue()


def test_only_its_owner_reads_the_file_and_nothing_in_it_is_plain(kept):
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    content = kept.path.read_bytes()
    assert b"alice" not in content and b"PGDMP" not in content and b"coach_user" not in content
    assert [file.name for file in kept.path.parent.iterdir()] == [kept.path.name]


def test_tar_age_and_pg_restore_open_it_without_the_coach(kept, settings):
    identity = pyrage.x25519.Identity.from_str(kept.secret)
    with tarfile.open(kept.path) as members:
        plain = {name: pyrage.decrypt(members.extractfile(name).read(), [identity]) for name in members.getnames()}
    assert list(plain) == ["keys.env.age", "database.dump.age", "manifest.json.age"]
    assert settings.ENCRYPTION_KEYS[0] in plain["keys.env.age"].decode()
    listed = subprocess.run(
        [programs() / "pg_restore", "--list"], input=plain["database.dump.age"], capture_output=True, check=True
    )
    assert b"TABLE DATA public study_story" in listed.stdout
    assert STORY.encode() not in plain["database.dump.age"]


def test_another_key_does_not_open_it(kept):
    with Backup(kept.path) as backup:
        with pytest.raises(WrongSecret, match="does not open"):
            backup.open_by_key(sealing.new_key()[1])
        with pytest.raises(WrongSecret, match="no backup key"):
            backup.open_by_key("hello")


def test_every_changed_bit_and_every_missing_part_is_noticed(kept, tmp_path):
    whole = kept.path.read_bytes()
    assert read_through(kept.path, kept.secret).startswith(b"PGDMP")
    with tarfile.open(kept.path) as members:
        heads = [place for one in members.getmembers() for place in (one.offset, one.offset_data)]
    spots = [*heads, *(at + 100 for at in heads), len(whole) // 2, len(whole) - 1, len(whole) - 1500]
    other = tmp_path / "other"
    for spot in spots:
        changed = bytearray(whole)
        changed[spot] ^= 16
        other.write_bytes(changed)
        with pytest.raises((Damaged, NotABackup, WrongSecret)):
            read_through(other, kept.secret)
    for size in (1, 300, 700, len(whole) // 2, len(whole) - 1024, len(whole) - 1):
        other.write_bytes(whole[:size])
        with pytest.raises((Damaged, NotABackup)):
            read_through(other, kept.secret)
    other.write_bytes(whole + b"\0")
    with pytest.raises(Damaged):
        read_through(other, kept.secret)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" * 400, b"\0" * 4096])
def test_a_file_of_another_program_is_none_of_ours(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotABackup, match="no backup"), Backup(tmp_path / "file"):
        pass


def test_a_tar_file_of_somebody_else_is_none_of_ours(tmp_path):
    with tarfile.open(tmp_path / "file", "w") as file:
        file.add(__file__, "manifest.json.txt")
    with pytest.raises(NotABackup), Backup(tmp_path / "file"):
        pass
